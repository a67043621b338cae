import { describe, expect, test } from 'vitest';
import { Ev, TaskState } from '../log/events.ts';
import type { Proc } from './frame.ts';
import { SpinGate } from './hotplug.ts';
import { TIMER_SOFTIRQ } from './softirqs.ts';
import { eventsOf, JIFFY_NS, machine, rowsOf, type TestMachine } from './testing.ts';

/** Goes on for `ns` in pieces, so that it can be sent elsewhere, and says where it ended. */
function* works(k: TestMachine, name: string, ns: number): Proc {
  for (let spent = 0; spent < ns; spent += 10) {
    yield k.spend(10);
    yield k.condResched();
  }
  k.note(`${name} on ${k.cpu?.id}`);
}

/** A thread of CPU 1 that does something to it at `at_ns`. */
function onCpu1(m: TestMachine, at_ns: number, body: (k: TestMachine) => Proc): void {
  const thread = m.thread('hotplug', 1, body, { asleep: true, realtime: true, perCpu: true });
  m.irqAt(at_ns, 1, 'dev', function* (k) {
    k.wake(thread);
  });
}

describe('a CPU that is not active any more', () => {
  test('sends tasks that wait for it elsewhere, keeps its own threads, and takes no others', () => {
    const m = machine({ cpus: 3 });
    const sleeper = m.job('sleeper', [1], function* (k) {
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.schedule();
      k.note(`sleeper on ${k.cpu?.id}`);
    });
    m.job('hog', 2, (k) => works(k, 'hog', 30));
    m.job('free', [1, 2], (k) => works(k, 'free', 100));
    m.job('bound', 1, (k) => works(k, 'bound', 100));
    m.thread('own', 1, (k) => works(k, 'own', 50), { perCpu: true });
    onCpu1(m, 15, function* (k) {
      k.setActive(k.cpuAt(1), false);
      yield k.spend(5);
    });
    m.irqAt(1000, 0, 'dev', function* (k) {
      k.wake(sleeper);
    });
    const log = m.finish();
    expect(m.notes.map((note) => note.replace(/^\d+ /, '')).sort()).toEqual([
      'bound on 0', // its affinity is broken
      'free on 2',
      'hog on 2',
      'own on 1',
      'sleeper on 0',
    ]);
    expect(rowsOf(log, Ev.Trace).filter((row) => log.name(row) === 'sched_migrate_task')).toHaveLength(2);
  });

  test('sends the task that runs there away when it gives up the CPU', () => {
    const m = machine({ cpus: 2 });
    const job = m.job('job', [1], (k) => works(k, 'job', 100));
    m.irqAt(25, 1, 'dev', function* (k) {
      k.setAllowed(job, [0]);
      k.wake(other);
    });
    const other = m.thread('other', 1, (k) => works(k, 'other', 10), { asleep: true });
    m.finish();
    expect(m.notes).toEqual(['40 other on 1', '100 job on 0']);
  });

  test('gets a task back whose CPUs are set while it sleeps', () => {
    const m = machine({ cpus: 2 });
    const task = m.job('task', [0], function* (k) {
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.schedule();
      k.note(`on ${k.cpu?.id}`);
    });
    m.irqAt(10, 0, 'dev', function* (k) {
      k.setAllowed(task, [1]);
      k.wake(task);
    });
    m.finish();
    expect(m.notes).toEqual(['10 on 1']);
  });
});

describe('a CPU that goes offline', () => {
  /** CPU 1 takes itself down at 100, with interrupts off since 50. */
  function dying(m: TestMachine): void {
    onCpu1(m, 50, function* (k) {
      k.irqDisable();
      yield k.spend(50);
      k.setActive(k.cpuAt(1), false);
      k.moveIrqs(k.cpuAt(1), k.cpuAt(0), 'nvme');
      yield* k.flushCalls(k.cpuAt(1));
      k.takeDown(k.cpuAt(1));
      k.irqEnable();
    });
  }

  test('makes the calls that it was sent, and leaves its other interrupts to CPU 0', () => {
    const m = machine({ cpus: 2, ipi_ns: 30 });
    dying(m);
    m.irqAt(60, 1, 'nvme', function* (k) {
      k.note(`nvme on ${k.cpu?.id}`);
    });
    m.job('caller', 0, function* (k) {
      const call = (name: string) =>
        function* (): Proc {
          k.note(`${name} on ${k.cpu?.id}`);
        };
      yield k.spend(20);
      k.hrtimer(k.cpuAt(1), 90, call('high-resolution timer'));
      k.hrtimer(k.cpuAt(1), 5000, call('later timer'));
      yield k.spend(35);
      k.sendCall(k.cpuAt(1), call('call that has arrived'));
      yield k.spend(35);
      k.sendCall(k.cpuAt(1), call('call under way'));
      yield k.spend(100);
    });
    const log = m.finish();
    expect(m.notes).toEqual([
      '100 call that has arrived on 1',
      '100 call under way on 1',
      '100 nvme on 0',
      '100 high-resolution timer on 0',
      '5000 later timer on 0',
    ]);
    expect(m.cpu_online(1)).toBe(false);
    expect(rowsOf(log, Ev.Irq).filter((row) => log.cpu(row) === 1 && log.time(row) > 50)).toEqual([]);
  });

  test('has no ticks; its timers wait until somebody takes them, and those that are overdue come at the next tick', () => {
    const m = machine({ cpus: 2 });
    m.onSoftirq(TIMER_SOFTIRQ, function* (k) {
      if (k.cpu !== null) yield* k.runTimers(k.cpu);
    });
    dying(m);
    m.irqAt(10, 1, 'arms', function* (k) {
      for (const delay of [1, 5])
        k.addTimer(k.cpuAt(1), delay, function* () {
          k.note(`timer of ${delay} on ${k.cpu?.id}`);
        });
    });
    m.irqAt(3.5 * JIFFY_NS, 0, 'dev', function* (k) {
      k.moveTimers(k.cpuAt(1), k.cpuAt(0));
    });
    const log = m.finish();
    expect(m.notes).toEqual([`${4 * JIFFY_NS} timer of 1 on 0`, `${6 * JIFFY_NS} timer of 5 on 0`]);
    const there = rowsOf(log, Ev.Irq).filter((row) => log.cpu(row) === 1 && log.name(row) === 'local_timer');
    expect(there).toEqual([]);
  });

  test('comes back with its idle task', () => {
    const m = machine({ cpus: 2 });
    dying(m);
    m.irqAt(1000, 0, 'dev', function* (k) {
      k.bringUp(k.cpuAt(1));
      k.setActive(k.cpuAt(1), true);
    });
    m.irqAt(2000, 1, 'nvme', function* (k) {
      k.note(`nvme on ${k.cpu?.id}`);
    });
    m.job('a', 0, (k) => works(k, 'a', 10));
    m.finish();
    expect(m.notes).toEqual(['10 a on 0', '2000 nvme on 1']);
  });
});

test('CPUs that wait for each other at a gate go on together, with interrupts off if they are', () => {
  const m = machine({ cpus: 3 });
  const gate = new SpinGate();
  let coming = 3;
  for (const cpu of [0, 1, 2])
    m.job(`job ${cpu}`, cpu, function* (k) {
      yield k.spend(cpu * 100);
      k.irqDisable();
      if (--coming === 0) k.openGate(gate);
      yield* k.spinUntilOpen(gate, 'the others');
      k.note(`job ${cpu}`);
      k.irqEnable();
    });
  m.irqAt(50, 0, 'dev', function* (k) {
    k.note('interrupt');
  });
  const log = m.finish();
  expect(m.notes).toEqual(['200 job 2', '200 job 0', '200 interrupt', '200 job 1']);
  expect(eventsOf(log, Ev.Spin)).toEqual(['200 the others', '200 the others']);
});

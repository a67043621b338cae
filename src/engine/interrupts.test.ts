import { describe, expect, test } from 'vitest';
import { contextFlags } from '../log/context.ts';
import { Ev, TaskState } from '../log/events.ts';
import type { Proc } from './frame.ts';
import { BLOCK_SOFTIRQ, TIMER_SOFTIRQ } from './softirqs.ts';
import { eventsOf, JIFFY_NS, machine, rowsOf, type TestMachine } from './testing.ts';

function* busy(k: TestMachine, ns: number): Proc {
  yield k.spend(ns);
}

/** An interrupt that only raises the BLOCK softirq. */
function* raisesBlock(k: TestMachine): Proc {
  k.raiseSoftirq(BLOCK_SOFTIRQ);
}

describe('softirqs', () => {
  test('run when the outermost interrupt returns, lowest vector first', () => {
    const m = machine();
    m.job('a', 0, (k) => busy(k, 100));
    m.onSoftirq(TIMER_SOFTIRQ, function* (k) {
      k.note('TIMER');
    });
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      k.note('BLOCK');
    });
    m.irqAt(10, 0, 'dev', function* (k) {
      k.raiseSoftirq(BLOCK_SOFTIRQ);
      k.raiseSoftirq(TIMER_SOFTIRQ);
      yield k.spend(5);
      k.note('irq');
    });
    m.finish();
    expect(m.notes).toEqual(['15 irq', '15 TIMER', '15 BLOCK']);
  });

  test('one that raises itself gets ten passes, then ksoftirqd goes on', () => {
    const m = machine({ preempt: 'full' });
    let runs = 0;
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      if (++runs < 14) k.raiseSoftirq(BLOCK_SOFTIRQ);
      k.note(`${runs} in ${k.currentTask.comm}`);
    });
    m.job('a', 0, (k) => busy(k, 100));
    m.irqAt(10, 0, 'dev', raisesBlock);
    const log = m.finish();
    const inA = m.notes.filter((note) => note.endsWith(' in a'));
    expect(inA).toHaveLength(10);
    expect(m.notes[10]).toBe('10 11 in ksoftirqd/0');
    expect(m.notes).toHaveLength(14);
    expect(eventsOf(log, Ev.Wake)).toContain('10 ksoftirqd/0');
  });

  test('one that takes long is left to ksoftirqd after two jiffies', () => {
    const m = machine({ preempt: 'full' });
    let runs = 0;
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      if (++runs < 5) k.raiseSoftirq(BLOCK_SOFTIRQ);
      yield k.spend(0.7 * JIFFY_NS);
      k.note(k.currentTask.comm);
    });
    m.job('a', 0, (k) => busy(k, 10 * JIFFY_NS));
    m.irqAt(10, 0, 'dev', raisesBlock);
    m.finish();
    expect(m.notes.map((note) => note.split(' ')[1])).toEqual(['a', 'a', 'a', 'ksoftirqd/0', 'ksoftirqd/0']);
  });

  test('a pending reschedule ends the passes too, a lazy one does not', () => {
    const whoRuns = (preempt: 'voluntary' | 'lazy'): string[] => {
      const m = machine({ preempt });
      let runs = 0;
      m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
        if (++runs === 1) {
          k.raiseSoftirq(BLOCK_SOFTIRQ);
          k.wake(other);
        }
        k.note(k.currentTask.comm);
      });
      m.job('a', 0, (k) => busy(k, 100));
      const other = m.thread('other', 0, (k) => busy(k, 10), { asleep: true });
      m.irqAt(10, 0, 'dev', raisesBlock);
      m.finish();
      return m.notes.map((note) => note.split(' ')[1] ?? '');
    };
    expect(whoRuns('voluntary')).toEqual(['a', 'ksoftirqd/0']);
    expect(whoRuns('lazy')).toEqual(['a', 'a']);
  });

  test('wait until bottom halves are on again', () => {
    const m = machine();
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      k.note('softirq');
    });
    m.job('a', 0, function* (k) {
      k.bhDisable();
      yield k.spend(100);
      k.note('still off');
      yield k.bhEnable();
      k.note('on again');
    });
    m.irqAt(10, 0, 'dev', raisesBlock);
    const log = m.finish();
    expect(m.notes).toEqual(['100 still off', '100 softirq', '100 on again']);
    const irq = rowsOf(log, Ev.Irq)[0]!;
    expect(contextFlags(log.context(irq))).toBe('d.h..');
  });

  test('raised by a task, they run in ksoftirqd', () => {
    const m = machine();
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      k.note(`softirq in ${k.currentTask.comm}`);
    });
    m.job('a', 0, function* (k) {
      k.raiseSoftirq(BLOCK_SOFTIRQ);
      yield k.spend(10);
      k.note('a');
    });
    m.finish();
    expect(m.notes).toEqual(['10 a', '10 softirq in ksoftirqd/0']);
  });

  test('see the kernel’s own predicates', () => {
    const m = machine();
    const seen: Record<string, boolean[]> = {};
    const look = (k: TestMachine, where: string) => {
      seen[where] = [k.in_task(), k.in_hardirq(), k.in_serving_softirq(), k.in_atomic(), k.irqs_disabled()];
    };
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      look(k, 'softirq');
    });
    m.irqAt(50, 0, 'dev', function* (k) {
      look(k, 'hardirq');
      k.raiseSoftirq(BLOCK_SOFTIRQ);
    });
    m.job('a', 0, function* (k) {
      look(k, 'task');
      k.preemptDisable();
      look(k, 'preemption off');
      k.preemptEnable();
      k.bhDisable();
      look(k, 'bottom halves off');
      yield k.bhEnable();
      k.irqDisable();
      look(k, 'interrupts off');
      k.irqEnable();
      yield k.spend(100);
    });
    m.finish();
    expect(seen).toEqual({
      task: [true, false, false, false, false],
      'preemption off': [true, false, false, true, false],
      'bottom halves off': [true, false, false, true, false],
      'interrupts off': [true, false, false, false, true],
      hardirq: [false, true, false, true, true],
      softirq: [false, false, true, true, false],
    });
  });
});

describe('inter-processor interrupts', () => {
  test('arrive after their flight time, and name their sender as cause', () => {
    const m = machine({ cpus: 2, ipi_ns: 50 });
    m.job('a', 0, function* (k) {
      yield k.spend(10);
      k.sendCall(k.cpuAt(1), function* () {
        k.note(`on cpu ${k.cpu?.id}`);
      });
      yield k.spend(100);
    });
    const log = m.finish();
    expect(m.notes).toEqual(['60 on cpu 1']);
    const irq = rowsOf(log, Ev.Irq)[0]!;
    expect(log.name(log.cause(irq))).toBe('ipi_send_cpu');
    expect(log.value(log.cause(irq))).toBe(1);
  });

  test('wait where interrupts are off', () => {
    const m = machine({ cpus: 2, ipi_ns: 50 });
    m.job('sender', 0, function* (k) {
      k.sendCall(k.cpuAt(1), function* () {
        k.note('arrived');
      });
    });
    m.job('deaf', 1, function* (k) {
      k.irqDisable();
      yield k.spend(200);
      k.irqEnable();
    });
    m.finish();
    expect(m.notes).toEqual(['200 arrived']);
  });

  test('a task woken on an idle CPU starts when the IPI has got there and the CPU is awake', () => {
    const m = machine({ cpus: 2, ipi_ns: 50, irqEntry_ns: 3, irqExit_ns: 4, idleExit_ns: 20, switch_ns: 6 });
    const woken = m.job('woken', 1, function* (k) {
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.schedule();
      k.note('woken runs');
    });
    m.job('waker', 0, function* (k) {
      yield k.spend(94); // with the switch to it 100
      k.wake(woken);
      yield k.spend(1000);
    });
    m.finish();
    expect(m.notes).toEqual(['183 woken runs']); // 100 + 50 + 3 + 20 + 4 + 6
  });

  test('a CPU that was told to reschedule is not told again', () => {
    const m = machine({ cpus: 2, ipi_ns: 50 });
    const sleeper = (name: string) =>
      m.job(name, 1, function* (k) {
        k.setState(TaskState.Interruptible, 'a wake-up');
        yield k.schedule();
      });
    const sleepers = [sleeper('one'), sleeper('two')];
    m.job('waker', 0, function* (k) {
      yield k.spend(100);
      for (const task of sleepers) k.wake(task);
    });
    const log = m.finish();
    expect(eventsOf(log, Ev.Irq)).toEqual(['150 reschedule']);
  });
});

describe('timers in jiffies', () => {
  /** When a timer armed at `arm_ns` with this delay fires. */
  function firesAt(arm_ns: number, delay_jiffies: number): number {
    const m = machine({ maxTime_ns: 1e15 });
    m.onSoftirq(TIMER_SOFTIRQ, function* (k) {
      yield* k.runTimers(k.cpuAt(0));
    });
    m.irqAt(arm_ns, 0, 'arms', function* (k) {
      k.addTimer(k.cpuAt(0), delay_jiffies, function* () {
        k.note('fired');
      });
    });
    m.finish();
    return Number(m.notes[0]?.split(' ')[0]);
  }

  test.each([0, 1, 0.3 * JIFFY_NS, JIFFY_NS - 1, JIFFY_NS, 5.999 * JIFFY_NS])(
    'one armed at %i ns for one jiffy fires between one and two ticks later, never early',
    (arm_ns) => {
      const later = firesAt(arm_ns, 1) - arm_ns;
      expect(later).toBeGreaterThan(JIFFY_NS);
      expect(later).toBeLessThanOrEqual(2 * JIFFY_NS);
    },
  );

  test('no delay still waits for the next tick', () => {
    expect(firesAt(0.5 * JIFFY_NS, 0)).toBe(JIFFY_NS);
  });

  test.each([
    [62, 63],
    [63, 64], // from here on multiples of 8
    [64, 72],
    [503, 504],
    [504, 512], // of 64
    [4031, 4032],
    [4032, 4096], // of 512
    [32256, 32768], // of 4096
    [40000, 40960],
  ])('a delay of %i jiffies from 0 is rounded up to jiffy %i', (delay, due) => {
    expect(firesAt(0, delay)).toBe(due * JIFFY_NS);
  });

  test('one that is deleted does not fire, and deleting it again does nothing', () => {
    const m = machine();
    const deleted: boolean[] = [];
    m.onSoftirq(TIMER_SOFTIRQ, function* (k) {
      yield* k.runTimers(k.cpuAt(0));
    });
    m.irqAt(0, 0, 'arms', function* (k) {
      const [one, two] = ['one', 'two'].map((name) =>
        k.addTimer(k.cpuAt(0), 2, function* () {
          k.note(name);
          if (two !== undefined) deleted.push(k.deleteTimer(k.cpuAt(0), two));
        }),
      );
      if (one !== undefined) k.note(`due in jiffy ${one.dueJiffy}`);
    });
    m.finish();
    expect(m.notes).toEqual(['0 due in jiffy 3', `${3 * JIFFY_NS} one`]);
    expect(deleted).toEqual([true]);
  });

  test('an idle CPU has no ticks but for its timers', () => {
    const m = machine();
    m.onSoftirq(TIMER_SOFTIRQ, function* (k) {
      yield* k.runTimers(k.cpuAt(0));
    });
    m.irqAt(0, 0, 'arms', function* (k) {
      k.addTimer(k.cpuAt(0), 20, function* () {
        k.note('fired');
      });
    });
    const log = m.finish();
    expect(m.notes).toEqual([`${21 * JIFFY_NS} fired`]);
    expect(eventsOf(log, Ev.Irq)).toEqual(['0 arms', `${21 * JIFFY_NS} local_timer`]);
  });

  test('ticks that come while interrupts are off are one tick', () => {
    const m = machine();
    m.job('deaf', 0, function* (k) {
      k.irqDisable();
      yield k.spend(5.5 * JIFFY_NS);
      k.irqEnable();
      yield k.spend(JIFFY_NS);
    });
    const log = m.finish();
    expect(eventsOf(log, Ev.Irq).map((event) => Number(event.split(' ')[0]) / JIFFY_NS)).toEqual([5.5, 6]);
  });

  test('a high-resolution timer interrupts at its time', () => {
    const m = machine();
    m.job('a', 0, function* (k) {
      k.hrtimer(k.cpuAt(0), 1234, function* () {
        k.note('timer');
      });
      yield k.spend(5000);
    });
    m.finish();
    expect(m.notes).toEqual(['1234 timer']);
  });
});

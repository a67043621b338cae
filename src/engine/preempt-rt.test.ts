import { describe, expect, test } from 'vitest';
import { contextFlags } from '../log/context.ts';
import { Ev, TaskState } from '../log/events.ts';
import type { Proc } from './frame.ts';
import { LocalLock, SpinLock } from './locks.ts';
import { BLOCK_SOFTIRQ, HRTIMER_SOFTIRQ } from './softirqs.ts';
import { Obj } from './struct.ts';
import { eventsOf, JIFFY_NS, machine, rowsOf, type TestMachine, type TestOptions } from './testing.ts';

const rt = (options: TestOptions = {}): TestMachine => machine({ preempt: 'rt', ...options });

/** A task that is real-time, as the thread of an interrupt is, woken by an interrupt at `at_ns`. */
function urgent(m: TestMachine, at_ns: number, body: (k: TestMachine) => Proc): void {
  const thread = m.thread('urgent', 0, body, { asleep: true, realtime: true });
  m.irqAt(at_ns, 0, 'dev', function* (k) {
    k.wake(thread);
  });
}

describe('with PREEMPT_RT', () => {
  test('bottom halves that are off are the task’s own affair: it can be preempted, is inside of RCU, and stays there', () => {
    const m = rt({ cpus: 2 });
    const seen: (string | number | boolean)[] = [];
    m.job('a', [0, 1], function* (k) {
      k.bhDisable();
      const row = k.trace('look', null);
      seen.push(row, k.rcu_preempt_depth(), k.in_atomic(), k.preemptible(), k.in_task());
      yield k.spend(100);
      k.note(`a on ${k.cpu?.id}`);
      yield k.bhEnable();
      seen.push(k.rcu_preempt_depth());
    });
    urgent(m, 20, function* (k) {
      yield k.spend(10);
      k.note('urgent');
    });
    const log = m.finish();
    expect(m.notes).toEqual(['30 urgent', '110 a on 0']);
    expect(contextFlags(log.context(seen[0] as number))).toBe('b...1');
    expect(seen.slice(1)).toEqual([1, false, true, true, 0]);
    expect(eventsOf(log, Ev.Hazard)).toEqual([]);
  });

  test('softirqs run in the task that enables bottom halves, and can be preempted', () => {
    const m = rt();
    let flags = 0;
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      flags = k.trace('look', null);
      k.note(`softirq in ${k.currentTask.comm}, in_task() ${k.in_task()}`);
      yield k.spend(100);
      k.note('softirq ends');
    });
    m.job('a', 0, function* (k) {
      k.bhDisable();
      k.raiseSoftirq(BLOCK_SOFTIRQ);
      yield k.spend(10);
      yield k.bhEnable();
      k.note('bottom halves on');
    });
    urgent(m, 50, function* (k) {
      k.note('urgent');
    });
    const log = m.finish();
    expect(m.notes).toEqual([
      '10 softirq in a, in_task() false',
      '50 urgent',
      '110 softirq ends',
      '110 bottom halves on',
    ]);
    expect(contextFlags(log.context(flags))).toBe('..s.1');
    const ends = rowsOf(log, Ev.SoftirqEnd).map((row) => log.prev(row));
    expect(ends).toEqual(rowsOf(log, Ev.Softirq));
  });

  test('a hard interrupt on top of a softirq says so', () => {
    const m = rt();
    let row = 0;
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      yield k.spend(100);
    });
    m.job('a', 0, function* (k) {
      k.bhDisable();
      k.raiseSoftirq(BLOCK_SOFTIRQ);
      yield k.bhEnable();
    });
    m.irqAt(50, 0, 'dev', function* (k) {
      row = k.trace('look', null);
    });
    expect(contextFlags(m.finish().context(row))).toBe('d.H.1');
  });

  test('who raises one elsewhere wakes ksoftirqd, but not while some task has bottom halves off and will run it', () => {
    const m = rt();
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      k.note(`softirq in ${k.currentTask.comm}`);
    });
    m.job('holder', 0, function* (k) {
      k.bhDisable();
      yield k.spend(100);
      yield k.bhEnable();
      k.raiseSoftirq(BLOCK_SOFTIRQ);
      yield k.spend(1);
    });
    urgent(m, 50, function* (k) {
      k.raiseSoftirq(BLOCK_SOFTIRQ); // the holder was preempted
      yield k.spend(10);
    });
    m.finish();
    expect(m.notes).toEqual(['110 softirq in holder', '110 softirq in ksoftirqd/0']);
  });

  test('who cannot be preempted does not run softirqs either when it enables bottom halves', () => {
    const m = rt();
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      k.note(`softirq in ${k.currentTask.comm}`);
    });
    m.job('a', 0, function* (k) {
      k.preemptDisable();
      k.bhDisable();
      k.raiseSoftirq(BLOCK_SOFTIRQ);
      yield k.bhEnable();
      k.note('bottom halves on');
      k.preemptEnable();
      yield k.spend(10);
    });
    m.finish();
    expect(m.notes).toEqual(['0 bottom halves on', '0 softirq in ksoftirqd/0']);
  });

  test('who holds a spinlock can be preempted, and who waits for it sleeps', () => {
    const m = rt();
    const lock = new SpinLock(m, null, 'lock');
    const locks = (k: TestMachine, name: string) =>
      (function* (): Proc {
        yield* k.spinLock(lock);
        k.note(`${name} has it`);
        yield k.spend(100);
        k.spinUnlock(lock);
      })();
    m.job('holder', 0, (k) => locks(k, 'holder'));
    urgent(m, 20, (k) => locks(k, 'urgent'));
    const log = m.finish();
    expect(m.notes).toEqual(['0 holder has it', '100 urgent has it']);
    expect(eventsOf(log, Ev.Sleep).slice(0, 1)).toEqual(['20 spin_lock']);
    expect(eventsOf(log, Ev.Spin)).toEqual([]);
    expect(eventsOf(log, Ev.Hazard)).toEqual([]);
    const flags = rowsOf(log, Ev.Lock).map((row) => contextFlags(log.context(row)));
    expect(flags).toEqual(['....1', '....1']);
  });

  test('spin_lock_irq() leaves interrupts on', () => {
    const m = rt();
    const lock = new SpinLock(m, null, 'lock');
    m.job('a', 0, function* (k) {
      yield* k.spinLockIrq(lock);
      yield k.spend(100);
      k.spinUnlockIrq(lock);
    });
    m.irqAt(50, 0, 'dev', function* (k) {
      k.note('interrupt');
    });
    m.finish();
    expect(m.notes).toEqual(['50 interrupt']);
  });

  test('a local lock leaves interrupts on, too: it is a spinlock of its CPU', () => {
    const m = rt();
    const lock = new LocalLock(new Obj(m, null, 'batch'));
    const holds = (name: string) =>
      function* (k: TestMachine): Proc {
        yield* k.localLockIrq(lock);
        k.note(`${name} has it`);
        yield k.spend(100);
        k.localUnlockIrq(lock);
      };
    m.job('holder', 0, holds('holder'));
    urgent(m, 20, holds('urgent'));
    m.irqAt(50, 0, 'dev', function* (k) {
      k.note('interrupt');
    });
    const log = m.finish();
    expect(m.notes).toEqual(['0 holder has it', '50 interrupt', '100 urgent has it']);
    expect(rowsOf(log, Ev.Lock)).toHaveLength(2);
  });

  test('sleeping with bottom halves off is a hazard because of RCU, waiting for a spinlock there is none', () => {
    const m = rt({ cpus: 2 });
    const lock = new SpinLock(m, null, 'lock');
    m.job('holder', 1, function* (k) {
      yield* k.spinLock(lock);
      yield k.spend(100);
      k.spinUnlock(lock);
    });
    const sleeper = m.job('a', 0, function* (k) {
      k.bhDisable();
      yield k.spend(10);
      yield* k.spinLock(lock);
      k.note('has it');
      k.spinUnlock(lock);
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.schedule();
      yield k.bhEnable();
    });
    m.irqAt(200, 0, 'dev', function* (k) {
      k.wake(sleeper);
    });
    const log = m.finish();
    expect(m.notes).toEqual(['100 has it']);
    expect(eventsOf(log, Ev.Hazard)).toEqual(['100 voluntary-switch-in-rcu']);
  });

  test('high-resolution timers are left to ktimers', () => {
    const m = rt();
    m.onSoftirq(HRTIMER_SOFTIRQ, function* (k) {
      if (k.cpu !== null) yield* k.runHrtimers(k.cpu);
    });
    m.job('a', 0, function* (k) {
      k.hrtimer(k.cpuAt(0), 50, function* () {
        k.note(`timer in ${k.currentTask.comm}`);
      });
      yield k.spend(100);
      k.note('a');
    });
    m.finish();
    expect(m.notes).toEqual(['50 timer in ktimers/0', '100 a']);
  });

  test('one that is up when its CPU goes offline is left to those of another CPU', () => {
    const m = rt({ cpus: 2 });
    m.onSoftirq(HRTIMER_SOFTIRQ, function* (k) {
      if (k.cpu !== null) yield* k.runHrtimers(k.cpu);
    });
    m.job('a', 0, function* (k) {
      k.hrtimer(k.cpuAt(1), 50, function* () {
        k.note(`timer in ${k.currentTask.comm}`);
      });
      yield k.spend(1);
    });
    const thread = m.thread(
      'hotplug',
      1,
      function* (k) {
        k.irqDisable();
        yield k.spend(100); // meanwhile the timer is up
        k.setActive(k.cpuAt(1), false);
        k.takeDown(k.cpuAt(1));
        k.irqEnable();
      },
      { asleep: true, perCpu: true },
    );
    m.irqAt(10, 1, 'dev', function* (k) {
      k.wake(thread);
    });
    m.finish();
    expect(m.notes).toEqual(['110 timer in ktimers/0']);
  });

  test('a task that may not migrate leaves a CPU that goes offline only when it may', () => {
    const m = rt({ cpus: 2 });
    const lock = new SpinLock(m, null, 'lock');
    m.job('a', 1, function* (k) {
      yield* k.spinLock(lock);
      yield k.spend(100);
      k.note(`lock given up on ${k.cpu?.id}`);
      k.spinUnlock(lock);
      yield k.spend(100);
      k.note(`a on ${k.cpu?.id}`);
    });
    const thread = m.thread(
      'hotplug',
      1,
      function* (k) {
        k.setActive(k.cpuAt(1), false);
        yield k.spend(5);
      },
      { asleep: true, realtime: true, perCpu: true },
    );
    const other = m.thread('again', 1, (k) => says(k), { asleep: true, realtime: true, perCpu: true });
    for (const [at_ns, task] of [
      [20, thread],
      [150, other],
    ] as const)
      m.irqAt(at_ns, 1, 'dev', function* (k) {
        k.wake(task);
      });
    m.finish();
    expect(m.notes).toEqual(['105 lock given up on 1', '150 again on 1', '205 a on 0']);
    expect(m.now_ns).toBeLessThan(JIFFY_NS);
  });
});

function* says(k: TestMachine): Proc {
  k.note(`again on ${k.cpu?.id}`);
}

import { describe, expect, test } from 'vitest';
import { preemptDepth } from '../log/context.ts';
import { Ev, TaskState } from '../log/events.ts';
import { SpinLock } from './locks.ts';
import { eventsOf, machine, rowsOf, type TestMachine, type TestOptions } from './testing.ts';

/** Preempt depth, RCU depth, in_atomic() and preemptible() in a task: plain, under RCU, in two sections, with a spinlock. */
function seenBy(options: TestOptions): Record<string, (number | boolean)[]> {
  const m = machine(options);
  const lock = new SpinLock(m, null, 'lock');
  const seen: Record<string, (number | boolean)[]> = {};
  const look = (k: TestMachine, where: string): void => {
    const row = k.trace('look', null);
    seen[where] = [row, k.rcu_preempt_depth(), k.in_atomic(), k.preemptible()];
  };
  m.job('a', 0, function* (k) {
    look(k, 'plain');
    k.rcu_read_lock();
    look(k, 'RCU');
    k.rcu_read_lock();
    look(k, 'RCU twice');
    k.rcu_read_unlock();
    k.rcu_read_unlock();
    yield* k.spinLock(lock);
    look(k, 'spinlock');
    k.spinUnlock(lock);
    look(k, 'plain again');
  });
  const log = m.finish();
  for (const what of Object.values(seen)) what[0] = preemptDepth(log.context(what[0] as number));
  return seen;
}

describe('RCU read-side sections', () => {
  test('have a count of their own where RCU is preemptible', () => {
    expect(seenBy({})).toEqual({
      plain: [0, 0, false, true],
      RCU: [0, 1, false, true],
      'RCU twice': [0, 2, false, true],
      spinlock: [1, 0, true, false],
      'plain again': [0, 0, false, true],
    });
  });

  test('disable preemption where it is not', () => {
    expect(seenBy({ preemptRcu: false })).toMatchObject({
      RCU: [1, 0, true, false],
      'RCU twice': [2, 0, true, false],
      'plain again': [0, 0, false, true],
    });
  });

  test('a kernel without PREEMPT_COUNT sees neither them nor spinlocks, and takes nothing for preemptible', () => {
    const none = { preempt: 'none', preemptCount: false, preemptRcu: false } as const;
    expect(seenBy(none)).toEqual({
      plain: [0, 0, false, false],
      RCU: [0, 0, false, false],
      'RCU twice': [0, 0, false, false],
      spinlock: [0, 0, false, false],
      'plain again': [0, 0, false, false],
    });
  });

  test('are the task’s: an interrupt on top of it is inside them, too', () => {
    const m = machine();
    const depths: number[] = [];
    m.irqAt(5, 0, 'dev', function* (k) {
      k.rcu_read_lock();
      depths.push(k.rcu_preempt_depth());
      k.rcu_read_unlock();
    });
    m.job('a', 0, function* (k) {
      k.rcu_read_lock();
      yield k.spend(10);
      k.rcu_read_unlock();
      depths.push(k.rcu_preempt_depth());
    });
    m.finish();
    expect(depths).toEqual([2, 0]);
  });

  test('may lose the CPU with preemptible RCU, and only then', () => {
    const order = (preemptRcu: boolean): string[] => {
      const m = machine({ preempt: 'full', preemptRcu });
      const woken = m.thread(
        'woken',
        0,
        function* (k) {
          k.note('woken');
        },
        { asleep: true },
      );
      m.irqAt(5, 0, 'dev', function* (k) {
        k.wake(woken);
      });
      m.job('a', 0, function* (k) {
        k.rcu_read_lock();
        yield k.spend(10);
        k.rcu_read_unlock();
        yield k.spend(0);
        k.note('section left');
      });
      m.finish();
      return m.notes;
    };
    expect(order(true)).toEqual(['5 woken', '10 section left']);
    expect(order(false)).toEqual(['10 woken', '10 section left']);
  });

  test.each([
    [true, 'voluntary-switch-in-rcu'],
    [false, 'scheduling-while-atomic'],
  ])('sleeping inside is a hazard (preemptible RCU: %s)', (preemptRcu, hazard) => {
    const m = machine({ preemptRcu });
    const sleeper = m.job('a', 0, function* (k) {
      k.rcu_read_lock();
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.schedule();
      k.rcu_read_unlock();
    });
    m.irqAt(5, 0, 'dev', function* (k) {
      k.wake(sleeper);
    });
    const log = m.finish();
    expect(eventsOf(log, Ev.Hazard)).toEqual([`0 ${hazard}`]);
    expect(m.stopped).toBe('done');
  });
});

test('sleeping with a spinlock is a hazard also on a kernel that does not count', () => {
  const m = machine({ preempt: 'none', preemptCount: false, preemptRcu: false });
  const lock = new SpinLock(m, null, 'lock');
  const sleeper = m.job('a', 0, function* (k) {
    yield* k.spinLock(lock);
    k.setState(TaskState.Interruptible, 'a wake-up');
    yield k.schedule();
    k.spinUnlock(lock);
  });
  m.irqAt(5, 0, 'dev', function* (k) {
    k.wake(sleeper);
  });
  const log = m.finish();
  expect(eventsOf(log, Ev.Hazard)).toEqual(['0 scheduling-while-atomic']);
  expect(rowsOf(log, Ev.Switch).map((row) => preemptDepth(log.context(row)))).toEqual([2, 2, 2, 2]);
});

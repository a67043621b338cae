import { describe, expect, test } from 'vitest';
import { SpinLock } from '../../../engine/locks.ts';
import { BLOCK_SOFTIRQ } from '../../../engine/softirqs.ts';
import { Ev } from '../../../log/events.ts';
import { type TestKernel, testKernel, type TestKernelOptions } from '../../testing.ts';
import { bio_in_atomic } from './bio.ts';

/** The rule that made the outcome of each question, or "sleeps" where it is allowed, by the context that asked. */
function askedBy(options: TestKernelOptions): Record<string, string> {
  const k = testKernel(options);
  const lock = new SpinLock(k, null, 'lock');
  const asked: [string, number, boolean][] = [];
  const ask = (where: string): void => {
    asked.push([where, k.log.rows, bio_in_atomic(k)]);
  };
  k.softirqHandlers[BLOCK_SOFTIRQ] = function* () {
    ask('softirq');
  };
  k.irqAt(5, 0, function* () {
    ask('hard interrupt');
    k.raiseSoftirq(BLOCK_SOFTIRQ);
  });
  k.job('a', 0, () => everywhere(k, lock, ask));
  const log = k.finish();
  return Object.fromEntries(
    asked.map(([where, from, atomic]) => {
      let rule = 'nothing';
      for (let row = from; row < log.rows && rule === 'nothing'; row++)
        if (log.kind(row) === Ev.Decide && log.value(row) === 1) rule = log.name(row);
      return [where, atomic ? rule : 'sleeps'];
    }),
  );
}

/** A task asks in one state after the other. */
function* everywhere(k: TestKernel, lock: SpinLock, ask: (where: string) => void) {
  yield k.spend(10); // meanwhile the interrupts
  ask('task');
  k.preemptDisable();
  ask('preemption off');
  k.preemptEnable();
  yield* k.spinLock(lock);
  ask('spinlock held');
  k.spinUnlock(lock);
  k.irqDisable();
  ask('interrupts off');
  k.irqEnable();
  k.bhDisable();
  ask('bottom halves off');
  yield k.bhEnable();
  k.rcu_read_lock();
  ask('RCU');
  k.rcu_read_unlock();
  yield* k.spinLockIrq(lock);
  ask('spinlock held, interrupts off');
  k.spinUnlockIrq(lock);
}

describe('bio_in_atomic() (bio-complete-in-task.md section 2.6)', () => {
  const counted = {
    'hard interrupt': 'not-preemptible',
    softirq: 'not-preemptible',
    task: 'sleeps',
    'preemption off': 'not-preemptible',
    'spinlock held': 'not-preemptible',
    'interrupts off': 'not-preemptible',
    'bottom halves off': 'not-preemptible',
    'spinlock held, interrupts off': 'not-preemptible',
  };

  test.each(['none', 'voluntary', 'full', 'lazy'] as const)(
    'PREEMPT_COUNT and preemptible RCU, preempt=%s: only the plain task may sleep',
    (preempt) => {
      expect(askedBy({ preempt })).toEqual({ ...counted, RCU: 'inside-rcu' });
    },
  );

  test('without preemptible RCU the preempt count tells of RCU', () => {
    expect(askedBy({ preemptRcu: false })).toEqual({ ...counted, RCU: 'not-preemptible' });
  });

  test('with PREEMPT_RT spinlocks and bottom halves off are atomic only because they are inside of RCU', () => {
    expect(askedBy({ preempt: 'rt' })).toEqual({
      'hard interrupt': 'not-preemptible',
      softirq: 'inside-rcu',
      task: 'sleeps',
      'preemption off': 'not-preemptible',
      'spinlock held': 'inside-rcu',
      'interrupts off': 'not-preemptible',
      'bottom halves off': 'inside-rcu',
      'spinlock held, interrupts off': 'inside-rcu',
      RCU: 'inside-rcu',
    });
  });

  test('without PREEMPT_COUNT everything is atomic, the plain task too', () => {
    const answers = askedBy({ preempt: 'none', preemptCount: false, preemptRcu: false });
    expect(Object.keys(answers).sort()).toEqual([...Object.keys(counted), 'RCU'].sort());
    expect(new Set(Object.values(answers))).toEqual(new Set(['preempt-count-missing']));
  });
});

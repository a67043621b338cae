import { describe, expect, test } from 'vitest';
import { Ev } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { alloc_workqueue, DelayedWork, WQ_PERCPU } from '../include/linux/workqueue.ts';
import { type TestKernel, testKernel } from '../testing.ts';
import { queue_work } from './workqueue.ts';
import { disable_delayed_work_sync, enable_delayed_work } from './workqueue-cancel.ts';
import { queue_delayed_work_on } from './workqueue-delayed.ts';

const JIFFY_NS = 1_000_000;
const wq = alloc_workqueue('bio_complete', WQ_PERCPU);

const delayed = (k: TestKernel, ns = 0): DelayedWork =>
  new DelayedWork(k, null, 'batch', function* () {
    k.note(`runs in ${k.currentTask.comm}`);
    yield k.spend(ns);
  });

function traces(log: LogView): string[] {
  return Array.from({ length: log.rows }, (_, row) => row)
    .filter((row) => log.kind(row) === Ev.Trace && /^(timer|workqueue)_/.test(log.name(row)))
    .map((row) => `${log.name(row)} on ${log.cpu(row)}`);
}

describe('delayed work', () => {
  test('without a delay is queued at once, on the CPU that was named', () => {
    const k = testKernel({ cpus: 2, costs: { 'wake.remote': 7 } });
    k.job('a', 0, function* () {
      expect(yield* k.call(queue_delayed_work_on, delayed(k), wq, 1, 0)).toBe(true);
    });
    const log = k.finish();
    expect(k.notes).toEqual(['7 runs in kworker/1:1']);
    expect(traces(log)).not.toContain('timer_start on 0');
  });

  test('with one is pending while its timer is armed; tick, TIMER softirq, then the kworker', () => {
    const k = testKernel();
    const dwork = delayed(k);
    k.job('a', 0, function* () {
      yield k.spend(JIFFY_NS / 2);
      expect(yield* k.call(queue_delayed_work_on, dwork, wq, 0, 1)).toBe(true);
      expect(dwork.work.pending).toBe(true);
      expect(yield* k.call(queue_delayed_work_on, dwork, wq, 0, 1)).toBe(false);
      expect(yield* k.call(queue_work, dwork.work, wq)).toBe(false);
    });
    const log = k.finish();
    expect(k.notes).toEqual([`${2 * JIFFY_NS} runs in kworker/0:1`]); // 1.5 jiffies later
    expect(dwork.work.pending).toBe(false);
    expect(traces(log)).toEqual([
      'timer_start on 0',
      'timer_expire_entry on 0',
      'workqueue_queue_work on 0',
      'workqueue_activate_work on 0',
      'timer_expire_exit on 0',
      'workqueue_execute_start on 0',
      'workqueue_execute_end on 0',
    ]);
  });

  test('on another CPU fires and runs there', () => {
    const k = testKernel({ cpus: 2 });
    k.job('a', 0, function* () {
      yield* k.call(queue_delayed_work_on, delayed(k), wq, 1, 3);
    });
    const log = k.finish();
    expect(k.notes).toEqual([`${4 * JIFFY_NS} runs in kworker/1:1`]);
    expect(traces(log)).toContain('timer_expire_entry on 1');
  });

  test('may be queued again while it is executed', () => {
    const k = testKernel();
    const dwork = delayed(k, 2.5 * JIFFY_NS);
    k.job('a', 0, function* () {
      yield* k.call(queue_delayed_work_on, dwork, wq, 0, 0);
    });
    k.irqAt(0.5 * JIFFY_NS, 0, function* () {
      yield* k.call(queue_delayed_work_on, dwork, wq, 0, 1);
    });
    k.finish();
    expect(k.notes).toEqual(['0 runs in kworker/0:1', `${2.5 * JIFFY_NS} runs in kworker/0:1`]);
  });

  test('that is disabled loses its timer, and gets none until it is enabled again', () => {
    const k = testKernel();
    const dwork = delayed(k);
    k.job('a', 0, function* () {
      yield* k.call(queue_delayed_work_on, dwork, wq, 0, 1);
      expect(yield* k.call(disable_delayed_work_sync, dwork)).toBe(true);
      expect(dwork.work.pending).toBe(false);
      yield k.spend(5 * JIFFY_NS);
      expect(yield* k.call(queue_delayed_work_on, dwork, wq, 0, 1)).toBe(false);
      expect(yield* k.call(enable_delayed_work, dwork)).toBe(true);
      expect(yield* k.call(queue_delayed_work_on, dwork, wq, 0, 1)).toBe(true);
    });
    const log = k.finish();
    expect(k.notes).toEqual([`${7 * JIFFY_NS} runs in kworker/0:1`]);
    expect(traces(log)).toContain('timer_cancel on 0');
  });
});

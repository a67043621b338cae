import { describe, expect, test } from 'vitest';
import { alloc_workqueue, WorkStruct, WQ_PERCPU, WQ_UNBOUND } from '../include/linux/workqueue.ts';
import { type TestKernel, testKernel } from '../testing.ts';
import { TaskState } from '../../log/events.ts';
import { wake_up_process } from './sched/core.ts';
import { queue_work, queue_work_on } from './workqueue.ts';
import { disable_work_sync, enable_work } from './workqueue-cancel.ts';

const wq = alloc_workqueue('test', WQ_PERCPU);
const ordered = alloc_workqueue('ordered', WQ_UNBOUND, 1);

/** An item that takes its time. */
function takes(k: TestKernel, name: string, ns: number): WorkStruct {
  const work = new WorkStruct(k, null, name);
  work.func = function* () {
    k.note(`${name} begins`);
    yield k.spend(ns);
    k.note(`${name} ends`);
  };
  return work;
}

describe('disable_work_sync()', () => {
  test('takes a pending item back; it cannot be queued until it is enabled as often as disabled', () => {
    const k = testKernel();
    const work = takes(k, 'work', 10);
    const queued: boolean[] = [];
    k.job('a', 0, function* () {
      k.irqDisable(); // so that no worker is faster
      queued.push(yield* k.call(queue_work, work, wq));
      k.irqEnable();
      expect(yield* k.call(disable_work_sync, work)).toBe(true);
      expect([work.pending, work.disable]).toEqual([false, 1]);
      expect(yield* k.call(disable_work_sync, work)).toBe(false);
      queued.push(yield* k.call(queue_work, work, wq));
      expect(yield* k.call(enable_work, work)).toBe(false);
      queued.push(yield* k.call(queue_work, work, wq));
      expect(yield* k.call(enable_work, work)).toBe(true);
      queued.push(yield* k.call(queue_work, work, wq));
    });
    k.finish();
    expect(queued).toEqual([true, false, false, true]);
    expect(k.notes).toEqual(['0 work begins', '10 work ends']);
  });

  test('comes before the worker takes the item or after it, also where the kernel may be preempted', () => {
    for (const at_ns of [100, 500, 900, 1500]) {
      const k = testKernel({ preempt: 'full', costs: { 'wq.dispatch': 1000 } });
      const work = takes(k, 'work', 10);
      k.job('a', 0, function* () {
        yield* k.call(queue_work, work, wq);
      });
      const disabler = k.job('b', 0, function* () {
        k.setState(TaskState.Uninterruptible, 'the interrupt');
        yield k.schedule();
        yield* k.call(disable_work_sync, work);
        k.note('disabled');
      });
      k.irqAt(at_ns, 0, function* () {
        yield* k.call(wake_up_process, disabler);
      });
      k.finish();
      expect(k.notes.at(-1)).toContain('disabled');
    }
  });

  test('waits for the worker that executes the item, and the item may not queue itself meanwhile', () => {
    const k = testKernel({ cpus: 2 });
    const work = takes(k, 'work', 100);
    let again: boolean | null = null;
    const run = work.func;
    work.func = function* () {
      if (run !== null) yield* k.call(run, work);
      again = yield* k.call(queue_work, work, wq);
    };
    k.job('a', 0, function* () {
      yield* k.call(queue_work_on, work, wq, 1);
      yield k.spend(50);
      expect(yield* k.call(disable_work_sync, work)).toBe(false);
      k.note('disabled');
    });
    k.finish();
    expect(k.notes).toEqual(['0 work begins', '100 work ends', '100 disabled']);
    expect(again).toBe(false);
  });

  test('waits for the end of the present execution only when more of the item was pending', () => {
    const k = testKernel({ cpus: 2 });
    const work = takes(k, 'work', 100);
    k.job('a', 0, function* () {
      yield* k.call(queue_work_on, work, wq, 1);
      yield k.spend(50);
      yield* k.call(queue_work_on, work, wq, 1);
      expect(yield* k.call(disable_work_sync, work)).toBe(true);
      k.note('disabled');
    });
    k.finish();
    expect(k.notes).toEqual(['0 work begins', '100 work ends', '100 disabled']);
  });

  test('catches an item that another CPU is just queueing', () => {
    const k = testKernel({ cpus: 2, costs: { 'wq.queue': 30 } });
    const work = takes(k, 'work', 10);
    k.job('queuer', 0, function* () {
      expect(yield* k.call(queue_work, work, wq)).toBe(true);
      yield k.spend(1000); // the worker waits for this CPU
    });
    k.job('disabler', 1, function* () {
      yield k.spend(10);
      expect(yield* k.call(disable_work_sync, work)).toBe(true);
      k.note('disabled');
    });
    k.finish();
    expect(k.notes).toEqual(['40 disabled']); // second look
  });

  test('catches one that waits for others of its workqueue, and lets those behind it go on', () => {
    const k = testKernel({ cpus: 2 });
    const [one, two, three] = ['one', 'two', 'three'].map((name) => takes(k, name, 100));
    k.job('a', 0, function* () {
      for (const work of [one, two, three]) if (work !== undefined) yield* k.call(queue_work, work, ordered);
      yield k.spend(50);
      if (two !== undefined) expect(yield* k.call(disable_work_sync, two)).toBe(true);
    });
    k.finish();
    expect(k.notes).toEqual(['0 one begins', '100 one ends', '100 three begins', '200 three ends']);
  });
});

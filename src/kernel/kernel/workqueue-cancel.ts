/** Work that may not be queued any more. Source: kernel/workqueue.c (v6.12). */
import { assert } from '../../base/assert.ts';
import { WaitQueue } from '../../engine/locks.ts';
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import { type DelayedWork, type Worker, WorkStruct } from '../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from './sched/core.ts';
import { timer_delete } from './time/timer.ts';
import { __pwq_activate_work, pwq_dec_nr_in_flight, pwqOf } from './workqueue.ts';

export const workExecutes = rule({
  id: 'work-executes',
  asks: 'Is a worker executing the item, so that its end must be waited for?',
  test: 'find_worker_executing_work(pool, work)',
  source: { kind: 'code', file: 'kernel/workqueue.c', note: 'start_flush_work' },
});

/**
 * Takes a pending item back, keeps it from being queued, and waits until nobody executes it any more. Was it pending? Task
 * context, sleeps.
 */
export function* disable_work_sync(k: Kernel, work: WorkStruct): KernelFn<boolean> {
  const pending = yield* k.call(__cancel_work, work, null);
  yield* k.call(__flush_work, work);
  return pending;
}

/** The same for an item with a timer. */
export function* disable_delayed_work_sync(k: Kernel, dwork: DelayedWork): KernelFn<boolean> {
  const pending = yield* k.call(__cancel_work, dwork.work, dwork);
  yield* k.call(__flush_work, dwork.work);
  return pending;
}

/** Undoes one disabling; true when the item may be queued again. Any context. */
export function* enable_work(_k: Kernel, work: WorkStruct): KernelFn<boolean> {
  assert(work.disable > 0, 'an item is enabled as often as disabled');
  work.disable = work.disable - 1;
  return work.disable === 0;
}

/** The same for an item with a timer. */
export function* enable_delayed_work(k: Kernel, dwork: DelayedWork): KernelFn<boolean> {
  return yield* k.call(enable_work, dwork.work);
}

/** `__cancel_work()` with WORK_CANCEL_DISABLE: the item is pending no more, and cannot be again. Was it pending? */
export function* __cancel_work(k: Kernel, work: WorkStruct, dwork: DelayedWork | null): KernelFn<boolean> {
  k.irqDisable();
  const was = yield* k.call(work_grab_pending, work, dwork);
  work.disable = work.disable + 1;
  if (was) work.pending = false;
  k.irqEnable();
  return was;
}

/**
 * Takes an item off its timer or its list. While somebody else is just queueing it or taking it up it is on none, and this
 * looks again until that is over. Was it pending? Interrupts are off.
 */
export function* work_grab_pending(
  k: Kernel,
  work: WorkStruct,
  dwork: DelayedWork | null,
): KernelFn<boolean> {
  while (work.pending) {
    const timer = dwork?.timer ?? null;
    if (dwork !== null && timer !== null && timer_delete(k, timer)) {
      dwork.timer = null;
      return true;
    }
    if (yield* k.call(try_to_grab_pending, work)) return true;
    yield k.spend(Math.max(1, k.costs['wq.queue'])); // cpu_relax()
  }
  return false;
}

/** Takes an item off its pool's lists; false when it is on none. Another one of its workqueue may be active instead. */
export function* try_to_grab_pending(k: Kernel, work: WorkStruct): KernelFn<boolean> {
  const { pool, wq } = work;
  if (pool === null || wq === null) return false;
  const waited = removed(pwqOf(k, wq, pool).inactive, work);
  if (!waited && !removed(pool.worklist, work) && !removed(work.worker?.scheduled ?? [], work)) return false;
  k.take(work, pool);
  const next = waited ? null : pwq_dec_nr_in_flight(k, wq, pool);
  if (next !== null) yield* k.call(__pwq_activate_work, next);
  return true;
}

function removed(list: WorkStruct[], work: WorkStruct): boolean {
  const at = list.indexOf(work);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

/** `__flush_work()` of an item that was cancelled: waits for the worker that executes it, if there is one. */
export function* __flush_work(k: Kernel, work: WorkStruct): KernelFn {
  yield k.mightSleep();
  const { worker } = work;
  if (!k.decide(workExecutes, worker !== null) || worker === null) return;
  const done = new WqBarrier(k, worker);
  yield* k.waitEvent(done, TaskState.Uninterruptible, 'the end of a work item', () => done.reached);
}

/** `struct wq_barrier`: an item right behind the executed one, which wakes whoever waits for that one's end. */
export class WqBarrier extends WaitQueue {
  static override readonly type = 'wq_barrier';
  reached = false;

  constructor(k: Kernel, worker: Worker) {
    super(k, null);
    const work = new WorkStruct(k, this, 'barrier');
    work.func = wq_barrier_func;
    work.container = this;
    worker.scheduled.unshift(work);
    k.put(work, worker.pool);
  }
}

/** What a barrier executes: its worker has come this far. */
export function* wq_barrier_func(k: Kernel, work: WorkStruct): KernelFn {
  const barrier = work.container as WqBarrier; // set by WqBarrier
  barrier.reached = true;
  const waiter = k.nextSleeper(barrier);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

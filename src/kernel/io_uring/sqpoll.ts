/**
 * SQPOLL: a thread of the kernel that takes requests from the submission ring, so that the application need not enter the
 * kernel. Source: io_uring/sqpoll.c (v6.12). One ring a thread; a pass that finds nothing is not an event of its own.
 */
import { assert } from '../../base/assert.ts';
import { signalsOf } from '../../engine/polling.ts';
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import {
  type IoRingCtx,
  IORING_SQ_NEED_WAKEUP,
  IoSqData,
  IoUringTask,
} from '../include/linux/io_uring_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { task_work_pending, task_work_run } from '../kernel/task_work.ts';
import { io_submit_sqes, pollChannels, pollPass_ns } from './io_uring.ts';
import { tctx_task_work_run } from './tw.ts';

/** Items of task_work in one pass of the thread. */
const IORING_TW_CAP_ENTRIES_VALUE = 32;

/** How the application wants the thread: bound to `cpu` or not, asleep after `idle_ms` without work. */
export type SqThreadParams = { readonly cpu: number | null; readonly idle_ms: number };

export const sqIdle = rule({
  id: 'sqpoll-idle',
  asks: 'Has the thread had nothing to do for so long that it goes to sleep?',
  test: '!sqt_spin && time_after(jiffies, timeout)',
  inputs: ['jiffies', 'timeout'],
  source: { kind: 'code', file: 'io_uring/sqpoll.c', note: 'io_sq_thread' },
});

export const sqSleeps = rule({
  id: 'sqpoll-sleeps',
  asks: 'With IORING_SQ_NEED_WAKEUP set, is there still nothing to submit or to poll for?',
  test: '!io_sqring_entries(ctx) && wq_list_empty(&ctx->iopoll_list)',
  inputs: ['entries', 'requests'],
  source: { kind: 'code', file: 'io_uring/sqpoll.c', note: 'io_sq_thread' },
});

/** Starts the thread of a ring. In the task that sets the ring up. */
export function* io_sq_offload_create(k: Kernel, ctx: IoRingCtx, params: SqThreadParams): KernelFn {
  const { task } = ctx;
  const sqd = new IoSqData(k, ctx);
  sqd.sq_thread_idle = Math.max(1, Math.round((params.idle_ms * 1e6) / k.jiffyStart_ns(1)));
  ctx.sq_data = sqd;
  yield k.spend(k.costs['worker.create']);
  const allowed =
    params.cpu === null ? [task.cpu, ...task.allowed.filter((cpu) => cpu !== task.cpu)] : [params.cpu];
  const thread = k.spawn(`iou-sqp-${task.id}`, allowed, () => k.call(io_sq_thread, ctx, sqd), {
    asleep: true,
  });
  sqd.thread = thread;
  ctx.tctx = new IoUringTask(k, thread);
  yield* k.call(wake_up_process, thread); // wake_up_new_task()
}

/** Ends the thread when the ring goes away: nothing is in flight any more. */
export function* io_sq_thread_stop(k: Kernel, ctx: IoRingCtx): KernelFn {
  const sqd = ctx.sq_data;
  assert(sqd !== null && sqd.thread !== null, 'an SQPOLL ring has a thread');
  sqd.should_stop = true;
  k.signal(ctx.sqChannel);
  yield* k.call(wake_up_process, sqd.thread);
}

/** The body of the thread. */
export function* io_sq_thread(k: Kernel, ctx: IoRingCtx, sqd: IoSqData): KernelFn {
  const task = k.currentTask;
  const { rings } = ctx;
  let timeout = -1; // long over when it starts
  while (!sqd.should_stop) {
    if (task.notifySignal) {
      yield* k.call(io_sqd_handle_event);
      timeout = k.jiffies + sqd.sq_thread_idle;
    }
    const channels = [ctx.sqChannel, ...pollChannels(k, ctx)];
    const seen = signalsOf(channels);
    const asked = rings.sq.length > 0 || ctx.iopoll_list.length > 0;
    let done = asked ? yield* k.call(__io_sq_thread, ctx) : 0;
    if (ctx.tctx.task_works.requests.length > 0) done += yield* k.call(io_sq_tw, ctx);
    const spins = done > 0 || ctx.iopoll_list.length > 0;
    if (spins) timeout = k.jiffies + sqd.sq_thread_idle;
    if (k.need_resched()) yield k.reschedIfNeeded();
    if (done > 0) continue;
    if (!k.decide(sqIdle, !spins && k.jiffies > timeout, k.jiffies, timeout)) {
      const limit_ns = spins ? undefined : k.jiffyStart_ns(timeout + 1) - k.now_ns; // passes that find nothing
      yield* k.pollUntil(channels, seen, pollPass_ns(k, ctx), 'io_sq_thread', limit_ns);
      continue;
    }
    k.setState(TaskState.Interruptible, 'submissions', sqd.wait);
    rings.sq_flags = rings.sq_flags | IORING_SQ_NEED_WAKEUP;
    if (k.decide(sqSleeps, nothingToDo(k, ctx), rings.sq.length, ctx.iopoll_list.length)) yield k.schedule();
    k.setState(TaskState.Running);
    rings.sq_flags = rings.sq_flags & ~IORING_SQ_NEED_WAKEUP;
    timeout = k.jiffies + sqd.sq_thread_idle;
  }
}

/** With the application told to wake the thread, did nothing come before it knew? */
const nothingToDo = (k: Kernel, { rings, iopoll_list, sq_data }: IoRingCtx): boolean =>
  rings.sq.length === 0 &&
  iopoll_list.length === 0 &&
  !k.currentTask.notifySignal &&
  sq_data?.should_stop !== true;

/** One pass: polls for what is in flight, then submits what is in the ring. How much that was. */
export function* __io_sq_thread(k: Kernel, ctx: IoRingCtx): KernelFn<number> {
  if (ctx.iopoll) yield* k.down(ctx.uring_lock, true);
  let done = ctx.iopoll_list.length > 0 ? yield* k.call(ctx.defs.iopoll, ctx) : 0;
  if (ctx.rings.sq.length > 0) done += yield* k.call(io_submit_sqes, ctx, ctx.rings.sq.length);
  if (ctx.iopoll) k.up(ctx.uring_lock, true);
  return done;
}

/** Runs the task_work of the thread; how many items. */
export function* io_sq_tw(k: Kernel, ctx: IoRingCtx): KernelFn<number> {
  const count = yield* k.call(tctx_task_work_run, ctx.tctx, IORING_TW_CAP_ENTRIES_VALUE);
  if (task_work_pending(k, k.currentTask)) yield* k.call(task_work_run);
  return count;
}

/** Takes note of a notification (`get_signal()`): what it is for is found in the pass that follows. */
export function* io_sqd_handle_event(k: Kernel): KernelFn {
  k.currentTask.notifySignal = false;
  if (task_work_pending(k, k.currentTask)) yield* k.call(task_work_run);
  yield k.condResched();
}

/**
 * task_work of requests: how it reaches the task that submitted them, and how that runs it. Source: io_uring/tw.c (since
 * v7.0 a file of its own; the functions as in v6.12, io_uring/io_uring.c).
 */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import {
  type IoKiocb,
  type IoRingCtx,
  type IoTaskWorkFunc,
  IOU_F_TWQ_LAZY_WAKE,
  type IoUringTask,
} from '../include/linux/io_uring_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { notifyWakes, task_work_add, task_work_pending, task_work_run } from '../kernel/task_work.ts';

/** A count of queued items that wakes any waiter; the lists of rings are shorter. */
const IO_CQ_WAKE_FORCE = 2 ** 31 - 1;

export const firstTaskWork = rule({
  id: 'uring-first-task-work',
  asks: 'Is it the first request on the task’s list, so that the task must be notified?',
  test: 'llist_add(&req->io_task_work.node, &tctx->task_list)',
  inputs: ['requests waiting'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_req_normal_work_add' },
});

export const lazyWake = rule({
  id: 'uring-lazy-wake',
  asks: 'Is this the item with which as many are queued as the waiting task wants?',
  test: '!(nr_tw < nr_wait) && !(nr_tw_prev >= nr_wait)',
  inputs: ['nr_tw', 'cq_wait_nr'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_req_local_work_add; nobody waits: 0' },
});

export const moreLocalWork = rule({
  id: 'uring-more-local-work',
  asks: 'Has more work come meanwhile, and is it still wanted?',
  test: '!llist_empty(&ctx->work_llist) && events < min_events',
  inputs: ['events', 'min_events'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_run_local_work_continue' },
});

/** `req->io_task_work.func` is to run in the task that submitted the request: queues it and tells the task. Any context. */
export function* __io_req_task_work_add(k: Kernel, req: IoKiocb, tw_flags: number): KernelFn {
  if (req.ctx.defersTaskrun) yield* k.call(io_req_local_work_add, req, tw_flags);
  else yield* k.call(io_req_normal_work_add, req);
}

/** On the task's own list, which it runs on its way to user mode or when it is woken. */
export function* io_req_normal_work_add(k: Kernel, req: IoKiocb): KernelFn {
  const { ctx, tctx } = req;
  const list = tctx.task_works;
  list.requests.push(req);
  k.put(req, list);
  k.signal(ctx.pollChannel); // a loop that enters the kernel again and again sees it
  if (!k.decide(firstTaskWork, list.requests.length === 1, list.requests.length - 1)) return;
  if (ctx.sqpoll) yield* k.call(__set_notify_signal, tctx);
  else
    yield* k.call(
      task_work_add<IoUringTask>,
      tctx.task,
      { func: tctx_task_work, data: tctx },
      ctx.notify_method,
    );
}

/** The SQPOLL thread looks at its list itself: it only has to wake up. Source: include/linux/sched/signal.h. */
export function* __set_notify_signal(k: Kernel, { task }: IoUringTask): KernelFn {
  task.notifySignal = true;
  const sleeps = task.state === TaskState.Interruptible;
  if (k.decide(notifyWakes, sleeps, sleeps)) yield* k.call(wake_up_process, task);
  else k.showTask(task);
}

/** On the ring's list, which is run only when the submitter asks for events. It is woken when enough are there. */
export function* io_req_local_work_add(k: Kernel, req: IoKiocb, tw_flags: number): KernelFn {
  const { ctx } = req;
  const list = ctx.work_llist;
  const nr_tw_prev = list.requests.at(-1)?.nr_tw ?? 0;
  req.nr_tw = tw_flags === IOU_F_TWQ_LAZY_WAKE ? nr_tw_prev + 1 : IO_CQ_WAKE_FORCE;
  list.requests.push(req);
  k.put(req, list);
  k.signal(ctx.cqChannel);
  k.signal(ctx.pollChannel);
  const nr_wait = ctx.cq_wait_nr;
  const wakes = nr_wait > 0 && req.nr_tw >= nr_wait && nr_tw_prev < nr_wait;
  if (!k.decide(lazyWake, wakes, req.nr_tw, nr_wait)) return;
  if (ctx.task.state === TaskState.Interruptible) yield* k.call(wake_up_process, ctx.task);
}

/** Is there task_work that the poll loop or the wait of the ring should stop for? */
export function io_task_work_pending(k: Kernel, ctx: IoRingCtx): boolean {
  return task_work_pending(k, k.currentTask) || io_local_work_pending(ctx);
}

export const io_local_work_pending = (ctx: IoRingCtx): boolean =>
  ctx.defersTaskrun && ctx.work_llist.requests.length > 0;

/** Runs what waits for the current task. */
export function* io_run_task_work(k: Kernel): KernelFn {
  k.currentTask.notifySignal = false;
  yield* k.call(task_work_run);
}

/** The task's callback: runs all requests that are on its list now. */
export function* tctx_task_work(k: Kernel, tctx: IoUringTask): KernelFn {
  yield* k.call(tctx_task_work_run, tctx);
}

/** Takes the list, or at most `max_entries` of it; how many it were. */
export function* tctx_task_work_run(k: Kernel, tctx: IoUringTask, max_entries = Infinity): KernelFn<number> {
  const { requests } = tctx.task_works;
  const batch = requests.splice(0, Math.min(requests.length, max_entries));
  yield* k.call(io_handle_tw_list, tctx, batch);
  k.trace('io_uring_task_work_run', tctx.task, batch.length);
  return batch.length;
}

/** Runs each request's function, then posts the completions of all of them. */
export function* io_handle_tw_list(k: Kernel, tctx: IoUringTask, batch: readonly IoKiocb[]): KernelFn {
  const ctx = batch[0]?.ctx; // one ring a task in this model
  if (ctx === undefined) return;
  if (ctx.iopoll) yield* k.down(ctx.uring_lock, true);
  for (const req of batch) {
    yield k.spend(k.costs['tw.item']);
    yield* k.call(takeUp(k, req, tctx.task_works), req);
  }
  if (ctx.compl_reqs.length > 0) yield* k.call(ctx.defs.flush, ctx);
  if (ctx.iopoll) k.up(ctx.uring_lock, true);
}

/** The request leaves the list: what is to be done for it. */
function takeUp(k: Kernel, req: IoKiocb, from: IoUringTask['task_works']): IoTaskWorkFunc {
  k.take(req, from);
  assert(req.io_task_work_func !== null, 'a queued request has a function');
  return req.io_task_work_func;
}

/** Runs the ring's list. In the submitter, which holds no lock of the ring. */
export function* io_run_local_work(k: Kernel, ctx: IoRingCtx, min_events: number): KernelFn {
  if (ctx.iopoll) yield* k.down(ctx.uring_lock, true);
  yield* k.call(__io_run_local_work, ctx, min_events);
  if (ctx.iopoll) k.up(ctx.uring_lock, true);
}

/** The same with the lock held, if there is anything. */
export function* io_run_local_work_locked(k: Kernel, ctx: IoRingCtx, min_events: number): KernelFn {
  if (io_local_work_pending(ctx)) yield* k.call(__io_run_local_work, ctx, min_events);
}

/** Takes the list again as long as fewer than `min_events` items have run, then posts the completions. */
export function* __io_run_local_work(k: Kernel, ctx: IoRingCtx, min_events: number): KernelFn {
  let events = 0;
  const goOn = (): boolean =>
    ctx.work_llist.requests.length > 0 && k.decide(moreLocalWork, events < min_events, events, min_events);
  do {
    do {
      const batch = ctx.work_llist.requests.splice(0); // llist_del_all(): what comes from now on counts anew
      for (const req of batch) {
        yield k.spend(k.costs['tw.item']);
        yield* k.call(takeUp(k, req, ctx.work_llist), req);
      }
      events += batch.length;
    } while (goOn());
    if (ctx.compl_reqs.length > 0) yield* k.call(ctx.defs.flush, ctx);
  } while (goOn());
  k.trace('io_uring_local_work_run', ctx, events);
}

/**
 * io_uring: submission, waiting, task_work and posting of completions. Source: io_uring/io_uring.c (v6.12).
 * Not modelled yet: SQPOLL, DEFER_TASKRUN, io-wq. `io_submit_sqe` and `io_queue_sqe` are inlined, as compilers do.
 */
import { assert } from '../../base/assert.ts';
import { type PollChannel, signalsOf } from '../../engine/polling.ts';
import { rule } from '../../engine/rule.ts';
import { Ev, TaskState } from '../../log/events.ts';
import { blk_finish_plug, blk_start_plug, blockDevice } from '../block/blk-core.ts';
import {
  IoKiocb,
  type IoRingCtx,
  IOU_ISSUE_SKIP_COMPLETE,
  type Sqe,
} from '../include/linux/io_uring_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { task_work_add, task_work_pending, task_work_run } from '../kernel/task_work.ts';

/** A submission of more requests than this is plugged as a whole. */
const IO_PLUG_THRESHOLD = 2;

export const submitPlugs = rule({
  id: 'uring-plugs',
  asks: 'Is this submission large enough to be plugged as a whole?',
  test: 'max_ios > IO_PLUG_THRESHOLD',
  inputs: ['requests'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_submit_state_start' },
});

export const firstTaskWork = rule({
  id: 'uring-first-task-work',
  asks: 'Is it the first request on the task’s list, so that the task must be notified?',
  test: 'llist_add(&req->io_task_work.node, &tctx->task_list)',
  inputs: ['requests waiting'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_req_normal_work_add' },
});

export const enoughCqes = rule({
  id: 'uring-enough-cqes',
  asks: 'Are as many completions posted as the application waits for?',
  test: 'io_should_wake(iowq)',
  inputs: ['cq_tail', 'wanted tail'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_cqring_wait' },
});

export const iopollEmpty = rule({
  id: 'iopoll-list-empty',
  asks: 'Has the ring nothing left to poll for?',
  test: 'wq_list_empty(&ctx->iopoll_list)',
  inputs: ['requests'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_iopoll_check' },
});

export const iopollResched = rule({
  id: 'iopoll-resched',
  asks: 'Must the poll loop give up the CPU to somebody else?',
  test: 'need_resched()',
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_iopoll_check' },
});

/** `io_uring_enter(2)`: submits, then waits for `min_complete` completions if `getevents`. Returns what was submitted. */
export function* io_uring_enter(
  k: Kernel,
  ctx: IoRingCtx,
  sqes: readonly Sqe[],
  min_complete: number,
  getevents: boolean,
): KernelFn<number> {
  if (sqes.length > 0) yield* k.call(io_submit_sqes, ctx, sqes);
  if (getevents && ctx.iopoll) yield* k.call(io_iopoll_check, ctx, min_complete);
  else if (getevents) yield* k.call(io_cqring_wait, ctx, min_complete);
  return sqes.length;
}

/** Takes requests from the submission ring and issues them, plugged together when they are many. */
export function* io_submit_sqes(k: Kernel, ctx: IoRingCtx, sqes: readonly Sqe[]): KernelFn {
  const plugs = k.decide(submitPlugs, sqes.length > IO_PLUG_THRESHOLD, sqes.length);
  const plug = plugs ? blk_start_plug(k) : null;
  for (const sqe of sqes) {
    yield k.spend(k.costs['uring.submit.op']);
    const req = new IoKiocb(k, ctx);
    req.opcode = sqe.opcode;
    k.trace('io_uring_submit_req', req);
    yield* k.call(io_issue_sqe, req, sqe);
  }
  if (ctx.compl_reqs.length > 0) yield* k.call(__io_submit_flush_completions, ctx);
  if (plug !== null) yield* k.call(blk_finish_plug, plug);
}

/** Issues one request, without blocking at first. */
export function* io_issue_sqe(k: Kernel, req: IoKiocb, sqe: Sqe): KernelFn {
  const ret = yield* k.call(req.ctx.defs[sqe.opcode], req, sqe);
  if (ret !== IOU_ISSUE_SKIP_COMPLETE)
    req.ctx.compl_reqs.push(req); // io_req_complete_defer()
  else if (req.ctx.iopoll) io_iopoll_req_issued(req);
}

/** The poll loop gets the request: one that is complete already comes first. */
function io_iopoll_req_issued(req: IoKiocb): void {
  if (req.iopoll_completed) req.ctx.iopoll_list.unshift(req);
  else req.ctx.iopoll_list.push(req);
}

/** Waits until `min_events` completions are in the ring, running task_work whenever it is woken for it. */
export function* io_cqring_wait(k: Kernel, ctx: IoRingCtx, min_events: number): KernelFn {
  const task = k.currentTask;
  if (task.notifySignal || task_work_pending(k, task)) yield* k.call(io_run_task_work);
  if (ctx.rings.entries.length >= min_events) return;
  const wanted = ctx.rings.cq_tail - ctx.rings.entries.length + min_events; // min_events counts what is there, too
  ctx.cq_min_tail = wanted;
  k.trace('io_uring_cqring_wait', ctx, min_events);
  for (;;) {
    k.setState(TaskState.Interruptible, 'completions in its ring', ctx.rings);
    if (!ctx.cq_wait.sleepers.includes(task)) ctx.cq_wait.sleepers.push(task);
    if (!task.notifySignal) yield k.schedule();
    k.setState(TaskState.Running);
    if (task.notifySignal) yield* k.call(io_run_task_work);
    if (k.decide(enoughCqes, ctx.rings.cq_tail >= wanted, ctx.rings.cq_tail, wanted)) break;
  }
  ctx.cq_wait.sleepers.splice(0);
  ctx.cq_min_tail = null;
}

/** Runs what waits for the current task. */
export function* io_run_task_work(k: Kernel): KernelFn {
  k.currentTask.notifySignal = false;
  yield* k.call(task_work_run);
}

/** Polls for the ring's requests until `min` are found completed. Task context, interrupts on. */
export function* io_iopoll_check(k: Kernel, ctx: IoRingCtx, min: number): KernelFn {
  if (ctx.rings.entries.length > 0) return; // events are pending, the application should take them first
  const channels = pollChannels(k, ctx);
  let nr_events = 0;
  do {
    if (k.currentTask.notifySignal) yield* k.call(io_run_task_work);
    if (k.decide(iopollEmpty, ctx.iopoll_list.length === 0, ctx.iopoll_list.length)) break;
    const seen = signalsOf(channels);
    const found = yield* k.call(ctx.defs.iopoll, ctx);
    // passes that find nothing
    if (found === 0 && min > 0) yield* k.pollUntil(channels, seen, pollPass_ns(k, ctx), 'io_do_iopoll');
    if (k.decide(iopollResched, k.need_resched())) break;
    nr_events += found;
  } while (nr_events < min);
}

/** Through which a poll loop can learn of a completion: the device's poll queues, and the ring itself. */
function pollChannels(k: Kernel, ctx: IoRingCtx): PollChannel[] {
  const { queue } = k.of(blockDevice);
  return queue === null ? [ctx.pollChannel] : [queue.pollChannel, ctx.pollChannel];
}

/** How long one pass of the poll loop takes that finds nothing: one look at a queue for each request that is polled. */
function pollPass_ns(k: Kernel, ctx: IoRingCtx): number {
  const polled = ctx.iopoll_list.filter((req) => req.kiocb?.private !== null).length;
  return k.costs['poll.miss'] * Math.max(1, polled);
}

/** `req->io_task_work.func` is to run in the request's task: queues it there and tells the task. Any context. */
export function* __io_req_task_work_add(k: Kernel, req: IoKiocb): KernelFn {
  yield* k.call(io_req_normal_work_add, req);
}

export function* io_req_normal_work_add(k: Kernel, req: IoKiocb): KernelFn {
  const { ctx } = req;
  const list = ctx.task_works;
  list.requests.push(req);
  k.put(req, list);
  if (!k.decide(firstTaskWork, list.requests.length === 1, list.requests.length - 1)) return;
  yield* k.call(task_work_add<IoRingCtx>, ctx.task, { func: tctx_task_work, data: ctx }, ctx.notify_method);
}

/** The task's callback: runs all requests that are on its list now. */
export function* tctx_task_work(k: Kernel, ctx: IoRingCtx): KernelFn {
  yield* k.call(tctx_task_work_run, ctx);
}

export function* tctx_task_work_run(k: Kernel, ctx: IoRingCtx): KernelFn {
  const batch = ctx.task_works.requests.splice(0); // llist_del_all(): what comes from now on notifies anew
  yield* k.call(io_handle_tw_list, ctx, batch);
  k.trace('io_uring_task_work_run', ctx.task, batch.length);
}

/** Runs each request's function, then posts the completions of all of them. */
export function* io_handle_tw_list(k: Kernel, ctx: IoRingCtx, batch: readonly IoKiocb[]): KernelFn {
  for (const req of batch) {
    yield k.spend(k.costs['tw.item']);
    k.take(req, ctx.task_works);
    assert(req.io_task_work_func !== null, 'a queued request has a function');
    yield* k.call(req.io_task_work_func, req);
  }
  if (ctx.compl_reqs.length > 0) yield* k.call(__io_submit_flush_completions, ctx);
}

/** The request is finished; its completion is posted with the next flush. */
export function* io_req_task_complete(_k: Kernel, req: IoKiocb): KernelFn {
  req.ctx.compl_reqs.push(req); // io_req_complete_defer()
}

/** Posts the completions that have gathered, then wakes who waits for them. */
export function* __io_submit_flush_completions(k: Kernel, ctx: IoRingCtx): KernelFn {
  for (const req of ctx.compl_reqs.splice(0)) {
    yield k.spend(k.costs['cqe.post']);
    ctx.rings.cq_tail = ctx.rings.cq_tail + 1;
    ctx.rings.entries.push(req);
    k.trace('io_uring_complete', req, req.cqe_res);
    k.emit(Ev.Notify, k.intern('cqe'), req.id, req.cqe_res);
    k.put(req, ctx.rings);
  }
  if (ctx.cq_min_tail === null || ctx.task === k.currentTask) return;
  const waiter = k.nextSleeper(ctx.cq_wait);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

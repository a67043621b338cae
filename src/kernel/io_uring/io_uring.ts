/**
 * io_uring: submission, polling, io-wq's side of a request, and posting of completions. Source: io_uring/io_uring.c (v6.12).
 * `io_submit_sqe` and `io_queue_sqe` are inlined, as compilers do. The ring's lock is taken for IOPOLL rings only, where two
 * tasks meet at it.
 */
import { assert } from '../../base/assert.ts';
import { type PollChannel, signalsOf } from '../../engine/polling.ts';
import { rule } from '../../engine/rule.ts';
import type { Task } from '../../engine/task.ts';
import { Ev, TaskState } from '../../log/events.ts';
import { blk_finish_plug, blk_start_plug, blockDevice } from '../block/blk-core.ts';
import { has, IOCB_NOWAIT } from '../include/linux/fs.ts';
import {
  forget,
  IO_URING_F_COMPLETE_DEFER,
  IO_URING_F_IOWQ,
  IO_URING_F_NONBLOCK,
  IO_URING_F_UNLOCKED,
  IoKiocb,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_SQ_WAKEUP,
  type IoRingCtx,
  IOU_ISSUE_SKIP_COMPLETE,
  REQ_F_CQE_SKIP,
  REQ_F_FAIL,
  REQ_F_NOWAIT,
  REQ_F_REFCOUNT,
  REQ_F_REISSUE,
} from '../include/linux/io_uring_types.ts';
import { EAGAIN } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { task_work_pending } from '../kernel/task_work.ts';
import { IoWq, io_wq_enqueue, io_wq_hash_work, io_wq_is_hashed, IoWqWork } from './io-wq.ts';
import {
  __io_req_task_work_add,
  io_run_local_work_locked,
  io_run_task_work,
  io_task_work_pending,
} from './tw.ts';
import { io_cqring_wait } from './wait.ts';

/** A submission of more requests than this is plugged as a whole. */
const IO_PLUG_THRESHOLD = 2;
/** Bounded workers of a task's pool: at most so many a CPU. */
const WORKERS_PER_CPU = 4;

export const submitPlugs = rule({
  id: 'uring-plugs',
  asks: 'Is this submission large enough to be plugged as a whole?',
  test: 'max_ios > IO_PLUG_THRESHOLD',
  inputs: ['requests'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_submit_state_start' },
});

export const puntsToIowq = rule({
  id: 'uring-punts',
  asks: 'Would the request have blocked, so that io-wq issues it again?',
  test: 'ret == -EAGAIN && !(req->flags & REQ_F_NOWAIT)',
  inputs: ['ret', 'flags'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_queue_async' },
});

export const isHashed = rule({
  id: 'uring-hashes-inode',
  asks: 'Must io-wq issue it one after the other with what else is for the same file?',
  test: '(def->hash_reg_file && !(fop_flags & FOP_DIO_PARALLEL_WRITE)) || (ctx->flags & IORING_SETUP_IOPOLL)',
  inputs: ['write', 'parallel writes', 'IOPOLL'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_prep_async_work' },
});

export const iowqRetries = rule({
  id: 'uring-iowq-retries',
  asks: 'Does the worker try again, because a polled request cannot wait for a tag?',
  test: 'ret == -EAGAIN && !(req->flags & REQ_F_NOWAIT) && (req->ctx->flags & IORING_SETUP_IOPOLL)',
  inputs: ['ret', 'flags'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_wq_submit_work' },
});

export const postsInWorker = rule({
  id: 'uring-worker-posts',
  asks: 'May the worker post the completion itself, because the ring’s tail is not left to one task?',
  test: '!ctx->lockless_cq  /* DEFER_TASKRUN or IOPOLL */',
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_req_complete_post' },
});

export const waiterHasEnough = rule({
  id: 'uring-wakes-waiter',
  asks: 'Has the task that waits at the ring as many completions as it asked for?',
  test: 'io_should_wake(iowq)',
  inputs: ['cq_tail', 'wanted tail'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_wake_function' },
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

/** `io_uring_enter(2)`: submits, then waits for `min_complete` completions with GETEVENTS. Returns what was submitted. */
export function* io_uring_enter(
  k: Kernel,
  ctx: IoRingCtx,
  to_submit: number,
  min_complete: number,
  flags: number,
): KernelFn<number> {
  const getevents = has(flags, IORING_ENTER_GETEVENTS);
  const { iopoll, sqpoll } = ctx;
  if (sqpoll) {
    const thread = ctx.sq_data?.thread ?? null;
    if (has(flags, IORING_ENTER_SQ_WAKEUP) && thread !== null) yield* k.call(wake_up_process, thread);
  } else {
    if (to_submit > 0) yield k.mightSleep(); // mutex_lock(&ctx->uring_lock)
    if (iopoll) yield* k.down(ctx.uring_lock, true);
    if (to_submit > 0) yield* k.call(io_submit_sqes, ctx, to_submit);
    if (iopoll && getevents) yield* k.call(io_iopoll_check, ctx, min_complete);
    else if (to_submit > 0 && getevents && ctx.defersTaskrun)
      yield* k.call(io_run_local_work_locked, ctx, min_complete);
    if (iopoll) k.up(ctx.uring_lock, true);
  }
  if (getevents && (sqpoll || !iopoll)) yield* k.call(io_cqring_wait, ctx, min_complete);
  return to_submit;
}

/** Takes `nr` requests from the submission ring and issues them, plugged together when they are many. How many it were. */
export function* io_submit_sqes(k: Kernel, ctx: IoRingCtx, nr: number): KernelFn<number> {
  const sqes = ctx.rings.sq.splice(0, nr);
  const plugs = k.decide(submitPlugs, sqes.length > IO_PLUG_THRESHOLD, sqes.length);
  const plug = plugs ? blk_start_plug(k) : null;
  for (const sqe of sqes) {
    yield k.spend(k.costs['uring.submit.op']);
    const req = new IoKiocb(k, ctx, sqe);
    req.opcode = sqe.opcode;
    if (has(sqe.rw_flags ?? 0, IOCB_NOWAIT)) req.flags = req.flags | REQ_F_NOWAIT;
    k.trace('io_uring_submit_req', req);
    const ret = yield* k.call(io_issue_sqe, req, IO_URING_F_NONBLOCK | IO_URING_F_COMPLETE_DEFER);
    if (ret !== 0) yield* k.call(io_queue_async, req, ret);
  }
  if (ctx.compl_reqs.length > 0) yield* k.call(__io_submit_flush_completions, ctx);
  if (plug !== null) yield* k.call(blk_finish_plug, plug);
  return sqes.length;
}

/** Issues a request: 0 when it is under way or complete, else a negative errno that its caller has to deal with. */
export function* io_issue_sqe(k: Kernel, req: IoKiocb, issue_flags: number): KernelFn<number> {
  const ret = yield* k.call(req.ctx.defs[req.sqe.opcode], req, issue_flags);
  if (ret === 0) {
    if (has(issue_flags, IO_URING_F_COMPLETE_DEFER)) io_req_complete_defer(req);
    else yield* k.call(io_req_complete_post, req);
    return 0;
  }
  if (ret !== IOU_ISSUE_SKIP_COMPLETE) return ret;
  if (req.ctx.iopoll) yield* k.call(io_iopoll_req_issued, req, issue_flags);
  return 0;
}

/** The poll loop gets the request: one that is complete already comes first, until v7.0. */
export function* io_iopoll_req_issued(k: Kernel, req: IoKiocb, issue_flags: number): KernelFn {
  const { ctx } = req;
  const needs_lock = has(issue_flags, IO_URING_F_UNLOCKED);
  if (needs_lock) yield* k.down(ctx.uring_lock, true);
  if (req.iopoll_completed && !k.switches.IOPOLL_TAKES_ALL) ctx.iopoll_list.unshift(req);
  else ctx.iopoll_list.push(req);
  if (!needs_lock) return;
  k.signal(ctx.pollChannel);
  const sqThread = ctx.sq_data?.thread ?? null;
  if (sqThread?.state === TaskState.Interruptible) yield* k.call(wake_up_process, sqThread);
  k.up(ctx.uring_lock, true);
}

/** The first try did not go through: to io-wq if it would have blocked, else it has failed. */
export function* io_queue_async(k: Kernel, req: IoKiocb, ret: number): KernelFn {
  const again = ret === EAGAIN && !has(req.flags, REQ_F_NOWAIT);
  if (k.decide(puntsToIowq, again, ret, req.flags)) yield* k.call(io_queue_iowq, req);
  else yield* k.call(io_req_defer_failed, req, ret);
}

/** Ends a request with an error; the completion goes out with the next flush. */
export function* io_req_defer_failed(_k: Kernel, req: IoKiocb, res: number): KernelFn {
  req_set_fail(req);
  req.cqe_res = res;
  const failed = req.ctx.defs.fail(req);
  if (failed !== res) req.cqe_res = failed;
  io_req_complete_defer(req);
}

export function req_set_fail(req: IoKiocb): void {
  req.flags = req.flags | REQ_F_FAIL;
}

function io_req_complete_defer(req: IoKiocb): void {
  req.ctx.compl_reqs.push(req);
}

/** Hands the request to the workers of the task that submitted it. */
export function* io_queue_iowq(k: Kernel, req: IoKiocb): KernelFn {
  const { tctx } = req;
  const wq = (tctx.io_wq ??= initWqOffload(k, req.ctx, tctx.task));
  const work = (req.work ??= prepAsyncWork(k, req));
  k.trace('io_uring_queue_async_work', req, io_wq_is_hashed(work) ? 1 : 0);
  yield* k.call(io_wq_enqueue, wq, work);
}

/** `io_init_wq_offload()`; the kernel does it when the task makes its ring. */
function initWqOffload(k: Kernel, ctx: IoRingCtx, task: Task): IoWq {
  const concurrency = Math.min(ctx.sq_entries, WORKERS_PER_CPU * k.cpus.length);
  return new IoWq(k, task, concurrency, io_wq_submit_work, io_wq_free_work);
}

/** `io_prep_async_work()`. */
function prepAsyncWork(k: Kernel, req: IoKiocb): IoWqWork {
  const { file, opcode } = req.sqe;
  const work = new IoWqWork(k, req);
  const parallel = file.f_op.dio_parallel_write === true;
  const write = opcode === 'WRITE';
  if (k.decide(isHashed, (write && !parallel) || req.ctx.iopoll, write, parallel, req.ctx.iopoll))
    io_wq_hash_work(work, file.inode.id);
  return work;
}

/** `wq->do_work`: issues a request that may block now. In a worker. */
export function* io_wq_submit_work(k: Kernel, work: IoWqWork): KernelFn {
  const req = requestOfWork(work);
  // one reference is dropped by io_wq_free_work()
  if (has(req.flags, REQ_F_REFCOUNT)) req.refs = req.refs + 1;
  else {
    req.flags = req.flags | REQ_F_REFCOUNT;
    req.refs = 2;
  }
  for (;;) {
    const ret = yield* k.call(io_issue_sqe, req, IO_URING_F_UNLOCKED | IO_URING_F_IOWQ);
    if (ret === 0) return;
    const again = ret === EAGAIN && !has(req.flags, REQ_F_NOWAIT) && req.ctx.iopoll;
    if (!k.decide(iowqRetries, again, ret, req.flags)) {
      yield* k.call(io_req_task_queue_fail, req, ret);
      return;
    }
    yield k.condResched();
  }
}

/** `wq->free_work`: the worker lets go of the request. */
export function* io_wq_free_work(k: Kernel, work: IoWqWork): KernelFn {
  const req = requestOfWork(work);
  req.refs = req.refs - 1;
  if (req.refs === 0) yield* k.call(io_free_req, req);
}

function requestOfWork(work: IoWqWork): IoKiocb {
  assert(work.parent instanceof IoKiocb, 'the work is part of a request');
  return work.parent;
}

/** Gives a request back whose completion is posted already: its task does that. */
export function* io_free_req(k: Kernel, req: IoKiocb): KernelFn {
  req.flags = (req.flags & ~REQ_F_REFCOUNT) | REQ_F_CQE_SKIP;
  req.io_task_work_func = io_req_task_complete;
  yield* k.call(__io_req_task_work_add, req, 0);
}

/** A request failed in a worker: its task ends it, where nothing is locked. */
export function* io_req_task_queue_fail(k: Kernel, req: IoKiocb, ret: number): KernelFn {
  req.cqe_res = ret;
  req.io_task_work_func = io_req_task_cancel;
  yield* k.call(__io_req_task_work_add, req, 0);
}

export function* io_req_task_cancel(k: Kernel, req: IoKiocb): KernelFn {
  yield* k.call(io_req_defer_failed, req, req.cqe_res);
}

/** The worker has the result: it posts it itself, or has the ring's task do it. */
export function* io_req_complete_post(k: Kernel, req: IoKiocb): KernelFn {
  const { ctx } = req;
  if (!k.decide(postsInWorker, !ctx.defersTaskrun && !ctx.iopoll)) {
    req.io_task_work_func = io_req_task_complete;
    yield* k.call(__io_req_task_work_add, req, 0);
    return;
  }
  yield k.spend(k.costs['cqe.post']);
  io_fill_cqe_req(k, req);
  const waiter = toWake(k, ctx);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
  req.refs = req.refs - 1; // io-wq holds another
}

/** Has the request issued again by its own task. Any context. */
export function* io_req_task_queue(k: Kernel, req: IoKiocb): KernelFn {
  req.io_task_work_func = io_req_task_submit;
  yield* k.call(__io_req_task_work_add, req, 0);
}

/** In the request's task: issues it again. */
export function* io_req_task_submit(k: Kernel, req: IoKiocb): KernelFn {
  const ret = yield* k.call(io_issue_sqe, req, IO_URING_F_NONBLOCK | IO_URING_F_COMPLETE_DEFER);
  if (ret !== 0) yield* k.call(io_queue_async, req, ret);
}

/** The request is finished; its completion is posted with the next flush. */
export function* io_req_task_complete(_k: Kernel, req: IoKiocb): KernelFn {
  io_req_complete_defer(req);
}

/** Posts the completions that have gathered, then wakes who waits for them, and gives the requests back. */
export function* __io_submit_flush_completions(k: Kernel, ctx: IoRingCtx): KernelFn {
  const reqs = ctx.compl_reqs.splice(0);
  for (const req of reqs) {
    if (has(req.flags, REQ_F_CQE_SKIP | REQ_F_REISSUE)) continue;
    yield k.spend(k.costs['cqe.post']);
    io_fill_cqe_req(k, req);
  }
  const waiter = toWake(k, ctx);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
  for (const req of reqs) {
    if (has(req.flags, REQ_F_REISSUE)) {
      req.flags = req.flags & ~REQ_F_REISSUE;
      yield* k.call(io_queue_iowq, req);
    } else putRequest(k, req);
  }
}

/** Posts a request of an IOPOLL ring and gives it back, without the flush of completions. */
export function postPolled(k: Kernel, req: IoKiocb): void {
  if (!has(req.flags, REQ_F_CQE_SKIP)) io_fill_cqe_req(k, req);
  putRequest(k, req);
}

/** Wakes who waits for the completions that a poll loop has posted: with SQPOLL that is another task. Before v6.6. */
export function* io_cqring_ev_posted_iopoll(k: Kernel, ctx: IoRingCtx): KernelFn {
  const waiter = toWake(k, ctx);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

/** `io_free_batch_list()` for one request: the last reference gives it back. */
function putRequest(k: Kernel, req: IoKiocb): void {
  if (has(req.flags, REQ_F_REFCOUNT)) {
    req.refs = req.refs - 1;
    if (req.refs > 0) return;
  }
  req.released = true;
  forget(k, req);
}

/** Posts the completion of a request. */
function io_fill_cqe_req(k: Kernel, req: IoKiocb): void {
  const { ctx } = req;
  ctx.rings.cq_tail = ctx.rings.cq_tail + 1;
  ctx.rings.entries.push(req);
  k.trace('io_uring_complete', req, req.cqe_res);
  k.emit(Ev.Notify, k.intern('cqe'), req.id, req.cqe_res);
  k.put(req, ctx.rings);
}

/** `io_cqring_wake()`: who is to be woken for the new tail. Whoever looks at the ring in user mode sees it, too. */
function toWake(k: Kernel, ctx: IoRingCtx): Task | null {
  k.signal(ctx.cqChannel);
  const wanted = ctx.cq_min_tail;
  if (wanted === null || ctx.task === k.currentTask) return null;
  const enough = k.decide(waiterHasEnough, ctx.rings.cq_tail >= wanted, ctx.rings.cq_tail, wanted);
  return enough ? k.nextSleeper(ctx.cq_wait) : null;
}

/** Polls for the ring's requests until `min` are found completed. Task context, interrupts on, the ring's lock held. */
export function* io_iopoll_check(k: Kernel, ctx: IoRingCtx, min: number): KernelFn {
  if (ctx.rings.entries.length > 0) return; // events are pending, the application should take them first
  const channels = pollChannels(k, ctx);
  let nr_events = 0;
  do {
    const { cq_tail } = ctx.rings;
    if (ctx.iopoll_list.length === 0 || io_task_work_pending(k, ctx)) {
      yield* k.call(io_run_local_work_locked, ctx, min);
      if (ctx.iopoll_list.length === 0 || task_work_pending(k, k.currentTask)) {
        // without the lock, which a worker may want to add a request that was punted
        k.up(ctx.uring_lock, true);
        yield* k.call(io_run_task_work);
        yield* k.down(ctx.uring_lock, true);
      }
    }
    if (k.decide(iopollEmpty, ctx.iopoll_list.length === 0, ctx.iopoll_list.length)) break;
    if (ctx.rings.cq_tail !== cq_tail) break; // some requests do not go through the list
    const seen = signalsOf(channels);
    const found = yield* k.call(ctx.defs.iopoll, ctx);
    // passes that find nothing
    if (found === 0 && min > 0) yield* k.pollUntil(channels, seen, pollPass_ns(k, ctx), 'io_do_iopoll');
    if (k.decide(iopollResched, k.need_resched())) break;
    nr_events += found;
  } while (nr_events < min);
}

/** Through which a poll loop can learn of a completion: the device's poll queues, and the ring itself. */
export function pollChannels(k: Kernel, ctx: IoRingCtx): PollChannel[] {
  const { queue } = k.of(blockDevice);
  return queue === null || !ctx.iopoll ? [ctx.pollChannel] : [queue.pollChannel, ctx.pollChannel];
}

/** How long one pass of the poll loop takes that finds nothing: one look at a queue for each request that is polled. */
export function pollPass_ns(k: Kernel, ctx: IoRingCtx): number {
  const polled = ctx.iopoll_list.filter((req) => req.kiocb?.private !== null).length;
  return k.costs['poll.miss'] * Math.max(1, polled);
}

/** Reads and writes through io_uring. Source: io_uring/rw.c (v6.12; the caller completion request as in v6.6-rc). */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import type { Obj } from '../../engine/struct.ts';
import { iocb_bio_iopoll } from '../block/blk-core.ts';
import {
  clear,
  checkRwFlags,
  EIOCBQUEUED,
  has,
  IOCB_ALLOC_CACHE,
  ANY_CALLER_REQUEST,
  IOCB_DIO_CALLER_COMP,
  IOCB_DIO_DEFER,
  IOCB_DIRECT,
  IOCB_HIPRI,
  IOCB_NOWAIT,
  IOCB_WAITQ,
  IOCB_WRITE,
  Kiocb,
} from '../include/linux/fs.ts';
import type { IoCompBatch } from '../include/linux/blk-mq.ts';
import {
  IO_URING_F_NONBLOCK,
  IoKiocb,
  type IoRingCtx,
  IOU_F_TWQ_LAZY_WAKE,
  IOU_ISSUE_SKIP_COMPLETE,
  REQ_F_NOWAIT,
  REQ_F_REISSUE,
} from '../include/linux/io_uring_types.ts';
import { EAGAIN, EOPNOTSUPP } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import type { SwitchValue } from '../switches.ts';
import {
  __io_submit_flush_completions,
  io_cqring_ev_posted_iopoll,
  io_req_task_complete,
  io_req_task_queue,
  postPolled,
  req_set_fail,
} from './io_uring.ts';
import { __io_req_task_work_add } from './tw.ts';

const FILE = 'io_uring/rw.c';

export const supportsNowait = rule({
  id: 'uring-file-nowait',
  asks: 'Can the file be tried without blocking at all?',
  test: 'io_file_supports_nowait(req)  /* FMODE_NOWAIT */',
  source: { kind: 'code', file: FILE, note: 'io_read, io_write' },
});

export const shortIssue = rule({
  id: 'uring-short',
  asks: 'Was less transferred than asked for, so that the rest is to be tried again?',
  test: 'ret >= 0 && ret != req->cqe.res && need_complete_io(req)',
  inputs: ['ret', 'asked for'],
  source: { kind: 'code', file: FILE, note: 'io_read, io_write' },
});

export const shouldReissue = rule({
  id: 'uring-should-reissue',
  asks: 'Is a request that ended with -EAGAIN to be issued again, which only its own task can?',
  test: '!(req->flags & REQ_F_NOWAIT) && (!io_wq_current_is_worker() || IOPOLL) && same_thread_group(req->task, current) && in_task()',
  inputs: ['flags', 'own process', 'in_task()'],
  source: { kind: 'code', file: FILE, note: 'io_rw_should_reissue' },
});

export const asksForCaller = rule({
  id: 'uring-asks-for-caller-comp',
  asks: 'Does io_uring offer to finish this write in the task that issued it?',
  test: '!(kiocb->ki_flags & IOCB_HIPRI)  /* v6.6-rc only; then never */',
  inputs: ['ISSUER_REQUESTS', 'ki_flags'],
  source: {
    kind: 'code',
    file: FILE,
    commit: '099ada2c8726',
    note: 'switched off by 838b35bb6a89',
  },
});

export const callerFinishes = rule({
  id: 'uring-dio-complete-set',
  asks: 'Is the direct I/O still to be finished, in the task_work of its issuer?',
  test: 'kiocb->dio_complete && (kiocb->ki_flags & IOCB_DIO_CALLER_COMP)  /* version 4 of the series: the pointer alone */',
  inputs: ['dio_complete set', 'ki_flags'],
  source: { kind: 'code', file: FILE, commit: '099ada2c8726', note: 'io_complete_rw' },
});

export const iopollCompleted = rule({
  id: 'iopoll-completed',
  asks: 'Is this request complete, so that its CQE can be posted, and the next one looked at?',
  test: 'smp_load_acquire(&req->iopoll_completed)',
  source: {
    kind: 'code',
    file: FILE,
    note: 'io_do_iopoll; before v7.0 (3c7d76d6128a) from where the pass stopped up to the first that is not complete',
  },
});

export const callsBack = rule({
  id: 'uring-buffered-callback',
  asks: 'Is it a buffered read of a file that can call back when a folio is read, so that nobody has to sleep for it?',
  test: '!(kiocb->ki_flags & (IOCB_DIRECT | IOCB_HIPRI)) && (req->file->f_op->fop_flags & FOP_BUFFER_RASYNC)',
  inputs: ['ki_flags', 'FOP_BUFFER_RASYNC'],
  source: { kind: 'code', file: FILE, note: 'io_rw_should_retry' },
});

export const buffersNowait = rule({
  id: 'uring-buffered-write-nowait',
  asks: 'Can the file be written through the page cache without waiting?',
  test: 'req->file->f_op->fop_flags & FOP_BUFFER_WASYNC',
  source: { kind: 'code', file: FILE, note: 'io_write' },
});

/** The bit with which io_uring offers to finish a write itself, by the name that it has. */
const REQUEST_BIT: Record<SwitchValue<'IOCB_FLAG'>, number> = {
  none: 0,
  IOCB_DIO_DEFER,
  IOCB_DIO_CALLER_COMP,
};

/** Issues a direct write: 0 when it is complete, `IOU_ISSUE_SKIP_COMPLETE` when it is under way, else a negative errno. */
export function* io_write(k: Kernel, req: IoKiocb, issue_flags: number): KernelFn<number> {
  const nonblock = has(issue_flags, IO_URING_F_NONBLOCK);
  const kiocb = io_rw_init_file(k, req, IOCB_WRITE, nonblock);
  const refused = checkRwFlags(k, kiocb);
  if (refused < 0) return refused;
  if (nonblock && !k.decide(supportsNowait, kiocb.ki_filp.nowait)) return EAGAIN;
  const buffered = nonblock && !has(kiocb.ki_flags, IOCB_DIRECT);
  if (buffered && !k.decide(buffersNowait, kiocb.ki_filp.f_op.buffer_wasync === true)) return EAGAIN;
  const polled = has(kiocb.ki_flags, IOCB_HIPRI);
  if (
    k.decide(asksForCaller, k.switches.ISSUER_REQUESTS && !polled, k.switches.ISSUER_REQUESTS, kiocb.ki_flags)
  )
    kiocb.ki_flags = kiocb.ki_flags | REQUEST_BIT[k.switches.IOCB_FLAG];
  const ret = nowaitResult(yield* k.call(kiocb.ki_filp.f_op.write_iter, kiocb), nonblock);
  const mayRetry = !has(req.flags, REQ_F_NOWAIT) && (nonblock || req.ctx.iopoll);
  if (ret === EAGAIN && mayRetry) return EAGAIN;
  if (isShort(k, req, ret)) return EAGAIN;
  return yield* k.call(kiocb_done, req, ret);
}

/** Issues a direct read; `__io_read` is inlined. */
export function* io_read(k: Kernel, req: IoKiocb, issue_flags: number): KernelFn<number> {
  const nonblock = has(issue_flags, IO_URING_F_NONBLOCK);
  const kiocb = io_rw_init_file(k, req, 0, nonblock);
  const refused = checkRwFlags(k, kiocb);
  if (refused < 0) return refused;
  if (nonblock && !k.decide(supportsNowait, kiocb.ki_filp.nowait)) return EAGAIN;
  const ret = nowaitResult(yield* k.call(kiocb.ki_filp.f_op.read_iter, kiocb), nonblock);
  const mayRetry = !has(req.flags, REQ_F_NOWAIT) && (nonblock || req.ctx.iopoll);
  if (ret === EAGAIN || takesReissue(k, req))
    return mayRetry ? yield* k.inlined(readAgain, req, nonblock) : ret;
  if (ret === EIOCBQUEUED) return IOU_ISSUE_SKIP_COMPLETE;
  if (ret > 0 && nonblock && mayRetry && isShort(k, req, ret))
    return yield* k.inlined(readAgain, req, nonblock);
  return ret < 0 ? ret : yield* k.call(kiocb_done, req, ret);
}

/** Tries again at once where the file can call back when a folio is read; else somebody who may wait has to. */
function* readAgain(k: Kernel, req: IoKiocb, nonblock: boolean): KernelFn<number> {
  for (;;) {
    if (!io_rw_should_retry(k, req)) return EAGAIN;
    const kiocb = io_rw_init_file(k, req, 0, nonblock);
    kiocb.ki_flags = clear(kiocb.ki_flags, IOCB_NOWAIT) | IOCB_WAITQ;
    kiocb.ki_waitq = { func: io_async_buf_func, data: kiocb };
    const ret = yield* k.call(kiocb.ki_filp.f_op.read_iter, kiocb);
    if (ret === EIOCBQUEUED) return IOU_ISSUE_SKIP_COMPLETE;
    kiocb.ki_flags = clear(kiocb.ki_flags, IOCB_WAITQ);
    if (ret <= 0 || !isShort(k, req, ret)) return ret < 0 ? ret : yield* k.call(kiocb_done, req, ret);
  }
}

/** May the read be tried with a callback? Only a buffered one, of a file that has them. */
function io_rw_should_retry(k: Kernel, { kiocb, flags, sqe }: IoKiocb): boolean {
  const ki_flags = kiocb?.ki_flags ?? 0;
  const buffered = !has(ki_flags, IOCB_DIRECT | IOCB_HIPRI) && !has(flags, REQ_F_NOWAIT);
  const able = sqe.file.f_op.buffer_rasync === true;
  return k.decide(callsBack, buffered && able, ki_flags, able);
}

/** The folio that a read waits for is unlocked: its task tries again. Any context. */
export function* io_async_buf_func(k: Kernel, kiocb: Obj): KernelFn {
  assert(kiocb instanceof Kiocb, 'the read of a request waits with its kiocb');
  kiocb.ki_flags = clear(kiocb.ki_flags, IOCB_WAITQ);
  yield* k.call(io_req_task_queue, requestOf(kiocb));
}

/** Some filesystems refuse NOWAIT with another error than -EAGAIN. */
const nowaitResult = (ret: number, nonblock: boolean): number =>
  ret === EOPNOTSUPP && nonblock ? EAGAIN : ret;

/** What is still to be transferred. */
const asked = (req: IoKiocb): number => req.sqe.len - req.bytes_done;

/** Keeps what a short transfer has done, and says so. */
function isShort(k: Kernel, req: IoKiocb, ret: number): boolean {
  if (ret < 0 || !k.decide(shortIssue, ret !== asked(req), ret, asked(req))) return false;
  if (ret > 0) req.bytes_done = req.bytes_done + ret;
  return true;
}

/** Prepares the kiocb: flags of the file, the ring and the try, and whom to tell in the end. */
function io_rw_init_file(k: Kernel, req: IoKiocb, direction: number, nonblock: boolean): Kiocb {
  const { ctx, sqe } = req;
  const kiocb = kiocbOf(k, req);
  kiocb.ki_pos = sqe.off + req.bytes_done;
  kiocb.ki_flags =
    sqe.file.f_iocb_flags |
    (sqe.rw_flags ?? 0) |
    (nonblock ? IOCB_NOWAIT : 0) |
    IOCB_ALLOC_CACHE |
    direction |
    (ctx.iopoll ? IOCB_HIPRI : 0);
  kiocb.ki_complete = ctx.iopoll ? io_complete_rw_iopoll : io_complete_rw;
  if (kiocb.private !== null) kiocb.private = null;
  if (req.iopoll_completed) req.iopoll_completed = false;
  return kiocb;
}

/** The request's kiocb. What is left of a short transfer needs one of its own here, because a kiocb has a length. */
function kiocbOf(k: Kernel, req: IoKiocb): Kiocb {
  const known = req.kiocb;
  if (known !== null && known.length_bytes === asked(req)) return known;
  const kiocb = new Kiocb(k, req, req.sqe.file, asked(req));
  req.kiocb = kiocb;
  return kiocb;
}

/** What the filesystem returned: under way, complete already, or failed. */
export function* kiocb_done(k: Kernel, req: IoKiocb, ret: number): KernelFn<number> {
  const { kiocb } = req;
  assert(kiocb !== null && kiocb.ki_complete !== null, 'the kiocb was prepared');
  if (ret >= 0 && !req.ctx.iopoll) {
    yield* k.call(__io_complete_rw_common, req, ret);
    yield* k.call(io_req_io_end, req);
    req.cqe_res = fixup(req, ret);
    yield* k.call(io_req_rw_cleanup, req);
    return 0;
  }
  if (ret !== EIOCBQUEUED) yield* k.call(kiocb.ki_complete, kiocb, ret); // io_rw_done()
  return takesReissue(k, req) ? EAGAIN : IOU_ISSUE_SKIP_COMPLETE;
}

/** Did the request end with -EAGAIN while it was issued? Until v6.13 whoever issues it finds the mark. */
function takesReissue(k: Kernel, req: IoKiocb): boolean {
  if (k.switches.RW_REISSUE !== 'when issued' || !has(req.flags, REQ_F_REISSUE)) return false;
  req.flags = req.flags & ~REQ_F_REISSUE;
  return true;
}

/** `ki_complete` of an ordinary ring: leaves the rest to the task_work of the request's task. Any context. */
export function* io_complete_rw(k: Kernel, iocb: Kiocb, res: number): KernelFn {
  const req = requestOf(iocb);
  if (!handedBack(k, iocb)) {
    const marked = yield* k.call(__io_complete_rw_common, req, res);
    if (marked && k.switches.RW_REISSUE === 'when issued') return;
    req.cqe_res = fixup(req, res);
  }
  req.io_task_work_func = io_req_rw_complete;
  yield* k.call(__io_req_task_work_add, req, IOU_F_TWQ_LAZY_WAKE);
}

/** Notes a short or failed result; true if the request is to be issued again instead. */
export function* __io_complete_rw_common(k: Kernel, req: IoKiocb, res: number): KernelFn<boolean> {
  if (res === asked(req)) return false;
  if (res === EAGAIN && io_rw_should_reissue(k, req)) {
    if (k.switches.RW_REISSUE === 'when issued') yield* k.call(io_req_io_end, req);
    req.flags = req.flags | REQ_F_REISSUE;
    return true;
  }
  req_set_fail(req);
  return false;
}

/** Only the request's own process may issue it again, and of its workers only those of a ring that polls. */
function io_rw_should_reissue(k: Kernel, req: IoKiocb): boolean {
  const { tctx, ctx, flags } = req;
  const current = k.currentTask;
  const worker = tctx.io_wq?.threads.has(current) ?? false;
  const own = worker ? ctx.iopoll : current === tctx.task || current === ctx.task;
  return k.decide(shouldReissue, !has(flags, REQ_F_NOWAIT) && own && k.in_task(), flags, own, k.in_task());
}

/** `io_fixup_rw_res()`: with what an earlier, short try has done. */
function fixup(req: IoKiocb, res: number): number {
  if (req.bytes_done === 0) return res;
  return res < 0 ? req.bytes_done : req.bytes_done + res;
}

/** What a request that failed reports: an error only if nothing was transferred. */
export const io_rw_fail = (req: IoKiocb): number => fixup(req, req.cqe_res);

/** In the request's task: finishes the direct I/O if that was handed back, then the request. */
export function* io_req_rw_complete(k: Kernel, req: IoKiocb): KernelFn {
  const { kiocb } = req;
  assert(kiocb !== null, 'the kiocb was prepared');
  const finish = kiocb.dio_complete;
  if (handedBack(k, kiocb) && finish !== null) {
    assert(kiocb.private !== null, 'the dio was left in private');
    req.cqe_res = fixup(req, yield* k.call(finish, kiocb.private));
  }
  yield* k.call(io_req_io_end, req);
  yield* k.call(io_req_rw_cleanup, req);
  yield* k.call(io_req_task_complete, req);
}

/** Is the direct I/O left for the caller to finish, in the kernels that know of it? */
function handedBack(k: Kernel, iocb: Kiocb): boolean {
  if (k.switches.CALLER_FLAG === 'none') return false;
  const isSet = iocb.dio_complete !== null;
  const flagged = k.switches.CALLER_TEST === 'pointer' || has(iocb.ki_flags, ANY_CALLER_REQUEST);
  return k.decide(callerFinishes, isSet && flagged, isSet, iocb.ki_flags);
}

/** Accounting at the end of an I/O. */
export function* io_req_io_end(_k: Kernel, _req: IoKiocb): KernelFn {
  // file accounting is not modelled, only that the call is made
}

/** Releases what the request holds. */
export function* io_req_rw_cleanup(_k: Kernel, _req: IoKiocb): KernelFn {
  // request caching is not modelled, only that the call is made
}

/** `ki_complete` of an IOPOLL ring: only notes the result; the CQE is posted by the poll loop. Any context. */
export function* io_complete_rw_iopoll(k: Kernel, iocb: Kiocb, res: number): KernelFn {
  const req = requestOf(iocb);
  if (res === EAGAIN && io_rw_should_reissue(k, req)) {
    req.flags = req.flags | REQ_F_REISSUE;
    if (k.switches.RW_REISSUE !== 'when completed') return; // nobody may be left to find the mark
  } else req.cqe_res = res;
  req.iopoll_completed = true;
  k.signal(req.ctx.pollChannel);
}

/** One pass of the poll loop: polls for each request up to the first that is complete or whose poll found something, ends
 *  that batch, and posts the CQEs of the completed requests: those from there on, since v7.0 all. Returns how many. */
export function* io_do_iopoll(k: Kernel, ctx: IoRingCtx): KernelFn<number> {
  const iob: IoCompBatch = { requests: [] };
  let at = 0;
  for (; at < ctx.iopoll_list.length; at++) {
    const req = ctx.iopoll_list[at]!;
    if (req.iopoll_completed) break;
    assert(req.kiocb !== null, 'the kiocb was prepared');
    yield* k.call(iocb_bio_iopoll, req.kiocb, iob);
    if (iob.requests.length > 0 || completed(req)) break;
  }
  const first = iob.requests[0];
  if (first !== undefined) yield* k.call(first.q.mq_ops.complete_batch, iob);
  const done = k.switches.IOPOLL_TAKES_ALL ? allCompleted(k, ctx) : completedFrom(k, ctx, at);
  if (done.length === 0) return 0;
  for (const req of done) yield* k.call(io_req_rw_cleanup, req);
  if (k.switches.IOPOLL_FLUSH) {
    ctx.compl_reqs.push(...done);
    yield* k.call(__io_submit_flush_completions, ctx);
  } else {
    yield k.spend(done.length * k.costs['cqe.post']);
    for (const req of done) postPolled(k, req);
    yield* k.call(io_cqring_ev_posted_iopoll, ctx);
  }
  return done.length;
}

/** Takes the completed requests from `at` on, up to the first that is not. */
function completedFrom(k: Kernel, ctx: IoRingCtx, at: number): IoKiocb[] {
  let end = at;
  while (end < ctx.iopoll_list.length && k.decide(iopollCompleted, ctx.iopoll_list[end]!.iopoll_completed))
    end++;
  return ctx.iopoll_list.splice(at, end - at);
}

/** Takes all completed requests. */
function allCompleted(k: Kernel, ctx: IoRingCtx): IoKiocb[] {
  const last = ctx.iopoll_list.findLastIndex((req) => req.iopoll_completed);
  const done = ctx.iopoll_list.filter(
    (req, i) => i <= last && k.decide(iopollCompleted, req.iopoll_completed),
  );
  if (done.length > 0) ctx.iopoll_list = ctx.iopoll_list.filter((req) => !done.includes(req));
  return done;
}

/** Read through a function: the poll in between may have completed it, which the compiler cannot know. */
const completed = (req: IoKiocb): boolean => req.iopoll_completed;

function requestOf(iocb: Kiocb): IoKiocb {
  assert(iocb.parent instanceof IoKiocb, 'the kiocb is part of a request');
  return iocb.parent;
}

/** Reads and writes through io_uring. Source: io_uring/rw.c (v6.12; the caller completion request as in v6.6-rc). */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import { iocb_bio_iopoll } from '../block/blk-core.ts';
import {
  EIOCBQUEUED,
  has,
  IOCB_ALLOC_CACHE,
  IOCB_DIO_CALLER_COMP,
  IOCB_HIPRI,
  IOCB_NOWAIT,
  IOCB_WRITE,
  Kiocb,
} from '../include/linux/fs.ts';
import type { IoCompBatch } from '../include/linux/blk-mq.ts';
import {
  IoKiocb,
  type IoRingCtx,
  IOU_ISSUE_SKIP_COMPLETE,
  type Sqe,
} from '../include/linux/io_uring_types.ts';
import { EAGAIN } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { __io_req_task_work_add, __io_submit_flush_completions, io_req_task_complete } from './io_uring.ts';

export const asksForCaller = rule({
  id: 'uring-asks-for-caller-comp',
  asks: 'Does io_uring offer to finish this write in the task that issued it?',
  test: '!(kiocb->ki_flags & IOCB_HIPRI)  /* v6.6-rc only; then never */',
  inputs: ['ISSUER_REQUESTS', 'ki_flags'],
  source: {
    kind: 'code',
    file: 'io_uring/rw.c',
    commit: '099ada2c8726',
    note: 'switched off by 838b35bb6a89',
  },
});

export const callerFinishes = rule({
  id: 'uring-dio-complete-set',
  asks: 'Is the direct I/O still to be finished, in the task_work of its issuer?',
  test: 'kiocb->dio_complete && (kiocb->ki_flags & IOCB_DIO_CALLER_COMP)',
  inputs: ['dio_complete set', 'ki_flags'],
  source: { kind: 'code', file: 'io_uring/rw.c', commit: '099ada2c8726', note: 'io_complete_rw' },
});

export const iopollCompleted = rule({
  id: 'iopoll-completed',
  asks: 'Is this request complete, so that its CQE can be posted, and the next one looked at?',
  test: 'smp_load_acquire(&req->iopoll_completed)',
  source: {
    kind: 'code',
    file: 'io_uring/rw.c',
    note: 'io_do_iopoll; before v7.0 from where the pass stopped up to the first that is not complete',
  },
});

/** Issues a direct write; `IOU_ISSUE_SKIP_COMPLETE` when it is under way, 0 when it is already complete. */
export function* io_write(k: Kernel, req: IoKiocb, sqe: Sqe): KernelFn<number> {
  const kiocb = io_rw_init_file(k, req, sqe, IOCB_WRITE);
  const polled = has(kiocb.ki_flags, IOCB_HIPRI);
  if (
    k.decide(asksForCaller, k.switches.ISSUER_REQUESTS && !polled, k.switches.ISSUER_REQUESTS, kiocb.ki_flags)
  )
    kiocb.ki_flags = kiocb.ki_flags | IOCB_DIO_CALLER_COMP;
  let ret = yield* k.call(sqe.file.f_op.write_iter, kiocb);
  if (ret === EAGAIN) {
    kiocb.ki_flags = kiocb.ki_flags & ~IOCB_NOWAIT; // simplified: tried again at once, not by io-wq
    ret = yield* k.call(sqe.file.f_op.write_iter, kiocb);
  }
  return yield* k.call(kiocb_done, req, ret);
}

/** Issues a direct read. */
export function* io_read(k: Kernel, req: IoKiocb, sqe: Sqe): KernelFn<number> {
  const kiocb = io_rw_init_file(k, req, sqe, 0);
  const ret = yield* k.call(sqe.file.f_op.read_iter, kiocb);
  if (ret === EIOCBQUEUED) return IOU_ISSUE_SKIP_COMPLETE;
  return yield* k.call(kiocb_done, req, ret);
}

/** Prepares the kiocb: flags of the file and the ring, and whom to tell in the end. */
function io_rw_init_file(k: Kernel, req: IoKiocb, sqe: Sqe, direction: number): Kiocb {
  const { ctx } = req;
  const kiocb = new Kiocb(k, req, sqe.file, sqe.len);
  req.kiocb = kiocb;
  kiocb.ki_pos = sqe.off;
  kiocb.ki_flags =
    sqe.file.f_iocb_flags | IOCB_NOWAIT | IOCB_ALLOC_CACHE | direction | (ctx.iopoll ? IOCB_HIPRI : 0);
  kiocb.ki_complete = ctx.iopoll ? io_complete_rw_iopoll : io_complete_rw;
  return kiocb;
}

/** What the filesystem returned: under way, or complete already. */
export function* kiocb_done(k: Kernel, req: IoKiocb, ret: number): KernelFn<number> {
  if (ret === EIOCBQUEUED) return IOU_ISSUE_SKIP_COMPLETE;
  const { kiocb } = req;
  assert(kiocb !== null, 'the kiocb was prepared');
  if (req.ctx.iopoll) {
    yield* k.call(io_complete_rw_iopoll, kiocb, ret); // io_rw_done()
    return IOU_ISSUE_SKIP_COMPLETE;
  }
  yield* k.call(__io_complete_rw_common, req, ret);
  yield* k.call(io_req_io_end, req);
  req.cqe_res = ret;
  return 0;
}

/** `ki_complete` of an ordinary ring: leaves the rest to the task_work of the request's task. Any context. */
export function* io_complete_rw(k: Kernel, iocb: Kiocb, res: number): KernelFn {
  const req = requestOf(iocb);
  if (!handedBack(k, iocb)) {
    yield* k.call(__io_complete_rw_common, req, res);
    req.cqe_res = res;
  }
  req.io_task_work_func = io_req_rw_complete;
  yield* k.call(__io_req_task_work_add, req);
}

/** A short or failed result would be noted here. */
export function* __io_complete_rw_common(_k: Kernel, _req: IoKiocb, _res: number): KernelFn {
  // linked requests are not modelled, only that the call is made
}

/** In the request's task: finishes the direct I/O if that was handed back, then the request. */
export function* io_req_rw_complete(k: Kernel, req: IoKiocb): KernelFn {
  const { kiocb } = req;
  assert(kiocb !== null, 'the kiocb was prepared');
  const finish = kiocb.dio_complete;
  if (handedBack(k, kiocb) && finish !== null) {
    assert(kiocb.private !== null, 'the dio was left in private');
    req.cqe_res = yield* k.call(finish, kiocb.private);
  }
  yield* k.call(io_req_io_end, req);
  yield* k.call(io_req_rw_cleanup, req);
  yield* k.call(io_req_task_complete, req);
}

/** `kiocb->dio_complete && (kiocb->ki_flags & IOCB_DIO_CALLER_COMP)`, in the kernels that know of it. */
function handedBack(k: Kernel, iocb: Kiocb): boolean {
  if (k.switches.CALLER_FLAG === 'none') return false;
  const isSet = iocb.dio_complete !== null;
  return k.decide(callerFinishes, isSet && has(iocb.ki_flags, IOCB_DIO_CALLER_COMP), isSet, iocb.ki_flags);
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
  req.cqe_res = res;
  req.iopoll_completed = true;
  k.signal(req.ctx.pollChannel);
}

/** One pass of the poll loop: polls for each request up to the first that is complete or whose poll found something, ends
 *  that batch, and posts the CQEs of the completed requests from there on. Returns how many. */
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
  let end = at;
  for (; end < ctx.iopoll_list.length; end++) {
    const req = ctx.iopoll_list[end]!;
    if (!k.decide(iopollCompleted, req.iopoll_completed)) break;
    yield* k.call(io_req_rw_cleanup, req);
  }
  if (end === at) return 0;
  ctx.compl_reqs.push(...ctx.iopoll_list.splice(at, end - at));
  yield* k.call(__io_submit_flush_completions, ctx);
  return end - at;
}

/** Read through a function: the poll in between may have completed it, which the compiler cannot know. */
const completed = (req: IoKiocb): boolean => req.iopoll_completed;

function requestOf(iocb: Kiocb): IoKiocb {
  assert(iocb.parent instanceof IoKiocb, 'the kiocb is part of a request');
  return iocb.parent;
}

/**
 * Flushes and FUA: a write that must reach stable media is made of up to three steps, of which the device does some by
 * itself. One flush serves all requests that wait for one. Source: block/blk-flush.c (v6.12).
 */
import { rule } from '../../engine/rule.ts';
import { BLK_STS, REQ_FUA, REQ_OP_FLUSH, REQ_PREFLUSH, REQ_SYNC } from '../include/linux/blk_types.ts';
import { type BlkFlushQueue, blk_rq_bytes, Request, type RequestQueue } from '../include/linux/blk-mq.ts';
import { clear, has } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { queue_work } from '../kernel/workqueue.ts';
import { __blk_mq_free_request, blk_mq_end_request } from './blk-mq-end.ts';
import { kblockd } from './kblockd.ts';

/** Steps of a sequence: a flush before the data, the data, a flush after it. */
const REQ_FSEQ_PREFLUSH = 1;
const REQ_FSEQ_DATA = 2;
const REQ_FSEQ_POSTFLUSH = 4;
const REQ_FSEQ_DONE = 8;
const REQ_FSEQ_ACTIONS = REQ_FSEQ_PREFLUSH | REQ_FSEQ_DATA | REQ_FSEQ_POSTFLUSH;

export const flushPolicy = rule({
  id: 'flush-policy',
  asks: 'Which steps make this request stable?',
  test: 'REQ_FSEQ_PREFLUSH if REQ_PREFLUSH, REQ_FSEQ_DATA if it has data, REQ_FSEQ_POSTFLUSH if REQ_FUA and the device has no FUA',
  inputs: ['cmd_flags', 'bytes', 'write cache', 'FUA'],
  outcomes: {
    0: 'nothing to do',
    1: 'a flush',
    2: 'the write as it is',
    3: 'a flush, then the write',
    6: 'the write, then a flush',
    7: 'a flush, the write, a flush',
  },
  source: { kind: 'code', file: 'block/blk-flush.c', note: 'blk_insert_flush' },
});

export const flushMustWait = rule({
  id: 'flush-must-wait',
  asks: 'Is another flush running, or data of a sequence under way, so that this flush has to wait?',
  test: 'fq->flush_pending_idx != fq->flush_running_idx || list_empty(pending) || fq->flush_data_in_flight',
  inputs: ['flush running', 'requests waiting', 'flush_data_in_flight'],
  source: {
    kind: 'code',
    file: 'block/blk-flush.c',
    note: 'blk_kick_flush; its timeout of 5 s is not modelled',
  },
});

/** Takes a request with REQ_PREFLUSH or REQ_FUA apart into steps; false when it needs none and is issued as it is. */
export function* blk_insert_flush(k: Kernel, rq: Request): KernelFn<boolean> {
  const { write_cache, fua } = rq.q.limits;
  const bytes = blk_rq_bytes(rq);
  let policy = bytes > 0 ? REQ_FSEQ_DATA : 0;
  if (write_cache && has(rq.cmd_flags, REQ_PREFLUSH)) policy |= REQ_FSEQ_PREFLUSH;
  if (write_cache && has(rq.cmd_flags, REQ_FUA) && !fua) policy |= REQ_FSEQ_POSTFLUSH;
  k.decide(flushPolicy, policy, rq.cmd_flags, bytes, write_cache, fua);
  rq.cmd_flags = clear(rq.cmd_flags, REQ_PREFLUSH | (fua ? 0 : REQ_FUA)) | REQ_SYNC;
  if (policy === 0) {
    yield* k.call(blk_mq_end_request, rq, BLK_STS.BLK_STS_OK);
    return true;
  }
  if (policy === REQ_FSEQ_DATA) return false;
  rq.end_io = mq_flush_data_end_io; // blk_rq_init_flush()
  if (policy === (REQ_FSEQ_DATA | REQ_FSEQ_POSTFLUSH)) {
    const { fq } = rq.mq_hctx;
    rq.flush_seq = REQ_FSEQ_PREFLUSH;
    fq.flush_data_in_flight = fq.flush_data_in_flight + 1;
    return false;
  }
  yield* k.call(blk_flush_complete_seq, rq, REQ_FSEQ_ACTIONS & ~policy, BLK_STS.BLK_STS_OK);
  return true;
}

/** Steps `seq` of the request are done: begins the next one, or ends it. Any context. */
export function* blk_flush_complete_seq(k: Kernel, rq: Request, seq: number, error: number): KernelFn {
  const { fq } = rq.mq_hctx;
  rq.flush_seq = rq.flush_seq | seq;
  switch (error === BLK_STS.BLK_STS_OK ? nextStep(rq.flush_seq) : REQ_FSEQ_DONE) {
    case REQ_FSEQ_PREFLUSH:
    case REQ_FSEQ_POSTFLUSH:
      fq.flush_queue[pendingIdx(fq)].push(rq);
      break;
    case REQ_FSEQ_DATA:
      fq.flush_data_in_flight = fq.flush_data_in_flight + 1;
      rq.q.requeue_list.push(rq);
      yield* k.call(queue_work, rq.q.requeue_work, kblockd); // blk_mq_kick_requeue_list()
      break;
    case REQ_FSEQ_DONE:
      rq.end_io = null; // blk_flush_restore_request()
      yield* k.call(blk_mq_end_request, rq, error);
  }
  yield* k.call(blk_kick_flush, rq.q, rq, fq);
}

/** `blk_flush_cur_seq()`: the lowest step that is not done. */
const nextStep = (done: number): number => ~done & (done + 1);
const pendingIdx = (fq: BlkFlushQueue): 0 | 1 => (fq.flush_pending_idx === 0 ? 0 : 1);
const runningIdx = (fq: BlkFlushQueue): 0 | 1 => (fq.flush_running_idx === 0 ? 0 : 1);

/** Issues one flush for all that wait, unless one runs or data of a sequence is under way. */
export function* blk_kick_flush(k: Kernel, q: RequestQueue, of: Request, fq: BlkFlushQueue): KernelFn {
  const pending = fq.flush_queue[pendingIdx(fq)];
  const runs = fq.flush_pending_idx !== fq.flush_running_idx;
  const waits = runs || pending.length === 0 || fq.flush_data_in_flight > 0;
  if (k.decide(flushMustWait, waits, runs, pending.length, fq.flush_data_in_flight)) return;
  fq.flush_pending_idx = 1 - fq.flush_pending_idx;
  const flush_rq = new Request(k, null, q, of.mq_hctx, `flush ${of.mq_hctx.index}`);
  flush_rq.mq_ctx = of.mq_ctx;
  flush_rq.tag = of.tag; // it borrows the tag of the first request that waits
  flush_rq.cmd_flags = REQ_OP_FLUSH | REQ_PREFLUSH;
  flush_rq.end_io = flush_end_io;
  q.flush_list.push(flush_rq);
  yield* k.call(queue_work, q.requeue_work, kblockd); // blk_mq_kick_requeue_list()
}

/** The flush is done, and with it a step of everyone it was issued for. Interrupt context. */
export function* flush_end_io(k: Kernel, flush_rq: Request, error: number): KernelFn {
  const { fq } = flush_rq.mq_hctx;
  const served = fq.flush_queue[runningIdx(fq)].splice(0);
  fq.flush_running_idx = 1 - fq.flush_running_idx;
  k.free(flush_rq);
  for (const rq of served) yield* k.call(blk_flush_complete_seq, rq, nextStep(rq.flush_seq), error);
}

/** The data of a flush sequence is written. Interrupt context. */
export function* mq_flush_data_end_io(k: Kernel, rq: Request, error: number): KernelFn {
  const { fq } = rq.mq_hctx;
  fq.flush_data_in_flight = fq.flush_data_in_flight - 1;
  yield* k.call(blk_flush_complete_seq, rq, REQ_FSEQ_DATA, error);
}

/**
 * Requests: from a bio to the driver. Source: block/blk-mq.c (v6.12). Not modelled: I/O schedulers, merging, accounting.
 */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import { type Bio, BLK_STS, op_is_flush, REQ_NOWAIT, REQ_POLLED } from '../include/linux/blk_types.ts';
import {
  blk_rq_bytes,
  type BlkPlug,
  type HwCtx,
  type IoCompBatch,
  Request,
  type RequestQueue,
} from '../include/linux/blk-mq.ts';
import { has } from '../include/linux/fs.ts';
import type { WorkStruct } from '../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { msleep } from '../kernel/time/timer.ts';
import { queue_work_on } from '../kernel/workqueue.ts';
import { bio_endio } from './bio.ts';
import { blk_insert_flush } from './blk-flush.ts';
import { __bio_split_to_limits, type Resubmit } from './blk-merge.ts';
import { blk_add_timer } from './blk-timeout.ts';
import { kblockd } from './kblockd.ts';
import { plugOf } from './plug.ts';

/** Requests that a plug holds before it is flushed. Source: block/blk.h. */
const BLK_MAX_REQUEST_COUNT = 32;
/** A plug is flushed after a request at least this large. */
const BLK_PLUG_FLUSH_SIZE = 128 * 1024;
/** How long a task waits that would use the hardware queue of a CPU that goes offline. */
const RETRY_MS = 3;

export const polledQueue = rule({
  id: 'polled-queue',
  asks: 'Does this bio go to a queue without interrupt?',
  test: 'opf & REQ_POLLED',
  inputs: ['bi_opf'],
  outcomes: {
    0: 'no: HCTX_TYPE_DEFAULT, an interrupt will say when it is done',
    1: 'yes: HCTX_TYPE_POLL, somebody must poll for it',
  },
  source: { kind: 'code', file: 'block/blk-mq.h', note: 'blk_mq_get_hctx_type' },
});

export const canPoll = rule({
  id: 'queue-can-poll',
  asks: 'Can this device poll? A polled bio on one that cannot fails.',
  test: 'blk_mq_can_poll(q)',
  inputs: ['poll queues'],
  source: {
    kind: 'code',
    file: 'block/blk-mq.c',
    note: 'blk_mq_submit_bio; before v6.14 in submit_bio_noacct',
  },
});

export const tagNowait = rule({
  id: 'tag-nowait',
  asks: 'May the bio not wait for a tag, so that it fails with BLK_STS_AGAIN?',
  test: 'bio->bi_opf & REQ_NOWAIT',
  inputs: ['bi_opf'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_mq_get_new_requests, bio_wouldblock_error' },
});

export const plugHolds = rule({
  id: 'plug-holds',
  asks: 'Is the request held back in the task’s plug?',
  test: 'current->plug',
  inputs: ['requests held'],
  source: { kind: 'code', file: 'block/blk-mq.c' },
});

export const plugFull = rule({
  id: 'plug-full',
  asks: 'Is the plug flushed before this request joins it?',
  test: 'rq_count >= blk_plug_max_rq_count(plug) || blk_rq_bytes(last) >= BLK_PLUG_FLUSH_SIZE',
  inputs: ['requests held', 'bytes of the last'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_add_rq_to_plug' },
});

export const hctxInactive = rule({
  id: 'hctx-inactive',
  asks: 'Is the CPU of this hardware queue going offline, so that it gives out no more tags?',
  test: 'test_bit(BLK_MQ_S_INACTIVE, &data->hctx->state)',
  source: {
    kind: 'code',
    file: 'block/blk-mq-tag.c',
    note: 'blk_mq_get_tag; asked once a tag was found, recorded where it is so',
  },
});

export const tagFree = rule({
  id: 'tag-free',
  asks: 'Has the hardware queue a free tag?',
  test: 'tag != BLK_MQ_NO_TAG',
  inputs: ['free tags'],
  source: { kind: 'code', file: 'block/blk-mq-tag.c', note: 'blk_mq_get_tag' },
});

/**
 * Makes a request of a bio and issues it or holds it back. Of a bio that is larger than the device takes, only the first
 * piece; the rest goes back to where it came from. Task context, may sleep for a tag.
 */
export function* blk_mq_submit_bio(k: Kernel, whole: Bio, q: RequestQueue, resubmit: Resubmit): KernelFn {
  const polled = has(whole.bi_opf, REQ_POLLED);
  if (polled && !k.decide(canPoll, q.pollMap.length > 0, q.pollMap.length)) {
    whole.bi_status = BLK_STS.BLK_STS_NOTSUPP;
    yield* k.call(bio_endio, whole);
    return;
  }
  const bio = yield* k.call(__bio_split_to_limits, whole, q.limits, resubmit);
  if (bio === null) return;
  const rq = yield* k.call(blk_mq_get_new_requests, bio, q);
  if (rq === null) return;
  const plug = plugOf(k, k.currentTask);
  yield k.spend(submitShare(k, plug));
  const flush = op_is_flush(rq.cmd_flags);
  if (flush && (yield* k.call(blk_insert_flush, rq))) return;
  if (flush && k.switches.FLUSH_DATA === 'bypass') {
    yield* k.call(q.mq_ops.queue_rq, rq); // blk_mq_request_bypass_insert(), then the queue is run
    return;
  }
  if (k.decide(plugHolds, plug !== null, plug?.requests.length ?? 0) && plug !== null)
    yield* k.call(blk_add_rq_to_plug, plug, rq);
  else yield* k.call(q.mq_ops.queue_rq, rq);
}

/** Half of what a direct I/O's submission costs is spent here, the other half in iomap: less when amortised in a plug
 *  that others fill too (an assumption about the split, not about the sum). */
export function submitShare(k: Kernel, plug: BlkPlug | null): number {
  const amortised = plug !== null && plug.requests.length > 0;
  return Math.floor((amortised ? k.costs['blk.submit.batched'] : k.costs['blk.submit.single']) / 2);
}

/** `blk_mq_map_queue()`: the hardware queue of this CPU and this kind of bio. */
function hctxFor(k: Kernel, bio: Bio, q: RequestQueue): HwCtx {
  assert(k.cpu !== null, 'a bio is submitted by running code');
  const polled = k.decide(polledQueue, has(bio.bi_opf, REQ_POLLED), bio.bi_opf);
  const hctx = (polled ? q.pollMap : q.map)[k.cpu.id];
  assert(hctx !== undefined, 'every CPU has a hardware queue');
  return hctx;
}

/** Gets a tag of this CPU's hardware queue and a request for it; null when there is none and the bio may not wait: it
 *  has ended with BLK_STS_AGAIN then. */
export function* blk_mq_get_new_requests(k: Kernel, bio: Bio, q: RequestQueue): KernelFn<Request | null> {
  let hctx = hctxFor(k, bio, q);
  while (!k.decide(tagFree, hctx.freeTags.length > 0, hctx.freeTags.length)) {
    if (k.decide(tagNowait, has(bio.bi_opf, REQ_NOWAIT), bio.bi_opf)) {
      bio.bi_status = BLK_STS.BLK_STS_AGAIN;
      yield* k.call(bio_endio, bio); // bio_wouldblock_error()
      return null;
    }
    const waitedAt = hctx;
    yield* k.call(blk_mq_get_tag, hctx);
    hctx = hctxFor(k, bio, q); // the task may have been moved to another CPU meanwhile
    const next = waitedAt !== hctx && waitedAt.freeTags.length > 0 ? k.nextSleeper(waitedAt.tagWait) : null;
    if (next !== null) yield* k.call(wake_up_process, next); // its wake-up would be lost with this task
  }
  if (hctx.inactive) {
    k.decide(hctxInactive, true);
    if (yield* k.call(blk_mq_wait_for_other_hctx, bio)) return yield* k.call(blk_mq_get_new_requests, bio, q);
    return null;
  }
  const tag = hctx.freeTags.pop();
  assert(tag !== undefined && k.cpu !== null, 'a tag is free after the wait');
  const rq = new Request(k, bio, q, hctx);
  rq.tag = tag;
  rq.mq_ctx = k.cpu.id;
  rq.cmd_flags = bio.bi_opf;
  k.trace('block_getrq', bio, bio.bi_sector);
  return rq;
}

/** The hardware queue gives out no tags: sleeps for a short time, after which the task is on another CPU and tries again.
 *  False if the bio may not wait: it has ended with BLK_STS_AGAIN then. */
export function* blk_mq_wait_for_other_hctx(k: Kernel, bio: Bio): KernelFn<boolean> {
  if (k.decide(tagNowait, has(bio.bi_opf, REQ_NOWAIT), bio.bi_opf)) {
    bio.bi_status = BLK_STS.BLK_STS_AGAIN;
    yield* k.call(bio_endio, bio); // bio_wouldblock_error()
    return false;
  }
  yield* k.call(msleep, RETRY_MS);
  return true;
}

/** Sleeps until a tag is free. What the task holds back is issued first, by kblockd, or nothing would ever free one. */
export function* blk_mq_get_tag(k: Kernel, hctx: HwCtx): KernelFn {
  const plug = plugOf(k, k.currentTask);
  if (plug !== null && plug.requests.length > 0) yield* k.call(blk_mq_flush_plug_list, plug, true);
  yield* k.waitEvent(hctx.tagWait, TaskState.Uninterruptible, 'a tag', () => hctx.freeTags.length > 0);
}

export function* blk_add_rq_to_plug(k: Kernel, plug: BlkPlug, rq: Request): KernelFn {
  const last = plug.requests[plug.requests.length - 1];
  const held = plug.requests.length;
  const lastBytes = last === undefined ? 0 : blk_rq_bytes(last);
  if (k.decide(plugFull, held >= BLK_MAX_REQUEST_COUNT || lastBytes >= BLK_PLUG_FLUSH_SIZE, held, lastBytes))
    yield* k.call(blk_mq_flush_plug_list, plug, false);
  plug.requests.push(rq);
}

/** Issues what a plug holds as one list, before v6.13 the last request first; in order and through kblockd when the task
 *  is about to sleep. */
export function* blk_mq_flush_plug_list(k: Kernel, plug: BlkPlug, from_schedule: boolean): KernelFn {
  const requests = plug.requests.splice(0);
  const first = requests[0];
  if (first === undefined) return;
  k.trace('block_unplug', null, requests.length);
  if (from_schedule) {
    for (const rq of requests) rq.mq_hctx.dispatch.push(rq);
    for (const hctx of new Set(requests.map((rq) => rq.mq_hctx))) yield* k.call(blk_mq_run_hw_queue, hctx);
  } else yield* k.call(first.q.mq_ops.queue_rqs, k.switches.PLUG_FIFO ? requests : requests.reverse());
}

/** Has a hardware queue's dispatch list issued by kblockd, on a CPU that the queue belongs to. */
export function* blk_mq_run_hw_queue(k: Kernel, hctx: HwCtx): KernelFn {
  assert(k.cpu !== null, 'a queue is run by running code');
  const own = hctx.cpus.filter((id) => k.cpu_online(id));
  const cpu = own.includes(k.cpu.id) ? k.cpu.id : (own[0] ?? k.cpu.id);
  yield* k.call(queue_work_on, hctx.runWork, kblockd, cpu);
}

/** Issues what was sent back to the queue: flushes, and the data of flush sequences. In a kblockd worker. */
export function* blk_mq_requeue_work(k: Kernel, work: WorkStruct): KernelFn {
  const q = work.container as RequestQueue; // set where the queue was made
  const requests = [...q.flush_list.splice(0), ...q.requeue_list.splice(0)];
  for (const rq of requests) rq.mq_hctx.dispatch.push(rq); // blk_mq_insert_request()
  for (const hctx of new Set(requests.map((rq) => rq.mq_hctx)))
    for (const rq of hctx.dispatch.splice(0)) yield* k.call(q.mq_ops.queue_rq, rq); // blk_mq_run_hw_queues()
}

/** Issues what waits on a hardware queue's dispatch list, in a kblockd worker. */
export function* blk_mq_run_work_fn(k: Kernel, work: WorkStruct): KernelFn {
  const hctx = work.container as HwCtx; // set where the queue was made
  for (const rq of hctx.dispatch.splice(0)) yield* k.call(rq.q.mq_ops.queue_rq, rq);
}

/** The driver begins with the request. */
export function blk_mq_start_request(k: Kernel, rq: Request): void {
  k.trace('block_rq_issue', rq, blk_rq_bytes(rq));
  rq.state = 'MQ_RQ_IN_FLIGHT';
  blk_add_timer(k, rq);
  if (has(rq.cmd_flags, REQ_POLLED) && rq.bio !== null) rq.bio.bi_cookie = rq.mq_hctx.index;
}

/** Polls the hardware queue `cookie`. */
export function* blk_mq_poll(k: Kernel, q: RequestQueue, cookie: number, iob: IoCompBatch): KernelFn<number> {
  const hctx = q.hctxs[cookie];
  assert(hctx !== undefined, 'a cookie names a hardware queue');
  return yield* k.call(blk_hctx_poll, q, hctx, iob);
}

/** One pass over the queue: a poller is a running task, and kernels before the end of 2025 return after one pass. */
export function* blk_hctx_poll(k: Kernel, q: RequestQueue, hctx: HwCtx, iob: IoCompBatch): KernelFn<number> {
  return yield* k.call(q.mq_ops.poll, hctx, iob);
}

/**
 * Requests: from a bio to the driver, and from the driver's completion to the end of the bio, on the right CPU.
 * Source: block/blk-mq.c (v6.12). Not modelled: I/O schedulers, merging, splitting, accounting.
 */
import { assert } from '../../base/assert.ts';
import { BLOCK_SOFTIRQ } from '../../engine/interrupts.ts';
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import { type Bio, REQ_POLLED } from '../include/linux/blk_types.ts';
import {
  type BlkPlug,
  type HwCtx,
  type IoCompBatch,
  Request,
  type RequestQueue,
} from '../include/linux/blk-mq.ts';
import { has } from '../include/linux/fs.ts';
import type { WorkqueueStruct, WorkStruct } from '../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { queue_work_on } from '../kernel/workqueue.ts';
import { bio_endio } from './bio.ts';
import { plugOf } from './plug.ts';

/** Requests that a plug holds before it is flushed. Source: block/blk.h. */
const BLK_MAX_REQUEST_COUNT = 32;
/** A plug is flushed after a request at least this large. */
const BLK_PLUG_FLUSH_SIZE = 128 * 1024;

/** Tags that are given back together. Source: block/blk-mq.c, TAG_COMP_BATCH. */
const TAG_COMP_BATCH = 32;

const kblockd: WorkqueueStruct = { name: 'kblockd', highpri: true };

/** Per CPU: requests that wait for BLOCK_SOFTIRQ there. */
const blk_cpu_done = new PerRun((k) => k.cpus.map((): Request[] => []));

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

export const tagFree = rule({
  id: 'tag-free',
  asks: 'Has the hardware queue a free tag?',
  test: 'tag != BLK_MQ_NO_TAG',
  inputs: ['free tags'],
  source: { kind: 'code', file: 'block/blk-mq-tag.c', note: 'blk_mq_get_tag' },
});

export const completeLocally = rule({
  id: 'complete-locally',
  asks: 'Is this request always completed by whoever found it done?',
  test: '(rq->mq_hctx->nr_ctx == 1 && rq->mq_ctx->cpu == raw_smp_processor_id()) || rq->cmd_flags & REQ_POLLED',
  inputs: ['nr_ctx', 'submitting CPU', 'this CPU', 'REQ_POLLED'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_mq_complete_request_remote' },
});

export const needIpi = rule({
  id: 'need-ipi',
  asks: 'Must the completion move to the CPU that submitted it?',
  test: 'SAME_COMP && cpu != rq->mq_ctx->cpu && (SAME_FORCE || !cpus_share_cache(cpu, rq->mq_ctx->cpu))',
  inputs: ['rq_affinity', 'submitting CPU', 'this CPU', 'CPUs share a cache'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_mq_complete_need_ipi' },
});

export const singleQueue = rule({
  id: 'single-queue',
  asks: 'Has the device only one hardware queue, so that a softirq completes?',
  test: 'rq->q->nr_hw_queues == 1',
  inputs: ['nr_hw_queues'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_mq_complete_request_remote' },
});

export const doneListEmpty = rule({
  id: 'done-list-empty',
  asks: 'Is this the first request on the list, so that the other side must be told?',
  test: 'llist_add(&rq->ipi_list, list)',
  inputs: ['requests waiting'],
  source: { kind: 'code', file: 'block/blk-mq.c' },
});

/** Makes a request of a bio and issues it or holds it back. Task context, may sleep for a tag. */
export function* blk_mq_submit_bio(k: Kernel, bio: Bio, q: RequestQueue): KernelFn {
  const rq = yield* k.call(blk_mq_get_new_requests, bio, q);
  const plug = plugOf(k, k.currentTask);
  yield k.spend(submitShare(k, plug));
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

/** Gets a tag of this CPU's hardware queue and a request for it. */
export function* blk_mq_get_new_requests(k: Kernel, bio: Bio, q: RequestQueue): KernelFn<Request> {
  let hctx = hctxFor(k, bio, q);
  while (!k.decide(tagFree, hctx.freeTags.length > 0, hctx.freeTags.length)) {
    const waitedAt = hctx;
    yield* k.call(blk_mq_get_tag, hctx);
    hctx = hctxFor(k, bio, q); // the task may have been moved to another CPU meanwhile
    const next = waitedAt !== hctx && waitedAt.freeTags.length > 0 ? k.nextSleeper(waitedAt.tagWait) : null;
    if (next !== null) yield* k.call(wake_up_process, next); // its wake-up would be lost with this task
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

/** Sleeps until a tag is free. What the task holds back is issued first, by kblockd, or nothing would ever free one. */
export function* blk_mq_get_tag(k: Kernel, hctx: HwCtx): KernelFn {
  const plug = plugOf(k, k.currentTask);
  if (plug !== null && plug.requests.length > 0) yield* k.call(blk_mq_flush_plug_list, plug, true);
  yield* k.waitEvent(hctx.tagWait, TaskState.Uninterruptible, 'a tag', () => hctx.freeTags.length > 0);
}

export function* blk_add_rq_to_plug(k: Kernel, plug: BlkPlug, rq: Request): KernelFn {
  const last = plug.requests[plug.requests.length - 1];
  const held = plug.requests.length;
  const lastBytes = last?.bio.bi_size ?? 0;
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
  const cpu = hctx.cpus.includes(k.cpu.id) ? k.cpu.id : hctx.cpus[0];
  assert(cpu !== undefined, 'a hardware queue belongs to CPUs');
  yield* k.call(queue_work_on, hctx.runWork, kblockd, cpu);
}

/** Issues what waits on a hardware queue's dispatch list, in a kblockd worker. */
export function* blk_mq_run_work_fn(k: Kernel, work: WorkStruct): KernelFn {
  const hctx = work.container as HwCtx; // set where the queue was made
  for (const rq of hctx.dispatch.splice(0)) yield* k.call(rq.q.mq_ops.queue_rq, rq);
}

/** The driver begins with the request. */
export function blk_mq_start_request(k: Kernel, rq: Request): void {
  k.trace('block_rq_issue', rq, rq.bio.bi_size);
  rq.state = 'MQ_RQ_IN_FLIGHT';
  if (has(rq.cmd_flags, REQ_POLLED)) rq.bio.bi_cookie = rq.mq_hctx.index;
}

/** Decides who completes a request: false when the caller does so right here, true when it was handed over. */
export function* blk_mq_complete_request_remote(k: Kernel, rq: Request): KernelFn<boolean> {
  assert(k.cpu !== null, 'a request is completed by running code');
  rq.state = 'MQ_RQ_COMPLETE';
  const here = k.cpu.id;
  const polled = has(rq.cmd_flags, REQ_POLLED);
  const one = rq.mq_hctx.cpus.length === 1;
  const ownCpu = !k.switches.REMOTE_SAME_CPU || rq.mq_ctx === here;
  if (k.decide(completeLocally, (one && ownCpu) || polled, rq.mq_hctx.cpus.length, rq.mq_ctx, here, polled))
    return false;
  const shared = k.cpus_share_cache(here, rq.mq_ctx);
  const ipi = k.rqAffinity > 0 && rq.mq_ctx !== here && (k.rqAffinity === 2 || !shared);
  if (k.decide(needIpi, ipi, k.rqAffinity, rq.mq_ctx, here, shared)) {
    yield* k.call(blk_mq_complete_send_ipi, rq);
    return true;
  }
  if (!k.decide(singleQueue, rq.q.hctxs.length === 1, rq.q.hctxs.length)) return false;
  yield* k.call(blk_mq_raise_softirq, rq);
  return true;
}

/** Puts the request on the submitting CPU's list; the first one there sends the interrupt. */
export function* blk_mq_complete_send_ipi(k: Kernel, rq: Request): KernelFn {
  const cpu = k.cpus[rq.mq_ctx];
  const list = k.of(blk_cpu_done)[rq.mq_ctx];
  assert(cpu !== undefined && list !== undefined, 'the submitting CPU exists');
  list.push(rq);
  if (k.decide(doneListEmpty, list.length === 1, list.length - 1))
    k.sendIpi(cpu, 'call_function_single', 251, () => k.call(__blk_mq_complete_request_remote));
}

/** On the CPU that submitted: hard interrupt, only raises the softirq. */
export function* __blk_mq_complete_request_remote(k: Kernel): KernelFn {
  k.raiseSoftirq(BLOCK_SOFTIRQ);
}

export function* blk_mq_raise_softirq(k: Kernel, rq: Request): KernelFn {
  assert(k.cpu !== null, 'a softirq is raised by running code');
  const list = k.of(blk_cpu_done)[k.cpu.id];
  assert(list !== undefined, 'every CPU has a list');
  list.push(rq);
  if (k.decide(doneListEmpty, list.length === 1, list.length - 1)) k.raiseSoftirq(BLOCK_SOFTIRQ);
}

/** Handler of BLOCK_SOFTIRQ. */
export function* blk_done_softirq(k: Kernel): KernelFn {
  yield* k.call(blk_complete_reqs);
}

/** Takes the whole list of this CPU; what is added meanwhile waits for the next softirq. Each request alone. */
export function* blk_complete_reqs(k: Kernel): KernelFn {
  assert(k.cpu !== null, 'a softirq runs on a CPU');
  const list = k.of(blk_cpu_done)[k.cpu.id]?.splice(0) ?? [];
  for (const rq of list) yield* k.call(rq.q.mq_ops.complete, rq);
}

/** `blk_mq_add_to_batch()`: no scheduler, no own end_io and no error in this model, so only a batch is needed. */
export function blk_mq_add_to_batch(k: Kernel, rq: Request, iob: IoCompBatch | null): boolean {
  if (iob === null) return false;
  if (k.switches.BATCH_FIFO) iob.requests.push(rq);
  else iob.requests.unshift(rq);
  return true;
}

/** Ends one request: its bio, then its tag. */
export function* blk_mq_end_request(k: Kernel, rq: Request): KernelFn {
  yield k.spend(k.costs['blk.end.single']);
  yield* k.call(blk_update_request, rq);
  yield* k.call(__blk_mq_free_request, rq);
}

/** Ends the bio of a request, all of whose bytes are done. */
export function* blk_update_request(k: Kernel, rq: Request): KernelFn {
  k.trace('block_rq_complete', rq, rq.bio.bi_size);
  yield* k.call(bio_endio, rq.bio);
}

/** Ends the requests of a batch, each with its bio; their tags go back in groups afterwards. */
export function* blk_mq_end_request_batch(k: Kernel, iob: IoCompBatch): KernelFn {
  let done: Request[] = [];
  for (const rq of iob.requests) {
    yield k.spend(k.costs['blk.end.batched']);
    k.trace('block_rq_complete', rq, rq.bio.bi_size);
    yield* k.call(bio_endio, rq.bio);
    rq.state = 'MQ_RQ_IDLE';
    if (done.length === TAG_COMP_BATCH || (done[0] !== undefined && done[0].mq_hctx !== rq.mq_hctx)) {
      yield* k.call(blk_mq_flush_tag_batch, done);
      done = [];
    }
    done.push(rq);
  }
  if (done.length > 0) yield* k.call(blk_mq_flush_tag_batch, done);
}

/** Gives the tags of a group of requests of one queue back, and wakes who waits for them. */
export function* blk_mq_flush_tag_batch(k: Kernel, requests: readonly Request[]): KernelFn {
  for (const rq of requests) {
    rq.mq_hctx.freeTags.push(rq.tag);
    k.free(rq);
  }
  for (const rq of requests) {
    const waiter = k.nextSleeper(rq.mq_hctx.tagWait);
    if (waiter !== null) yield* k.call(wake_up_process, waiter);
  }
}

/** Gives the tag back, and wakes who waits for one. */
export function* __blk_mq_free_request(k: Kernel, rq: Request): KernelFn {
  rq.state = 'MQ_RQ_IDLE';
  rq.mq_hctx.freeTags.push(rq.tag);
  k.free(rq);
  const waiter = k.nextSleeper(rq.mq_hctx.tagWait);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
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

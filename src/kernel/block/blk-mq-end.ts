/**
 * Requests: from the driver's completion to the end of the bio, on the right CPU. Source: block/blk-mq.c (v6.12).
 */
import { assert } from '../../base/assert.ts';
import { BLOCK_SOFTIRQ } from '../../engine/softirqs.ts';
import { rule } from '../../engine/rule.ts';
import { BLK_STS, REQ_POLLED } from '../include/linux/blk_types.ts';
import { blk_rq_bytes, type IoCompBatch, type Request } from '../include/linux/blk-mq.ts';
import { has } from '../include/linux/fs.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { bio_endio } from './bio.ts';
import { blk_stop_timer } from './blk-timeout.ts';

/** Tags that are given back together. Source: block/blk-mq.c, TAG_COMP_BATCH. */
const TAG_COMP_BATCH = 32;

/** Per CPU: requests that wait for BLOCK_SOFTIRQ there. */
const blk_cpu_done = new PerRun((k) => k.cpus.map((): Request[] => []));

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
  test: '!force_irqthreads() && SAME_COMP && cpu != rq->mq_ctx->cpu && (SAME_FORCE || !cpus_share_cache(cpu, rq->mq_ctx->cpu)) && cpu_online(rq->mq_ctx->cpu)',
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

/** Decides who completes a request: false when the caller does so right here, true when it was handed over. */
export function* blk_mq_complete_request_remote(k: Kernel, rq: Request): KernelFn<boolean> {
  assert(k.cpu !== null, 'a request is completed by running code');
  rq.state = 'MQ_RQ_COMPLETE';
  blk_stop_timer(k, rq);
  const here = k.cpu.id;
  const polled = has(rq.cmd_flags, REQ_POLLED);
  const one = rq.mq_hctx.cpus.length === 1;
  const ownCpu = !k.switches.REMOTE_SAME_CPU || rq.mq_ctx === here;
  if (k.decide(completeLocally, (one && ownCpu) || polled, rq.mq_hctx.cpus.length, rq.mq_ctx, here, polled))
    return false;
  const shared = k.cpus_share_cache(here, rq.mq_ctx);
  const crosses = k.rqAffinity > 0 && rq.mq_ctx !== here && (k.rqAffinity === 2 || !shared);
  const ipi = crosses && !k.force_irqthreads() && k.cpu_online(rq.mq_ctx);
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
    k.sendCall(cpu, () => k.call(__blk_mq_complete_request_remote));
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
  assert(k.cpu !== null, 'a softirq runs on a CPU');
  yield* k.call(blk_complete_reqs, k.cpu.id);
}

/** Takes the whole list of a CPU; what is added meanwhile waits for the next softirq. Each request alone. */
export function* blk_complete_reqs(k: Kernel, cpu: number): KernelFn {
  const list = k.of(blk_cpu_done)[cpu]?.splice(0) ?? [];
  for (const rq of list) yield* k.call(rq.q.mq_ops.complete, rq);
}

/** Completes what waited for a softirq of a CPU that is dead. Teardown of CPUHP_BLOCK_SOFTIRQ_DEAD, in the control task. */
export function* blk_softirq_cpu_dead(k: Kernel, cpu: number): KernelFn {
  yield* k.call(blk_complete_reqs, cpu);
}

/** `blk_mq_add_to_batch()`: not those that failed or that somebody else ends. There is no I/O scheduler in this model. */
export function blk_mq_add_to_batch(k: Kernel, rq: Request, iob: IoCompBatch | null): boolean {
  if (iob === null || rq.status !== BLK_STS.BLK_STS_OK || rq.end_io !== null) return false;
  if (k.switches.BATCH_FIFO) iob.requests.push(rq);
  else iob.requests.unshift(rq);
  return true;
}

/** Ends one request with a block layer status: its bio, then its tag, unless somebody else ends it. */
export function* blk_mq_end_request(k: Kernel, rq: Request, error: number): KernelFn {
  yield k.spend(k.costs['blk.end.single']);
  yield* k.call(blk_update_request, rq, error);
  if (rq.end_io === null) yield* k.call(__blk_mq_free_request, rq);
  else yield* k.call(rq.end_io, rq, error);
}

/** Ends the bio of a request, all of whose bytes are done or have failed; not while a flush sequence goes on. */
export function* blk_update_request(k: Kernel, rq: Request, error: number): KernelFn {
  const { bio } = rq;
  k.trace(error === BLK_STS.BLK_STS_OK ? 'block_rq_complete' : 'block_rq_error', rq, blk_rq_bytes(rq));
  if (bio === null) return;
  if (error !== BLK_STS.BLK_STS_OK) bio.bi_status = error;
  if (rq.end_io === null) yield* k.call(bio_endio, bio); // req_bio_endio(): not with RQF_FLUSH_SEQ
}

/** Ends the requests of a batch, each with its bio; their tags go back in groups afterwards. */
export function* blk_mq_end_request_batch(k: Kernel, iob: IoCompBatch): KernelFn {
  let done: Request[] = [];
  for (const rq of iob.requests) {
    yield k.spend(k.costs['blk.end.batched']);
    k.trace('block_rq_complete', rq, blk_rq_bytes(rq));
    if (rq.bio !== null) yield* k.call(bio_endio, rq.bio);
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

/**
 * The NVMe driver for PCI: queues, doorbells, interrupts, polling. Source: drivers/nvme/host/pci.c (v6.12).
 * The device behind it is a model: a service time a command, any number at once, one interrupt a completion unless one
 * is pending already.
 */
import { assert } from '../../../../base/assert.ts';
import { PollChannel } from '../../../../engine/polling.ts';
import type { Obj } from '../../../../engine/struct.ts';
import { rule } from '../../../../engine/rule.ts';
import {
  blk_mq_add_to_batch,
  blk_mq_complete_request_remote,
  blk_mq_end_request_batch,
} from '../../../block/blk-mq-end.ts';
import { blk_mq_alloc_hctx } from '../../../block/blk-mq-alloc.ts';
import { blk_mq_requeue_work, blk_mq_start_request } from '../../../block/blk-mq.ts';
import { blk_mq_add_hw_queues_cpuhp } from '../../../block/blk-mq-hotplug.ts';
import { BLK_STS, REQ_FUA, REQ_OP_FLUSH, REQ_OP_WRITE } from '../../../include/linux/blk_types.ts';
import {
  BLK_FEAT_FUA,
  BLK_FEAT_WRITE_CACHE,
  type HwCtx,
  type IoCompBatch,
  type MqOps,
  QueueLimits,
  type Request,
  type RequestQueue,
} from '../../../include/linux/blk-mq.ts';
import { has } from '../../../include/linux/fs.ts';
import { IRQ_HANDLED, IRQ_NONE, IRQ_WAKE_THREAD } from '../../../include/linux/interrupt.ts';
import { WorkStruct } from '../../../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../../../kernel.ts';
import { raiseLine } from '../../../kernel/irq/handle.ts';
import { request_threaded_irq } from '../../../kernel/irq/manage.ts';
import { nvme_complete_batch_req, nvme_complete_rq, nvme_setup_cmd } from './core.ts';
import { NvmeCtrl, type NvmeDevice, NvmeQueue } from './nvme.ts';

/** First interrupt vector of a queue: the vector of queue q is this plus q. */
const VECTOR_BASE = 32;

export type NvmeConfig = {
  readonly queues: number;
  readonly pollQueues: number;
  /** Parameter of the module: the interrupt is handled in a thread. */
  readonly useThreadedInterrupts: boolean;
  /** Entries of a queue; one less can be in flight. */
  readonly queueDepth: number;
  readonly serviceTime: (rq: Request) => number;
  readonly statusOf: (rq: Request) => number;
  /** There is a volatile write cache, whatever `limits` says. */
  readonly vwc: boolean;
  /** What the kernel is told of the device. */
  readonly limits: { readonly write_cache: boolean; readonly fua: boolean; readonly max_bytes: number };
};

const device = new PerRun((): { dev: NvmeDevice | null } => ({ dev: null }));

export const cqePending = rule({
  id: 'cqe-pending',
  asks: 'Is there an entry in the completion queue?',
  test: 'nvme_cqe_pending(nvmeq)',
  inputs: ['entries'],
  source: { kind: 'code', file: 'drivers/nvme/host/pci.c', note: 'nvme_poll, nvme_irq_check' },
});

export const joinsBatch = rule({
  id: 'joins-batch',
  asks: 'Can the request be ended together with others of this interrupt or poll pass?',
  test: 'blk_mq_add_to_batch(req, iob, ...)',
  source: { kind: 'code', file: 'drivers/nvme/host/pci.c', note: 'nvme_handle_cqe' },
});

const nvme_mq_ops: MqOps = {
  queue_rq: nvme_queue_rq,
  queue_rqs: nvme_queue_rqs,
  complete: nvme_pci_complete_rq,
  complete_batch: nvme_pci_complete_batch,
  poll: nvme_poll,
  timeout: nvme_timeout,
};

/** Finds the device and makes its queues: an interrupt queue for each group of neighbouring CPUs, then poll queues. */
export function nvme_probe(k: Kernel, config: NvmeConfig): RequestQueue {
  const cpus = k.cpus.length;
  const queues: NvmeQueue[] = [];
  const hctxs: HwCtx[] = [];
  const map = addQueues(k, queues, hctxs, config.queues, cpus, false, config.queueDepth);
  const pollMap = addQueues(k, queues, hctxs, config.pollQueues, cpus, true, config.queueDepth);
  for (const nvmeq of queues) if (!nvmeq.polled) queue_request_irq(k, nvmeq, config.useThreadedInterrupts);
  const { serviceTime, statusOf } = config;
  const ctrl = new NvmeCtrl(k, null, 'nvme0');
  ctrl.vwc = config.vwc;
  const limits = new QueueLimits(k, ctrl, 'queue limits nvme0n1');
  limits.features =
    (config.limits.write_cache ? BLK_FEAT_WRITE_CACHE : 0) | (config.limits.fua ? BLK_FEAT_FUA : 0);
  limits.max_bytes = config.limits.max_bytes;
  k.of(device).dev = { name: 'nvme0', ctrl, queues, serviceTime, statusOf };
  const requeue_work = new WorkStruct(k, null, 'requeue_work');
  const q: RequestQueue = {
    hctxs,
    map,
    pollMap,
    mq_ops: nvme_mq_ops,
    limits,
    flush_list: [],
    requeue_list: [],
    requeue_work,
    pollChannel: new PollChannel(),
  };
  requeue_work.container = q;
  requeue_work.func = blk_mq_requeue_work;
  blk_mq_add_hw_queues_cpuhp(k, q);
  return q;
}

/** `group_cpus_evenly()`: neighbouring CPUs in `count` groups, of which the first are larger by one. Source:
 *  lib/group_cpus.c, on one NUMA node. */
function group_cpus_evenly(cpus: number, count: number): number[][] {
  const least = Math.floor(cpus / count);
  const larger = cpus % count;
  let next = 0;
  return Array.from({ length: count }, (_, group) =>
    Array.from({ length: least + (group < larger ? 1 : 0) }, () => next++),
  );
}

/** A queue for each of `count` groups of CPUs. Returns the hardware queue of each CPU; none when there are no queues. */
function addQueues(
  k: Kernel,
  queues: NvmeQueue[],
  hctxs: HwCtx[],
  count: number,
  cpus: number,
  polled: boolean,
  depth: number,
): HwCtx[] {
  if (count === 0) return [];
  return group_cpus_evenly(cpus, count).flatMap((group) => {
    const qid = hctxs.length + 1;
    const nvmeq = new NvmeQueue(k, `nvme0q${qid}${polled ? ' (poll)' : ''}`, qid, polled);
    const hctx = blk_mq_alloc_hctx(k, hctxs.length, polled, group, depth);
    nvmeq.hctx = hctx;
    queues.push(nvmeq);
    hctxs.push(hctx);
    return group.map(() => hctx);
  });
}

/** `queue_request_irq()`: the interrupt of a queue, for the CPUs that submit to it. */
function queue_request_irq(k: Kernel, nvmeq: NvmeQueue, threaded: boolean): void {
  nvmeq.irq = request_threaded_irq(k, {
    name: `nvme0q${nvmeq.qid}`,
    irq: VECTOR_BASE + nvmeq.qid,
    affinity: nvmeq.hctx?.cpus ?? [],
    handler: threaded ? nvme_irq_check : nvme_irq,
    thread_fn: threaded ? nvme_irq : null,
    dev: nvmeq,
  });
}

function deviceOf(k: Kernel): NvmeDevice {
  const { dev } = k.of(device);
  assert(dev !== null, 'the device was probed');
  return dev;
}

function queueOf(k: Kernel, hctx: HwCtx): NvmeQueue {
  const nvmeq = deviceOf(k).queues[hctx.index];
  assert(nvmeq !== undefined, 'a hardware queue has an NVMe queue');
  return nvmeq;
}

/** Issues one request. */
export function* nvme_queue_rq(k: Kernel, rq: Request): KernelFn {
  yield* k.call(nvme_setup_cmd, rq);
  blk_mq_start_request(k, rq);
  toDevice(k, queueOf(k, rq.mq_hctx), rq);
}

/** Issues a list of requests, with one doorbell for each run of the same queue. */
export function* nvme_queue_rqs(k: Kernel, rqs: readonly Request[]): KernelFn {
  let run: Request[] = [];
  for (const [i, rq] of rqs.entries()) {
    yield* k.call(nvme_setup_cmd, rq);
    blk_mq_start_request(k, rq);
    run.push(rq);
    if (rqs[i + 1]?.mq_hctx === rq.mq_hctx) continue;
    for (const ready of run) toDevice(k, queueOf(k, ready.mq_hctx), ready);
    run = [];
  }
}

/** The doorbell has rung: the device has the command now, and will complete it. */
function toDevice(k: Kernel, nvmeq: NvmeQueue, rq: Request): void {
  k.put(rq, nvmeq);
  const cause = rq.putRow;
  k.at(k.now_ns + deviceOf(k).serviceTime(rq), () => {
    k.outsideCause = cause;
    completeOnDevice(k, nvmeq, rq);
  });
}

/** The device writes a completion entry and, unless the queue is polled or its interrupt is pending, raises the vector. */
function completeOnDevice(k: Kernel, nvmeq: NvmeQueue, rq: Request): void {
  const dev = deviceOf(k);
  rq.status = dev.statusOf(rq);
  const cause = k.trace('nvme_device_complete', rq, rq.status);
  if (rq.status === BLK_STS.BLK_STS_OK) keepInCache(dev.ctrl, rq);
  nvmeq.completions.push(rq);
  if (nvmeq.polled) {
    k.signal(rq.q.pollChannel);
    return;
  }
  assert(nvmeq.irq !== null, 'a queue that is not polled has an interrupt');
  raiseLine(k, nvmeq.irq, cause);
}

/** What the command means for the device's volatile write cache. */
function keepInCache(ctrl: NvmeCtrl, rq: Request): void {
  if (!ctrl.vwc) return;
  if (has(rq.cmd_flags, REQ_OP_FLUSH) && ctrl.unflushed > 0) ctrl.unflushed = 0;
  else if (has(rq.cmd_flags, REQ_OP_WRITE) && !has(rq.cmd_flags, REQ_FUA))
    ctrl.unflushed = ctrl.unflushed + 1;
}

/** The interrupt handler: consumes all completions, then ends them as a batch. Hard interrupt, or in its thread. */
export function* nvme_irq(k: Kernel, nvmeq: Obj): KernelFn<number> {
  assert(nvmeq instanceof NvmeQueue, 'the interrupt was requested for a queue');
  const iob: IoCompBatch = { requests: [] };
  const found = yield* k.call(nvme_poll_cq, nvmeq, iob);
  if (iob.requests.length > 0) yield* k.call(nvme_pci_complete_batch, iob);
  return found > 0 ? IRQ_HANDLED : IRQ_NONE;
}

/** With use_threaded_interrupts all that is left to the hard interrupt: is there a completion? */
export function* nvme_irq_check(k: Kernel, nvmeq: Obj): KernelFn<number> {
  assert(nvmeq instanceof NvmeQueue, 'the interrupt was requested for a queue');
  const { completions } = nvmeq;
  return k.decide(cqePending, completions.length > 0, completions.length) ? IRQ_WAKE_THREAD : IRQ_NONE;
}

/** Consumes the entries of a completion queue; how many there were. */
export function* nvme_poll_cq(k: Kernel, nvmeq: NvmeQueue, iob: IoCompBatch | null): KernelFn<number> {
  let found = 0;
  for (;;) {
    const rq = nvmeq.completions.shift();
    if (rq === undefined) break;
    found++;
    yield* k.call(nvme_handle_cqe, nvmeq, rq, iob);
    nvmeq.cq_head = nvmeq.cq_head + 1;
  }
  if (found > 0) yield k.spend(k.costs['nvme.cq_doorbell']);
  return found;
}

/** One entry: completes its request here, in a batch, or hands it over to another CPU or context. */
export function* nvme_handle_cqe(
  k: Kernel,
  nvmeq: NvmeQueue,
  rq: Request,
  iob: IoCompBatch | null,
): KernelFn {
  yield k.spend(k.costs['nvme.cqe']);
  k.trace('nvme_sq', nvmeq, nvmeq.cq_head);
  k.take(rq, nvmeq);
  if (yield* k.call(blk_mq_complete_request_remote, rq)) return;
  if (!k.decide(joinsBatch, blk_mq_add_to_batch(k, rq, iob))) yield* k.call(nvme_pci_complete_rq, rq);
}

/** Ends one request alone. */
export function* nvme_pci_complete_rq(k: Kernel, rq: Request): KernelFn {
  yield* k.call(nvme_complete_rq, rq);
}

/** Ends the requests of a batch. */
export function* nvme_pci_complete_batch(k: Kernel, iob: IoCompBatch): KernelFn {
  for (const rq of iob.requests) yield* k.call(nvme_complete_batch_req, rq);
  yield* k.call(blk_mq_end_request_batch, iob);
}

/** Looks at a polled completion queue; how many completions it found, also those of other tasks. Task context. */
export function* nvme_poll(k: Kernel, hctx: HwCtx, iob: IoCompBatch | null): KernelFn<number> {
  const nvmeq = queueOf(k, hctx);
  if (!k.decide(cqePending, nvmeq.completions.length > 0, nvmeq.completions.length)) {
    yield k.spend(k.costs['poll.miss']);
    return 0;
  }
  yield* k.spinLock(nvmeq.cq_poll_lock);
  const found = yield* k.call(nvme_poll_cq, nvmeq, iob);
  k.spinUnlock(nvmeq.cq_poll_lock);
  return found;
}

/** A request is overdue: looks whether its completion was only not polled for. Nothing else is done about it here. */
export function* nvme_timeout(k: Kernel, rq: Request): KernelFn {
  yield* k.call(nvme_poll, rq.mq_hctx, null);
}

/**
 * null_blk: a device that does nothing, and ends requests in the submitting task or in a timer's interrupt.
 * Source: drivers/block/null_blk/main.c (v6.12). Not of Linux: `locked`, which ends them in the submitting task under a
 * spinlock, as drivers do that complete while they hold the lock of their queue.
 */
import { SpinLock } from '../../../../engine/locks.ts';
import { rule } from '../../../../engine/rule.ts';
import { blk_mq_alloc_hctx } from '../../../block/blk-mq-alloc.ts';
import { blk_mq_requeue_work, blk_mq_start_request } from '../../../block/blk-mq.ts';
import { blk_mq_end_request } from '../../../block/blk-mq-end.ts';
import {
  type HwCtx,
  type IoCompBatch,
  type MqOps,
  QueueLimits,
  type Request,
  type RequestQueue,
} from '../../../include/linux/blk-mq.ts';
import { PollChannel } from '../../../../engine/polling.ts';
import { WorkStruct } from '../../../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../../../kernel.ts';

/** Where requests end: `irqmode`, by NULL_IRQ_NONE and NULL_IRQ_TIMER. */
export type NullIrqMode = 'none' | 'timer' | 'locked';

export type NullConfig = {
  readonly irqmode: NullIrqMode;
  readonly queueDepth: number;
  /** For the timer: how long a request takes, in ns. */
  readonly serviceTime: (rq: Request) => number;
  readonly statusOf: (rq: Request) => number;
  readonly max_bytes: number;
};

type NullDevice = NullConfig & { readonly lock: SpinLock };

const device = new PerRun((): { dev: NullDevice | null } => ({ dev: null }));

export const nullEndsHere = rule({
  id: 'null-blk-irqmode',
  asks: 'Does the device end the request right here, in the task that submits it?',
  test: 'cmd->nq->dev->irqmode == NULL_IRQ_NONE',
  source: { kind: 'code', file: 'drivers/block/null_blk/main.c', note: 'nullb_complete_cmd' },
});

const nothing: MqOps['complete'] = function* () {
  // it never completes through blk_mq_complete_request()
};

const null_mq_ops: MqOps = {
  queue_rq: null_queue_rq,
  queue_rqs: null_queue_rqs,
  complete: nothing,
  complete_batch: function* (_k: Kernel, _iob: IoCompBatch) {
    // it has no batches
  },
  poll: function* (_k: Kernel, _hctx: HwCtx) {
    return 0; // it has no poll queues
  },
  timeout: nothing,
};

/** Makes the device: one hardware queue for each CPU, no volatile cache. */
export function null_add_dev(k: Kernel, config: NullConfig): RequestQueue {
  k.of(device).dev = { ...config, lock: new SpinLock(k, null, 'nullb0 lock') };
  const limits = new QueueLimits(k, null, 'queue limits nullb0');
  limits.max_bytes = config.max_bytes;
  const hctxs = k.cpus.map((cpu) => blk_mq_alloc_hctx(k, cpu.id, false, [cpu.id], config.queueDepth));
  const requeue_work = new WorkStruct(k, null, 'requeue_work');
  const q: RequestQueue = {
    hctxs,
    map: hctxs,
    pollMap: [],
    mq_ops: null_mq_ops,
    limits,
    flush_list: [],
    requeue_list: [],
    requeue_work,
    pollChannel: new PollChannel(),
  };
  requeue_work.container = q;
  requeue_work.func = blk_mq_requeue_work;
  return q;
}

export function* null_queue_rq(k: Kernel, rq: Request): KernelFn {
  blk_mq_start_request(k, rq);
  yield* k.call(nullb_complete_cmd, rq);
}

export function* null_queue_rqs(k: Kernel, rqs: readonly Request[]): KernelFn {
  for (const rq of rqs) yield* k.call(null_queue_rq, rq);
}

/** Ends the request as `irqmode` says. */
export function* nullb_complete_cmd(k: Kernel, rq: Request): KernelFn {
  const { dev } = k.of(device);
  if (dev === null || k.cpu === null) return;
  if (k.decide(nullEndsHere, dev.irqmode !== 'timer')) {
    if (dev.irqmode === 'locked') yield* k.spinLock(dev.lock);
    yield* k.call(blk_mq_end_request, rq, dev.statusOf(rq));
    if (dev.irqmode === 'locked') k.spinUnlock(dev.lock);
    return;
  }
  k.hrtimer(k.cpu, k.now_ns + dev.serviceTime(rq), () => k.call(null_cmd_timer_expired, rq));
}

/** The timer of a request is up. Hard interrupt. */
export function* null_cmd_timer_expired(k: Kernel, rq: Request): KernelFn {
  const { dev } = k.of(device);
  if (dev !== null) yield* k.call(blk_mq_end_request, rq, dev.statusOf(rq));
}

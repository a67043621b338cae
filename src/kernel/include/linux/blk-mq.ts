import { flags, int, struct, word } from '../../../engine/struct.ts';
import type { PollChannel } from '../../../engine/polling.ts';
import type { WaitQueue } from '../../../engine/locks.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { type Bio, BLK_STS, OPF_BITS } from './blk_types.ts';
import type { WorkStruct } from './workqueue.ts';

/** `struct request`: a command for the device, made of a bio. Source: include/linux/blk-mq.h. */
export class Request extends struct('request', {
  cmd_flags: flags(OPF_BITS),
  tag: int(),
  /** CPU of the software queue: who submitted it. */
  mq_ctx: int(),
  state: word<'MQ_RQ_IDLE' | 'MQ_RQ_IN_FLIGHT' | 'MQ_RQ_COMPLETE'>('MQ_RQ_IDLE'),
  /** flush.seq: steps of its flush sequence that are done, see block/blk-flush.c. */
  flush_seq: int(),
}) {
  /** Null for the flush command that serves many requests at once. */
  readonly bio: Bio | null;
  readonly q: RequestQueue;
  readonly mq_hctx: HwCtx;
  /** Who ends the request instead of the block layer. */
  end_io: RqEndIo | null = null;
  /** What the device said of it, as a block layer status. */
  status: number = BLK_STS.BLK_STS_OK;

  constructor(k: Kernel, bio: Bio | null, q: RequestQueue, hctx: HwCtx, label = '') {
    super(k, bio, label);
    this.bio = bio;
    this.q = q;
    this.mq_hctx = hctx;
  }
}

export type RqEndIo = (k: Kernel, rq: Request, error: number) => KernelFn;

/** `blk_rq_bytes()`. */
export const blk_rq_bytes = (rq: Request): number => rq.bio?.bi_size ?? 0;
/** `blk_rq_pos()`, in sectors. */
export const blk_rq_pos = (rq: Request): number => rq.bio?.bi_sector ?? 0;

/** `struct blk_mq_hw_ctx`: a hardware queue with its tags. */
export type HwCtx = {
  readonly index: number;
  readonly type: 'HCTX_TYPE_DEFAULT' | 'HCTX_TYPE_POLL';
  /** CPUs that submit to it. */
  readonly cpus: readonly number[];
  /** Free tags, the next one last. */
  readonly freeTags: number[];
  readonly tagWait: WaitQueue;
  /** Requests that could not be issued by the task that made them, and the work that issues them. */
  readonly dispatch: Request[];
  readonly runWork: WorkStruct;
  readonly fq: BlkFlushQueue;
  /** How many tags it has in all. */
  readonly nr_tags: number;
  /** BLK_MQ_S_INACTIVE: the last of its CPUs goes offline or is, so that it gives out no tags. */
  inactive: boolean;
};

/** `struct blk_flush_queue`: requests of one hardware queue that wait for a flush. */
export class BlkFlushQueue extends struct('blk_flush_queue', {
  /** Writes of a flush sequence that are at the device. */
  flush_data_in_flight: int(),
  flush_pending_idx: int(),
  flush_running_idx: int(),
}) {
  /** Which of the two lists is served by the running flush, and which gathers, the two indices say. */
  readonly flush_queue: readonly [Request[], Request[]] = [[], []];
}

/** Bits of `features`. Source: include/linux/blkdev.h (v6.11). */
export const BLK_FEAT_WRITE_CACHE = 1 << 0;
export const BLK_FEAT_FUA = 1 << 1;

/** `struct queue_limits`: what the kernel believes of the device, which need not be true. */
export class QueueLimits extends struct('queue_limits', {
  /** BLK_FEAT_WRITE_CACHE without BLK_FLAG_WRITE_CACHE_DISABLED: there is a volatile write cache. */
  features: flags({ BLK_FEAT_WRITE_CACHE, BLK_FEAT_FUA }),
  max_bytes: int('B'),
}) {
  get write_cache(): boolean {
    return (this.features & BLK_FEAT_WRITE_CACHE) !== 0;
  }
  get fua(): boolean {
    return (this.features & BLK_FEAT_FUA) !== 0;
  }
}

/** `struct io_comp_batch`: requests that one interrupt or poll pass ends together. */
export type IoCompBatch = { readonly requests: Request[] };

/** `struct request_queue` with the operations of its driver. */
export type RequestQueue = {
  readonly hctxs: readonly HwCtx[];
  /** Hardware queue of each CPU, for ordinary and for polled requests. */
  readonly map: readonly HwCtx[];
  readonly pollMap: readonly HwCtx[];
  readonly mq_ops: MqOps;
  readonly limits: QueueLimits;
  /** Requests that kblockd is to issue, flushes first, and the work that does it. */
  readonly flush_list: Request[];
  readonly requeue_list: Request[];
  readonly requeue_work: WorkStruct;
  /** Everyone who polls a queue of this device. */
  readonly pollChannel: PollChannel;
};

/** `struct blk_mq_ops`. */
export type MqOps = {
  readonly queue_rq: (k: Kernel, rq: Request) => KernelFn;
  readonly queue_rqs: (k: Kernel, rqs: readonly Request[]) => KernelFn;
  readonly complete: (k: Kernel, rq: Request) => KernelFn;
  readonly complete_batch: (k: Kernel, iob: IoCompBatch) => KernelFn;
  /** Looks for completions of a polled queue; how many it found. */
  readonly poll: (k: Kernel, hctx: HwCtx, iob: IoCompBatch | null) => KernelFn<number>;
  /** The request is overdue. */
  readonly timeout: (k: Kernel, rq: Request) => KernelFn;
};

/** `struct blk_plug`: requests that a task holds back to issue them together. */
export type BlkPlug = { readonly requests: Request[] };

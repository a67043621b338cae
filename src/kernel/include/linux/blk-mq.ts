import { flags, int, struct, word } from '../../../engine/struct.ts';
import type { PollChannel } from '../../../engine/polling.ts';
import type { WaitQueue } from '../../../engine/locks.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { type Bio, OPF_BITS } from './blk_types.ts';
import type { WorkStruct } from './workqueue.ts';

/** `struct request`: a command for the device, made of a bio. Source: include/linux/blk-mq.h. */
export class Request extends struct('request', {
  cmd_flags: flags(OPF_BITS),
  tag: int(),
  /** CPU of the software queue: who submitted it. */
  mq_ctx: int(),
  state: word<'MQ_RQ_IDLE' | 'MQ_RQ_IN_FLIGHT' | 'MQ_RQ_COMPLETE'>('MQ_RQ_IDLE'),
}) {
  readonly bio: Bio;
  readonly q: RequestQueue;
  readonly mq_hctx: HwCtx;

  constructor(k: Kernel, bio: Bio, q: RequestQueue, hctx: HwCtx) {
    super(k, bio);
    this.bio = bio;
    this.q = q;
    this.mq_hctx = hctx;
  }
}

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
};

/** `struct io_comp_batch`: requests that one interrupt or poll pass ends together. */
export type IoCompBatch = { readonly requests: Request[] };

/** `struct request_queue` with the operations of its driver. */
export type RequestQueue = {
  readonly hctxs: readonly HwCtx[];
  /** Hardware queue of each CPU, for ordinary and for polled requests. */
  readonly map: readonly HwCtx[];
  readonly pollMap: readonly HwCtx[];
  readonly mq_ops: MqOps;
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
  readonly poll: (k: Kernel, hctx: HwCtx, iob: IoCompBatch) => KernelFn<number>;
};

/** `struct blk_plug`: requests that a task holds back to issue them together. */
export type BlkPlug = { readonly requests: Request[] };

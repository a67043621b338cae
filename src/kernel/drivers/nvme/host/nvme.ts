import { SpinLock } from '../../../../engine/locks.ts';
import { bool, int, struct } from '../../../../engine/struct.ts';
import type { HwCtx, Request } from '../../../include/linux/blk-mq.ts';
import type { IrqDesc } from '../../../include/linux/interrupt.ts';
import type { Kernel, KernelFn } from '../../../kernel.ts';

/** `struct nvme_queue`: a submission and a completion queue, with an interrupt vector unless it is polled. */
export class NvmeQueue extends struct('nvme_queue', {
  qid: int(),
  /** Completions that the driver has consumed: head of the completion queue. */
  cq_head: int(),
}) {
  readonly polled: boolean;
  /** Entries of the completion queue that the driver has not consumed. */
  readonly completions: Request[] = [];
  /** Its interrupt; none if it is polled. Set by the probe. */
  irq: IrqDesc | null = null;
  /** Keeps those who poll the queue apart. */
  readonly cq_poll_lock: SpinLock;
  /** Set by the probe. */
  hctx: HwCtx | null = null;

  constructor(k: Kernel, name: string, qid: number, polled: boolean) {
    super(k, null, name);
    this.polled = polled;
    this.cq_poll_lock = new SpinLock(k, this, 'cq_poll_lock');
    this.qid = qid;
  }
}

/** What the device really has and holds, whatever the kernel believes of it. */
export class NvmeCtrl extends struct('nvme_ctrl', {
  /** VWC: there is a volatile write cache. */
  vwc: bool(),
  /** Writes that are reported as done and would be lost with the power. */
  unflushed: int(),
}) {}

/** The device behind the queues: accepts a command and completes it later, outside any CPU. */
export type NvmeDevice = {
  readonly name: string;
  readonly ctrl: NvmeCtrl;
  readonly queues: readonly NvmeQueue[];
  /** The block layer status with which the device answers a command. */
  readonly statusOf: (rq: Request) => number;
  /** How long the device takes for a command, in nanoseconds. */
  readonly serviceTime: (rq: Request) => number;
};

export type NvmeIrq = (k: Kernel, nvmeq: NvmeQueue) => KernelFn;

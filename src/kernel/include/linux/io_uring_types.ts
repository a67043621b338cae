import { bool, fn, int, ref, struct, word } from '../../../engine/struct.ts';
import { PollChannel } from '../../../engine/polling.ts';
import type { Task } from '../../../engine/task.ts';
import { WaitQueue } from '../../../engine/locks.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { TaskWorkNotifyMode } from '../../kernel/task_work.ts';
import type { File, Kiocb } from './fs.ts';

/** `struct io_rings`: the completion ring that kernel and application share. */
export class IoRings extends struct('io_rings', {
  /** Entries posted so far. */
  cq_tail: int(),
}) {
  /** Posted and not yet reaped. */
  readonly entries: IoKiocb[] = [];
}

/** `tctx->task_list`: requests that wait for their task to run their task_work. */
export class TaskWorks extends struct('task_works', {}) {
  readonly requests: IoKiocb[] = [];
}

/** `struct io_ring_ctx`. Source: include/linux/io_uring_types.h. */
export class IoRingCtx extends struct('io_ring_ctx', {
  /** IORING_SETUP_IOPOLL. */
  iopoll: bool(),
}) {
  readonly task: Task;
  readonly rings: IoRings;
  readonly task_works: TaskWorks;
  /** How the ring's task is told about task_work. */
  readonly notify_method: TaskWorkNotifyMode;
  readonly cq_wait: WaitQueue;
  /** Completions that the waiting task asked for, counted in posted entries; null while nobody waits. */
  cq_min_tail: number | null = null;
  /** Requests of an IOPOLL ring that are not finished, in the order of issue. */
  iopoll_list: IoKiocb[] = [];
  /** Finished requests whose CQEs are posted in one go. */
  compl_reqs: IoKiocb[] = [];
  /** Signalled when a request of an IOPOLL ring is found completed by somebody else. */
  readonly pollChannel = new PollChannel();

  /** The table of operations; a field, because a request's functions come back to the ring's. */
  readonly defs: IoIssueDefs;

  constructor(k: Kernel, task: Task, iopoll: boolean, notify: TaskWorkNotifyMode, defs: IoIssueDefs) {
    super(k, task, `ring ${task.comm}`);
    this.defs = defs;
    this.task = task;
    this.iopoll = iopoll;
    this.notify_method = notify;
    this.rings = new IoRings(k, this, `cq ring ${task.comm}`);
    this.task_works = new TaskWorks(k, task, `task_work ${task.comm}`);
    this.cq_wait = new WaitQueue(k, this, `cq_wait ${task.comm}`);
  }
}

/** `io_issue_defs` and what else the ring calls of an operation. Source: io_uring/opdef.c. */
export type IoIssueDefs = {
  readonly READ: (k: Kernel, req: IoKiocb, sqe: Sqe) => KernelFn<number>;
  readonly WRITE: (k: Kernel, req: IoKiocb, sqe: Sqe) => KernelFn<number>;
  readonly iopoll: (k: Kernel, ctx: IoRingCtx) => KernelFn<number>;
};

/** What `issue` returns for a request that is under way: somebody will complete it. */
export const IOU_ISSUE_SKIP_COMPLETE = -529;

/** What the application puts into the submission ring. */
export type Sqe = {
  readonly opcode: 'READ' | 'WRITE';
  readonly file: File;
  readonly off: number;
  readonly len: number;
};

export type IoTaskWorkFunc = (k: Kernel, req: IoKiocb) => KernelFn;

/** `struct io_kiocb`: a request of a ring. */
export class IoKiocb extends struct('io_kiocb', {
  opcode: word<'READ' | 'WRITE'>('READ'),
  /** cqe.res: result, once it is known. */
  cqe_res: int(),
  /** IOPOLL rings: the device is done with it. */
  iopoll_completed: bool(),
  io_task_work_func: fn<IoTaskWorkFunc>(),
  kiocb: ref<Kiocb>(),
}) {
  readonly ctx: IoRingCtx;

  constructor(k: Kernel, ctx: IoRingCtx) {
    super(k, ctx.task);
    this.ctx = ctx;
  }
}

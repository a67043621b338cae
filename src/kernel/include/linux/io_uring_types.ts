import { bool, flags, fn, int, ref, struct, word } from '../../../engine/struct.ts';
import { PollChannel } from '../../../engine/polling.ts';
import type { Task } from '../../../engine/task.ts';
import { Mutex, WaitQueue } from '../../../engine/locks.ts';
import { type IoWq, IoWqWork } from '../../io_uring/io-wq.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { TaskWorkNotifyMode } from '../../kernel/task_work.ts';
import { type File, has, type Kiocb } from './fs.ts';

/** How a ring is set up. Source: include/uapi/linux/io_uring.h. */
export const IORING_SETUP_IOPOLL = 1 << 0;
export const IORING_SETUP_SQPOLL = 1 << 1;
export const IORING_SETUP_SQ_AFF = 1 << 2;
export const IORING_SETUP_COOP_TASKRUN = 1 << 8;
export const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
export const IORING_SETUP_DEFER_TASKRUN = 1 << 13;

/** Flags of io_uring_enter(2). */
export const IORING_ENTER_GETEVENTS = 1 << 0;
export const IORING_ENTER_SQ_WAKEUP = 1 << 1;

/** The SQPOLL thread sleeps: the application has to wake it. */
export const IORING_SQ_NEED_WAKEUP = 1 << 0;

/** How a request is issued. Source: include/linux/io_uring_types.h. */
export const IO_URING_F_COMPLETE_DEFER = 1 << 0;
export const IO_URING_F_UNLOCKED = 1 << 1;
export const IO_URING_F_IOWQ = 1 << 3;
export const IO_URING_F_NONBLOCK = 1 << 31;

/** The notification may wait until as many are there as somebody waits for. */
export const IOU_F_TWQ_LAZY_WAKE = 1;

/** Bits of `req->flags`: those that reads and writes need. */
export const REQ_F_CQE_SKIP = 1 << 6;
export const REQ_F_FAIL = 1 << 8;
export const REQ_F_NOWAIT = 1 << 11;
export const REQ_F_REISSUE = 1 << 17;
export const REQ_F_REFCOUNT = 1 << 19;

/** What `issue` returns for a request that is under way: somebody will complete it. */
export const IOU_ISSUE_SKIP_COMPLETE = -529;

/** What the application puts into the submission ring. `rw_flags` are IOCB_ bits that the RWF_ flags stand for. */
export type Sqe = {
  readonly opcode: 'READ' | 'WRITE';
  readonly file: File;
  readonly off: number;
  readonly len: number;
  readonly rw_flags?: number;
};

/** `struct io_rings`: the rings that kernel and application share. */
export class IoRings extends struct('io_rings', {
  /** Entries posted so far. */
  cq_tail: int(),
  sq_flags: flags({ IORING_SQ_NEED_WAKEUP }),
}) {
  /** Posted and not yet reaped. */
  readonly entries: IoKiocb[] = [];
  /** Filled in and not yet taken by the kernel. */
  readonly sq: Sqe[] = [];
}

/** Requests that wait for a task to run their task_work: `tctx->task_list`, or `ctx->work_llist` of a DEFER_TASKRUN ring. */
export class TaskWorks extends struct('task_works', {}) {
  readonly requests: IoKiocb[] = [];
}

/** `struct io_uring_task`: what io_uring keeps for a task that submits. */
export class IoUringTask {
  readonly task: Task;
  readonly task_works: TaskWorks;
  /** Its pool of workers; null until it has a ring. */
  io_wq: IoWq | null = null;

  constructor(k: Kernel, task: Task) {
    this.task = task;
    this.task_works = new TaskWorks(k, task, `task_work ${task.comm}`);
  }
}

/** `struct io_sq_data`: the thread of an SQPOLL ring. */
export class IoSqData extends struct('io_sq_data', {
  /** IO_SQ_THREAD_SHOULD_STOP. */
  should_stop: bool(),
  /** Jiffies without work before the thread goes to sleep. */
  sq_thread_idle: int('jiffies'),
}) {
  thread: Task | null = null;
  readonly wait: WaitQueue;

  constructor(k: Kernel, ctx: IoRingCtx) {
    super(k, ctx, `sq_data ${ctx.task.comm}`);
    this.wait = new WaitQueue(k, this, `sqd wait ${ctx.task.comm}`);
  }
}

/** `struct io_ring_ctx`. Source: include/linux/io_uring_types.h. */
export class IoRingCtx extends struct('io_ring_ctx', {
  flags: flags({
    IORING_SETUP_IOPOLL,
    IORING_SETUP_SQPOLL,
    IORING_SETUP_SQ_AFF,
    IORING_SETUP_COOP_TASKRUN,
    IORING_SETUP_SINGLE_ISSUER,
    IORING_SETUP_DEFER_TASKRUN,
  }),
  /** DEFER_TASKRUN: how many items the waiting task wants before it is woken; 0 while nobody waits. */
  cq_wait_nr: int(),
}) {
  readonly task: Task;
  readonly rings: IoRings;
  /** Of the task that submits: the application, or the SQPOLL thread once that exists. */
  tctx: IoUringTask;
  /** DEFER_TASKRUN: requests whose task_work waits for the submitter to ask for events. */
  readonly work_llist: TaskWorks;
  /** How the submitter is told about task_work. */
  readonly notify_method: TaskWorkNotifyMode;
  /** How many entries the submission ring has. */
  readonly sq_entries: number;
  readonly uring_lock: Mutex;
  readonly cq_wait: WaitQueue;
  /** Completions that the waiting task asked for, counted in posted entries; null while nobody waits. */
  cq_min_tail: number | null = null;
  sq_data: IoSqData | null = null;
  /** Requests of an IOPOLL ring that are not finished, in the order of issue. */
  iopoll_list: IoKiocb[] = [];
  /** Finished requests whose CQEs are posted in one go. */
  compl_reqs: IoKiocb[] = [];
  /** Signalled when a poll loop of this IOPOLL ring has something to look at. */
  readonly pollChannel = new PollChannel();
  /** Signalled for whoever looks at the completion ring in user mode. */
  readonly cqChannel = new PollChannel();
  /** Signalled for the SQPOLL thread: the application has filled in entries. */
  readonly sqChannel = new PollChannel();

  /** The table of operations; a field, because a request's functions come back to the ring's. */
  readonly defs: IoIssueDefs;

  constructor(k: Kernel, task: Task, sq_entries: number, setup: number, defs: IoIssueDefs) {
    super(k, task, `ring ${task.comm}`);
    this.defs = defs;
    this.task = task;
    this.sq_entries = sq_entries;
    this.flags = setup;
    this.notify_method = has(setup, IORING_SETUP_COOP_TASKRUN) ? 'TWA_SIGNAL_NO_IPI' : 'TWA_SIGNAL';
    this.rings = new IoRings(k, this, `cq ring ${task.comm}`);
    this.tctx = new IoUringTask(k, task);
    this.work_llist = this.defersTaskrun
      ? new TaskWorks(k, this, `work_llist ${task.comm}`)
      : this.tctx.task_works;
    this.uring_lock = new Mutex(k, this, `uring_lock ${task.comm}`);
    this.cq_wait = new WaitQueue(k, this, `cq_wait ${task.comm}`);
  }

  get iopoll(): boolean {
    return has(this.flags, IORING_SETUP_IOPOLL);
  }
  get sqpoll(): boolean {
    return has(this.flags, IORING_SETUP_SQPOLL);
  }
  get defersTaskrun(): boolean {
    return has(this.flags, IORING_SETUP_DEFER_TASKRUN);
  }
}

/** `io_issue_defs` and what else the ring calls across files. Source: io_uring/opdef.c. */
export type IoIssueDefs = {
  readonly READ: (k: Kernel, req: IoKiocb, issue_flags: number) => KernelFn<number>;
  readonly WRITE: (k: Kernel, req: IoKiocb, issue_flags: number) => KernelFn<number>;
  /** The `fail` of both: what a request that failed reports. */
  readonly fail: (req: IoKiocb) => number;
  readonly iopoll: (k: Kernel, ctx: IoRingCtx) => KernelFn<number>;
  readonly flush: (k: Kernel, ctx: IoRingCtx) => KernelFn;
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
  flags: flags({ REQ_F_CQE_SKIP, REQ_F_FAIL, REQ_F_NOWAIT, REQ_F_REISSUE, REQ_F_REFCOUNT }),
  /** Holders, counted only once io-wq has had the request (REQ_F_REFCOUNT). */
  refs: int(),
  /** What an earlier, short try has transferred. */
  bytes_done: int('B'),
}) {
  readonly ctx: IoRingCtx;
  readonly sqe: Sqe;
  /** Of the task that submitted it, which runs its task_work. */
  readonly tctx: IoUringTask;
  /** DEFER_TASKRUN: which item of the list it is. */
  nr_tw = 0;
  /** Its place in io-wq; null unless it was handed there. */
  work: IoWqWork | null = null;
  /** The kernel has given it back; the application may still have to take its completion. */
  released = false;
  reaped = false;

  constructor(k: Kernel, ctx: IoRingCtx, sqe: Sqe) {
    super(k, ctx.task);
    this.ctx = ctx;
    this.sqe = sqe;
    this.tctx = ctx.tctx;
  }
}

/** The object ends when neither the kernel nor the application's ring has it any more. */
export function forget(k: Kernel, req: IoKiocb): void {
  if (req.released && req.reaped) k.free(req);
}

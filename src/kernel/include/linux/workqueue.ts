import { bool, fn, int, type Obj, struct } from '../../../engine/struct.ts';
import type { Task } from '../../../engine/task.ts';
import type { TimerList } from '../../kernel/time/timer.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

export type WorkFunc = (k: Kernel, work: WorkStruct) => KernelFn;

/** `struct work_struct`. Source: include/linux/workqueue_types.h. */
export class WorkStruct extends struct('work_struct', {
  /** WORK_STRUCT_PENDING: queued, or its timer is armed, and not yet picked up. */
  pending: bool(),
  func: fn<WorkFunc>(),
  /** How often it was disabled; while it is, nobody can queue it. */
  disable: int(),
}) {
  /** What it is embedded in, for container_of() in its function. */
  container: unknown = null;
  wq: WorkqueueStruct | null = null;
  /** The pool that has it on its list, or had it there last. */
  pool: WorkerPool | null = null;
  /** Who executes it. */
  worker: Worker | null = null;
}

/** `struct delayed_work`: an item with a timer that queues it. */
export class DelayedWork extends struct('delayed_work', {
  /** Where it is queued when the timer is up. */
  cpu: int(),
}) {
  readonly work: WorkStruct;
  wq: WorkqueueStruct | null = null;
  /** The armed timer. */
  timer: TimerList | null = null;

  constructor(k: Kernel, parent: Obj | null, label: string, func: WorkFunc) {
    super(k, parent, label);
    this.work = new WorkStruct(k, this, label);
    this.work.func = func;
    this.work.container = this;
  }
}

// Flags of a workqueue.
/** Its items are bound to no CPU. */
export const WQ_UNBOUND = 1 << 1;
export const WQ_FREEZABLE = 1 << 2;
/** It has a rescuer, which helps where memory is too short for a new worker; not modelled. */
export const WQ_MEM_RECLAIM = 1 << 3;
/** Served by the pools whose workers are named kworker/N:MH. */
export const WQ_HIGHPRI = 1 << 4;
/** Bound to CPUs, said out loud (since v6.17); without WQ_UNBOUND it is so anyway. */
export const WQ_PERCPU = 1 << 8;

/** `struct workqueue_struct`. */
export type WorkqueueStruct = {
  readonly name: string;
  /** Bits WQ_*. */
  readonly flags: number;
  /** How many items may be executed at once: for each CPU, of an unbound one in all. 0 is the kernel's default, which is so
   *  large that it never holds anything back here. */
  readonly max_active: number;
};

/** `alloc_workqueue()`, without its rescuer. */
export function alloc_workqueue(name: string, flags: number, max_active = 0): WorkqueueStruct {
  return { name, flags, max_active };
}

/** `struct worker_pool`: the work items of one CPU and one priority, or of any CPU, and the threads that serve them. */
export class WorkerPool extends struct('worker_pool', {}) {
  readonly worklist: WorkStruct[] = [];
  readonly idle: Worker[] = [];
  readonly workers: Worker[] = [];
  /** Workers that execute and do not sleep; those of an unbound pool do not count. */
  nr_running = 0;
  /** POOL_DISASSOCIATED: its CPU is offline, so that it serves its items as an unbound pool does. */
  disassociated = false;
  /** -1 for an unbound pool. */
  readonly cpu: number;
  readonly highpri: boolean;
  /** What the names of its workers begin with: "3" for CPU 3, "u8" for an unbound pool. */
  readonly prefix: string;

  constructor(k: Kernel, cpu: number, highpri: boolean, prefix: string) {
    super(k, null, `pool ${cpu < 0 ? prefix : `cpu ${cpu}`}${highpri ? ' highpri' : ''}`);
    this.cpu = cpu;
    this.highpri = highpri;
    this.prefix = prefix;
  }
}

/** `struct worker`: a thread of a pool. */
export type Worker = {
  readonly pool: WorkerPool;
  /** Set right after the thread was made. */
  task: Task | null;
  /** The item it executes. */
  current: WorkStruct | null;
  /** Items that only this worker may execute, because they must not run beside or before its current one. */
  readonly scheduled: WorkStruct[];
  /** Counts in nr_running at the moment. */
  running: boolean;
  /** Does not count in nr_running at all (WORKER_UNBOUND, WORKER_REBOUND). */
  detached: boolean;
};

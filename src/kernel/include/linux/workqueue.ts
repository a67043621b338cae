import { bool, fn, struct } from '../../../engine/struct.ts';
import type { Task } from '../../../engine/task.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

export type WorkFunc = (k: Kernel, work: WorkStruct) => KernelFn;

/** `struct work_struct`. Source: include/linux/workqueue_types.h. */
export class WorkStruct extends struct('work_struct', {
  /** WORK_STRUCT_PENDING: queued and not yet picked up. */
  pending: bool(),
  func: fn<WorkFunc>(),
}) {
  /** What it is embedded in, for container_of() in its function. */
  container: unknown = null;
  wq: WorkqueueStruct | null = null;
}

/** `struct workqueue_struct`, bound to CPUs. */
export type WorkqueueStruct = {
  readonly name: string;
  /** WQ_HIGHPRI: served by the pools whose workers are named kworker/N:MH. */
  readonly highpri: boolean;
};

/** `struct worker_pool`: the work items of one CPU and one priority, and the threads that serve them. */
export class WorkerPool extends struct('worker_pool', {}) {
  readonly worklist: WorkStruct[] = [];
  readonly idle: Worker[] = [];
  /** Workers that execute and do not sleep. */
  nr_running = 0;
  nr_workers = 0;
  readonly cpu: number;
  readonly highpri: boolean;

  constructor(k: Kernel, cpu: number, highpri: boolean) {
    super(k, null, `pool cpu ${cpu}${highpri ? ' highpri' : ''}`);
    this.cpu = cpu;
    this.highpri = highpri;
  }
}

/** `struct worker`: a thread of a pool. */
export type Worker = {
  readonly pool: WorkerPool;
  /** Set right after the thread was made. */
  task: Task | null;
  /** The item it executes. */
  current: WorkStruct | null;
  /** Counts in nr_running at the moment. */
  running: boolean;
};

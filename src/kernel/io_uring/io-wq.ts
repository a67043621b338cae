/**
 * io-wq: threads that issue requests which may block. Source: io_uring/io-wq.c (v6.12). Only bounded work; idle workers
 * stay; a worker that stalls on a hash looks again when the one that has it is done.
 */
import { rule } from '../../engine/rule.ts';
import { flags, int, struct } from '../../engine/struct.ts';
import type { Task } from '../../engine/task.ts';
import { TaskState } from '../../log/events.ts';
import { has } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { queueTaskWork } from '../kernel/task_work.ts';

export const IO_WQ_WORK_HASHED = 1 << 1;

/** `struct io_wq_work`: a request in io-wq, its parent. */
export class IoWqWork extends struct('io_wq_work', { flags: flags({ IO_WQ_WORK_HASHED }) }) {
  /** Items of one hash run one after the other; the id of their inode. */
  hash = 0;
}

/** `struct io_wq_acct`: the bounded workers of a pool and the items that wait for them. */
export class IoWqAcct extends struct('io_wq_acct', { nr_workers: int(), nr_running: int() }) {
  readonly work_list: IoWqWork[] = [];
  max_workers = 1;
  /** IO_ACCT_STALLED_BIT: all items wait for a hash that another worker has. */
  stalled = false;
}

/** `struct io_worker`. */
type IoWorker = {
  readonly wq: IoWq;
  task: Task | null;
  /** The item it issues. */
  cur_work: IoWqWork | null;
  /** IO_WORKER_F_RUNNING: it counts in nr_running. */
  running: boolean;
  /** A request for another worker, made when it went to sleep, is on its way. */
  creating: boolean;
};

/** `struct io_wq`: the pool of a task. */
export class IoWq extends struct('io_wq', {}) {
  readonly task: Task;
  readonly acct: IoWqAcct;
  /** Idle workers, the last one to become idle first. */
  readonly free_list: IoWorker[] = [];
  /** The threads of all workers. */
  readonly threads = new Set<Task>();
  /** Hashes that a worker has. */
  readonly busyHashes = new Set<number>();
  readonly do_work: (k: Kernel, work: IoWqWork) => KernelFn;
  readonly free_work: (k: Kernel, work: IoWqWork) => KernelFn;

  constructor(
    k: Kernel,
    task: Task,
    max_workers: number,
    do_work: IoWq['do_work'],
    free_work: IoWq['free_work'],
  ) {
    super(k, task, `io_wq ${task.comm}`);
    this.task = task;
    this.acct = new IoWqAcct(k, this, `io-wq list ${task.comm}`);
    this.acct.max_workers = max_workers;
    this.do_work = do_work;
    this.free_work = free_work;
  }
}

export const freeWorker = rule({
  id: 'iowq-free-worker',
  asks: 'Is there an idle worker that can be woken for the item?',
  test: 'io_wq_activate_free_worker(wq, acct)',
  source: { kind: 'code', file: 'io_uring/io-wq.c', note: 'io_wq_enqueue' },
});

export const needsWorker = rule({
  id: 'iowq-create-worker',
  asks: 'Does no worker run, so that a new one must be made for the item?',
  test: 'do_create && !atomic_read(&acct->nr_running)',
  inputs: ['nr_running', 'nr_workers', 'max_workers'],
  source: { kind: 'code', file: 'io_uring/io-wq.c', note: 'io_wq_enqueue, io_wq_create_worker' },
});

export const hashBusy = rule({
  id: 'iowq-hash-busy',
  asks: 'Does another worker issue items for the same inode, so that this one has to wait?',
  test: 'test_and_set_bit(hash, &wq->hash->map)',
  inputs: ['inode'],
  source: { kind: 'code', file: 'io_uring/io-wq.c', note: 'io_get_next_work' },
});

/** Items with the same `hash` are to run one after the other. */
export function io_wq_hash_work(work: IoWqWork, hash: number): void {
  work.flags = work.flags | IO_WQ_WORK_HASHED;
  work.hash = hash;
}

export const io_wq_is_hashed = (work: IoWqWork): boolean => has(work.flags, IO_WQ_WORK_HASHED);

/** Hands an item to the pool: an idle worker is woken, or a new one made if none runs. Task context. */
export function* io_wq_enqueue(k: Kernel, wq: IoWq, work: IoWqWork): KernelFn {
  const { acct } = wq;
  insertWork(acct, work);
  k.put(work, acct);
  acct.stalled = false;
  if (k.decide(freeWorker, yield* k.call(io_wq_activate_free_worker, wq))) return;
  const create = acct.nr_running === 0;
  if (k.decide(needsWorker, create, acct.nr_running, acct.nr_workers, acct.max_workers))
    yield* k.call(io_wq_create_worker, wq);
}

/** `io_wq_insert_work()`: items of one hash stay together. */
function insertWork({ work_list }: IoWqAcct, work: IoWqWork): void {
  const tail = io_wq_is_hashed(work) ? work_list.findLastIndex((other) => sameHash(other, work)) : -1;
  work_list.splice(tail < 0 ? work_list.length : tail + 1, 0, work);
}

const sameHash = (a: IoWqWork, b: IoWqWork): boolean => io_wq_is_hashed(a) && a.hash === b.hash;

/** Wakes the first idle worker that does not run already. */
export function* io_wq_activate_free_worker(k: Kernel, wq: IoWq): KernelFn<boolean> {
  for (const { task } of [...wq.free_list])
    if (task !== null && (yield* k.call(wake_up_process, task))) return true;
  return false;
}

/** Makes a worker unless there are as many as may be. */
export function* io_wq_create_worker(k: Kernel, wq: IoWq): KernelFn {
  const { acct } = wq;
  if (acct.nr_workers >= acct.max_workers) return;
  acct.nr_workers = acct.nr_workers + 1;
  acct.nr_running = acct.nr_running + 1;
  yield* k.call(create_io_worker, wq);
}

/** Starts the thread, which may run where its task may. */
export function* create_io_worker(k: Kernel, wq: IoWq): KernelFn {
  yield k.spend(k.costs['worker.create']);
  const { task } = wq;
  const worker: IoWorker = { wq, task: null, cur_work: null, running: true, creating: false };
  const allowed = [task.cpu, ...task.allowed.filter((cpu) => cpu !== task.cpu)];
  const thread = k.spawn(`iou-wrk-${task.id}`, allowed, () => k.call(io_wq_worker, worker));
  worker.task = thread;
  wq.threads.add(thread);
  thread.onSleep = () => {
    io_wq_worker_sleeping(k, worker);
  };
  thread.onWake = () => {
    if (worker.cur_work !== null) setRunning(worker, true);
  };
}

/** The body of a worker thread. */
export function* io_wq_worker(k: Kernel, worker: IoWorker): KernelFn {
  const { wq } = worker;
  for (;;) {
    k.setState(TaskState.Interruptible, 'work of io-wq', wq.acct);
    while (io_acct_run_queue(wq.acct)) yield* k.call(io_worker_handle_work, worker);
    if (!wq.free_list.includes(worker)) wq.free_list.unshift(worker);
    k.setState(TaskState.Interruptible, 'work of io-wq', wq.acct);
    if (io_acct_run_queue(wq.acct)) continue;
    yield k.schedule();
    setRunning(worker, true);
  }
}

/** Is there an item that could run? */
const io_acct_run_queue = (acct: IoWqAcct): boolean => acct.work_list.length > 0 && !acct.stalled;

/** Issues items until there is none that may run. */
export function* io_worker_handle_work(k: Kernel, worker: IoWorker): KernelFn {
  const { wq } = worker;
  for (;;) {
    const items = nextWork(k, wq);
    if (items.length === 0) return;
    const idle = wq.free_list.indexOf(worker);
    if (idle >= 0) wq.free_list.splice(idle, 1);
    k.setState(TaskState.Running);
    for (const work of items) {
      yield k.spend(k.costs['wq.dispatch']);
      yield k.condResched(); // io_assign_current_work()
      k.take(work, wq.acct);
      worker.cur_work = work;
      yield* k.call(wq.do_work, work);
      worker.cur_work = null;
      yield* k.call(wq.free_work, work);
    }
    const [first] = items;
    if (first === undefined || !io_wq_is_hashed(first)) continue;
    wq.busyHashes.delete(first.hash);
    wq.acct.stalled = false;
  }
}

/** `io_get_next_work()`: an item that is not hashed, or all items of a hash that nobody has. Without one, it stalls. */
function nextWork(k: Kernel, wq: IoWq): IoWqWork[] {
  const { work_list } = wq.acct;
  for (let at = 0; at < work_list.length;) {
    const work = work_list[at]!;
    if (!io_wq_is_hashed(work)) return work_list.splice(at, 1);
    let end = at + 1;
    while (end < work_list.length && sameHash(work_list[end]!, work)) end++;
    if (!k.decide(hashBusy, wq.busyHashes.has(work.hash), work.hash)) {
      wq.busyHashes.add(work.hash);
      return work_list.splice(at, end - at);
    }
    at = end;
  }
  wq.acct.stalled = work_list.length > 0;
  return [];
}

/** A worker is about to sleep: if it was the last that ran and items wait, the pool's task is to make another. */
function io_wq_worker_sleeping(k: Kernel, worker: IoWorker): void {
  const { wq } = worker;
  setRunning(worker, false);
  if (wq.acct.nr_running > 0 || !io_acct_run_queue(wq.acct) || worker.creating) return;
  wq.acct.nr_running = wq.acct.nr_running + 1; // for the one to be made
  worker.creating = true;
  queueTaskWork(k, wq.task, { func: create_worker_cb, data: worker });
}

/** In the pool's task: makes the worker that one which went to sleep asked for. */
export function* create_worker_cb(k: Kernel, worker: IoWorker): KernelFn {
  const { acct } = worker.wq;
  worker.creating = false;
  if (acct.nr_workers < acct.max_workers) {
    acct.nr_workers = acct.nr_workers + 1;
    yield* k.call(create_io_worker, worker.wq);
  } else acct.nr_running = acct.nr_running - 1;
}

function setRunning(worker: IoWorker, running: boolean): void {
  if (worker.running === running) return;
  worker.running = running;
  const { acct } = worker.wq;
  acct.nr_running = acct.nr_running + (running ? 1 : -1);
}

/**
 * Bound workqueues with concurrency management: a pool wakes a worker only while none of its workers runs.
 * Source: kernel/workqueue.c (v6.12). Not modelled: unbound pools, max_active, the rescuer, the automatic
 * CPU-intensive mark. Every pool starts with two idle workers, as one that has been in use.
 */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import {
  type Worker,
  WorkerPool,
  type WorkqueueStruct,
  type WorkStruct,
} from '../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { wake_up_process } from './sched/core.ts';

const INITIAL_WORKERS = 2;

/** All pools, by CPU and priority. */
const pools = new PerRun(() => new Map<string, WorkerPool>());

export const workPending = rule({
  id: 'work-pending',
  asks: 'Is this work item queued already?',
  test: 'test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work))',
  source: { kind: 'code', file: 'kernel/workqueue.c' },
});

export const needMoreWorker = rule({
  id: 'need-more-worker',
  asks: 'Must a worker be woken for the item, or will a running one take it?',
  test: '!list_empty(&pool->worklist) && !pool->nr_running',
  inputs: ['items waiting', 'nr_running'],
  source: { kind: 'code', file: 'kernel/workqueue.c' },
});

export const keepWorking = rule({
  id: 'keep-working',
  asks: 'Does the worker go on with the next item?',
  test: '!list_empty(&pool->worklist) && (pool->nr_running <= 1)',
  inputs: ['items waiting', 'nr_running'],
  source: { kind: 'code', file: 'kernel/workqueue.c' },
});

/** Queues an item on the CPU that executes this. False when it was pending already. Any context. */
export function* queue_work(k: Kernel, work: WorkStruct, wq: WorkqueueStruct): KernelFn<boolean> {
  assert(k.cpu !== null, 'work is queued by running code');
  return yield* k.call(queue_work_on, work, wq, k.cpu.id);
}

/** Queues an item on a given CPU. False when it was pending already. Any context. */
export function* queue_work_on(
  k: Kernel,
  work: WorkStruct,
  wq: WorkqueueStruct,
  cpu: number,
): KernelFn<boolean> {
  if (k.decide(workPending, work.pending)) return false;
  k.irqDisable();
  work.pending = true;
  work.wq = wq;
  yield* k.call(__queue_work, work, poolOf(k, cpu, wq.highpri));
  k.irqEnable();
  return true;
}

/** Puts an item on the list of a pool. Interrupts are off. */
export function* __queue_work(k: Kernel, work: WorkStruct, pool: WorkerPool): KernelFn {
  yield k.spend(k.costs['wq.queue']);
  k.trace('workqueue_queue_work', work, pool.cpu);
  k.trace('workqueue_activate_work', work);
  pool.worklist.push(work);
  k.put(work, pool);
  yield* k.call(kick_pool, pool);
}

/** Wakes the most recently idle worker if the pool needs one. */
export function* kick_pool(k: Kernel, pool: WorkerPool): KernelFn {
  if (!k.decide(needMoreWorker, needsMore(pool), pool.worklist.length, pool.nr_running)) return;
  const worker = pool.idle[pool.idle.length - 1];
  if (worker?.task) yield* k.call(wake_up_process, worker.task);
}

/** The body of a kworker thread. */
export function* worker_thread(k: Kernel, worker: Worker): KernelFn {
  const { pool } = worker;
  for (;;) {
    pool.idle.splice(pool.idle.indexOf(worker), 1);
    if (needsMore(pool)) {
      if (pool.idle.length === 0) yield* k.call(create_worker, pool);
      setRunning(worker, true);
      do {
        const work = pool.worklist.shift();
        assert(work !== undefined, 'a worker goes on only while there is work');
        yield* k.call(process_one_work, work, worker);
      } while (
        k.decide(
          keepWorking,
          pool.worklist.length > 0 && pool.nr_running <= 1,
          pool.worklist.length,
          pool.nr_running,
        )
      );
      setRunning(worker, false);
    }
    pool.idle.push(worker);
    k.setState(TaskState.Idle, 'work');
    yield k.schedule();
  }
}

/** Runs one item. PENDING is cleared first, so the item may be queued again while it runs. */
export function* process_one_work(k: Kernel, work: WorkStruct, worker: Worker): KernelFn {
  yield k.spend(k.costs['wq.dispatch']);
  k.take(work, worker.pool);
  worker.current = work;
  work.pending = false;
  assert(work.func !== null, 'a queued item has a function');
  k.trace('workqueue_execute_start', work);
  yield* k.call(work.func, work);
  k.trace('workqueue_execute_end', work);
  worker.current = null;
}

/** The pool keeps an idle worker in reserve: one that starts and finds no idle peer makes one first. */
export function* create_worker(k: Kernel, pool: WorkerPool): KernelFn {
  yield k.spend(k.costs['worker.create']);
  addWorker(k, pool);
}

/** A running worker is about to sleep: if others wait and nobody runs, the next one is woken at once. */
function wq_worker_sleeping(k: Kernel, worker: Worker): void {
  if (worker.current === null || !worker.running) return;
  setRunning(worker, false);
  const next = worker.pool.idle[worker.pool.idle.length - 1];
  if (needsMore(worker.pool) && next?.task) k.wake(next.task);
}

function wq_worker_running(worker: Worker): void {
  if (worker.current !== null && !worker.running) setRunning(worker, true);
}

const needsMore = (pool: WorkerPool): boolean => pool.worklist.length > 0 && pool.nr_running === 0;

function setRunning(worker: Worker, running: boolean): void {
  if (worker.running === running) return;
  worker.running = running;
  worker.pool.nr_running += running ? 1 : -1;
}

function poolOf(k: Kernel, cpu: number, highpri: boolean): WorkerPool {
  const key = `${cpu}${highpri ? 'H' : ''}`;
  const known = k.of(pools).get(key);
  if (known !== undefined) return known;
  const pool = new WorkerPool(k, cpu, highpri);
  k.of(pools).set(key, pool);
  for (let i = 0; i < INITIAL_WORKERS; i++) addWorker(k, pool);
  return pool;
}

function addWorker(k: Kernel, pool: WorkerPool): void {
  const worker: Worker = { pool, task: null, current: null, running: false };
  const comm = `kworker/${pool.cpu}:${pool.nr_workers++}${pool.highpri ? 'H' : ''}`;
  pool.idle.push(worker);
  const task = k.spawn(comm, [pool.cpu], () => k.call(worker_thread, worker), { asleep: true });
  task.onSleep = () => {
    wq_worker_sleeping(k, worker);
  };
  task.onWake = () => {
    wq_worker_running(worker);
  };
  worker.task = task;
}

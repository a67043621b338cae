/**
 * Workqueues. A pool that is bound to a CPU manages concurrency: it wakes a worker only while none of its workers runs;
 * an unbound one wakes a worker for each item. Source: kernel/workqueue.c (v6.12). Not modelled: the rescuer, the
 * automatic CPU-intensive mark. Every pool starts with two idle workers, as one that has been in use.
 */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import { has } from '../include/linux/fs.ts';
import {
  type Worker,
  WorkerPool,
  type WorkqueueStruct,
  type WorkStruct,
  WQ_HIGHPRI,
  WQ_UNBOUND,
} from '../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { wake_up_process } from './sched/core.ts';

const INITIAL_WORKERS = 2;
/** Pools of each CPU, which are numbered first: two for threads and, since v6.9, two for softirqs. */
const POOLS_PER_CPU = 4;

/** All pools, by CPU or first CPU of the cache, and priority. */
const pools = new PerRun(() => new Map<string, WorkerPool>());

/** CPUs whose pools are disassociated. */
export const offlineCpus = new PerRun(() => new Set<number>());

/** `struct pool_workqueue`: how many items of one workqueue are on a pool's list or executed, and those that wait for
 *  fewer. */
type PoolWorkqueue = { nr_active: number; readonly inactive: WorkStruct[] };
const pwqs = new PerRun(() => new Map<WorkqueueStruct, Map<WorkerPool | null, PoolWorkqueue>>());

export const workPending = rule({
  id: 'work-pending',
  asks: 'Is this work item queued already?',
  test: 'test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work))',
  source: { kind: 'code', file: 'kernel/workqueue.c' },
});

export const workDisabled = rule({
  id: 'work-disabled',
  asks: 'Is this work item disabled, so that nobody can queue it?',
  test: 'clear_pending_if_disabled(work)',
  inputs: ['disable depth'],
  source: { kind: 'code', file: 'kernel/workqueue.c', note: 'since v6.10; recorded where it is disabled' },
});

export const runsElsewhere = rule({
  id: 'work-runs-elsewhere',
  asks: 'Is the item still executed by a worker of another pool, which then gets it again?',
  test: 'last_pool && last_pool != pool && find_worker_executing_work(last_pool, work)',
  inputs: ['CPU of that pool'],
  source: { kind: 'code', file: 'kernel/workqueue.c', note: '__queue_work; recorded where the pools differ' },
});

export const maxActive = rule({
  id: 'max-active',
  asks: 'May one more item of this workqueue be active?',
  test: 'pwq_tryinc_nr_active(pwq, false)',
  inputs: ['nr_active', 'max_active'],
  source: {
    kind: 'code',
    file: 'kernel/workqueue.c',
    note: '__queue_work; recorded where max_active is set',
  },
});

export const needMoreWorker = rule({
  id: 'need-more-worker',
  asks: 'Must a worker be woken for the item, or will a running one take it?',
  test: '!list_empty(&pool->worklist) && !pool->nr_running',
  inputs: ['items waiting', 'nr_running'],
  source: { kind: 'code', file: 'kernel/workqueue.c' },
});

export const executedByAnother = rule({
  id: 'work-executed-by-another',
  asks: 'Is another worker of this pool executing the same item, so that it has to take it over?',
  test: 'find_worker_executing_work(pool, work)',
  source: {
    kind: 'code',
    file: 'kernel/workqueue.c',
    note: 'assign_work; recorded where somebody executes it',
  },
});

export const keepWorking = rule({
  id: 'keep-working',
  asks: 'Does the worker go on with the next item?',
  test: '!list_empty(&pool->worklist) && (pool->nr_running <= 1)',
  inputs: ['items waiting', 'nr_running'],
  source: { kind: 'code', file: 'kernel/workqueue.c' },
});

/** Queues an item, on the CPU that executes this unless the queue is unbound. False when it was pending already. Any
 *  context. */
export function* queue_work(k: Kernel, work: WorkStruct, wq: WorkqueueStruct): KernelFn<boolean> {
  assert(k.cpu !== null, 'work is queued by running code');
  return yield* k.call(queue_work_on, work, wq, k.cpu.id);
}

/** Queues an item on a given CPU. False when it was pending already, or is disabled. Any context. */
export function* queue_work_on(
  k: Kernel,
  work: WorkStruct,
  wq: WorkqueueStruct,
  cpu: number,
): KernelFn<boolean> {
  if (k.decide(workPending, work.pending)) return false;
  if (isDisabled(k, work)) return false;
  k.irqDisable();
  work.pending = true;
  yield* k.call(__queue_work, work, wq, cpu);
  k.irqEnable();
  return true;
}

/** Does nobody get this item queued? */
export function isDisabled(k: Kernel, work: WorkStruct): boolean {
  return work.disable > 0 && k.decide(workDisabled, true, work.disable);
}

/** Puts a pending item on the list of a pool, or behind others of its workqueue that are too many. Interrupts are off. */
export function* __queue_work(k: Kernel, work: WorkStruct, wq: WorkqueueStruct, cpu: number): KernelFn {
  yield k.spend(k.costs['wq.queue']);
  const pool = poolToQueueOn(k, work, poolOf(k, cpu, wq));
  const pwq = pwqOf(k, wq, pool);
  work.wq = wq;
  work.pool = pool;
  k.trace('workqueue_queue_work', work, pool.cpu);
  k.put(work, pool);
  const { max_active } = wq;
  const { nr_active } = pwq;
  if (max_active > 0 && !k.decide(maxActive, nr_active < max_active, nr_active, max_active)) {
    pwq.inactive.push(work);
    return;
  }
  pwq.nr_active++;
  k.trace('workqueue_activate_work', work);
  pool.worklist.push(work);
  yield* k.call(kick_pool, pool);
}

/** An item that is still executed is queued where it is, so that it never runs beside itself. */
function poolToQueueOn(k: Kernel, work: WorkStruct, pool: WorkerPool): WorkerPool {
  const last = work.pool;
  if (last === null || last === pool) return pool;
  return k.decide(runsElsewhere, work.worker?.pool === last, last.cpu) ? last : pool;
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
    // Meanwhile another worker of an unbound pool may have taken the item.
    while (needsMore(pool) && pool.idle.length === 0) yield* k.call(create_worker, pool);
    if (needsMore(pool)) {
      worker.detached = isUnbound(pool);
      setRunning(worker, true);
      do {
        k.irqDisable(); // pool->lock, until an item is taken for good
        assign_work(k, pool, worker);
        for (let work = worker.scheduled.shift(); work !== undefined; work = worker.scheduled.shift()) {
          yield* k.call(process_one_work, work, worker);
          k.irqDisable();
        }
        k.irqEnable();
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

/** `assign_work()`: the first item of the list is this worker's to execute, unless another one is executing it. */
function assign_work(k: Kernel, pool: WorkerPool, worker: Worker): void {
  const work = pool.worklist.shift();
  assert(work !== undefined, 'a worker goes on only while there is work');
  const other = work.worker;
  if (other !== null && k.decide(executedByAnother, other.pool === pool)) other.scheduled.push(work);
  else worker.scheduled.push(work);
}

/** Runs one item. PENDING is cleared first, so the item may be queued again while it runs. Enters with interrupts off, as the
 *  lock of the pool is held, and leaves with interrupts on. */
export function* process_one_work(k: Kernel, work: WorkStruct, worker: Worker): KernelFn {
  const { pool } = worker;
  const { wq } = work;
  yield k.spend(k.costs['wq.dispatch']);
  k.take(work, pool);
  worker.current = work;
  work.worker = worker;
  if (worker.detached) yield* k.call(kick_pool, pool); // else this worker itself counts as running
  work.pending = false;
  k.irqEnable();
  assert(work.func !== null, 'a queued item has a function');
  k.trace('workqueue_execute_start', work);
  yield* k.call(work.func, work);
  k.trace('workqueue_execute_end', work);
  worker.current = null;
  work.worker = null;
  const next = wq === null ? null : pwq_dec_nr_in_flight(k, wq, pool);
  if (next !== null) yield* k.call(__pwq_activate_work, next);
}

/** One item of a workqueue less is active in a pool. Gives the first of those that were too many, if there is one: it may
 *  be active now. */
export function pwq_dec_nr_in_flight(k: Kernel, wq: WorkqueueStruct, pool: WorkerPool): WorkStruct | null {
  const pwq = pwqOf(k, wq, pool);
  pwq.nr_active--;
  return pwq.inactive.shift() ?? null;
}

/** Puts an item that was one too many on its pool's list. */
export function* __pwq_activate_work(k: Kernel, work: WorkStruct): KernelFn {
  const { pool, wq } = work;
  assert(pool !== null && wq !== null, 'an inactive item was queued');
  pwqOf(k, wq, pool).nr_active++;
  k.trace('workqueue_activate_work', work);
  pool.worklist.push(work);
  yield* k.call(kick_pool, pool);
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

const isUnbound = (pool: WorkerPool): boolean => pool.cpu < 0 || pool.disassociated;

/** A detached worker never counts (WORKER_NOT_RUNNING). */
function setRunning(worker: Worker, running: boolean): void {
  if (worker.running === running || worker.detached) return;
  worker.running = running;
  worker.pool.nr_running += running ? 1 : -1;
}

/** What a workqueue has in a pool; an unbound one counts its items in all pools together, since v6.9. */
export function pwqOf(k: Kernel, wq: WorkqueueStruct, pool: WorkerPool): PoolWorkqueue {
  const all = k.of(pwqs);
  const own = all.get(wq) ?? new Map<WorkerPool | null, PoolWorkqueue>();
  all.set(wq, own);
  const where = has(wq.flags, WQ_UNBOUND) ? null : pool;
  const pwq = own.get(where) ?? { nr_active: 0, inactive: [] };
  own.set(where, pwq);
  return pwq;
}

/** The pool that serves `wq` on a CPU: its own, or for unbound queues that of the CPUs that share its cache. */
export function poolOf(k: Kernel, cpu: number, wq: WorkqueueStruct): WorkerPool {
  const unbound = has(wq.flags, WQ_UNBOUND);
  const highpri = has(wq.flags, WQ_HIGHPRI);
  const pod = k.cpus.find(({ id }) => k.cpus_share_cache(id, cpu))?.id ?? cpu;
  const key = `${unbound ? `u${pod}` : cpu}${highpri ? 'H' : ''}`;
  const known = k.of(pools).get(key);
  if (known !== undefined) return known;
  const number = POOLS_PER_CPU * k.cpus.length + unboundPools(k);
  const pool = new WorkerPool(k, unbound ? -1 : cpu, highpri, unbound ? `u${number}` : String(cpu));
  pool.disassociated = k.of(offlineCpus).has(cpu) && !unbound;
  k.of(pools).set(key, pool);
  for (let i = 0; i < INITIAL_WORKERS; i++) addWorker(k, pool, cpu);
  return pool;
}

const unboundPools = (k: Kernel): number => poolsOf(k, -1).length;

/** The pools of a CPU that there are so far; those of no CPU for -1. */
export const poolsOf = (k: Kernel, cpu: number): WorkerPool[] =>
  [...k.of(pools).values()].filter((pool) => pool.cpu === cpu);

/** Makes a worker; one of an unbound pool may run anywhere (affn_strict is not set) and begins on `cpu`. */
function addWorker(k: Kernel, pool: WorkerPool, cpu = k.cpu?.id ?? 0): void {
  const detached = isUnbound(pool);
  const worker: Worker = { pool, task: null, current: null, scheduled: [], running: false, detached };
  const comm = `kworker/${pool.prefix}:${pool.workers.length}${pool.highpri ? 'H' : ''}`;
  pool.workers.push(worker);
  pool.idle.push(worker);
  const others = k.cpus.map(({ id }) => id).filter((id) => id !== cpu);
  const task = k.spawn(comm, detached ? [cpu, ...others] : [pool.cpu], () => k.call(worker_thread, worker), {
    asleep: true,
    perCpu: !detached,
  });
  task.onSleep = () => {
    wq_worker_sleeping(k, worker);
  };
  task.onWake = () => {
    wq_worker_running(worker);
  };
  worker.task = task;
}

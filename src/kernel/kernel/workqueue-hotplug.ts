/** Worker pools of a CPU that goes offline. Source: kernel/workqueue.c (v6.12). */
import type { WorkerPool } from '../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { kick_pool, offlineCpus, poolsOf } from './workqueue.ts';

/** The pools of the CPU become as unbound ones: what is queued there is executed anywhere. Teardown of
 *  CPUHP_AP_WORKQUEUE_ONLINE, in the CPU's own thread. */
export function* workqueue_offline_cpu(k: Kernel, cpu: number): KernelFn {
  k.of(offlineCpus).add(cpu);
  for (const pool of poolsOf(k, cpu)) yield* k.call(unbind_workers, pool);
}

/** Ends the concurrency management of a pool, and lets its workers go where they can. */
export function* unbind_workers(k: Kernel, pool: WorkerPool): KernelFn {
  for (const worker of pool.workers) {
    worker.detached = true;
    worker.running = false;
  }
  pool.disassociated = true;
  pool.nr_running = 0;
  yield* k.call(kick_pool, pool);
  const anywhere = k.cpus.map(({ id }) => id);
  for (const { task } of pool.workers) if (task !== null) k.setAllowed(task, anywhere);
}

/** The pools belong to the CPU again. Startup of CPUHP_AP_WORKQUEUE_ONLINE, in the CPU's own thread. */
export function* workqueue_online_cpu(k: Kernel, cpu: number): KernelFn {
  k.of(offlineCpus).delete(cpu);
  for (const pool of poolsOf(k, cpu)) yield* k.call(rebind_workers, pool);
}

/** The workers of a pool go back to their CPU; one that is busy counts as running only from its next start. */
export function* rebind_workers(k: Kernel, pool: WorkerPool): KernelFn {
  for (const { task } of pool.workers) if (task !== null) k.setAllowed(task, [pool.cpu], true);
  pool.disassociated = false;
}

/** Threads that each CPU has of its own. Source: kernel/smpboot.c. Simplified: only ksoftirqd is parked. */
import { assert } from '../../base/assert.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

/** Teardown of CPUHP_AP_SMPBOOT_THREADS, in the CPU's own thread. */
export function* smpboot_park_threads(k: Kernel, cpu: number): KernelFn {
  const own = k.cpus[cpu];
  assert(own !== undefined, 'threads are parked on a CPU of the machine');
  k.parkSoftirqd(own, true);
}

/** Startup of the same. */
export function* smpboot_unpark_threads(k: Kernel, cpu: number): KernelFn {
  const own = k.cpus[cpu];
  assert(own !== undefined, 'threads are unparked on a CPU of the machine');
  k.parkSoftirqd(own, false);
}

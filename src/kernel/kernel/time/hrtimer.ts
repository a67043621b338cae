/** High-resolution timers. Source: kernel/time/hrtimer.c. */
import { assert } from '../../../base/assert.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** Handler of HRTIMER_SOFTIRQ: with PREEMPT_RT it runs the timers that are up, else there are none for it. */
export function* hrtimer_run_softirq(k: Kernel): KernelFn {
  assert(k.cpu !== null, 'a softirq runs on a CPU');
  yield* k.runHrtimers(k.cpu);
}

/** Timers in jiffies. Source: kernel/time/timer.c. */
import type { Kernel, KernelFn } from '../../kernel.ts';

/** Handler of TIMER_SOFTIRQ: runs the timers of this CPU that are due. */
export function* run_timer_softirq(k: Kernel): KernelFn {
  if (k.cpu === null) return;
  for (const timer of k.dueTimers(k.cpu)) yield* k.call(call_timer_fn, timer);
}

function* call_timer_fn(k: Kernel, timer: { readonly handler: (k: Kernel) => KernelFn }): KernelFn {
  k.trace('timer_expire_entry', null);
  yield* k.call(timer.handler);
}

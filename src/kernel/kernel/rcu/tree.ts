/** RCU, as far as somebody waits for it. Source: kernel/rcu/tree.c. */
import { TaskState } from '../../../log/events.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** Waits until everybody who was inside an RCU read-side section has left it. Simplified: a fixed time, because nobody
 *  stays in one for longer here. Task context, sleeps. */
export function* synchronize_rcu(k: Kernel): KernelFn {
  const { cpu, currentTask } = k;
  if (cpu === null) return;
  const end_ns = k.now_ns + k.costs['rcu.grace'];
  k.hrtimer(cpu, end_ns, () => k.call(rcu_end_grace_period, currentTask));
  while (k.now_ns < end_ns) {
    k.setState(TaskState.Uninterruptible, 'a grace period');
    yield k.schedule();
  }
}

/** Simplified: from a timer, not from the grace-period thread. */
export function* rcu_end_grace_period(k: Kernel, waiter: Kernel['currentTask']): KernelFn {
  yield k.spend(k.costs['wake.local']);
  k.wake(waiter);
}

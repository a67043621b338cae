/** Waking tasks. Source: kernel/sched/core.c. */
import type { Task } from '../../../engine/task.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** `wake_up_process()`: makes a task runnable; what that costs depends on where it ran last. */
export function* wake_up_process(k: Kernel, task: Task): KernelFn<boolean> {
  const local = k.cpu !== null && task.cpu === k.cpu.id;
  yield k.spend(local ? k.costs['wake.local'] : k.costs['wake.remote']);
  return k.wake(task);
}

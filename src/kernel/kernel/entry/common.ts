/** The way between user mode and the kernel. Source: kernel/entry/common.c. */
import type { Kernel, KernelFn } from '../../kernel.ts';
import { task_work_run } from '../task_work.ts';

/** Does everything that is due before the current task may return to user mode: reschedule, signals, task_work. */
export function* exit_to_user_mode_loop(k: Kernel): KernelFn {
  const task = k.currentTask;
  while (k.hasExitWork()) {
    yield k.reschedIfNeeded();
    if (!task.notifySignal && !task.notifyResume) continue;
    task.notifySignal = false;
    task.notifyResume = false;
    yield* k.call(task_work_run);
  }
}

/** Work that a task does for itself, on its way to user mode or when a wait is interrupted. Source: kernel/task_work.c. */
import { rule } from '../../engine/rule.ts';
import type { Task } from '../../engine/task.ts';
import { TaskState } from '../../log/events.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { wake_up_process } from './sched/core.ts';

/** How a task learns that it has work. Source: include/linux/task_work.h. */
export type TaskWorkNotifyMode = 'TWA_NONE' | 'TWA_RESUME' | 'TWA_SIGNAL' | 'TWA_SIGNAL_NO_IPI';

/** `struct callback_head`. */
export type CallbackHead<T = never> = { readonly func: (k: Kernel, data: T) => KernelFn; readonly data: T };

const pending = new PerRun(() => new Map<Task, CallbackHead[]>());

export const notifyWakes = rule({
  id: 'task-work-wakes',
  asks: 'Does the notification wake the task, or does it run already?',
  test: '!wake_up_state(task, TASK_INTERRUPTIBLE)',
  inputs: ['task sleeps interruptibly'],
  source: { kind: 'code', file: 'include/linux/sched/signal.h', note: 'set_notify_signal' },
});

/** Adds `work` for `task` and notifies it. Any context. */
export function* task_work_add<T>(
  k: Kernel,
  task: Task,
  work: CallbackHead<T>,
  notify: TaskWorkNotifyMode,
): KernelFn {
  enlist(k, task, work);
  if (notify === 'TWA_RESUME') task.notifyResume = true;
  if (notify !== 'TWA_SIGNAL' && notify !== 'TWA_SIGNAL_NO_IPI') return;
  task.notifySignal = true;
  const sleeps = task.state === TaskState.Interruptible;
  if (k.decide(notifyWakes, sleeps, sleeps)) yield* k.call(wake_up_process, task);
  else if (notify === 'TWA_SIGNAL') k.kickTask(task);
  else k.showTask(task);
}

/** `task_work_add(task, work, TWA_SIGNAL)` from inside the scheduler, where nothing can be called. */
export function queueTaskWork<T>(k: Kernel, task: Task, work: CallbackHead<T>): void {
  enlist(k, task, work);
  task.notifySignal = true;
  if (task.state === TaskState.Interruptible) k.wake(task);
  else k.kickTask(task);
}

function enlist<T>(k: Kernel, task: Task, work: CallbackHead<T>): void {
  const list = k.of(pending).get(task) ?? [];
  list.push(work as unknown as CallbackHead); // func and data belong together, whatever their type
  k.of(pending).set(task, list);
}

/** Runs what was added to the current task, and what that adds. */
export function* task_work_run(k: Kernel): KernelFn {
  const task = k.currentTask;
  for (;;) {
    const list = k.of(pending).get(task);
    if (list === undefined || list.length === 0) return;
    k.of(pending).set(task, []);
    for (const work of list) {
      yield* k.call(work.func, work.data);
      yield k.condResched();
    }
  }
}

/** `task_work_pending()`. */
export function task_work_pending(k: Kernel, task: Task): boolean {
  return (k.of(pending).get(task)?.length ?? 0) > 0;
}

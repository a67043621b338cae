/** Waiting for completions. Source: io_uring/wait.c (since v7.0 a file of its own; as in v6.12, io_uring/io_uring.c). */
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import type { IoRingCtx } from '../include/linux/io_uring_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { task_work_pending } from '../kernel/task_work.ts';
import { io_local_work_pending, io_run_local_work, io_run_task_work } from './tw.ts';

export const enoughCqes = rule({
  id: 'uring-enough-cqes',
  asks: 'Are as many completions posted as the application waits for?',
  test: 'io_should_wake(iowq)',
  inputs: ['cq_tail', 'wanted tail'],
  source: { kind: 'code', file: 'io_uring/io_uring.c', note: 'io_cqring_wait' },
});

/** Waits until `min_events` completions are in the ring, running task_work whenever it is woken for it. */
export function* io_cqring_wait(k: Kernel, ctx: IoRingCtx, min_events: number): KernelFn {
  const task = k.currentTask;
  if (io_local_work_pending(ctx)) yield* k.call(io_run_local_work, ctx, min_events);
  if (taskWorkPending(k)) yield* k.call(io_run_task_work);
  if (ctx.rings.entries.length >= min_events) return;
  const wanted = ctx.rings.cq_tail - ctx.rings.entries.length + min_events; // min_events counts what is there, too
  k.trace('io_uring_cqring_wait', ctx, min_events);
  for (;;) {
    const nr_wait = wanted - ctx.rings.cq_tail;
    if (ctx.defersTaskrun) ctx.cq_wait_nr = nr_wait;
    else ctx.cq_min_tail = wanted;
    k.setState(TaskState.Interruptible, 'completions in its ring', ctx.rings);
    if (!ctx.defersTaskrun && !ctx.cq_wait.sleepers.includes(task)) ctx.cq_wait.sleepers.push(task);
    if (!taskWorkPending(k) && !io_local_work_pending(ctx) && ctx.rings.cq_tail < wanted) yield k.schedule();
    k.setState(TaskState.Running);
    if (ctx.defersTaskrun) ctx.cq_wait_nr = 0;
    if (io_local_work_pending(ctx)) yield* k.call(io_run_local_work, ctx, nr_wait);
    if (taskWorkPending(k)) yield* k.call(io_run_task_work);
    if (k.decide(enoughCqes, ctx.rings.cq_tail >= wanted, ctx.rings.cq_tail, wanted)) break;
  }
  ctx.cq_wait.sleepers.splice(0);
  ctx.cq_min_tail = null;
}

const taskWorkPending = (k: Kernel): boolean =>
  k.currentTask.notifySignal || task_work_pending(k, k.currentTask);

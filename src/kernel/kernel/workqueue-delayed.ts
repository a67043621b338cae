/** Work that is queued by a timer. Source: kernel/workqueue.c (v6.12). */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import type { DelayedWork, WorkqueueStruct } from '../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { add_timer_on } from './time/timer.ts';
import { __queue_work, isDisabled, workPending } from './workqueue.ts';

export const workDelayed = rule({
  id: 'work-delayed',
  asks: 'Does a timer queue the item later, because there is a delay?',
  test: 'delay',
  inputs: ['delay in jiffies'],
  source: { kind: 'code', file: 'kernel/workqueue.c', note: '__queue_delayed_work' },
});

/**
 * Has an item queued on `cpu` in `delay` jiffies; at once when that is 0. It is pending meanwhile. False when it was pending
 * already, or is disabled. Any context.
 */
export function* queue_delayed_work_on(
  k: Kernel,
  dwork: DelayedWork,
  wq: WorkqueueStruct,
  cpu: number,
  delay: number,
): KernelFn<boolean> {
  const { work } = dwork;
  if (k.decide(workPending, work.pending)) return false;
  if (isDisabled(k, work)) return false;
  k.irqDisable();
  work.pending = true;
  yield* k.call(__queue_delayed_work, dwork, wq, cpu, delay);
  k.irqEnable();
  return true;
}

/** Queues a pending item now, or arms its timer. Interrupts are off. */
export function* __queue_delayed_work(
  k: Kernel,
  dwork: DelayedWork,
  wq: WorkqueueStruct,
  cpu: number,
  delay: number,
): KernelFn {
  if (!k.decide(workDelayed, delay > 0, delay)) {
    yield* k.call(__queue_work, dwork.work, wq, cpu);
    return;
  }
  assert(dwork.timer === null, 'the timer of an item that was not pending is not armed');
  dwork.wq = wq;
  dwork.cpu = cpu;
  dwork.timer = add_timer_on(k, dwork, { cpu, delay }, delayed_work_timer_fn);
}

/** The timer is up: queues the item where it was to be queued. TIMER softirq; the timer is TIMER_IRQSAFE, so that
 *  interrupts are off. */
export function* delayed_work_timer_fn(k: Kernel, dwork: DelayedWork): KernelFn {
  assert(dwork.wq !== null, 'the timer was armed with a workqueue');
  dwork.timer = null;
  k.irqDisable();
  yield* k.call(__queue_work, dwork.work, dwork.wq, dwork.cpu);
  k.irqEnable();
}

/** Interrupt lines, and threads that handle them. Source: kernel/irq/manage.c (v6.12, as recorded for 7.3.4). */
import { assert } from '../../../base/assert.ts';
import type { Obj } from '../../../engine/struct.ts';
import type { Task } from '../../../engine/task.ts';
import { TaskState } from '../../../log/events.ts';
import { IRQ_WAKE_THREAD, type IrqAction, IrqDesc, type IrqHandler } from '../../include/linux/interrupt.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { __irq_wake_thread } from './handle.ts';

/** All interrupt lines of the machine. */
export const irqDescs = new PerRun((): IrqDesc[] => []);

/** What a driver asks for. */
export type IrqRequest = {
  readonly name: string;
  readonly irq: number;
  readonly affinity: readonly number[];
  readonly handler: IrqHandler;
  readonly thread_fn: IrqHandler | null;
  readonly dev: Obj;
};

/** `request_threaded_irq()`. Simplified: the interrupt goes to the first of its CPUs, not to the one with the fewest. */
export function request_threaded_irq(k: Kernel, request: IrqRequest): IrqDesc {
  const action = k.force_irqthreads()
    ? forcedThreading(request)
    : actionOf(request.handler, request.thread_fn, request);
  const desc = new IrqDesc(k, { ...request, action });
  for (const [one, infix] of [[action, ''] as const, [action.secondary, 's-'] as const])
    if (one !== null && one.thread_fn !== null) one.thread = irqThread(k, desc, one, infix);
  k.of(irqDescs).push(desc);
  return desc;
}

function actionOf(
  handler: IrqHandler,
  thread_fn: IrqHandler | null,
  { dev }: IrqRequest,
  forced = false,
  secondary: IrqAction | null = null,
): IrqAction {
  return { handler, thread_fn, dev, forced, secondary, thread: null, run_thread: false };
}

/** `irq_setup_forced_threading()`: the handler runs in a thread; a thread that the driver wanted becomes a second one. */
function forcedThreading(request: IrqRequest): IrqAction {
  const { handler, thread_fn } = request;
  const secondary = thread_fn === null ? null : actionOf(handler, thread_fn, request);
  return actionOf(irq_default_primary_handler, handler, request, true, secondary);
}

/** The thread follows the interrupt from CPU to CPU. */
function irqThread(k: Kernel, desc: IrqDesc, action: IrqAction, infix: string): Task {
  const comm = `irq/${desc.irq}-${infix}${desc.name}`;
  return k.spawn(comm, [desc.effective_affinity], () => k.call(irq_thread, desc, action), {
    asleep: true,
    realtime: true,
  });
}

/** Handles the interrupt of somebody who wants a thread. Hard interrupt. */
export function* irq_default_primary_handler(_k: Kernel, _dev: Obj): KernelFn<number> {
  return IRQ_WAKE_THREAD;
}

/** The body of an interrupt thread. */
export function* irq_thread(k: Kernel, desc: IrqDesc, action: IrqAction): KernelFn {
  for (;;) {
    while (!action.run_thread) {
      k.setState(TaskState.Interruptible, 'its interrupt', desc);
      yield k.schedule();
    }
    action.run_thread = false;
    const ret = yield* k.call(action.forced ? irq_forced_thread_fn : irq_thread_fn, desc, action);
    const { secondary } = action;
    if (ret === IRQ_WAKE_THREAD && secondary !== null) yield* k.call(__irq_wake_thread, desc, secondary);
  }
}

/** Runs what the driver wants in a thread: it may be preempted, and sleep. */
export function* irq_thread_fn(k: Kernel, _desc: IrqDesc, action: IrqAction): KernelFn<number> {
  assert(action.thread_fn !== null, 'a thread has something to run');
  return yield* k.call(action.thread_fn, action.dev);
}

/** Runs what was written for a hard interrupt: with bottom halves off, and but for PREEMPT_RT with interrupts off. */
export function* irq_forced_thread_fn(k: Kernel, desc: IrqDesc, action: IrqAction): KernelFn<number> {
  k.bhDisable();
  if (!k.preempt_rt()) k.irqDisable();
  const ret = yield* k.call(irq_thread_fn, desc, action);
  if (!k.preempt_rt()) k.irqEnable();
  yield k.bhEnable();
  return ret;
}

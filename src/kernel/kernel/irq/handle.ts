/** From a raised interrupt to its handler. Source: kernel/irq/handle.c (v6.12). */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { IRQ_WAKE_THREAD, type IrqAction, type IrqDesc } from '../../include/linux/interrupt.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { wake_up_process } from '../sched/core.ts';

export const irqWakesThread = rule({
  id: 'irq-wakes-thread',
  asks: 'Does a thread do the rest?',
  test: 'res == IRQ_WAKE_THREAD',
  inputs: ['irqreturn_t'],
  source: { kind: 'code', file: 'kernel/irq/handle.c', note: '__handle_irq_event_percpu' },
});

export const irqThreadRuns = rule({
  id: 'irq-thread-runs',
  asks: 'Was the thread told already, and has not begun since?',
  test: 'test_and_set_bit(IRQTF_RUNTHREAD, &action->thread_flags)',
  source: { kind: 'code', file: 'kernel/irq/handle.c', note: '__irq_wake_thread' },
});

/** A device raises its interrupt. One that is raised already is not raised again. Outside any CPU. */
export function raiseLine(k: Kernel, desc: IrqDesc, cause: number): void {
  assert(!desc.managed_shutdown, 'a device whose CPUs are all offline has nothing more to say');
  if (desc.raised) return;
  desc.raised = true;
  const cpu = k.cpus[desc.effective_affinity];
  assert(cpu !== undefined, 'an interrupt goes to a CPU of the machine');
  const { name, irq: vector, action } = desc;
  // Without a thread there is nothing to do but to call the handler.
  const handler =
    action.thread_fn === null
      ? () => k.call(action.handler, action.dev)
      : () => k.call(__handle_irq_event_percpu, desc);
  k.raiseIrq(cpu, { name, vector, cause, handler, line: desc });
}

/** Calls the handler of an interrupt that has a thread, and wakes that. Hard interrupt. */
export function* __handle_irq_event_percpu(k: Kernel, desc: IrqDesc): KernelFn<number> {
  const { action } = desc;
  const ret = yield* k.call(action.handler, action.dev);
  if (k.decide(irqWakesThread, ret === IRQ_WAKE_THREAD, ret)) yield* k.call(__irq_wake_thread, desc, action);
  return ret;
}

/** Tells the thread of an action that there is something to do. */
export function* __irq_wake_thread(k: Kernel, _desc: IrqDesc, action: IrqAction): KernelFn {
  if (k.decide(irqThreadRuns, action.run_thread)) return;
  action.run_thread = true;
  assert(action.thread !== null, 'an action with a thread function has a thread');
  yield* k.call(wake_up_process, action.thread);
}

/** Interrupt lines and who handles them. Source: kernel/irq/manage.c. */
import { assert } from '../../../base/assert.ts';
import type { Obj } from '../../../engine/struct.ts';
import { IrqDesc, type IrqLine } from '../../include/linux/interrupt.ts';
import { type Kernel, PerRun } from '../../kernel.ts';

/** All interrupt lines of the machine. */
export const irqDescs = new PerRun((): IrqDesc[] => []);

/** `request_irq()`. Simplified: the interrupt goes to the first of its CPUs, not to the one with the fewest. */
export function request_irq(k: Kernel, dev: Obj, line: IrqLine): IrqDesc {
  const desc = new IrqDesc(k, dev, line);
  k.of(irqDescs).push(desc);
  return desc;
}

/** A device raises its interrupt. One that is raised already is not raised again. Outside any CPU. */
export function raiseLine(k: Kernel, desc: IrqDesc, cause: number): void {
  assert(!desc.managed_shutdown, 'a device whose CPUs are all offline has nothing more to say');
  if (desc.raised) return;
  desc.raised = true;
  const cpu = k.cpus[desc.effective_affinity];
  assert(cpu !== undefined, 'an interrupt goes to a CPU of the machine');
  const { name, vector, handler } = desc.line;
  k.raiseIrq(cpu, { name, vector, cause, handler });
}

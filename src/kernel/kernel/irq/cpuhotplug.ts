/** Interrupts of a CPU that goes offline or comes back. Source: kernel/irq/cpuhotplug.c (v6.12). */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import type { IrqDesc } from '../../include/linux/interrupt.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { irqDescs } from './manage.ts';

export const irqHasOnlineCpu = rule({
  id: 'irq-has-online-cpu',
  asks: 'May another CPU that is online take this managed interrupt, or is it shut down?',
  test: '!cpumask_intersects(affinity, cpu_online_mask)  /* then: irqd_set_managed_shutdown(d) */',
  inputs: ['CPUs left'],
  outcomes: { 0: 'it is shut down', 1: 'another CPU takes it' },
  source: { kind: 'code', file: 'kernel/irq/cpuhotplug.c', note: 'migrate_one_irq' },
});

/** Sends the interrupts of the CPU that runs this elsewhere, also those that it has not taken yet; which no other CPU may
 *  take are shut down. On the dying CPU, interrupts off, no other CPU runs. */
export function* irq_migrate_all_off_this_cpu(k: Kernel): KernelFn {
  assert(k.cpu !== null, 'a CPU sends its own interrupts away');
  const here = k.cpu.id;
  for (const desc of k.of(irqDescs))
    if (desc.effective_affinity === here && !desc.managed_shutdown) migrate_one_irq(k, desc, here);
}

function migrate_one_irq(k: Kernel, desc: IrqDesc, dying: number): void {
  const left = desc.affinity.filter((id) => id !== dying && k.cpu_online(id));
  const to = left[0];
  const [from, target] = [k.cpus[dying], k.cpus[to ?? 0]];
  if (!k.decide(irqHasOnlineCpu, to !== undefined, left.length) || to === undefined) {
    desc.managed_shutdown = true;
    assert(!desc.raised, 'the hardware queue was drained before its interrupt is shut down');
    return;
  }
  assert(from !== undefined && target !== undefined, 'interrupts move between CPUs of the machine');
  desc.effective_affinity = to;
  k.moveIrqs(from, target, desc.name);
  followIrq(k, desc);
}

/** Starts the interrupts again that were shut down for want of this CPU; those that moved stay where they are. Startup of
 *  CPUHP_AP_IRQ_AFFINITY_ONLINE, in the CPU's own thread. */
export function* irq_affinity_online_cpu(k: Kernel, cpu: number): KernelFn {
  for (const desc of k.of(irqDescs)) {
    if (!desc.managed_shutdown || !desc.affinity.includes(cpu)) continue;
    desc.managed_shutdown = false;
    desc.effective_affinity = cpu;
    followIrq(k, desc);
  }
}

/** `irq_set_thread_affinity()`: the threads go where the interrupt goes. */
function followIrq(k: Kernel, { action, effective_affinity }: IrqDesc): void {
  for (const thread of [action.thread, action.secondary?.thread ?? null])
    if (thread !== null) k.setAllowed(thread, [effective_affinity]);
}

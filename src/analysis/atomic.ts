import {
  CTX_BH_OFF,
  CTX_IRQS_OFF,
  CTX_MIGRATE_OFF,
  CTX_UNKNOWN,
  contextLevel,
  Level,
  preemptDepth,
} from '../log/context.ts';

/**
 * Why nothing may sleep where an event happened, as its `context` column has it; null where it may, or where that is not
 * known: a kernel without PREEMPT_COUNT tells nothing of its spinlocks, and none of its RCU sections. But with PREEMPT_RT
 * whoever holds a spinlock or has bottom halves off stays on its CPU and is inside of RCU.
 */
export function whyAtomic(context: number): string | null {
  if (context & CTX_UNKNOWN) return null;
  const level = contextLevel(context);
  if (level !== Level.Task) return level === Level.Softirq ? 'in a softirq' : 'in a hard interrupt';
  if (context & CTX_IRQS_OFF) return 'in a task with interrupts off';
  if (preemptDepth(context) > 0) return 'in a task with preemption off';
  if (context & CTX_BH_OFF) return 'in a task with bottom halves off';
  return context & CTX_MIGRATE_OFF ? 'in a task bound to its CPU' : null;
}

/** May the end of a bio sleep where it is about to run? Source: include/linux/bio.h (v7.3). */
import { rule } from '../../../engine/rule.ts';
import type { Kernel } from '../../kernel.ts';

const FILE = 'include/linux/bio.h';
const COMMIT = '8ed0831b5263';

export const insideRcu = rule({
  id: 'inside-rcu',
  asks: 'Is this inside an RCU read-side section, on a kernel where those may be preempted?',
  test: 'IS_ENABLED(CONFIG_PREEMPTION) && rcu_preempt_depth()',
  inputs: ['RCU nesting depth'],
  source: { kind: 'code', file: FILE, commit: COMMIT, note: 'bio_in_atomic' },
});

export const cannotTell = rule({
  id: 'preempt-count-missing',
  asks: 'Is it impossible to tell, because this kernel does not count who disables preemption?',
  test: '!IS_ENABLED(CONFIG_PREEMPT_COUNT)',
  source: { kind: 'code', file: FILE, commit: COMMIT, note: 'bio_in_atomic' },
});

export const notPreemptible = rule({
  id: 'not-preemptible',
  asks: 'Is preemption disabled here, or are interrupts?',
  test: '!preemptible()',
  inputs: ['in_atomic()', 'irqs_disabled()'],
  source: { kind: 'code', file: FILE, commit: COMMIT, note: 'bio_in_atomic' },
});

/** Is sleeping forbidden here, or may it be? Unlike `in_task()` it sees spinlocks, RCU and interrupts that are off. */
export function bio_in_atomic(k: Kernel): boolean {
  const depth = k.rcu_preempt_depth();
  if (k.decide(insideRcu, depth > 0, depth)) return true;
  if (k.decide(cannotTell, !k.countsPreemption())) return true;
  return k.decide(notPreemptible, !k.preemptible(), k.in_atomic(), k.irqs_disabled());
}

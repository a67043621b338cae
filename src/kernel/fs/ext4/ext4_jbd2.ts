/**
 * Transactions of ext4, as far as they notice that the journal was aborted. Simplified: a handle has no credits, and a
 * commit does not wait for open ones. Source: fs/ext4/ext4_jbd2.c (v6.15).
 */
import { rule } from '../../../engine/rule.ts';
import type { SuperBlock } from '../../include/linux/fs.ts';
import { EROFS } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { is_journal_aborted } from '../jbd2/journal.ts';
import { ext4_emergency_state } from './ext4.ts';

export const findsAbort = rule({
  id: 'ext4-journal-aborted',
  asks: 'Was the journal aborted, so that the filesystem becomes read-only now?',
  test: 'journal && is_journal_aborted(journal)',
  source: { kind: 'code', file: 'fs/ext4/ext4_jbd2.c', note: 'ext4_journal_check_start' },
});

/** Begins a transaction, for which the task may have to sleep. Returns 0 or a negative errno. */
export function* __ext4_journal_start_sb(k: Kernel, sb: SuperBlock): KernelFn<number> {
  if (!k.in_task()) k.hazard('transaction-outside-task', sb);
  yield k.mightSleep();
  const error = ext4_emergency_state(sb); // ext4_journal_check_start()
  if (error !== 0) return error;
  if (k.decide(findsAbort, is_journal_aborted(k))) {
    sb.emergency_ro = true; // ext4_abort()
    return EROFS;
  }
  yield k.spend(k.costs['journal.start']);
  return 0;
}

/** Ends it; what it changed is in the journal in memory. */
export function* __ext4_journal_stop(_k: Kernel, _sb: SuperBlock): KernelFn {
  // handles are not modelled, only that the call is made
}

/** Making an ext4 file durable. Source: fs/ext4/fsync.c (v6.12). */
import { rule } from '../../../engine/rule.ts';
import { blkdev_issue_flush } from '../../block/blk-flush-issue.ts';
import { clear, type File, has, I_DIRTY_DATASYNC, I_DIRTY_SYNC, type Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { file_write_and_wait_range } from '../../mm/filemap.ts';
import { ext4_emergency_state } from './ext4.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import { is_journal_aborted, jbd2_complete_transaction } from '../jbd2/journal.ts';

export const journalHasChanges = rule({
  id: 'ext4-commits-journal',
  asks: 'Does the running transaction hold changes of the inode, so that its commit makes the data durable, too?',
  test: 'jbd2_trans_will_send_data_barrier(journal, commit_tid)',
  inputs: ['i_state', 'datasync'],
  source: { kind: 'code', file: 'fs/ext4/fsync.c', note: 'ext4_fsync_journal' },
});

/** Makes a file durable. Returns 0 or a negative errno. May sleep. */
export function* ext4_sync_file(k: Kernel, file: File, datasync: boolean): KernelFn<number> {
  const emergency = ext4_emergency_state(file.inode.i_sb);
  if (emergency !== 0) return emergency;
  const error = yield* k.call(file_write_and_wait_range, file);
  if (error !== 0) return error;
  return yield* k.inlined(ext4_fsync_journal, file.inode, datasync);
}

/** Commits the journal if it holds changes of the inode; otherwise the device's cache is flushed. Returns 0 or a negative
 *  errno. */
export function* ext4_fsync_journal(k: Kernel, inode: Inode, datasync: boolean): KernelFn<number> {
  if (is_journal_aborted(k)) return EIO; // jbd2_log_wait_commit()
  const changes = I_DIRTY_DATASYNC | (datasync ? 0 : I_DIRTY_SYNC);
  if (!k.decide(journalHasChanges, has(inode.i_state, changes), inode.i_state, datasync))
    return yield* k.call(blkdev_issue_flush, inode.i_sb);
  inode.i_state = clear(inode.i_state, I_DIRTY_SYNC | I_DIRTY_DATASYNC);
  return yield* k.call(jbd2_complete_transaction, inode.i_sb);
}

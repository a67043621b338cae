/** What a sync writes of gfs2 beside the data. Source: fs/gfs2/super.c (v6.17). */
import { submit_bio_wait } from '../../block/bio-wait.ts';
import { blk_status_to_errno } from '../../block/blk-core.ts';
import { Bio, REQ_META, REQ_OP_WRITE, REQ_SYNC } from '../../include/linux/blk_types.ts';
import type { File, Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { GFS2_LOG_BLOCKS, gfs2_log_flush } from './log.ts';

/** Writes an inode for whoever waits for it: the log with its changes, then its block. Simplified: the block is one bio, not a
 *  folio of a page cache of its own. Returns 0 or a negative errno. */
export function* gfs2_write_inode(k: Kernel, inode: Inode): KernelFn<number> {
  const error = yield* k.call(gfs2_log_flush, inode, GFS2_LOG_BLOCKS.transaction);
  if (error !== 0) return error;
  const bio = new Bio(k, inode.i_sb, 'inode block');
  bio.bi_opf = REQ_OP_WRITE | REQ_META | REQ_SYNC;
  bio.bi_size = inode.i_sb.s_blocksize;
  const status = yield* k.call(submit_bio_wait, bio);
  k.free(bio);
  return blk_status_to_errno(status);
}

/** For syncfs: the log is written. Returns 0 or a negative errno. */
export function* gfs2_sync_fs(k: Kernel, { inode }: File): KernelFn<number> {
  return yield* k.call(gfs2_log_flush, inode, GFS2_LOG_BLOCKS.transaction);
}

/** gfs2 files: buffered reads and writes, and fsync. Source: fs/gfs2/file.c (v6.17). Simplified: no glocks, as with lock_nolock
 *  nobody waits for them; no direct I/O. */
import { rule } from '../../../engine/rule.ts';
import {
  type File,
  type FileOperations,
  has,
  I_DIRTY_DATASYNC,
  I_DIRTY_SYNC,
  type Inode,
  type Kiocb,
} from '../../include/linux/fs.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { __filemap_fdatawait_range, file_check_and_advance_wb_err, writesOut } from '../../mm/filemap.ts';
import { generic_file_read_iter } from '../../mm/filemap-read.ts';
import { sync_inode_metadata } from '../fs-writeback.ts';
import { file_update_time } from '../inode.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_file_buffered_write } from '../iomap/buffered-io.ts';
import { generic_write_sync } from '../sync.ts';
import { gfs2_iomap_ops } from './bmap.ts';
import { GFS2_LOG_BLOCKS, gfs2_log_flush } from './log.ts';
import { gfs2_sync_fs, gfs2_write_inode } from './super.ts';

export const gfs2_file_fops: FileOperations = {
  read_iter: gfs2_file_read_iter,
  write_iter: gfs2_file_write_iter,
  fsync: gfs2_fsync,
  sync_fs: gfs2_sync_fs,
};

export const inodeNeedsSync = rule({
  id: 'gfs2-inode-needs-sync',
  asks: 'Has the inode changes that are not on disk, so that the log is written?',
  test: 'sync_state  /* inode->i_state & I_DIRTY, without what a datasync does not need */',
  inputs: ['i_state', 'datasync'],
  source: { kind: 'code', file: 'fs/gfs2/file.c', note: 'gfs2_fsync' },
});

export function* gfs2_file_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(generic_file_read_iter, iocb);
}

/** A write into the page cache, alone on the file. */
export function* gfs2_file_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  yield* k.down(inode.i_rwsem, true);
  yield* k.call(file_update_time, inode, false);
  let ret = yield* k.call(gfs2_file_buffered_write, iocb);
  if (ret > 0) ret = yield* k.call(generic_write_sync, iocb, ret);
  k.up(inode.i_rwsem, true);
  return ret;
}

export function* gfs2_file_buffered_write(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(iomap_file_buffered_write, iocb, gfs2_iomap_ops, iomap_bio_read_ops);
}

/** Writes the data, then the inode if it has changed, and waits for all of it. Returns 0 or a negative errno. */
export function* gfs2_fsync(k: Kernel, file: File, datasync: boolean): KernelFn<number> {
  const { inode } = file;
  const { i_mapping } = inode;
  const state = I_DIRTY_DATASYNC | (datasync ? 0 : I_DIRTY_SYNC);
  const needs = k.decide(inodeNeedsSync, has(inode.i_state, state), inode.i_state, datasync);
  let written = 0;
  if (i_mapping.nrpages > 0) written = yield* k.call(writesOut(k), i_mapping, 'WB_SYNC_ALL', 0, Infinity);
  if (written === EIO) return EIO;
  if (needs) {
    const error = yield* k.inlined(sync_inode_metadata, inode, gfs2_write_inode);
    if (error !== 0) return error;
    const flushed = yield* k.call(gfs2_ail_flush, inode);
    if (flushed !== 0) return flushed;
  }
  if (i_mapping.nrpages > 0) {
    yield* k.call(__filemap_fdatawait_range, i_mapping, 0, Infinity); // file_fdatawait_range()
    const told = yield* k.call(file_check_and_advance_wb_err, file);
    if (told !== 0) return told;
  }
  return written;
}

/** The log may forget what was written in its place: that is logged, too. In the kernel in fs/gfs2/glops.c. */
export function* gfs2_ail_flush(k: Kernel, inode: Inode): KernelFn<number> {
  return yield* k.call(gfs2_log_flush, inode, GFS2_LOG_BLOCKS.ail);
}

/**
 * FUSE files with writeback_cache: buffered writes and fsync. Source: fs/fuse/file.c (v6.17). Simplified: the attributes of the
 * file are known, so no write asks the daemon for them; no reads but those of blocks that a write cuts, no direct I/O.
 */
import { assert } from '../../../base/assert.ts';
import type { Obj } from '../../../engine/struct.ts';
import {
  type File,
  type FileOperations,
  has,
  I_DIRTY_DATASYNC,
  I_DIRTY_SYNC,
  type Inode,
  Kiocb,
} from '../../include/linux/fs.ts';
import type { AddressSpaceOperations } from '../../include/linux/pagemap.ts';
import { EOPNOTSUPP } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { file_check_and_advance_wb_err, file_write_and_wait_range } from '../../mm/filemap.ts';
import { sync_inode_metadata } from '../fs-writeback.ts';
import { file_update_time } from '../inode.ts';
import { iomap_file_buffered_write } from '../iomap/buffered-io.ts';
import type { IomapReadOps } from '../iomap/buffered-io-read.ts';
import type { Iomap, IomapOps } from '../iomap/iomap.ts';
import { generic_write_sync } from '../sync.ts';
import { fuse_simple_request } from './dev.ts';
import { fuse_flush_times, fuse_release_nowrite, fuse_set_nowrite } from './dir.ts';
import { fuse_writepages } from './file-writeback.ts';

export const fuse_file_operations: FileOperations = {
  read_iter: fuse_file_read_iter,
  write_iter: fuse_file_write_iter,
  fsync: fuse_fsync,
};

/** Large folios are not enabled (v6.17 to v7.x). */
export const fuse_file_aops: AddressSpaceOperations = { writepages: fuse_writepages, max_order: 0 };

/** Not modelled: a scenario with such reads is refused. */
export function* fuse_file_read_iter(_k: Kernel, _iocb: Kiocb): KernelFn<number> {
  return EOPNOTSUPP;
}

/** Reclaim must not wait for a daemon in user mode. The rest of it, such as the operations, whoever makes the inode does. */
export function fuse_init_file_inode({ i_mapping }: Inode): void {
  i_mapping.writebackMayDeadlockOnReclaim = true;
}

export function* fuse_file_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(fuse_cache_write_iter, iocb);
}

/** A write into the page cache, alone on the file. The daemon hears of it when it is written back. */
export function* fuse_cache_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  yield* k.down(inode.i_rwsem, true);
  yield* k.call(file_update_time, inode, false);
  const written = yield* k.call(iomap_file_buffered_write, iocb, fuse_iomap_ops, fuse_iomap_read_ops);
  k.up(inode.i_rwsem, true);
  return written > 0 ? yield* k.call(generic_write_sync, iocb, written) : written;
}

/** All of the file is mapped: the daemon knows where it lies. */
export function* fuse_iomap_begin(
  _k: Kernel,
  _inode: Inode,
  offset: number,
  length: number,
): KernelFn<Iomap> {
  return { type: 'IOMAP_MAPPED', flags: 0, addr: 0, offset, length };
}

const fuse_iomap_ops: IomapOps = { iomap_begin: fuse_iomap_begin };

/** Only what a write leaves of a block is read, and waited for. */
const fuse_iomap_read_ops: IomapReadOps = {
  read_folio_range: noReads,
  submit_read: noReads,
  read_folio_range_sync: fuse_iomap_read_folio_range,
};

function* noReads(): KernelFn {
  // no operations of this page cache lead here
}

export function* fuse_iomap_read_folio_range(
  k: Kernel,
  about: Obj,
  _iomap: Iomap,
  pos: number,
  len: number,
): KernelFn<number> {
  assert(about instanceof Kiocb, 'only a write reads pieces of folios here'); // iter->private has its file
  return yield* k.call(fuse_do_readfolio, about, pos, len);
}

/** Has the daemon read a piece of a folio. Returns 0 or a negative errno. Sleeps. */
export function* fuse_do_readfolio(k: Kernel, iocb: Kiocb, offset: number, size: number): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const args = { opcode: 'FUSE_READ', inode, about: iocb, offset, size, end: null } as const;
  return yield* k.callAbout(iocb, fuse_simple_request, args);
}

/** Writes the data and waits for it, then for whatever is under way, and has the daemon sync the file. Returns 0 or a negative
 *  errno. */
export function* fuse_fsync(k: Kernel, file: File, datasync: boolean): KernelFn<number> {
  const { inode } = file;
  yield* k.down(inode.i_rwsem, true);
  const ret = yield* k.inlined(syncLocked, file, datasync);
  k.up(inode.i_rwsem, true);
  return ret;
}

function* syncLocked(k: Kernel, file: File, datasync: boolean): KernelFn<number> {
  const { inode } = file;
  const written = yield* k.call(file_write_and_wait_range, file);
  if (written !== 0) return written;
  yield* k.callAbout(inode, fuse_set_nowrite, inode); // fuse_sync_writes()
  yield* k.callAbout(inode, fuse_release_nowrite, inode);
  const told = yield* k.call(file_check_and_advance_wb_err, file);
  if (told !== 0) return told;
  if (has(inode.i_state, I_DIRTY_SYNC | I_DIRTY_DATASYNC)) {
    const error = yield* k.inlined(sync_inode_metadata, inode, fuse_write_inode);
    if (error !== 0) return error;
  }
  return yield* k.callAbout(inode, fuse_fsync_common, inode, datasync);
}

/** Tells the daemon what it does not know of an inode. Returns 0 or a negative errno. */
export function* fuse_write_inode(k: Kernel, inode: Inode): KernelFn<number> {
  return yield* k.call(fuse_flush_times, inode);
}

/** Has the daemon sync the file. Returns 0 or a negative errno. */
export function* fuse_fsync_common(k: Kernel, inode: Inode, _datasync: boolean): KernelFn<number> {
  const args = { opcode: 'FUSE_FSYNC', inode, about: inode, offset: 0, size: 0, end: null } as const;
  return yield* k.callAbout(inode, fuse_simple_request, args);
}

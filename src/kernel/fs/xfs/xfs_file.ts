/** XFS files: reads and writes of open files. Source: fs/xfs/xfs_file.c (v6.12). */
import { rule } from '../../../engine/rule.ts';
import { blkdev_issue_flush } from '../../block/blk-flush-issue.ts';
import {
  clear,
  type File,
  type FileOperations,
  has,
  I_DIRTY_DATASYNC,
  I_DIRTY_SYNC,
  type Inode,
  IOCB_DIRECT,
  IOCB_NOWAIT,
  type Kiocb,
} from '../../include/linux/fs.ts';
import { EAGAIN, EINVAL, EIO, ENOTBLK } from '../../include/uapi/asm-generic/errno.ts';
import { SECTOR_BYTES } from '../../include/linux/blk_types.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { file_write_and_wait_range } from '../../mm/filemap.ts';
import { generic_file_read_iter } from '../../mm/filemap-read.ts';
import { file_update_time, inode_dio_wait } from '../inode.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_file_buffered_write } from '../iomap/buffered-io.ts';
import { generic_write_sync } from '../sync.ts';
import { iomap_dio_rw } from '../iomap/direct-io.ts';
import { iomap_dio_read_simple } from '../iomap/direct-io-simple.ts';
import {
  IOMAP_DIO_COW,
  IOMAP_DIO_FORCE_WAIT,
  IOMAP_DIO_OVERWRITE_ONLY,
  IOMAP_DIO_UNWRITTEN,
  type IomapDioOps,
  type IomapOps,
} from '../iomap/iomap.ts';
import { xfs_setfilesize } from './xfs_aops.ts';
import {
  xfs_buffered_write_iomap_ops,
  xfs_direct_write_iomap_ops,
  xfs_iomap_write_unwritten,
  xfs_read_iomap_ops,
} from './xfs_iomap.ts';
import { xfs_reflink_end_cow } from './xfs_reflink.ts';
import { xfs_file_fallocate, xfs_setattr_size } from './xfs_iops.ts';
import { xfs_log_force_seq } from './xfs_log.ts';
import {
  xfs_dio_zoned_submit_io,
  xfs_zoned_direct_write_iomap_ops,
  xfs_zoned_space_reserve,
  xfs_zoned_space_unreserve,
} from './xfs_zone_alloc.ts';

export const xfs_file_operations: FileOperations = {
  read_iter: xfs_file_read_iter,
  write_iter: xfs_file_write_iter,
  fsync: xfs_file_fsync,
  sync_fs: xfs_fs_sync_fs,
  fallocate: xfs_file_fallocate,
  setattr_size: xfs_setattr_size,
  dio_parallel_write: true,
  buffer_rasync: true,
  buffer_wasync: true,
  dontcache: () => true,
};

export const writeAligned = rule({
  id: 'xfs-write-aligned',
  asks: 'Does the write begin and end at blocks of the filesystem?',
  test: '!((iocb->ki_pos | count) & mp->m_blockmask)',
  inputs: ['pos', 'length'],
  source: { kind: 'code', file: 'fs/xfs/xfs_file.c', note: 'xfs_file_dio_write' },
});

export const writeExclusive = rule({
  id: 'xfs-write-exclusive',
  asks: 'Does a write of part of a block reach the end of the file, so that it must be alone?',
  test: 'iocb->ki_pos > isize || iocb->ki_pos + count >= isize',
  inputs: ['pos', 'length', 'i_size'],
  source: { kind: 'code', file: 'fs/xfs/xfs_file.c', note: 'xfs_file_dio_write_unaligned' },
});

export const sizeGrows = rule({
  id: 'xfs-size-grows',
  asks: 'Does the write end past the end of the file, so that the size has to be updated?',
  test: 'offset + size > i_size_read(inode)',
  inputs: ['pos', 'size', 'i_size'],
  source: { kind: 'code', file: 'fs/xfs/xfs_file.c', note: 'xfs_dio_write_end_io' },
});

export const inodePinned = rule({
  id: 'xfs-inode-pinned',
  asks: 'Has the inode changes that only the log in memory holds?',
  test: 'xfs_ipincount(ip) && (!datasync || ip->i_itemp->ili_fsync_fields & ~XFS_ILOG_TIMESTAMP)',
  inputs: ['i_state', 'datasync'],
  source: { kind: 'code', file: 'fs/xfs/xfs_file.c', note: 'xfs_file_fsync, xfs_fsync_seq' },
});

/**
 * Ends a direct write: moves copied blocks into the file, converts unwritten ones, updates the size. Returns 0 or a
 * negative errno. All of it is transactions, which sleep.
 */
export function* xfs_dio_write_end_io(
  k: Kernel,
  iocb: Kiocb,
  size: number,
  error: number,
  flags: number,
): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (error !== 0 || size === 0) return error;
  if (has(flags, IOMAP_DIO_COW)) yield* k.call(xfs_reflink_end_cow, inode, iocb.ki_pos, size);
  if (has(flags, IOMAP_DIO_UNWRITTEN)) {
    yield* k.call(xfs_iomap_write_unwritten, inode, iocb.ki_pos, size);
    return 0;
  }
  const end = iocb.ki_pos + size;
  if (!k.decide(sizeGrows, end > inode.i_size, iocb.ki_pos, size, inode.i_size)) return 0;
  inode.i_size = end;
  yield* k.call(xfs_setfilesize, inode, inode.i_size);
  return 0;
}

/** Ends a direct write to zones: the worker has mapped the blocks already, only the size is left. */
export function* xfs_zoned_dio_write_end_io(
  k: Kernel,
  iocb: Kiocb,
  size: number,
  error: number,
  _flags: number,
): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (error !== 0 || size === 0) return error;
  if (iocb.ki_pos + size <= inode.i_size) return 0;
  inode.i_size = iocb.ki_pos + size;
  yield* k.call(xfs_setfilesize, inode, inode.i_size);
  return 0;
}

const xfs_dio_write_ops: IomapDioOps = { end_io: xfs_dio_write_end_io };

export function* xfs_file_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (iocb.ki_filp.inode.i_sb.shutdown) return EIO;
  return yield* k.call(has(iocb.ki_flags, IOCB_DIRECT) ? xfs_file_dio_read : xfs_file_buffered_read, iocb);
}

/** A read through the page cache, under the shared lock. */
export function* xfs_file_buffered_read(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const ret = yield* k.call(xfs_ilock_iocb, iocb, inode, false);
  if (ret < 0) return ret;
  const done = yield* k.call(generic_file_read_iter, iocb);
  k.up(inode.i_rwsem, false);
  return done;
}

export function* xfs_file_dio_read(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const ret = yield* k.call(xfs_ilock_iocb, iocb, inode, false);
  if (ret < 0) return ret;
  let done = ENOTBLK;
  if (k.switches.SIMPLE_READ) done = yield* k.call(iomap_dio_read_simple, iocb, xfs_read_iomap_ops);
  if (done === ENOTBLK) done = yield* k.call(iomap_dio_rw, iocb, xfs_read_iomap_ops, null, 0);
  k.up(inode.i_rwsem, false);
  return done;
}

export function* xfs_file_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { shutdown, zoned } = iocb.ki_filp.inode.i_sb;
  if (shutdown) return EIO;
  if (has(iocb.ki_flags, IOCB_DIRECT))
    return yield* k.call(zoned ? xfs_file_dio_write_zoned : xfs_file_dio_write, iocb);
  return yield* k.call(zoned ? xfs_file_buffered_write_zoned : xfs_file_buffered_write, iocb);
}

/** A write into the page cache, alone on the file. */
export function* xfs_file_buffered_write(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  let ret = yield* k.call(xfs_ilock_iocb, iocb, inode, true);
  if (ret < 0) return ret;
  ret = yield* k.call(xfs_file_write_checks, iocb);
  if (ret === 0) ret = yield* k.inlined(writeBuffered, iocb);
  k.up(inode.i_rwsem, true);
  return ret > 0 ? yield* k.call(generic_write_sync, iocb, ret) : ret;
}

function* writeBuffered(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(iomap_file_buffered_write, iocb, xfs_buffered_write_iomap_ops, iomap_bio_read_ops);
}

/** The same on zones, with space for it reserved first. */
export function* xfs_file_buffered_write_zoned(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  yield* k.call(xfs_zoned_space_reserve, inode);
  let ret = yield* k.call(xfs_ilock_iocb, iocb, inode, true);
  if (ret < 0) return ret;
  ret = yield* k.call(xfs_file_write_checks, iocb);
  if (ret === 0) ret = yield* k.inlined(writeBuffered, iocb);
  k.up(inode.i_rwsem, true);
  yield* k.call(xfs_zoned_space_unreserve, inode);
  return ret > 0 ? yield* k.call(generic_write_sync, iocb, ret) : ret;
}

/** Reserves space, then writes as to any file, with blocks from zones. */
export function* xfs_file_dio_write_zoned(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  yield* k.call(xfs_zoned_space_reserve, inode);
  const dops: IomapDioOps = {
    end_io: k.switches.ZONED_END_IO ? xfs_zoned_dio_write_end_io : xfs_dio_write_end_io,
    submit_io: xfs_dio_zoned_submit_io,
  };
  const ret = yield* k.call(xfs_file_dio_write_aligned, iocb, xfs_zoned_direct_write_iomap_ops, dops);
  yield* k.call(xfs_zoned_space_unreserve, inode);
  return ret;
}

export function* xfs_file_dio_write(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { ki_pos, length_bytes } = iocb;
  const block = iocb.ki_filp.inode.i_sb.s_blocksize;
  if (ki_pos % SECTOR_BYTES !== 0 || length_bytes % SECTOR_BYTES !== 0) return EINVAL;
  const aligned = ki_pos % block === 0 && length_bytes % block === 0;
  return k.decide(writeAligned, aligned, ki_pos, length_bytes)
    ? yield* k.call(xfs_file_dio_write_aligned, iocb)
    : yield* k.call(xfs_file_dio_write_unaligned, iocb);
}

/** A write of whole blocks, under the shared lock; zones bring operations of their own. */
export function* xfs_file_dio_write_aligned(
  k: Kernel,
  iocb: Kiocb,
  ops: IomapOps = xfs_direct_write_iomap_ops,
  dops: IomapDioOps = xfs_dio_write_ops,
): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  let ret = yield* k.call(xfs_ilock_iocb, iocb, inode, false);
  if (ret < 0) return ret;
  ret = yield* k.call(xfs_file_write_checks, iocb);
  if (ret === 0) ret = yield* k.call(iomap_dio_rw, iocb, ops, dops, 0);
  k.up(inode.i_rwsem, false);
  return ret;
}

/** A write of parts of blocks: first as an overwrite under the shared lock, else alone and waited for. */
export function* xfs_file_dio_write_unaligned(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const nowait = has(iocb.ki_flags, IOCB_NOWAIT);
  const end = iocb.ki_pos + iocb.length_bytes;
  let exclusive = k.decide(writeExclusive, end >= inode.i_size, iocb.ki_pos, iocb.length_bytes, inode.i_size);
  if (exclusive && nowait) return EAGAIN;
  for (;;) {
    let ret = yield* k.call(xfs_ilock_iocb, iocb, inode, exclusive);
    if (ret < 0) return ret;
    if (inode.extents.in(iocb.ki_pos, iocb.length_bytes).some((e) => e.state === 'shared')) ret = ENOTBLK;
    else ret = yield* k.call(xfs_file_write_checks, iocb);
    if (ret === 0) {
      if (exclusive) yield* k.call(inode_dio_wait, inode);
      const how = exclusive ? IOMAP_DIO_FORCE_WAIT : IOMAP_DIO_OVERWRITE_ONLY;
      ret = yield* k.call(iomap_dio_rw, iocb, xfs_direct_write_iomap_ops, xfs_dio_write_ops, how);
    }
    k.up(inode.i_rwsem, exclusive);
    if (ret !== EAGAIN || nowait || exclusive) return ret;
    exclusive = true;
  }
}

/** Before a write: the modification time. Returns 0 or a negative errno. */
export function* xfs_file_write_checks(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  return yield* k.call(file_update_time, inode, has(iocb.ki_flags, IOCB_NOWAIT)); // kiocb_modified()
}

/** Takes the inode lock; without waiting for it if the kiocb may not block. Returns 0 or -EAGAIN. */
export function* xfs_ilock_iocb(k: Kernel, iocb: Kiocb, inode: Inode, exclusive: boolean): KernelFn<number> {
  if (has(iocb.ki_flags, IOCB_NOWAIT)) return k.tryDown(inode.i_rwsem, exclusive) ? 0 : EAGAIN;
  yield* k.down(inode.i_rwsem, exclusive);
  return 0;
}

/** Writes the log, if it holds any changes. Source: fs/xfs/xfs_super.c. */
export function* xfs_fs_sync_fs(k: Kernel, { inode }: File): KernelFn<number> {
  if (!has(inode.i_state, I_DIRTY_SYNC | I_DIRTY_DATASYNC)) return 0;
  inode.i_state = clear(inode.i_state, I_DIRTY_SYNC | I_DIRTY_DATASYNC);
  return yield* k.call(xfs_log_force_seq, inode);
}

/** Makes a file durable: writes the log if it holds changes of the inode, else flushes the device's cache. */
export function* xfs_file_fsync(k: Kernel, file: File, datasync: boolean): KernelFn<number> {
  const { inode } = file;
  const error = yield* k.call(file_write_and_wait_range, file);
  if (error !== 0) return error;
  if (inode.i_sb.shutdown) return EIO;
  const changes = I_DIRTY_DATASYNC | (datasync ? 0 : I_DIRTY_SYNC);
  if (!k.decide(inodePinned, has(inode.i_state, changes), inode.i_state, datasync))
    return yield* k.call(blkdev_issue_flush, inode.i_sb);
  if (inode.i_sb.zoned && !k.switches.ZONED_LOG_FLUSH) {
    const failed = yield* k.call(blkdev_issue_flush, inode.i_sb); // the data is on another device than the log
    if (failed !== 0) return failed;
  }
  inode.i_state = clear(inode.i_state, I_DIRTY_SYNC | I_DIRTY_DATASYNC);
  return yield* k.call(xfs_log_force_seq, inode);
}

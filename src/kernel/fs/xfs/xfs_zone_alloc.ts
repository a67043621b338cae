/**
 * XFS on zones: writes never overwrite; blocks are chosen when the bio is submitted. Simplified: there is always space in
 * an open zone. Source: fs/xfs/xfs_file.c, xfs_iomap.c, xfs_zone_alloc.c (v6.15 to v7.3).
 */
import { rule } from '../../../engine/rule.ts';
import { blockDevice, submit_bio } from '../../block/blk-core.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import { type FileOperations, has, type Inode, type Kiocb } from '../../include/linux/fs.ts';
import { EAGAIN, EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { IOMAP_IOEND_DIRECT, iomap_init_ioend, iomap_split_ioend, type IomapIoend } from '../iomap/ioend.ts';
import {
  type Iomap,
  IOMAP_F_DIRTY,
  IOMAP_NOWAIT,
  type IomapDioOps,
  type IomapIter,
  type IomapOps,
} from '../iomap/iomap.ts';
import { rememberIoend, xfs_end_bio } from './xfs_aops.ts';
import {
  xfs_dio_write_end_io,
  xfs_file_dio_write_aligned,
  xfs_file_operations,
  xfs_setfilesize,
} from './xfs_file.ts';

export const zonedMayWait = rule({
  id: 'xfs-zoned-may-wait',
  asks: 'May the write wait for space in a zone? If not, it fails with -EAGAIN.',
  test: '!(flags & IOMAP_NOWAIT)',
  inputs: ['iomap flags'],
  source: { kind: 'code', file: 'fs/xfs/xfs_iomap.c', note: 'xfs_zoned_direct_write_iomap_begin' },
});

/** Where the data goes is not known before the bio is submitted. */
export function* xfs_zoned_direct_write_iomap_begin(
  k: Kernel,
  _iocb: Kiocb,
  pos: number,
  length: number,
  flags: number,
): KernelFn<Iomap | number> {
  if (!k.decide(zonedMayWait, !has(flags, IOMAP_NOWAIT), flags)) return EAGAIN;
  const dirty = k.switches.ZONED_DIRTY ? IOMAP_F_DIRTY : 0;
  return { type: 'IOMAP_MAPPED', flags: dirty, addr: 0, offset: pos, length };
}

/** Makes an ioend of the bio, so that a worker maps the new blocks when it has ended. */
export function* xfs_dio_zoned_submit_io(k: Kernel, iter: IomapIter, bio: Bio, pos: number): KernelFn {
  bio.bi_end_io = xfs_end_bio;
  const ioend = iomap_init_ioend(k, iter.inode, bio, pos, IOMAP_IOEND_DIRECT);
  yield* k.call(xfs_zone_alloc_and_submit, ioend);
}

/** Chooses blocks in an open zone and submits; an ioend that is too large for one command is split. */
export function* xfs_zone_alloc_and_submit(k: Kernel, ioend: IomapIoend): KernelFn {
  const most = k.of(blockDevice).queue?.limits.max_bytes ?? Infinity;
  for (;;) {
    const piece = yield* k.call(iomap_split_ioend, ioend, most);
    if (piece === null) break;
    yield* k.call(xfs_submit_zoned_bio, piece);
  }
  yield* k.call(xfs_submit_zoned_bio, ioend);
}

export function* xfs_submit_zoned_bio(k: Kernel, ioend: IomapIoend): KernelFn {
  rememberIoend(k, ioend);
  yield* k.call(submit_bio, ioend.io_bio);
}

const xfs_zoned_direct_write_iomap_ops: IomapOps = { iomap_begin: xfs_zoned_direct_write_iomap_begin };
const xfs_dio_zoned_write_ops: IomapDioOps = {
  end_io: xfs_dio_write_end_io,
  submit_io: xfs_dio_zoned_submit_io,
};
/** Since zoned writes report dirty extents they have an end_io of their own. */
const newer_write_ops: IomapDioOps = {
  end_io: xfs_zoned_dio_write_end_io,
  submit_io: xfs_dio_zoned_submit_io,
};

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
  yield* k.call(xfs_setfilesize, inode);
  return 0;
}

/** Reserves space, then writes as to any file, with blocks from zones. */
export function* xfs_file_dio_write_zoned(k: Kernel, iocb: Kiocb): KernelFn<number> {
  yield* k.call(xfs_zoned_space_reserve, iocb.ki_filp.inode);
  const ops = xfs_zoned_direct_write_iomap_ops;
  const dops = k.switches.ZONED_DIRTY ? newer_write_ops : xfs_dio_zoned_write_ops;
  const ret = yield* k.call(xfs_file_dio_write_aligned, iocb, ops, dops);
  yield* k.call(xfs_zoned_space_unreserve, iocb.ki_filp.inode);
  return ret;
}

export function* xfs_zoned_space_reserve(_k: Kernel, _inode: Inode): KernelFn {
  // there is always space, only that the call is made
}

export function* xfs_zoned_space_unreserve(_k: Kernel, _inode: Inode): KernelFn {
  // there is always space, only that the call is made
}

/** The branch of the kernel's function that zoned inodes take; the other one is in xfs_file.ts. */
function* xfs_file_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (iocb.ki_filp.inode.i_sb.shutdown) return EIO;
  return yield* k.call(xfs_file_dio_write_zoned, iocb);
}

export const xfs_zoned_file_operations: FileOperations = {
  ...xfs_file_operations,
  write_iter: xfs_file_write_iter,
};

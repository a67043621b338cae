/**
 * XFS on zones: writes never overwrite; blocks are chosen when the bio is submitted. Simplified: there is always space in
 * an open zone. Source: fs/xfs/xfs_iomap.c, xfs_zone_alloc.c (v6.15 to v7.3).
 */
import { rule } from '../../../engine/rule.ts';
import { blockDevice, submit_bio } from '../../block/blk-core.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import { has, type Inode, type Kiocb } from '../../include/linux/fs.ts';
import { EAGAIN } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { IOMAP_IOEND_DIRECT, iomap_init_ioend, iomap_split_ioend, type IomapIoend } from '../iomap/ioend.ts';
import { type Iomap, IOMAP_F_DIRTY, IOMAP_NOWAIT, type IomapIter, type IomapOps } from '../iomap/iomap.ts';
import { xfs_end_bio } from './xfs_aops.ts';

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
  yield* k.call(submit_bio, ioend.io_bio);
}

export function* xfs_zoned_space_reserve(_k: Kernel, _inode: Inode): KernelFn {
  // there is always space, only that the call is made
}

export function* xfs_zoned_space_unreserve(_k: Kernel, _inode: Inode): KernelFn {
  // there is always space, only that the call is made
}

export const xfs_zoned_direct_write_iomap_ops: IomapOps = { iomap_begin: xfs_zoned_direct_write_iomap_begin };

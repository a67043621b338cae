/**
 * XFS on zones: writes never overwrite; blocks are chosen when the bio is submitted. Simplified: there is always space in
 * an open zone. Source: fs/xfs/xfs_iomap.c, xfs_zone_alloc.c (v6.15 to v7.3).
 */
import { rule } from '../../../engine/rule.ts';
import { blockDevice, errno_to_blk_status, submit_bio } from '../../block/blk-core.ts';
import { assert } from '../../../base/assert.ts';
import { bio_endio } from '../../block/bio.ts';
import { type Bio, BLK_STS } from '../../include/linux/blk_types.ts';
import { has, type Inode } from '../../include/linux/fs.ts';
import type { Folio } from '../../include/linux/pagemap.ts';
import { EAGAIN, EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { type IomapWritebackOps, type IomapWritepageCtx } from '../iomap/buffered-io.ts';
import { IOMAP_IOEND_DIRECT, iomap_init_ioend, iomap_split_ioend, IomapIoend } from '../iomap/ioend.ts';
import { iomap_add_to_ioend } from '../iomap/ioend-submit.ts';
import {
  type Iomap,
  IOMAP_F_ANON_WRITE,
  IOMAP_F_DIRTY,
  IOMAP_NOWAIT,
  type IomapIter,
  type IomapOps,
} from '../iomap/iomap.ts';
import { clearInTask, xfs_end_bio } from './xfs_aops.ts';

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
  _inode: Inode,
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
  if (ioend.io_inode.i_sb.shutdown) {
    ioend.io_bio.bi_status = BLK_STS.BLK_STS_IOERR;
    yield* k.call(bio_endio, ioend.io_bio); // bio_io_error()
    return;
  }
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

/** Where the data goes is not known before it is submitted. Source: fs/xfs/xfs_aops.c. */
export function* xfs_zoned_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  len: number,
  end_pos: number,
): KernelFn<number> {
  const { inode } = wpc;
  if (inode.i_sb.shutdown || inode.extents.lookupFails()) return EIO;
  const length = folio.pos + folio.size - pos;
  wpc.iomap = { type: 'IOMAP_MAPPED', flags: IOMAP_F_ANON_WRITE, addr: 0, offset: pos, length }; // xfs_zoned_map_blocks()
  return yield* k.callAbout(folio, iomap_add_to_ioend, wpc, folio, pos, end_pos, len);
}

/** A worker always ends it, because the file has to be told of the new blocks. Source: fs/xfs/xfs_aops.c. */
export function* xfs_zoned_writeback_submit(
  k: Kernel,
  wpc: IomapWritepageCtx,
  error: number,
): KernelFn<number> {
  const ioend = wpc.wb_ctx;
  assert(ioend instanceof IomapIoend, 'an ioend is being filled');
  ioend.io_bio.bi_end_io = xfs_end_bio;
  clearInTask(k, ioend.io_bio);
  if (error !== 0) {
    ioend.io_bio.bi_status = errno_to_blk_status(error);
    yield* k.call(bio_endio, ioend.io_bio);
    return error;
  }
  yield* k.call(xfs_zone_alloc_and_submit, ioend);
  return 0;
}

/** The hook before v6.17: an ioend with an error is left to iomap, which ends it. Source: fs/xfs/xfs_aops.c. */
export function* xfs_zoned_submit_ioend(k: Kernel, wpc: IomapWritepageCtx, error: number): KernelFn<number> {
  const ioend = wpc.wb_ctx;
  assert(ioend instanceof IomapIoend, 'an ioend is being filled');
  ioend.io_bio.bi_end_io = xfs_end_bio;
  if (error === 0) yield* k.call(xfs_zone_alloc_and_submit, ioend);
  return error;
}

export const xfs_zoned_writeback_ops: IomapWritebackOps = {
  writeback_range: xfs_zoned_writeback_range,
  writeback_submit: xfs_zoned_writeback_submit,
  submit_ioend: xfs_zoned_submit_ioend,
  submitsItself: true,
};

export function* xfs_zoned_space_reserve(_k: Kernel, _inode: Inode): KernelFn {
  // there is always space, only that the call is made
}

export function* xfs_zoned_space_unreserve(_k: Kernel, _inode: Inode): KernelFn {
  // there is always space, only that the call is made
}

export const xfs_zoned_direct_write_iomap_ops: IomapOps = { iomap_begin: xfs_zoned_direct_write_iomap_begin };

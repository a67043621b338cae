/**
 * The page cache's part in direct I/O. The cached pages of this model are clean: buffered writes come with writeback.
 * Source: mm/filemap.c, mm/truncate.c (v6.12).
 */
import { rule } from '../../engine/rule.ts';
import { submit_bio_wait } from '../block/bio-wait.ts';
import { blk_status_to_errno } from '../block/blk-core.ts';
import { Bio, REQ_OP_READ, SECTOR_BYTES } from '../include/linux/blk_types.ts';
import { has, IOCB_NOWAIT, type Inode, type Kiocb } from '../include/linux/fs.ts';
import { EAGAIN } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

export const PAGE_SIZE = 4096;

export const mayWriteOut = rule({
  id: 'dio-may-write-out',
  asks: 'May this I/O wait for cached pages of its range to be written out first?',
  test: '!(iocb->ki_flags & IOCB_NOWAIT)',
  inputs: ['ki_flags'],
  source: { kind: 'code', file: 'mm/filemap.c', note: 'kiocb_write_and_wait, kiocb_invalidate_pages' },
});

export const rangeCached = rule({
  id: 'dio-range-cached',
  asks: 'Are pages of the range cached, so that a write that may not wait fails with -EAGAIN?',
  test: 'filemap_range_has_page(mapping, pos, end)',
  inputs: ['nrpages', 'pos'],
  source: { kind: 'code', file: 'mm/filemap.c', note: 'kiocb_invalidate_pages' },
});

export const mappingEmpty = rule({
  id: 'mapping-empty',
  asks: 'Has the file no cached pages at all, so that there is nothing to drop?',
  test: 'mapping_empty(mapping)',
  inputs: ['nrpages'],
  source: {
    kind: 'code',
    file: 'mm/truncate.c',
    note: 'invalidate_inode_pages2_range, kiocb_invalidate_post_direct_write',
  },
});

const firstPage = (pos: number): number => Math.floor(pos / PAGE_SIZE);
const pastPage = (pos: number): number => Math.ceil(pos / PAGE_SIZE);

/** Before a direct read: writes dirty pages of the range out. Returns 0 or a negative errno. */
export function* kiocb_write_and_wait(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (k.decide(mayWriteOut, !has(iocb.ki_flags, IOCB_NOWAIT), iocb.ki_flags))
    yield* k.call(filemap_write_and_wait_range, iocb.ki_filp.inode);
  return 0;
}

/** Before a direct write: writes out and drops cached pages of the range. Returns 0 or a negative errno. */
export function* kiocb_invalidate_pages(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (k.decide(mayWriteOut, !has(iocb.ki_flags, IOCB_NOWAIT), iocb.ki_flags))
    yield* k.call(filemap_write_and_wait_range, inode);
  else if (nowaitCached(k, iocb) !== 0) return EAGAIN;
  yield* k.call(invalidate_inode_pages2_range, inode, iocb.ki_pos, iocb.length_bytes);
  return 0;
}

/** -EAGAIN for a write that may not wait and has cached pages in its range, else 0. */
export function nowaitCached(k: Kernel, iocb: Kiocb): number {
  if (!has(iocb.ki_flags, IOCB_NOWAIT)) return 0;
  const { ki_pos, length_bytes, ki_filp } = iocb;
  const { inode } = ki_filp;
  const cached = inode.cached.overlaps(firstPage(ki_pos), pastPage(ki_pos + length_bytes));
  return k.decide(rangeCached, cached, inode.nrpages, ki_pos) ? EAGAIN : 0;
}

/** After a direct write: drops pages that somebody read into the cache meanwhile; at once if there are none at all. May
 *  sleep, so task context only. */
export function* kiocb_invalidate_post_direct_write(k: Kernel, iocb: Kiocb, count: number): KernelFn {
  const { inode } = iocb.ki_filp;
  if (!k.in_task()) k.hazard('invalidate-outside-task', iocb);
  if (k.decide(mappingEmpty, inode.nrpages === 0, inode.nrpages)) yield k.spend(k.costs['inval.empty']);
  else yield* k.call(invalidate_inode_pages2_range, inode, iocb.ki_pos, count);
}

/** Nothing is dirty, so nothing is written. */
export function* filemap_write_and_wait_range(_k: Kernel, _inode: Inode): KernelFn {
  // dirty pages come with buffered writeback
}

/** `file_write_and_wait_range()`, the same for fsync. */
export function* file_write_and_wait_range(_k: Kernel, _inode: Inode): KernelFn {
  // dirty pages come with buffered writeback
}

/** Looks a range of bytes up and drops what is cached of it. Source: mm/truncate.c. */
export function* invalidate_inode_pages2_range(
  k: Kernel,
  inode: Inode,
  pos: number,
  count: number,
): KernelFn {
  yield k.spend(k.costs['inval.empty']);
  const dropped = inode.cached.remove(firstPage(pos), pastPage(pos + count));
  if (dropped === 0) return;
  yield k.spend(dropped * k.costs['inval.folio']);
  inode.nrpages = inode.cached.size;
}

/** Drops the cached pages of a range whose blocks go away. Source: mm/truncate.c. */
export function* truncate_pagecache_range(k: Kernel, inode: Inode, offset: number, len: number): KernelFn {
  const dropped = inode.cached.remove(firstPage(offset), pastPage(offset + len));
  if (dropped === 0) return;
  yield k.spend(dropped * k.costs['inval.folio']);
  inode.nrpages = inode.cached.size;
}

/** A buffered read: what of the range is not cached is read from the device. Simplified: as one bio, without readahead. */
export function* filemap_read(k: Kernel, inode: Inode, pos: number, len: number): KernelFn<number> {
  const [from, to] = [firstPage(pos), pastPage(pos + len)];
  const bio = new Bio(k, inode, 'page cache');
  bio.bi_opf = REQ_OP_READ;
  bio.bi_sector = inode.extents.address(from * PAGE_SIZE, false) / SECTOR_BYTES;
  bio.bi_size = (to - from) * PAGE_SIZE;
  const status = yield* k.call(submit_bio_wait, bio);
  k.free(bio);
  if (status !== 0) return blk_status_to_errno(status);
  inode.cached.add(from, to);
  inode.nrpages = inode.cached.size;
  return len;
}

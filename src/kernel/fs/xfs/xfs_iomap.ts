/** How XFS maps a range of a file. Source: fs/xfs/xfs_iomap.c (v6.12). */
import { rule } from '../../../engine/rule.ts';
import { has, I_DIRTY_DATASYNC, type Inode } from '../../include/linux/fs.ts';
import { EAGAIN, EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { Extent } from '../extents.ts';
import { markDirty } from '../inode.ts';
import { xfs_reflink_allocate_cow } from './xfs_reflink.ts';
import {
  type Iomap,
  IOMAP_F_DIRTY,
  IOMAP_F_NEW,
  IOMAP_F_SHARED,
  IOMAP_NOWAIT,
  IOMAP_OVERWRITE_ONLY,
  type IomapOps,
  type IomapType,
} from '../iomap/iomap.ts';

export const needsCow = rule({
  id: 'xfs-needs-cow',
  asks: 'Is the extent shared with another file, so that the write must go to a copy?',
  test: 'imap_needs_cow(ip, flags, &imap, nimaps)',
  inputs: ['NOWAIT'],
  source: { kind: 'code', file: 'fs/xfs/xfs_iomap.c', note: 'xfs_direct_write_iomap_begin' },
});

export const needsAlloc = rule({
  id: 'xfs-needs-alloc',
  asks: 'Is there a hole, so that blocks must be allocated first?',
  test: 'imap_needs_alloc(inode, flags, &imap, nimaps)',
  inputs: ['NOWAIT'],
  source: { kind: 'code', file: 'fs/xfs/xfs_iomap.c', note: 'xfs_direct_write_iomap_begin' },
});

export const spansRange = rule({
  id: 'xfs-spans-range',
  asks: 'Does one extent hold the whole range? A write that may not wait must not fail in its middle.',
  test: 'imap_spans_range(&imap, offset_fsb, end_fsb)',
  inputs: ['length', 'extent length'],
  source: { kind: 'code', file: 'fs/xfs/xfs_iomap.c', note: 'xfs_direct_write_iomap_begin' },
});

/** Finds where a direct write goes, and allocates where it has nothing. Task context. */
export function* xfs_direct_write_iomap_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
  flags: number,
): KernelFn<Iomap | number> {
  const nowait = has(flags, IOMAP_NOWAIT);
  const extent = inode.extents.at(pos, length);
  const iomap_flags = pos + length > inode.i_size ? IOMAP_F_DIRTY : 0;
  if (k.decide(needsCow, extent.state === 'shared', nowait)) {
    if (nowait) return EAGAIN;
    yield* k.call(xfs_reflink_allocate_cow, inode);
    return xfs_bmbt_to_iomap(inode, extent, iomap_flags | IOMAP_F_SHARED);
  }
  const hole = k.decide(needsAlloc, extent.state === 'hole', nowait);
  if (has(flags, IOMAP_NOWAIT | IOMAP_OVERWRITE_ONLY)) {
    if (hole || (has(flags, IOMAP_OVERWRITE_ONLY) && extent.state === 'unwritten')) return EAGAIN;
    if (nowait && !k.decide(spansRange, extent.length === length, length, extent.length)) return EAGAIN;
  }
  if (!hole) return xfs_bmbt_to_iomap(inode, extent, iomap_flags);
  yield* k.call(xfs_iomap_write_direct, inode, extent);
  return xfs_bmbt_to_iomap(inode, { ...extent, state: 'unwritten' }, iomap_flags | IOMAP_F_NEW);
}

/** Allocates blocks for a hole, unwritten until data is in them. */
export function* xfs_iomap_write_direct(k: Kernel, inode: Inode, extent: Extent): KernelFn {
  yield k.spend(k.costs['fs.alloc']);
  inode.extents.put({ ...extent, state: 'unwritten' });
  markDirty(inode);
}

/** After data was written to them: unwritten blocks become written ones, and the size grows. */
export function* xfs_iomap_write_unwritten(k: Kernel, inode: Inode, pos: number, size: number): KernelFn {
  yield k.spend(k.costs['fs.convert']);
  inode.extents.put({ offset: pos, length: size, state: 'mapped' });
  if (pos + size > inode.i_size) inode.i_size = pos + size; // a direct write past the end of the file
  const end = Math.min(pos + size, inode.i_size);
  if (end > inode.i_disksize) inode.i_disksize = end;
  markDirty(inode);
}

/** What a buffered write finds: a hole is only reserved, blocks are chosen when it is written back. Task context. */
export function* xfs_buffered_write_iomap_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
  _flags: number,
): KernelFn<Iomap | number> {
  if (inode.i_sb.shutdown) return EIO;
  const { s_blocksize } = inode.i_sb;
  const from = Math.floor(pos / s_blocksize) * s_blocksize;
  const extent = inode.extents.at(from, Math.ceil((pos + length) / s_blocksize) * s_blocksize - from);
  const source = xfs_bmbt_to_iomap(inode, extent, 0);
  if (inode.i_sb.zoned) return yield* k.call(xfs_zoned_buffered_write_iomap_begin, source);
  if (extent.state === 'shared')
    return { ...xfs_bmbt_to_iomap(inode, extent, IOMAP_F_SHARED), srcmap: source };
  if (extent.state !== 'hole') return source;
  const reserved: Extent = { ...extent, state: 'delalloc' };
  inode.extents.put(reserved); // xfs_bmapi_reserve_delalloc()
  return xfs_bmbt_to_iomap(inode, reserved, IOMAP_F_NEW);
}

/** On zones every write goes to new blocks; only where the old data is matters. */
export function* xfs_zoned_buffered_write_iomap_begin(_k: Kernel, srcmap: Iomap): KernelFn<Iomap> {
  const { offset, length } = srcmap;
  return { type: 'IOMAP_DELALLOC', flags: IOMAP_F_NEW, addr: 0, offset, length, srcmap };
}

/** What a read finds. */
export function* xfs_read_iomap_begin(
  _k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
): KernelFn<Iomap> {
  const extent = inode.extents.at(pos, length);
  return xfs_bmbt_to_iomap(inode, extent, extent.state === 'shared' ? IOMAP_F_SHARED : 0);
}

const TYPES: Readonly<Record<Extent['state'], IomapType>> = {
  mapped: 'IOMAP_MAPPED',
  'mapped-dirty': 'IOMAP_MAPPED',
  new: 'IOMAP_MAPPED',
  shared: 'IOMAP_MAPPED',
  unwritten: 'IOMAP_UNWRITTEN',
  hole: 'IOMAP_HOLE',
  delalloc: 'IOMAP_DELALLOC',
};

/** An extent as iomap wants it; dirty if the inode is pinned by more than its time stamps. */
export function xfs_bmbt_to_iomap(inode: Inode, extent: Extent, flags: number): Iomap {
  const dirty = has(inode.i_state, I_DIRTY_DATASYNC) ? IOMAP_F_DIRTY : 0;
  return {
    type: TYPES[extent.state],
    flags: flags | dirty,
    addr: inode.extents.address(extent.offset, has(flags, IOMAP_F_SHARED)),
    offset: extent.offset,
    length: extent.length,
  };
}

export const xfs_direct_write_iomap_ops: IomapOps = { iomap_begin: xfs_direct_write_iomap_begin };
export const xfs_buffered_write_iomap_ops: IomapOps = { iomap_begin: xfs_buffered_write_iomap_begin };
export const xfs_read_iomap_ops: IomapOps = { iomap_begin: xfs_read_iomap_begin };

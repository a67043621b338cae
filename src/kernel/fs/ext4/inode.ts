/** How ext4 maps a range of a file. Source: fs/ext4/inode.c, fs/ext4/extents.c (v6.12). */
import { has, I_DIRTY_DATASYNC, type Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { Extent } from '../extents.ts';
import {
  type Iomap,
  IOMAP_F_DIRTY,
  IOMAP_F_NEW,
  IOMAP_WRITE,
  type IomapOps,
  type IomapType,
} from '../iomap/iomap.ts';
import { truncate_pagecache_range } from '../../mm/truncate.ts';
import { inode_dio_wait, markDirty } from '../inode.ts';

/** Finds where a range is; a write to a hole allocates: written blocks past the end of the file, unwritten ones inside.
 *  Unwritten blocks past the end become written ones right here. */
export function* ext4_iomap_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
  flags: number,
): KernelFn<Iomap> {
  const extent = inode.extents.at(pos, length);
  if (!has(flags, IOMAP_WRITE) || extent.state === 'mapped') return ext4_set_iomap(inode, extent, 0);
  const state = pos >= inode.i_size ? 'mapped' : 'unwritten';
  if (extent.state === state) return ext4_set_iomap(inode, extent, IOMAP_F_NEW);
  const made: Extent = { ...extent, state };
  yield* k.call(ext4_iomap_alloc, inode, made);
  return ext4_set_iomap(inode, made, IOMAP_F_NEW);
}

/** For an overwrite: nothing is allocated. */
export function* ext4_iomap_overwrite_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
  flags: number,
): KernelFn<Iomap> {
  return yield* k.call(ext4_iomap_begin, inode, pos, length, flags & ~IOMAP_WRITE);
}

export function* ext4_iomap_alloc(k: Kernel, inode: Inode, extent: Extent): KernelFn {
  yield k.spend(k.costs['fs.alloc']);
  inode.extents.put(extent);
  markDirty(inode);
}

const TYPES: Readonly<Partial<Record<Extent['state'], IomapType>>> = {
  unwritten: 'IOMAP_UNWRITTEN',
  hole: 'IOMAP_HOLE',
  delalloc: 'IOMAP_DELALLOC',
};

/** Dirty if the journal holds changes that a datasync needs, or if the range ends past the end of the file. */
function ext4_set_iomap(inode: Inode, extent: Extent, flags: number): Iomap {
  const dirty = has(inode.i_state, I_DIRTY_DATASYNC) || extent.offset + extent.length > inode.i_size;
  return {
    type: TYPES[extent.state] ?? 'IOMAP_MAPPED',
    flags: flags | (dirty ? IOMAP_F_DIRTY : 0),
    addr: inode.extents.address(extent.offset, false),
    offset: extent.offset,
    length: extent.length,
  };
}

/** Unwritten blocks become written ones, in a transaction. */
export function* ext4_convert_unwritten_extents(
  k: Kernel,
  inode: Inode,
  pos: number,
  size: number,
): KernelFn {
  if (!k.in_task()) k.hazard('transaction-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
  inode.extents.put({ offset: pos, length: size, state: 'mapped' });
  markDirty(inode);
}

/** Punches a hole, when no direct I/O is in flight. */
export function* ext4_punch_hole(k: Kernel, inode: Inode, offset: number, length: number): KernelFn<number> {
  yield* k.down(inode.i_rwsem, true);
  yield* k.call(inode_dio_wait, inode);
  yield* k.call(truncate_pagecache_range, inode, offset, length);
  yield k.spend(k.costs['fs.alloc']);
  if (inode.i_dio_count > 0) k.hazard('extent-freed-under-dio', inode);
  inode.extents.put({ offset, length, state: 'hole' });
  markDirty(inode);
  k.up(inode.i_rwsem, true);
  return 0;
}

/** Sets the size (in the kernel `ext4_setattr()`). The caller has the inode lock; a smaller size waits for direct I/O. */
export function* ext4_setattr_size(k: Kernel, inode: Inode, size: number): KernelFn<number> {
  const old = inode.i_size;
  if (size < old) {
    yield* k.call(inode_dio_wait, inode);
    if (inode.i_dio_count > 0) k.hazard('extent-freed-under-dio', inode);
    yield* k.call(truncate_pagecache_range, inode, size, old - size);
    inode.extents.put({ offset: size, length: old - size, state: 'hole' });
  }
  inode.i_size = size;
  inode.i_disksize = size;
  yield k.spend(k.costs['fs.alloc']);
  markDirty(inode);
  return 0;
}

export const ext4_iomap_ops: IomapOps = { iomap_begin: ext4_iomap_begin };
export const ext4_iomap_overwrite_ops: IomapOps = { iomap_begin: ext4_iomap_overwrite_begin };

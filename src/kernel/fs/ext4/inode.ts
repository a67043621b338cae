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
import { markDirty } from '../inode.ts';
import { EXT4_I } from './ext4.ts';
import { __ext4_journal_start_sb, __ext4_journal_stop } from './ext4_jbd2.ts';
import { ext4_es_insert_extent } from './extents_status.ts';

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
  yield* k.call(ext4_es_insert_extent, inode, extent);
  markDirty(inode);
}

const TYPES: Readonly<Partial<Record<Extent['state'], IomapType>>> = {
  unwritten: 'IOMAP_UNWRITTEN',
  hole: 'IOMAP_HOLE',
  delalloc: 'IOMAP_DELALLOC',
};

/** Dirty if the journal holds changes that a datasync needs, or if the range ends past the end of the file. */
export function ext4_set_iomap(inode: Inode, extent: Extent, flags: number): Iomap {
  const dirty = has(inode.i_state, I_DIRTY_DATASYNC) || extent.offset + extent.length > inode.i_size;
  return {
    type: TYPES[extent.state] ?? 'IOMAP_MAPPED',
    flags: flags | (dirty ? IOMAP_F_DIRTY : 0),
    addr: inode.extents.address(extent.offset, false),
    offset: extent.offset,
    length: extent.length,
  };
}

/** Unwritten blocks become written ones, in a transaction: all that hold bytes of the range. */
export function* ext4_convert_unwritten_extents(
  k: Kernel,
  inode: Inode,
  pos: number,
  size: number,
): KernelFn {
  if (!k.in_task()) k.hazard('transaction-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
  const { s_blocksize } = inode.i_sb;
  const from = Math.floor(pos / s_blocksize) * s_blocksize;
  const past = Math.ceil((pos + size) / s_blocksize) * s_blocksize;
  for (const extent of inode.extents.in(from, past - from))
    if (extent.state === 'unwritten')
      yield* k.call(ext4_es_insert_extent, inode, { ...extent, state: 'mapped' });
  markDirty(inode);
}

/** The inode changed in memory: it joins a transaction. Nobody is told of an error. */
export function* ext4_dirty_inode(k: Kernel, inode: Inode): KernelFn {
  if ((yield* k.call(__ext4_journal_start_sb, inode.i_sb)) !== 0) return;
  yield* k.call(__ext4_journal_stop, inode.i_sb);
}

/** The size on disk follows to `newsize`, but not past the size in memory, which a truncate may have changed. In a transaction. */
export function* ext4_update_i_disksize(k: Kernel, inode: Inode, newsize: number): KernelFn {
  const { i_data_sem } = EXT4_I(k, inode);
  yield* k.down(i_data_sem, true);
  const size = Math.min(newsize, inode.i_size);
  if (size > inode.i_disksize) inode.i_disksize = size;
  k.up(i_data_sem, true);
  markDirty(inode); // ext4_mark_inode_dirty()
}

export const ext4_iomap_ops: IomapOps = { iomap_begin: ext4_iomap_begin };
export const ext4_iomap_overwrite_ops: IomapOps = { iomap_begin: ext4_iomap_overwrite_begin };

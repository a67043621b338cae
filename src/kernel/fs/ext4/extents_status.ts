/**
 * The extent status tree: what ext4 knows in memory of a file's extents, delayed allocation included. It has a lock of its
 * own, so that a look-up needs no i_data_sem. Simplified: it holds the whole file. Source: fs/ext4/extents_status.c (v6.12).
 */
import type { Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { Extent } from '../extents.ts';
import { EXT4_I } from './ext4.ts';

/** The extent of a place, cut to begin there and to be at most `length` bytes long, and i_es_seq at that moment. */
export function* ext4_es_lookup_extent(
  _k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
): KernelFn<{ readonly es: Extent; readonly m_seq: number }> {
  const { extents } = inode;
  return { es: extents.at(pos, length), m_seq: extents.seq };
}

/** Notes that a range has a state now. Reservations of what was delayed allocation in it are used up; how many blocks. */
export function* ext4_es_insert_extent(k: Kernel, inode: Inode, extent: Extent): KernelFn<number> {
  const used = delayedBlocks(inode, extent);
  inode.extents.put(extent);
  giveBack(k, inode, used);
  return used;
}

/** Notes that space was reserved for a hole: delayed allocation. */
export function* ext4_es_insert_delayed_extent(k: Kernel, inode: Inode, extent: Extent): KernelFn {
  const ei = EXT4_I(k, inode);
  inode.extents.put({ ...extent, state: 'delalloc' });
  const blocks = delayedBlocks(inode, extent); // ext4_da_reserve_space()
  ei.i_reserved_data_blocks = ei.i_reserved_data_blocks + blocks;
}

/** Forgets a range, whose blocks go away; what was reserved for it is given back. */
export function* ext4_es_remove_extent(k: Kernel, inode: Inode, pos: number, length: number): KernelFn {
  const extent: Extent = { offset: pos, length, state: 'hole' };
  const unused = delayedBlocks(inode, extent);
  inode.extents.put(extent);
  giveBack(k, inode, unused); // ext4_da_release_space()
}

/** Whole blocks of a range that are delayed allocation. */
function delayedBlocks(inode: Inode, { offset, length }: Extent): number {
  const delayed = inode.extents.in(offset, length).filter((e) => e.state === 'delalloc');
  return Math.floor(delayed.reduce((sum, e) => sum + e.length, 0) / inode.i_sb.s_blocksize);
}

function giveBack(k: Kernel, inode: Inode, blocks: number): void {
  if (blocks === 0) return;
  const ei = EXT4_I(k, inode);
  ei.i_reserved_data_blocks = ei.i_reserved_data_blocks - blocks;
}

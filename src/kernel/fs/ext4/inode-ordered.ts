/**
 * Zeros behind the old end of a file. When a file whose end is inside a written block grows, the rest of that block is zeroed in the
 * cache and written at once; writes behind it may move the size on disk only when the zeros are there, or a crash would show what
 * was on the device before. Source: v3 and v4 of the series that puts ext4 on iomap (cover letters of 21 April and 11 May 2026).
 */
import { rule } from '../../../engine/rule.ts';
import type { Inode } from '../../include/linux/fs.ts';
import { folio_put } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';
import { filemap_writeback } from '../../mm/filemap.ts';
import { folio_unlock } from '../../mm/filemap-lock.ts';
import { __filemap_get_folio } from '../../mm/filemap-lookup.ts';
import { iomap_write_end } from '../iomap/buffered-io.ts';
import { EXT4_I } from './ext4.ts';

export const zeroesEof = rule({
  id: 'ext4-zeroes-eof-block',
  asks: 'Is the old end of the file inside a written block, whose rest must be zeroed before the file grows?',
  test: 'from & (blocksize - 1) && ext4_map_is_mapped(map)  /* what is not written reads as zeros */',
  inputs: ['from', 'written'],
  source: { kind: 'code', file: 'fs/ext4/inode.c', commit: '16bff8a9804b', note: 'ext4_block_zero_eof' },
});

/** Does this kernel order the zeros before the size? With buffer heads data=ordered does, which is not modelled. */
export const ordersZeros = ({ switches }: Kernel): boolean =>
  switches.EXT4_WRITEBACK === 'iomap v4' || switches.EXT4_WRITEBACK === 'iomap, always a worker';

/** Is the end of the file inside a block that is written? What is not written reads as zeros anyway. */
export function endsInWrittenBlock(inode: Inode, end: number): boolean {
  const { s_blocksize } = inode.i_sb;
  const within = end % s_blocksize;
  return within > 0 && inode.extents.at(end - within, s_blocksize).state === 'mapped';
}

/** Zeroes the rest of the block in which the file ended, begins to write it, and notes that others have to wait for it. The
 *  caller has the inode lock. */
export function* ext4_block_zero_eof(k: Kernel, inode: Inode, from: number): KernelFn {
  const { s_blocksize } = inode.i_sb;
  const block = Math.floor(from / s_blocksize) * s_blocksize;
  const written = endsInWrittenBlock(inode, from);
  if (!k.decide(zeroesEof, written, from, written)) return;
  const { i_mapping } = inode;
  const wish = { dontcache: false, len: 1 };
  const folio = yield* k.call(__filemap_get_folio, i_mapping, block, wish); // iomap_zero_range()
  yield* k.inlined(iomap_write_end, folio, from, block + s_blocksize - from);
  yield* k.inlined(folio_unlock, folio);
  folio_put(k, folio);
  const ei = EXT4_I(k, inode);
  ei.i_ordered_lblk = block / s_blocksize;
  ei.i_ordered_len = 1;
  yield* k.call(filemap_writeback, i_mapping, 'WB_SYNC_NONE', block, block + s_blocksize);
}

/** Does a range of bytes hold the block that was zeroed? */
export function coversOrdered(k: Kernel, inode: Inode, pos: number, end: number): boolean {
  const { i_ordered_lblk, i_ordered_len } = EXT4_I(k, inode);
  const block = i_ordered_lblk * inode.i_sb.s_blocksize;
  return i_ordered_len > 0 && block >= pos && block < end;
}

/** The zeros are on disk, or will never be: whoever waits for them goes on. Any context. */
export function* forgetOrdered(k: Kernel, inode: Inode): KernelFn {
  const ei = EXT4_I(k, inode);
  ei.i_ordered_len = 0;
  for (const waiter of ei.ordered_wait.sleepers.splice(0)) yield* k.call(wake_up_process, waiter);
}

/** What takes blocks away from an ext4 file, or changes its size. Source: fs/ext4/inode.c (v6.12 to v7.3). */
import type { Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { truncate_pagecache_range } from '../../mm/truncate.ts';
import { inode_dio_wait, markDirty } from '../inode.ts';
import { MAX_FILE_BYTES } from '../extents.ts';
import { EXT4_I } from './ext4.ts';
import { __ext4_journal_start_sb, __ext4_journal_stop } from './ext4_jbd2.ts';
import { ext4_es_remove_extent } from './extents_status.ts';
import {
  coversOrdered,
  endsInWrittenBlock,
  ext4_block_zero_eof,
  forgetOrdered,
  ordersZeros,
} from './inode-ordered.ts';

/** Punches a hole, when no direct I/O is in flight: whole blocks go away. Returns 0 or a negative errno. */
export function* ext4_punch_hole(k: Kernel, inode: Inode, offset: number, length: number): KernelFn<number> {
  const { i_data_sem } = EXT4_I(k, inode);
  const block = inode.i_sb.s_blocksize;
  const from = Math.ceil(offset / block) * block;
  const past = Math.floor((offset + length) / block) * block;
  yield* k.down(inode.i_rwsem, true);
  yield* k.call(inode_dio_wait, inode);
  yield* k.call(truncate_pagecache_range, inode, offset, length);
  const error = yield* k.call(__ext4_journal_start_sb, inode.i_sb);
  if (error === 0) {
    yield* k.down(i_data_sem, true);
    if (inode.i_dio_count > 0) k.hazard('extent-freed-under-dio', inode);
    if (past > from) yield* k.call(ext4_es_remove_extent, inode, from, past - from);
    if (coversOrdered(k, inode, from, past)) yield* k.inlined(forgetOrdered, inode);
    yield k.spend(k.costs['fs.alloc']);
    k.up(i_data_sem, true);
    markDirty(inode);
    yield* k.call(__ext4_journal_stop, inode.i_sb);
  }
  k.up(inode.i_rwsem, true);
  return error;
}

/** Sets the size (in the kernel `ext4_setattr()`): first in memory, then what is behind it leaves the cache, then its blocks
 *  go. The caller has the inode lock; a smaller size waits for direct I/O. Where the old end has to be zeroed first, the size on disk
 *  follows when the zeros are there. Returns 0 or a negative errno. */
export function* ext4_setattr_size(k: Kernel, inode: Inode, size: number): KernelFn<number> {
  const { i_data_sem } = EXT4_I(k, inode);
  const old = inode.i_size;
  if (size < old) yield* k.call(inode_dio_wait, inode);
  const error = yield* k.call(__ext4_journal_start_sb, inode.i_sb);
  if (error !== 0) return error;
  const zeroes = size > old && ordersZeros(k) && endsInWrittenBlock(inode, old);
  yield* k.down(i_data_sem, true);
  if (!zeroes) inode.i_disksize = size;
  inode.i_size = size;
  k.up(i_data_sem, true);
  markDirty(inode);
  yield* k.call(__ext4_journal_stop, inode.i_sb);
  if (zeroes) yield* k.call(ext4_block_zero_eof, inode, old);
  if (size >= old) return 0;
  yield* k.call(truncate_pagecache_range, inode, size, old - size);
  return yield* k.call(ext4_truncate, inode);
}

/** Gives the blocks behind the end of the file back, and what was reserved there. Returns 0 or a negative errno. */
export function* ext4_truncate(k: Kernel, inode: Inode): KernelFn<number> {
  const { i_data_sem } = EXT4_I(k, inode);
  const from = Math.ceil(inode.i_size / inode.i_sb.s_blocksize) * inode.i_sb.s_blocksize;
  const error = yield* k.call(__ext4_journal_start_sb, inode.i_sb);
  if (error !== 0) return error;
  yield* k.down(i_data_sem, true);
  if (inode.i_dio_count > 0) k.hazard('extent-freed-under-dio', inode);
  yield* k.call(ext4_es_remove_extent, inode, from, MAX_FILE_BYTES - from);
  yield k.spend(k.costs['fs.alloc']); // ext4_ext_truncate()
  if (coversOrdered(k, inode, from, MAX_FILE_BYTES)) yield* k.inlined(forgetOrdered, inode);
  k.up(i_data_sem, true);
  markDirty(inode);
  yield* k.call(__ext4_journal_stop, inode.i_sb);
  return 0;
}

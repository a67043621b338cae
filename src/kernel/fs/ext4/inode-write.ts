/** Buffered writes into ext4 files with delayed allocation: space is reserved, blocks are chosen at writeback.
 *  Source: fs/ext4/inode.c (v6.12 to v7.3). */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import {
  BH_Delay,
  BH_Dirty,
  BH_Mapped,
  BH_New,
  BH_Unwritten,
  BH_Uptodate,
  type BufferHead,
  buffersOf,
  changeBuffer,
  folio_buffers,
} from '../../include/linux/buffer_head.ts';
import { has, hostOf, type Inode, IOCB_DONTCACHE, type Kiocb } from '../../include/linux/fs.ts';
import { type Folio, folio_put } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { folio_unlock, folio_wait_stable } from '../../mm/filemap-lock.ts';
import { __filemap_get_folio, folio_mark_uptodate } from '../../mm/filemap-lookup.ts';
import type { WriteOps } from '../../mm/filemap-write.ts';
import { filemap_dirty_folio } from '../../mm/page-writeback.ts';
import type { Extent } from '../extents.ts';
import { EXT4_I, ext4_emergency_state } from './ext4.ts';
import { ext4_update_i_disksize } from './inode.ts';
import { ext4_es_insert_delayed_extent, ext4_es_lookup_extent } from './extents_status.ts';

const FILE = 'fs/ext4/inode.c';

export const reservesSpace = rule({
  id: 'ext4-reserves-space',
  asks: 'Is there nothing at this place of the file, so that space is reserved for blocks that are chosen at writeback?',
  test: 'ext4_es_is_hole(&es)',
  inputs: ['pos'],
  source: { kind: 'code', file: FILE, note: 'ext4_da_map_blocks' },
});

export const disksizeNow = rule({
  id: 'ext4-da-updates-disksize',
  asks: 'Is the end of the write in a block that is written on disk, so that the size on disk can follow at once?',
  test: 'ext4_da_should_update_i_disksize(folio, end)',
  inputs: ['end', 'b_state'],
  source: { kind: 'code', file: FILE, note: 'ext4_da_do_write_end' },
});

/** The folio for a piece of a buffered write, with a place or a reservation for each of its blocks; or a negative errno. */
export function* ext4_da_write_begin(
  k: Kernel,
  iocb: Kiocb,
  pos: number,
  len: number,
): KernelFn<Folio | number> {
  const { inode } = iocb.ki_filp;
  const error = ext4_emergency_state(inode.i_sb);
  if (error !== 0) return error;
  const dontcache = has(iocb.ki_flags, IOCB_DONTCACHE);
  const folio = yield* k.call(__filemap_get_folio, inode.i_mapping, pos, { dontcache, len });
  yield* k.inlined(ext4_block_write_begin, folio, pos, len);
  return folio;
}

/** Each buffer of a range of a locked folio learns where its block is. Simplified: what else is in a block is taken as read. */
function* ext4_block_write_begin(k: Kernel, folio: Folio, pos: number, len: number): KernelFn {
  for (const bh of buffersIn(k, folio, pos, len))
    if (!has(bh.b_state, BH_Mapped)) yield* k.call(ext4_da_get_block_prep, bh);
}

/** The buffers of a folio that hold bytes of a range. */
function buffersIn(k: Kernel, folio: Folio, pos: number, len: number): BufferHead[] {
  const { s_blocksize } = inodeOf(folio).i_sb;
  return buffersOf(k, folio).bhs.filter(
    ({ b_offset }) => folio.pos + b_offset < pos + len && folio.pos + b_offset + s_blocksize > pos,
  );
}

/** The inode of a folio that is in the cache. */
export function inodeOf({ mapping }: Folio): Inode {
  assert(mapping !== null, 'a locked folio of a write is in the cache');
  return hostOf(mapping);
}

/** A buffer gets its block, or space is reserved for one. */
export function* ext4_da_get_block_prep(k: Kernel, bh: BufferHead): KernelFn {
  const inode = inodeOf(bh.b_folio);
  const pos = bh.b_folio.pos + bh.b_offset;
  const { state } = yield* k.call(ext4_da_map_blocks, inode, pos, inode.i_sb.s_blocksize);
  if (state === 'delalloc') {
    bh.b_blocknr = -1;
    changeBuffer(bh, BH_Mapped | BH_New | BH_Delay);
    return;
  }
  bh.b_blocknr = inode.extents.address(pos, false) / inode.i_sb.s_blocksize;
  changeBuffer(bh, BH_Mapped | (state === 'unwritten' ? BH_New | BH_Unwritten : 0));
}

/** What the file has at the beginning of a range of whole blocks, and how far; a hole becomes delayed allocation. */
export function* ext4_da_map_blocks(k: Kernel, inode: Inode, pos: number, length: number): KernelFn<Extent> {
  const { i_data_sem } = EXT4_I(k, inode);
  let { es } = yield* k.call(ext4_es_lookup_extent, inode, pos, length);
  if (!k.decide(reservesSpace, es.state === 'hole', pos)) return es;
  yield* k.down(i_data_sem, true);
  ({ es } = yield* k.call(ext4_es_lookup_extent, inode, pos, length));
  if (es.state === 'hole') {
    es = { ...es, state: 'delalloc' };
    yield* k.call(ext4_es_insert_delayed_extent, inode, es);
  }
  k.up(i_data_sem, true);
  return es;
}

/** The copied bytes are valid and dirty; the file may have grown. */
export function* ext4_da_write_end(
  k: Kernel,
  iocb: Kiocb,
  pos: number,
  copied: number,
  folio: Folio,
): KernelFn {
  const { inode } = iocb.ki_filp;
  folio_mark_uptodate(folio);
  yield* k.inlined(block_commit_write, folio, pos, copied);
  const end = pos + copied;
  if (end > inode.i_size) {
    const last = buffersIn(k, folio, end - 1, 1)[0]?.b_state ?? 0;
    const now = has(last, BH_Mapped) && !has(last, BH_Delay | BH_Unwritten);
    inode.i_size = end;
    if (k.decide(disksizeNow, now, end, last)) yield* k.inlined(ext4_update_i_disksize, inode, end);
  }
  yield* k.inlined(folio_unlock, folio);
  folio_put(k, folio);
}

/** Marks the buffers of a range dirty, and the folio with them. Source: fs/buffer.c. */
function* block_commit_write(k: Kernel, folio: Folio, pos: number, len: number): KernelFn {
  for (const bh of buffersIn(k, folio, pos, len)) changeBuffer(bh, BH_Uptodate | BH_Dirty, BH_New);
  const { mapping } = folio;
  if (mapping !== null) yield* k.inlined(filemap_dirty_folio, mapping, folio); // __folio_mark_dirty()
}

/** The first write to a page through a mapping: its blocks up to the end of the file get a place or a reservation. */
export function* ext4_page_mkwrite(k: Kernel, folio: Folio): KernelFn {
  const len = Math.min(folio.size, inodeOf(folio).i_size - folio.pos);
  if (len <= 0) return;
  yield* k.inlined(ext4_block_write_begin, folio, folio.pos, len); // block_page_mkwrite()
  yield* k.inlined(block_commit_write, folio, folio.pos, len);
  yield* k.inlined(folio_wait_stable, folio);
}

/** Buffers whose blocks go away are clean and without a place again: `block_invalidate_folio()`. */
export function* ext4_invalidate_folio(_k: Kernel, folio: Folio, offset: number, length: number): KernelFn {
  const { s_blocksize } = inodeOf(folio).i_sb;
  for (const bh of folio_buffers(folio)?.bhs ?? [])
    if (bh.b_offset >= offset && bh.b_offset + s_blocksize <= offset + length) discard_buffer(bh);
}

/** `discard_buffer()`. */
export function discard_buffer(bh: BufferHead): void {
  changeBuffer(bh, 0, BH_Dirty | BH_Mapped | BH_New | BH_Delay | BH_Unwritten);
}

export const ext4_da_write_ops: WriteOps = { write_begin: ext4_da_write_begin, write_end: ext4_da_write_end };

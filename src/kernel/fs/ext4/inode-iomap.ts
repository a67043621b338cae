/**
 * Buffered writes and writeback of ext4 files on iomap, a series of 2026 that is not merged: v2 of 3 February, v4 of 11 May, and the
 * plan of 30 June. Blocks are always allocated as unwritten ones, and the size on disk moves only when the data is there, so that
 * data=ordered is not needed. Locks: folio, transaction, i_data_sem. Source: fs/ext4/inode.c (16bff8a9804b), mail of 3 Feb 2026.
 */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import type { Obj } from '../../../engine/struct.ts';
import { has, hostOf, type Inode, set } from '../../include/linux/fs.ts';
import {
  type AddressSpace,
  type AddressSpaceOperations,
  type Folio,
  type ReadaheadControl,
  type WritebackControl,
} from '../../include/linux/pagemap.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { SwitchValue } from '../../switches.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_page_mkwrite } from '../iomap/buffered-io-fault.ts';
import { iomap_read_folio, iomap_readahead } from '../iomap/buffered-io-read.ts';
import { iomap_writepages, type IomapWritebackOps, type IomapWritepageCtx } from '../iomap/buffered-io.ts';
import { IOMAP_IOEND_BOUNDARY, IOMAP_IOEND_UNWRITTEN, IomapIoend } from '../iomap/ioend.ts';
import { iomap_add_to_ioend, iomap_ioend_writeback_submit, writepageCtx } from '../iomap/ioend-submit.ts';
import { type Iomap, IOMAP_F_NEW, type IomapOps } from '../iomap/iomap.ts';
import { ext4_emergency_state, MAX_WRITEPAGES_EXTENT_LEN } from './ext4.ts';
import { ext4_es_lookup_extent, ext4_es_remove_extent } from './extents_status.ts';
import { ext4_set_iomap } from './inode.ts';
import { ext4_iomap_map_one_extent, type Ext4MapBlocks, ext4_map_blocks } from './inode-map.ts';
import { coversOrdered, forgetOrdered } from './inode-ordered.ts';
import { ext4_da_map_blocks, inodeOf } from './inode-write.ts';
import { EXT4_IOMAP_IOEND_ORDER_IO, ext4_iomap_end_bio } from './page-io-iomap.ts';

const FILE = 'fs/ext4/inode.c';

export const cachedMapping = rule({
  id: 'ext4-iomap-mapping-valid',
  asks: 'Is the mapping from before still good for this place of the file?',
  test: 'offset >= wpc->iomap.offset && offset < wpc->iomap.offset + wpc->iomap.length && wpc->iomap.validity_cookie == READ_ONCE(ei->i_es_seq)',
  inputs: ['pos', 'seq then', 'i_es_seq'],
  source: { kind: 'code', file: FILE, commit: '16bff8a9804b', note: 'ext4_iomap_map_writeback_range' },
});

export const stillDelayed = rule({
  id: 'ext4-iomap-delalloc',
  asks: 'Is space only reserved, so that blocks have to be chosen in a transaction?',
  test: 'map.m_flags & EXT4_MAP_DELAYED',
  inputs: ['pos', 'length'],
  source: { kind: 'code', file: FILE, commit: '16bff8a9804b', note: 'ext4_iomap_map_writeback_range' },
});

export const needsEnd = rule({
  id: 'ext4-iomap-needs-end',
  asks: 'May the end of the ioend need a task, so that ext4 wants to be told of it?',
  test: 'ioend->io_flags & IOMAP_IOEND_UNWRITTEN || io_offset + io_size > i_disksize  /* since v4 also: ordered zeros, data_err=abort; in the plan always */',
  inputs: ['append', 'io_flags', 'ordered zeros', 'data_err=abort'],
  outcomes: { 0: 'no: the default end, in whatever context the bio ends', 1: 'yes: ext4_iomap_end_bio' },
  source: { kind: 'code', file: FILE, commit: '16bff8a9804b', note: 'ext4_iomap_writeback_submit' },
});

/** What a buffered write finds; for a hole space is reserved, as much as is written to. */
export function* ext4_iomap_buffered_da_write_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
  _flags: number,
): KernelFn<Iomap | number> {
  const error = ext4_emergency_state(inode.i_sb);
  if (error !== 0) return error;
  const { s_blocksize } = inode.i_sb;
  const from = Math.floor(pos / s_blocksize) * s_blocksize;
  const past = Math.ceil((pos + length) / s_blocksize) * s_blocksize;
  const es = yield* k.call(ext4_da_map_blocks, inode, from, past - from);
  return ext4_set_iomap(inode, es, es.state === 'delalloc' ? IOMAP_F_NEW : 0);
}

export const ext4_iomap_buffered_da_write_ops: IomapOps = { iomap_begin: ext4_iomap_buffered_da_write_begin };

/** The first write to a page through a mapping: space is reserved for the holes that it has up to the end of the file. What of the
 *  folio is behind that becomes dirty, too, and has nothing. */
export function* ext4_iomap_page_mkwrite(k: Kernel, folio: Folio): KernelFn {
  yield* k.call(iomap_page_mkwrite, folio, ext4_iomap_buffered_da_write_ops);
}

export function* ext4_iomap_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.callAbout(rac.about, iomap_readahead, rac, ext4_iomap_buffered_read_ops, iomap_bio_read_ops);
}

export function* ext4_iomap_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return yield* k.call(iomap_read_folio, folio, about, ext4_iomap_buffered_read_ops, iomap_bio_read_ops);
}

/** What a buffered read finds. */
export function* ext4_iomap_buffered_read_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
  _flags: number,
): KernelFn<Iomap> {
  const { es } = yield* k.call(ext4_es_lookup_extent, inode, pos, length);
  return ext4_set_iomap(inode, es, 0);
}

const ext4_iomap_buffered_read_ops: IomapOps = { iomap_begin: ext4_iomap_buffered_read_begin };

/** One pass of writeback over a file. Returns 0 or a negative errno. Task context. */
export function* ext4_iomap_writepages(
  k: Kernel,
  mapping: AddressSpace,
  wbc: WritebackControl,
): KernelFn<number> {
  const inode = hostOf(mapping);
  const error = ext4_emergency_state(inode.i_sb);
  if (error !== 0) return error;
  return yield* k.callAbout(inode, iomap_writepages, writepageCtx(inode, wbc, ext4_writeback_ops));
}

/** Maps a dirty range of a folio and adds it to the ioend that is being filled. Bytes or a negative errno; with the folio locked. */
export function* ext4_iomap_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  len: number,
  end_pos: number,
): KernelFn<number> {
  let ret = yield* k.callAbout(folio, ext4_iomap_map_writeback_range, wpc, pos, len);
  if (ret === 0) ret = yield* k.callAbout(folio, iomap_add_to_ioend, wpc, folio, pos, end_pos, len);
  if (ret < 0) yield* k.call(ext4_iomap_discard_folio, folio, pos);
  return ret;
}

/** Where a range is on the device. Not only as much as is dirty is mapped, but up to the end of the pass, because one folio at a time
 *  would be far too slow. Returns 0 or a negative errno. */
export function* ext4_iomap_map_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  pos: number,
  len: number,
): KernelFn<number> {
  const { inode, iomap } = wpc;
  const error = ext4_emergency_state(inode.i_sb);
  if (error !== 0) return error;
  if (inode.extents.lookupFails()) return EIO;
  const then = iomap?.validity_cookie ?? -1;
  const inside = iomap !== null && pos >= iomap.offset && pos < iomap.offset + iomap.length;
  const { seq } = inode.extents;
  if (k.decide(cachedMapping, inside && then === seq, pos, then, seq)) return 0;
  const { s_blocksize } = inode.i_sb;
  const wanted = Math.max(len, wpc.wbc.range_end - pos);
  const m_len = Math.min(wanted, MAX_WRITEPAGES_EXTENT_LEN * s_blocksize);
  const map: Ext4MapBlocks = { m_pos: pos, m_len, m_state: 'hole', m_seq: 0 };
  for (let again = true; again;) {
    yield* k.call(ext4_map_blocks, inode, map, 0);
    if (!k.decide(stillDelayed, map.m_state === 'delalloc', map.m_pos, map.m_len)) break;
    const ret = yield* k.call(ext4_iomap_map_one_extent, inode, map);
    if (ret < 0) return ret;
    again = ret > 0;
    if (again) map.m_len = m_len;
  }
  const { m_state } = map;
  const found = ext4_set_iomap(inode, { offset: map.m_pos, length: map.m_len, state: m_state }, 0);
  wpc.iomap = { ...found, validity_cookie: map.m_seq };
  return 0;
}

/** The data of a folio from `pos` on is lost: what was reserved for it is given back. */
export function* ext4_iomap_discard_folio(k: Kernel, folio: Folio, pos: number): KernelFn {
  const inode = inodeOf(folio);
  for (const { offset, length, state } of inode.extents.in(pos, folio.pos + folio.size - pos))
    if (state === 'delalloc') yield* k.call(ext4_es_remove_extent, inode, offset, length); // ext4_iomap_punch_delalloc()
  if (coversOrdered(k, inode, pos, folio.pos + folio.size)) yield* k.inlined(forgetOrdered, inode);
}

/** Chooses how the ioend will end, then submits it. Returns the error, or 0. */
export function* ext4_iomap_writeback_submit(
  k: Kernel,
  wpc: IomapWritepageCtx,
  error: number,
): KernelFn<number> {
  const ioend = wpc.wb_ctx;
  assert(ioend instanceof IomapIoend, 'an ioend is being filled');
  choosesEnd(k, ioend);
  return yield* k.callAbout(ioend, iomap_ioend_writeback_submit, wpc, error);
}

function choosesEnd(k: Kernel, ioend: IomapIoend): void {
  const { io_inode, io_offset, io_size, io_flags, io_bio } = ioend;
  const end = io_offset + io_size;
  const append = end > io_inode.i_disksize;
  const ordered = k.switches.EXT4_WRITEBACK !== 'iomap v2' && coversOrdered(k, io_inode, io_offset, end);
  if (ordered) {
    ioend.io_private = EXT4_IOMAP_IOEND_ORDER_IO;
    ioend.io_flags = set(io_flags, IOMAP_IOEND_BOUNDARY);
  }
  const { data_err_abort } = io_inode.i_sb;
  const plain = append || has(io_flags, IOMAP_IOEND_UNWRITTEN);
  const wants = plain || alsoWants[k.switches.EXT4_WRITEBACK](ordered, data_err_abort);
  if (k.decide(needsEnd, wants, append, io_flags, ordered, data_err_abort))
    io_bio.bi_end_io = ext4_iomap_end_bio;
}

/** Which other ioends ext4 wants to be told of, beside those whose end changes metadata. */
const alsoWants: Record<
  SwitchValue<'EXT4_WRITEBACK'>,
  (ordered: boolean, data_err_abort: boolean) => boolean
> = {
  'buffer heads': () => false,
  'iomap v2': () => false,
  'iomap v4': (ordered, data_err_abort) => ordered || data_err_abort,
  'iomap, always a worker': () => true,
};

const ext4_writeback_ops: IomapWritebackOps = {
  writeback_range: ext4_iomap_writeback_range,
  writeback_submit: ext4_iomap_writeback_submit,
};

export const ext4_iomap_aops: Omit<AddressSpaceOperations, 'max_order'> = {
  writepages: ext4_iomap_writepages,
  readahead: ext4_iomap_readahead,
  read_folio: ext4_iomap_read_folio,
  page_mkwrite: ext4_iomap_page_mkwrite,
};

/** Is the page cache of ext4 files that of iomap? `ext4_inode_buffered_iomap()`. */
export const ext4_inode_buffered_iomap = (k: Kernel): boolean => k.switches.EXT4_WRITEBACK !== 'buffer heads';

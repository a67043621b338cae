/**
 * Writeback of ext4 files through buffer heads: first what needs no transaction, then extent by extent what has to be
 * allocated or converted. Source: fs/ext4/inode.c (v6.12 to v7.3). Simplified: no data journalling, no reserved handles, no
 * limit of folios a pass; what becomes dirty during a pass is left to the next one.
 */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { blk_finish_plug, blk_start_plug } from '../../block/blk-core.ts';
import {
  BH_Delay,
  BH_Dirty,
  BH_Mapped,
  BH_Unwritten,
  type BufferHead,
  buffersOf,
  changeBuffer,
} from '../../include/linux/buffer_head.ts';
import { clear, has, hostOf, type Inode } from '../../include/linux/fs.ts';
import {
  type AddressSpace,
  type AddressSpaceOperations,
  type Folio,
  folio_get,
  folio_put,
  PG_dirty,
  PG_uptodate,
  PG_writeback,
  type WritebackControl,
} from '../../include/linux/pagemap.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { folio_lock, folio_unlock, folio_wait_writeback } from '../../mm/filemap-lock.ts';
import { folio_clear_dirty_for_io, skipsFolio } from '../../mm/page-writeback.ts';
import { ext4_emergency_state, MAX_WRITEPAGES_EXTENT_LEN } from './ext4.ts';
import { __ext4_journal_start_sb, __ext4_journal_stop } from './ext4_jbd2.ts';
import { ext4_es_remove_extent } from './extents_status.ts';
import { ext4_update_i_disksize } from './inode.ts';
import { EXT4_GET_BLOCKS_CREATE, type Ext4MapBlocks, ext4_map_blocks } from './inode-map.ts';
import { ext4_read_folio, ext4_readahead } from './readpage.ts';
import { discard_buffer, ext4_invalidate_folio, ext4_page_mkwrite } from './inode-write.ts';
import {
  EXT4_IO_END_UNWRITTEN,
  ext4_bio_write_folio,
  ext4_bio_write_page,
  ext4_init_io_end,
  ext4_io_submit,
  Ext4IoEnd,
  type Ext4IoSubmit,
  ext4_put_io_end,
  ext4_put_io_end_defer,
  type IoEndVec,
} from './page-io.ts';

const FILE = 'fs/ext4/inode.c';

/** `struct mpage_da_data`: one pass of writeback over a file. */
type MpageDaData = {
  readonly inode: Inode;
  readonly wbc: WritebackControl;
  /** Dirty folios when the pass began, in the order of the file; the first `done` are behind it. */
  readonly folios: readonly Folio[];
  done: number;
  /** Byte positions: the first folio that is not submitted, and the end of the last one that was looked at. */
  start_pos: number;
  next_pos: number;
  /** Folios between the two, locked. */
  readonly locked: Folio[];
  /** A transaction is open, so that blocks may be allocated. */
  do_map: boolean;
  scanned_until_end: boolean;
  /** map: the extent that needs blocks or a conversion, in blocks, and what its buffers are. */
  m_lblk: number;
  m_len: number;
  m_flags: number;
  readonly io_submit: Ext4IoSubmit;
};

export const needsMapping = rule({
  id: 'ext4-buffer-needs-mapping',
  asks: 'Is the buffer dirty and without a written block, so that it can be written only within a transaction?',
  test: 'buffer_dirty(bh) && buffer_mapped(bh) && (buffer_delay(bh) || buffer_unwritten(bh))',
  inputs: ['b_state', 'do_map'],
  source: { kind: 'code', file: FILE, note: 'mpage_add_bh_to_extent' },
});

export const scannedAll = rule({
  id: 'ext4-scanned-until-end',
  asks: 'Was everything written without a transaction, so that none is begun?',
  test: 'mpd->scanned_until_end',
  source: { kind: 'code', file: FILE, note: 'ext4_do_writepages' },
});

export const disksizeAtMapping = rule({
  id: 'ext4-disksize-at-mapping',
  asks: 'Ends what was mapped behind the size on disk, which then follows before the data is written?',
  test: 'disksize > READ_ONCE(EXT4_I(inode)->i_disksize)',
  inputs: ['disksize', 'i_disksize'],
  source: { kind: 'code', file: FILE, note: 'mpage_map_and_submit_extent' },
});

/** One pass of writeback over a file. Returns 0 or a negative errno. Task context. */
export function* ext4_writepages(k: Kernel, mapping: AddressSpace, wbc: WritebackControl): KernelFn<number> {
  const inode = hostOf(mapping);
  const error = ext4_emergency_state(inode.i_sb);
  if (error !== 0) return error;
  return k.switches.EXT4_WRITE_PAGES === 'pages'
    ? yield* k.inlined(ext4_do_writepages, inode, wbc)
    : yield* k.call(ext4_do_writepages, inode, wbc);
}

export function* ext4_do_writepages(k: Kernel, inode: Inode, wbc: WritebackControl): KernelFn<number> {
  if (inode.i_mapping.dirty.size === 0) return 0;
  const mpd = passOver(inode, wbc);
  const plug = blk_start_plug(k);
  let ret = yield* k.inlined(writeMapped, mpd);
  while (ret === 0 && !k.decide(scannedAll, mpd.scanned_until_end)) ret = yield* k.inlined(mapAndWrite, mpd);
  yield* k.call(blk_finish_plug, plug);
  for (const folio of mpd.folios) folio_put(k, folio);
  return ret;
}

function passOver(inode: Inode, wbc: WritebackControl): MpageDaData {
  const { range_start, range_end } = wbc;
  const folios = [...inode.i_mapping.dirty]
    .filter((f) => f.pos < range_end && f.pos + f.size > range_start)
    .sort((a, b) => a.index - b.index)
    .map(folio_get);
  const io_submit = { io_wbc: wbc, io_bio: null, io_end: null, io_next_block: 0 };
  const nothing = { m_lblk: 0, m_len: 0, m_flags: 0 };
  const start = { start_pos: range_start, next_pos: range_start, locked: [] };
  return {
    inode,
    wbc,
    folios,
    done: 0,
    ...start,
    do_map: false,
    scanned_until_end: false,
    ...nothing,
    io_submit,
  };
}

/** First pass: folios whose blocks are all known. */
function* writeMapped(k: Kernel, mpd: MpageDaData): KernelFn<number> {
  const { io_submit } = mpd;
  const io_end = ext4_init_io_end(k, mpd.inode);
  io_submit.io_end = io_end;
  yield* k.callAbout(mpd.inode, mpage_prepare_extent_to_map, mpd);
  yield* k.inlined(mpage_release_unused_pages, mpd, false);
  yield* k.callAbout(io_submit.io_bio, ext4_io_submit, io_submit);
  yield* k.call(ext4_put_io_end_defer, io_end);
  io_submit.io_end = null;
  return 0;
}

/** Then each extent that has to be allocated or converted, in a transaction and with an io_end of its own. */
function* mapAndWrite(k: Kernel, mpd: MpageDaData): KernelFn<number> {
  const { inode, io_submit } = mpd;
  const io_end = ext4_init_io_end(k, inode);
  let ret = yield* k.call(__ext4_journal_start_sb, inode.i_sb);
  if (ret !== 0) {
    yield* k.call(ext4_put_io_end, io_end);
    return ret;
  }
  io_submit.io_end = io_end;
  mpd.do_map = true;
  yield* k.callAbout(mpd.inode, mpage_prepare_extent_to_map, mpd);
  if (mpd.m_len > 0) ret = yield* k.inlined(mpage_map_and_submit_extent, mpd, io_end);
  yield* k.call(__ext4_journal_stop, inode.i_sb);
  mpd.do_map = false;
  yield* k.inlined(mpage_release_unused_pages, mpd, ret !== 0);
  yield* k.callAbout(io_submit.io_bio, ext4_io_submit, io_submit);
  yield* k.call(ext4_put_io_end, io_end);
  io_submit.io_end = null;
  return ret;
}

/** Goes over the dirty folios: submits those whose blocks are known, up to the first extent of which they are not; its folios
 *  stay locked. */
export function* mpage_prepare_extent_to_map(k: Kernel, mpd: MpageDaData): KernelFn {
  mpd.m_len = 0;
  mpd.next_pos = mpd.start_pos;
  while ((mpd.folios[mpd.done - 1]?.pos ?? -1) >= mpd.start_pos) mpd.done--; // locked before, but not submitted
  for (let folio = mpd.folios[mpd.done]; folio !== undefined; folio = mpd.folios[++mpd.done]) {
    if (mpd.m_len > 0 && mpd.next_pos !== folio.pos) return;
    yield k.spend(k.costs['wb.folio']);
    yield* k.inlined(folio_lock, folio);
    if (skips(k, mpd, folio)) {
      yield* k.inlined(folio_unlock, folio);
      continue;
    }
    yield* k.call(folio_wait_writeback, folio);
    if (mpd.m_len === 0) mpd.start_pos = folio.pos;
    mpd.next_pos = folio.pos + folio.size;
    mpd.locked.push(folio);
    if (!(yield* k.inlined(mpage_process_page_bufs, mpd, folio, 0))) return;
  }
  mpd.scanned_until_end = true;
}

function skips(k: Kernel, { inode, wbc }: MpageDaData, folio: Folio): boolean {
  const gone = folio.mapping !== inode.i_mapping || !has(folio.flags, PG_dirty);
  const busy = has(folio.flags, PG_writeback) && wbc.sync_mode === 'WB_SYNC_NONE';
  return k.decide(skipsFolio, gone || busy, folio.flags);
}

/** Adds the buffers of a folio from number `first` on to the extent that is to be mapped. With none, the folio is submitted. May the
 *  pass go on with the next folio? */
function* mpage_process_page_bufs(
  k: Kernel,
  mpd: MpageDaData,
  folio: Folio,
  first: number,
): KernelFn<boolean> {
  const blocks = Math.ceil(mpd.inode.i_size / mpd.inode.i_sb.s_blocksize);
  const { bhs } = buffersOf(k, folio);
  let at = first;
  for (; at < bhs.length; at++) {
    const bh = bhs[at];
    const lblk = folio.index + at;
    if (bh !== undefined && lblk < blocks && mpage_add_bh_to_extent(k, mpd, lblk, bh)) continue;
    if (mpd.m_len > 0 || !mpd.do_map) return false;
    break; // all is mapped so far, and this is the end of the file
  }
  if (mpd.m_len === 0) yield* k.inlined(submitFolio, mpd, folio);
  if (folio.index + at < blocks) return true;
  mpd.scanned_until_end = true;
  return false;
}

/** Is the buffer a part of the extent now, or does it need none? */
function mpage_add_bh_to_extent(k: Kernel, mpd: MpageDaData, lblk: number, bh: BufferHead): boolean {
  const { b_state } = bh;
  const needs = has(b_state, BH_Dirty) && has(b_state, BH_Mapped) && has(b_state, BH_Delay | BH_Unwritten);
  if (!k.decide(needsMapping, needs, b_state, mpd.do_map)) return mpd.m_len === 0;
  const kind = b_state & (BH_Delay | BH_Unwritten);
  if (mpd.m_len === 0) {
    if (!mpd.do_map) return false;
    Object.assign(mpd, { m_lblk: lblk, m_len: 1, m_flags: kind });
    return true;
  }
  const joins = lblk === mpd.m_lblk + mpd.m_len && kind === mpd.m_flags;
  if (!joins || mpd.m_len >= MAX_WRITEPAGES_EXTENT_LEN) return false;
  mpd.m_len++;
  return true;
}

/** Unlocks what was locked and not submitted. If writeback gave up, its data is lost. */
function* mpage_release_unused_pages(k: Kernel, mpd: MpageDaData, invalidate: boolean): KernelFn {
  const { inode } = mpd;
  if (invalidate && mpd.next_pos > mpd.start_pos)
    yield* k.call(ext4_es_remove_extent, inode, mpd.start_pos, mpd.next_pos - mpd.start_pos);
  for (const folio of mpd.locked.splice(0)) {
    if (invalidate) dropDirty(k, mpd, folio);
    yield* k.inlined(folio_unlock, folio);
  }
}

function dropDirty(k: Kernel, { inode }: MpageDaData, folio: Folio): void {
  folio_clear_dirty_for_io(folio);
  inode.i_mapping.dirty.delete(folio); // try_to_free_buffers()
  for (const bh of buffersOf(k, folio).bhs) discard_buffer(bh);
  folio.flags = clear(folio.flags, PG_uptodate);
}

/** Maps the extent and submits its folios; then what else of their buffers needs a mapping. Returns 0 or a negative errno. */
function* mpage_map_and_submit_extent(k: Kernel, mpd: MpageDaData, io_end: Ext4IoEnd): KernelFn<number> {
  const { s_blocksize } = mpd.inode.i_sb;
  io_end.list_vec.push({ offset: mpd.m_lblk * s_blocksize, size: 0 });
  let error = 0;
  while (mpd.m_len > 0 && error === 0) {
    error = yield* k.inlined(mpage_map_one_extent, mpd, io_end);
    if (error === 0) yield* k.callAbout(mpd.inode, mpage_map_and_submit_buffers, mpd, io_end);
  }
  const { inode, start_pos } = mpd;
  if (k.decide(disksizeAtMapping, start_pos > inode.i_disksize, start_pos, inode.i_disksize))
    yield* k.inlined(ext4_update_i_disksize, inode, start_pos);
  return error;
}

/** Chooses blocks for the extent, or prepares unwritten ones for their conversion. Returns 0 or a negative errno. */
function* mpage_map_one_extent(k: Kernel, mpd: MpageDaData, io_end: Ext4IoEnd): KernelFn<number> {
  const { inode } = mpd;
  if (inode.extents.lookupFails()) return EIO;
  const { s_blocksize } = inode.i_sb;
  const map: Ext4MapBlocks = {
    m_pos: mpd.m_lblk * s_blocksize,
    m_len: mpd.m_len * s_blocksize,
    m_seq: 0,
    m_state: 'hole',
  };
  const error = yield* k.call(ext4_map_blocks, inode, map, EXT4_GET_BLOCKS_CREATE);
  if (error < 0) return error;
  mpd.m_len = map.m_len / s_blocksize;
  if (map.m_state === 'unwritten' && !has(io_end.flag, EXT4_IO_END_UNWRITTEN))
    io_end.flag = io_end.flag | EXT4_IO_END_UNWRITTEN;
  return 0;
}

/** The folios of the extent know their blocks now and are submitted. */
export function* mpage_map_and_submit_buffers(k: Kernel, mpd: MpageDaData, io_end: Ext4IoEnd): KernelFn {
  const past = mpd.m_lblk + mpd.m_len;
  for (const folio of [...mpd.locked]) {
    if (folio.index >= past || folio.index + folio.nr_pages <= mpd.m_lblk) continue;
    if (yield* k.inlined(mpage_process_folio, mpd, io_end, folio)) return;
    yield* k.inlined(submitFolio, mpd, folio);
  }
  mpd.m_len = 0;
}

/** The buffers of a folio that the extent covers get their blocks. With buffers behind it, the rest of the folio is looked at
 *  again: true, the folio is dealt with or has another extent. */
function* mpage_process_folio(
  k: Kernel,
  mpd: MpageDaData,
  io_end: Ext4IoEnd,
  folio: Folio,
): KernelFn<boolean> {
  const { inode, m_lblk, m_len } = mpd;
  const { s_blocksize } = inode.i_sb;
  for (const [i, bh] of buffersOf(k, folio).bhs.entries()) {
    const lblk = folio.index + i;
    if (lblk < m_lblk) continue;
    if (lblk >= m_lblk + m_len) {
      mpd.m_len = 0;
      yield* k.inlined(mpage_process_page_bufs, mpd, folio, i);
      if (left(mpd) > 0 && mpd.m_lblk > lblk)
        io_end.list_vec.push({ offset: mpd.m_lblk * s_blocksize, size: 0 });
      return true;
    }
    if (has(bh.b_state, BH_Delay))
      bh.b_blocknr = inode.extents.address(lblk * s_blocksize, false) / s_blocksize;
    changeBuffer(bh, 0, BH_Delay | BH_Unwritten);
    lastVec(io_end).size += s_blocksize;
  }
  return false;
}

/** Read through a function: another one sets it, which the compiler cannot know. */
const left = ({ m_len }: MpageDaData): number => m_len;

/** `ext4_last_io_end_vec()`. */
function lastVec({ list_vec }: Ext4IoEnd): IoEndVec {
  const last = list_vec.at(-1);
  assert(last !== undefined, 'an extent that is mapped has a range to convert');
  return last;
}

/** `mpage_submit_folio()` and `mpage_folio_done()`: writes a locked folio up to the end of the file, and unlocks it. */
function* submitFolio(k: Kernel, mpd: MpageDaData, folio: Folio): KernelFn {
  const { inode, io_submit } = mpd;
  mpd.start_pos = folio.pos + folio.size;
  folio_clear_dirty_for_io(folio);
  const within = inode.i_size - folio.pos;
  const len = within < folio.size ? Math.max(0, within) : folio.size;
  const write = k.switches.EXT4_WRITE_PAGES === 'pages' ? ext4_bio_write_page : ext4_bio_write_folio;
  yield* k.callAbout(folio, write, io_submit, folio, len);
  mpd.locked.splice(mpd.locked.indexOf(folio), 1);
  yield* k.inlined(folio_unlock, folio);
}

export const ext4_da_aops: Omit<AddressSpaceOperations, 'max_order'> = {
  writepages: ext4_writepages,
  readahead: ext4_readahead,
  read_folio: ext4_read_folio,
  page_mkwrite: ext4_page_mkwrite,
  invalidate_folio: ext4_invalidate_folio,
};

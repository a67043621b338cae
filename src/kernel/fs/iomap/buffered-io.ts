/** Buffered writes, and writeback folio by folio. Source: fs/iomap/buffered-io.c (v6.17 to v7.3; 05321a3d0f0c). */
import { rule } from '../../../engine/rule.ts';
import { has, type Inode, IOCB_DONTCACHE, IOCB_NOWAIT, type Kiocb } from '../../include/linux/fs.ts';
import {
  type Folio,
  folio_put,
  PAGE_SIZE,
  PG_writeback,
  type WritebackControl,
} from '../../include/linux/pagemap.ts';
import { EAGAIN, EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { folio_end_writeback } from '../../mm/filemap-dropbehind.ts';
import { mapping_set_error } from '../../mm/filemap.ts';
import { folio_unlock } from '../../mm/filemap-lock.ts';
import { __filemap_get_folio, folio_mark_uptodate, isLockedAt } from '../../mm/filemap-lookup.ts';
import {
  filemap_dirty_folio,
  folio_start_writeback,
  writeback_iter,
  WritebackPass,
} from '../../mm/page-writeback.ts';
import { __block_write_begin_int, block_commit_write } from '../buffer.ts';
import { __iomap_write_begin, type IomapReadOps } from './buffered-io-read.ts';
import {
  type Iomap,
  IOMAP_DONTCACHE,
  IOMAP_F_BUFFER_HEAD,
  IOMAP_NOWAIT,
  IOMAP_WRITE,
  type IomapIter,
  type IomapOps,
} from './iomap.ts';
import { iomap_iter } from './iter.ts';

const FILE = 'fs/iomap/buffered-io.c';

/** `struct iomap_writepage_ctx`: one pass of writeback over a file. */
export type IomapWritepageCtx = {
  readonly inode: Inode;
  readonly wbc: WritebackControl;
  readonly ops: IomapWritebackOps;
  /** The mapping that was looked up last, as long as it is good. */
  iomap: Iomap | null;
  /** What is being filled: an ioend, or whatever the filesystem makes. */
  wb_ctx: unknown;
  nr_folios: number;
  /** How this kernel submits what is being filled. */
  readonly submit: (k: Kernel, wpc: IomapWritepageCtx, error: number) => KernelFn<number>;
};

/** `struct iomap_writeback_ops`. */
export type IomapWritebackOps = {
  /** Maps a dirty range of a folio and adds it to what is being filled. Bytes that were dealt with, or a negative errno. */
  readonly writeback_range: (
    k: Kernel,
    wpc: IomapWritepageCtx,
    folio: Folio,
    pos: number,
    len: number,
    end_pos: number,
  ) => KernelFn<number>;
  /** Submits what was filled, or with an error ends it; the error, or 0. */
  readonly writeback_submit: (k: Kernel, wpc: IomapWritepageCtx, error: number) => KernelFn<number>;
  /** Before v6.17: prepares what was filled; the error with which it is to end instead, or 0. */
  readonly submit_ioend?: (k: Kernel, wpc: IomapWritepageCtx, error: number) => KernelFn<number>;
  /** That hook has submitted it, too. */
  readonly submitsItself?: boolean;
};

/** A buffered write, mapping by mapping; `read` reads what else is in blocks that are written in part. Bytes or a negative
 *  errno. Task context, with the inode lock. */
export function* iomap_file_buffered_write(
  k: Kernel,
  iocb: Kiocb,
  ops: IomapOps,
  read: IomapReadOps,
): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const dontcache = has(iocb.ki_flags, IOCB_DONTCACHE) ? IOMAP_DONTCACHE : 0;
  const nowait = has(iocb.ki_flags, IOCB_NOWAIT) ? IOMAP_NOWAIT : 0;
  const iter: IomapIter = {
    inode,
    pos: iocb.ki_pos,
    len: iocb.length_bytes,
    flags: IOMAP_WRITE | dontcache | nowait,
    iomap: null,
  };
  let processed = 0;
  for (;;) {
    const more = yield* k.call(iomap_iter, iocb, iter, ops, processed);
    if (more < 0 && iter.pos === iocb.ki_pos) return more;
    if (more <= 0) return iter.pos - iocb.ki_pos;
    processed = yield* k.callAbout(iocb, iomap_write_iter, iter, iocb, read);
  }
}

/** Copies data into the folios of one mapping and marks them dirty. Returns bytes, or a negative errno if there are none. */
export function* iomap_write_iter(
  k: Kernel,
  iter: IomapIter,
  iocb: Kiocb,
  read: IomapReadOps,
): KernelFn<number> {
  const { inode, iomap } = iter;
  const total = Math.min(iter.len, iomap === null ? 0 : iomap.offset + iomap.length - iter.pos);
  for (let written = 0; written < total;) {
    const pos = iter.pos + written;
    const folio = yield* k.inlined(iomap_write_begin, iter, iocb, pos, total - written, read);
    if (typeof folio === 'number') return written > 0 ? written : folio;
    const bytes = Math.min(total - written, folio.pos + folio.size - pos);
    yield k.spend(Math.ceil(bytes / PAGE_SIZE) * k.costs['copy.page']);
    if (usesBuffers(iomap)) yield* k.call(block_commit_write, folio, pos, bytes);
    else yield* k.inlined(iomap_write_end, folio, pos, bytes);
    if (pos + bytes > inode.i_size) inode.i_size = pos + bytes;
    yield* k.inlined(folio_unlock, folio);
    folio_put(k, folio);
    written += bytes;
  }
  return total;
}

/** The folio of a piece of a write, locked, with what the write leaves of its blocks valid; or a negative errno. */
function* iomap_write_begin(
  k: Kernel,
  iter: IomapIter,
  iocb: Kiocb,
  pos: number,
  len: number,
  read: IomapReadOps,
): KernelFn<Folio | number> {
  const { i_mapping } = iter.inode;
  if (has(iter.flags, IOMAP_NOWAIT) && isLockedAt(i_mapping, pos)) return EAGAIN;
  const dontcache = has(iter.flags, IOMAP_DONTCACHE);
  const folio = yield* k.call(__filemap_get_folio, i_mapping, pos, { dontcache, len });
  const error = usesBuffers(iter.iomap)
    ? yield* k.callAbout(folio, __block_write_begin_int, iocb, folio, { pos, len, map: iter.iomap })
    : yield* k.callAbout(folio, __iomap_write_begin, iocb, iter, folio, { pos, len, ops: read });
  if (error === 0) return folio;
  yield* k.inlined(folio_unlock, folio);
  folio_put(k, folio);
  return error;
}

/** Are the blocks of the mapping kept as buffer heads? */
const usesBuffers = (iomap: Iomap | null): iomap is Iomap =>
  iomap !== null && has(iomap.flags, IOMAP_F_BUFFER_HEAD);

/** The copied bytes are valid and dirty. */
export function* iomap_write_end(k: Kernel, folio: Folio, pos: number, bytes: number): KernelFn {
  folio_mark_uptodate(folio);
  if (folio.order > 0) markBlocksDirty(folio, pos, bytes);
  const { mapping } = folio;
  if (mapping !== null) yield* k.call(filemap_dirty_folio, mapping, folio); // iomap_dirty_folio()
}

function markBlocksDirty(folio: Folio, pos: number, bytes: number): void {
  const first = Math.floor((pos - folio.pos) / PAGE_SIZE);
  const past = Math.ceil((pos - folio.pos + bytes) / PAGE_SIZE);
  for (let block = first; block < past; block++) folio.dirtyBlocks.add(block);
}

export const submitsPending = rule({
  id: 'writepages-pending',
  asks: 'Is anything still being filled at the end of the pass? It is submitted, or ended with the error of the pass.',
  test: 'wpc->wb_ctx',
  inputs: ['nr_folios', 'error'],
  source: { kind: 'code', file: FILE, note: 'iomap_writepages' },
});

/** Writes the dirty folios of a range of a file. Returns 0 or a negative errno. Task context. */
export function* iomap_writepages(k: Kernel, wpc: IomapWritepageCtx): KernelFn<number> {
  if (wpc.wbc.for_reclaim) {
    k.hazard('writepages-from-reclaim', wpc.inode);
    return EIO;
  }
  const pass = new WritebackPass(wpc.inode.i_mapping, wpc.wbc);
  let error = 0;
  for (;;) {
    const folio = yield* k.callAbout(pass.mapping, writeback_iter, pass, error);
    if (folio === null) break;
    error = yield* k.callAbout(folio, iomap_writeback_folio, wpc, folio);
    yield* k.inlined(folio_unlock, folio);
    folio_put(k, folio);
  }
  error = pass.saved_err;
  const pending = wpc.wb_ctx !== null;
  if (!k.decide(submitsPending, pending, wpc.nr_folios, error)) return error;
  return yield* k.inlined(wpc.submit, wpc, error);
}

export const beyondEof = rule({
  id: 'folio-beyond-eof',
  asks: 'Is the folio entirely past the end of the file, so that truncate will deal with it?',
  test: 'folio_pos(folio) >= i_size_read(inode)',
  inputs: ['index', 'i_size'],
  source: { kind: 'code', file: FILE, note: 'iomap_writeback_handle_eof' },
});

export const flusherEnds = rule({
  id: 'flusher-ends-writeback',
  asks: 'Is nothing of the folio under I/O, so that the flusher itself ends its writeback?',
  test: 'ifs ? atomic_sub_and_test(ifs->write_bytes_pending) : !wb_pending',
  inputs: ['write_bytes_pending', 'bytes added'],
  source: { kind: 'code', file: FILE, note: 'iomap_writeback_folio' },
});

/** Writes what of a locked folio is dirty: sets its writeback bit, then maps and adds range by range. */
export function* iomap_writeback_folio(k: Kernel, wpc: IomapWritepageCtx, folio: Folio): KernelFn<number> {
  const { inode } = wpc;
  yield k.spend(k.costs['wb.folio']);
  k.trace('iomap_writeback_folio', folio, folio.pos);
  if (k.decide(beyondEof, folio.pos >= inode.i_size, folio.index, inode.i_size)) return 0;
  const end_pos = Math.min(folio.pos + folio.size, inode.i_size);
  const blocks = folio.order > 0;
  if (blocks) folio.write_bytes_pending = folio.write_bytes_pending + 1;
  yield* k.inlined(folio_start_writeback, folio);
  let error = 0;
  let added = 0;
  for (const range of dirtyRanges(folio, end_pos)) {
    for (let { pos, len } = range; len > 0 && error === 0;) {
      const done = yield* k.callAbout(folio, wpc.ops.writeback_range, wpc, folio, pos, len, end_pos);
      if (done < 0) error = done;
      else {
        if (wpc.iomap?.type !== 'IOMAP_HOLE') added += done;
        pos += done;
        len -= done;
      }
    }
    if (error !== 0) break;
  }
  folio.dirtyBlocks.clear();
  if (added > 0) wpc.nr_folios++;
  if (blocks) folio.write_bytes_pending = folio.write_bytes_pending - 1;
  const nothing = blocks ? folio.write_bytes_pending === 0 : added === 0;
  if (k.decide(flusherEnds, nothing && has(folio.flags, PG_writeback), folio.write_bytes_pending, added))
    yield* k.call(folio_end_writeback, folio);
  if (error !== 0) mapping_set_error(k, inode.i_mapping, error);
  return error;
}

/** The dirty ranges of a folio up to `end_pos`: all of a folio of one block, runs of dirty blocks of a larger one. */
function dirtyRanges(folio: Folio, end_pos: number): { pos: number; len: number }[] {
  if (folio.order === 0) return [{ pos: folio.pos, len: PAGE_SIZE }];
  const ranges: { pos: number; len: number }[] = [];
  for (const block of [...folio.dirtyBlocks].sort((a, b) => a - b)) {
    const pos = folio.pos + block * PAGE_SIZE;
    if (pos >= end_pos) break;
    const last = ranges[ranges.length - 1];
    if (last !== undefined && last.pos + last.len === pos) last.len += PAGE_SIZE;
    else ranges.push({ pos, len: PAGE_SIZE });
  }
  return ranges;
}

export const lastBytes = rule({
  id: 'folio-write-finished',
  asks: 'Are these the last bytes of the folio that were under I/O?',
  test: '!ifs || atomic_sub_and_test(len, &ifs->write_bytes_pending)',
  inputs: ['order', 'write_bytes_pending'],
  source: { kind: 'code', file: FILE, note: 'iomap_finish_folio_write' },
});

/** Some bytes of a folio are written; the last ones end its writeback. Any context. */
export function* iomap_finish_folio_write(k: Kernel, folio: Folio, len: number): KernelFn {
  if (folio.order > 0) folio.write_bytes_pending = folio.write_bytes_pending - len;
  const last = folio.order === 0 || folio.write_bytes_pending === 0;
  if (k.decide(lastBytes, last, folio.order, folio.write_bytes_pending))
    yield* k.call(folio_end_writeback, folio);
}

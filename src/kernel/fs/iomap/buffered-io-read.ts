/** Buffered reads through iomap: folios of readahead, and what else is in a block that is written in part.
 *  Source: fs/iomap/buffered-io.c (v6.17 to v7.3). */
import type { Obj } from '../../../engine/struct.ts';
import { rule } from '../../../engine/rule.ts';
import { has, hostOf, type Inode } from '../../include/linux/fs.ts';
import {
  allAdded,
  bytesRead,
  type Folio,
  PAGE_SIZE,
  PG_uptodate,
  type ReadaheadControl,
  startRead,
} from '../../include/linux/pagemap.ts';
import { EAGAIN, EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { folio_end_read } from '../../mm/filemap-lock.ts';
import { readahead_count, readahead_folio, readahead_length, readahead_pos } from '../../mm/readahead.ts';
import { type Iomap, IOMAP_F_NEW, IOMAP_NOWAIT, type IomapIter, type IomapOps } from './iomap.ts';
import { iomap_iter } from './iter.ts';

const FILE = 'fs/iomap/buffered-io.c';

/** `struct iomap_read_ops`: how the data of a mapping is read. */
export type IomapReadOps = {
  /** Adds a piece of a locked folio to what is being read. */
  readonly read_folio_range: (
    k: Kernel,
    ctx: IomapReadFolioCtx,
    iter: IomapIter,
    pos: number,
    plen: number,
  ) => KernelFn;
  /** Submits what was gathered. */
  readonly submit_read: (k: Kernel, ctx: IomapReadFolioCtx) => KernelFn;
  /** Reads a piece of a folio and waits for it. Returns 0 or a negative errno. */
  readonly read_folio_range_sync: (
    k: Kernel,
    about: Obj,
    iomap: Iomap,
    pos: number,
    plen: number,
  ) => KernelFn<number>;
};

/** `struct iomap_read_folio_ctx`: a read in the making. */
export type IomapReadFolioCtx = {
  readonly ops: IomapReadOps;
  /** The readahead, or null for a single folio. */
  readonly rac: ReadaheadControl | null;
  readonly about: Obj;
  cur_folio: Folio | null;
  /** Bytes of it that are being read, and that are valid without. */
  submitted: number;
  zeroed: number;
  /** read_ctx: what is being filled, for most filesystems a bio. */
  read_ctx: unknown;
};

export const needsZeroing = rule({
  id: 'iomap-block-needs-zeroing',
  asks: 'Is there nothing to read, so that the block is zeroed?',
  test: 'srcmap->type != IOMAP_MAPPED || (srcmap->flags & IOMAP_F_NEW) || pos >= i_size_read(iter->inode)',
  inputs: ['pos', 'i_size', 'iomap flags'],
  source: { kind: 'code', file: FILE, note: 'iomap_block_needs_zeroing' },
});

function iomap_block_needs_zeroing(k: Kernel, { i_size }: Inode, srcmap: Iomap, pos: number): boolean {
  const zero = srcmap.type !== 'IOMAP_MAPPED' || has(srcmap.flags, IOMAP_F_NEW) || pos >= i_size;
  return k.decide(needsZeroing, zero, pos, i_size, srcmap.flags);
}

/** `iomap_iter_srcmap()`: where data is read from, which a write may put elsewhere. */
export const iomap_iter_srcmap = (iomap: Iomap): Iomap => iomap.srcmap ?? iomap;

/** Begins to read the folios of a readahead, mapping by mapping. */
export function* iomap_readahead(
  k: Kernel,
  rac: ReadaheadControl,
  ops: IomapOps,
  readOps: IomapReadOps,
): KernelFn {
  const inode = hostOf(rac.mapping);
  k.trace('iomap_readahead', inode, readahead_count(rac));
  const ctx = readCtx(readOps, rac, rac.about);
  yield* k.inlined(readMappings, ctx, inode, readahead_pos(rac), readahead_length(rac), ops);
}

/** Begins to read a locked folio. Returns 0. */
export function* iomap_read_folio(
  k: Kernel,
  folio: Folio,
  about: Obj,
  ops: IomapOps,
  readOps: IomapReadOps,
): KernelFn<number> {
  if (folio.mapping === null) return EIO;
  const inode = hostOf(folio.mapping);
  k.trace('iomap_readpage', inode, 1);
  const ctx = readCtx(readOps, null, about);
  iomap_read_init(ctx, folio);
  yield* k.inlined(readMappings, ctx, inode, folio.pos, folio.size, ops);
  return 0;
}

function readCtx(ops: IomapReadOps, rac: ReadaheadControl | null, about: Obj): IomapReadFolioCtx {
  return { ops, rac, about, cur_folio: null, submitted: 0, zeroed: 0, read_ctx: null };
}

function* readMappings(
  k: Kernel,
  ctx: IomapReadFolioCtx,
  inode: Inode,
  pos: number,
  len: number,
  ops: IomapOps,
): KernelFn {
  const iter: IomapIter = { inode, pos, len, flags: 0, iomap: null };
  const eachSubmits = k.switches.READ_SUBMIT === 'for each mapping';
  let processed = 0;
  for (;;) {
    const more = yield* k.call(iomap_iter, ctx.about, iter, ops, processed);
    if (more <= 0) break;
    processed = yield* k.callAbout(ctx.about, iomap_readahead_iter, iter, ctx);
    if (eachSubmits && ctx.read_ctx !== null) yield* k.callAbout(ctx.about, ctx.ops.submit_read, ctx);
  }
  if (ctx.read_ctx !== null) yield* k.callAbout(ctx.about, ctx.ops.submit_read, ctx);
  yield* k.inlined(iomap_read_end, ctx);
}

/** The part of the folios that one mapping holds. Returns bytes. */
export function* iomap_readahead_iter(k: Kernel, iter: IomapIter, ctx: IomapReadFolioCtx): KernelFn<number> {
  const { iomap } = iter;
  const total = iomap === null ? 0 : Math.min(iter.len, iomap.offset + iomap.length - iter.pos);
  for (let done = 0; done < total;) {
    const pos = iter.pos + done;
    if (ctx.cur_folio !== null && pos >= ctx.cur_folio.pos + ctx.cur_folio.size)
      yield* k.inlined(iomap_read_end, ctx);
    const folio = ctx.cur_folio ?? (ctx.rac === null ? null : readahead_folio(k, ctx.rac));
    if (folio === null) return EIO;
    if (ctx.cur_folio === null) iomap_read_init(ctx, folio);
    const plen = Math.min(total - done, folio.pos + folio.size - pos);
    yield* k.callAbout(folio, iomap_read_folio_iter, iter, ctx, pos, plen);
    done += plen;
  }
  return total;
}

function iomap_read_init(ctx: IomapReadFolioCtx, folio: Folio): void {
  ctx.cur_folio = folio;
  ctx.submitted = 0;
  ctx.zeroed = 0;
  startRead(folio);
}

/** A piece of a folio within one mapping: read, or zeroed where there is nothing. */
export function* iomap_read_folio_iter(
  k: Kernel,
  iter: IomapIter,
  ctx: IomapReadFolioCtx,
  pos: number,
  plen: number,
): KernelFn {
  const { iomap, inode } = iter;
  if (iomap === null) return;
  yield k.spend(k.costs['read.add']);
  if (iomap_block_needs_zeroing(k, inode, iomap_iter_srcmap(iomap), pos)) {
    ctx.zeroed += plen;
    return;
  }
  ctx.submitted += plen;
  yield* k.callAbout(ctx.cur_folio, ctx.ops.read_folio_range, ctx, iter, pos, plen);
}

/** Nothing more of the folio will be read: whoever finds that nothing is left to wait for ends its read. */
function* iomap_read_end(k: Kernel, ctx: IomapReadFolioCtx): KernelFn {
  const { cur_folio: folio, submitted, zeroed } = ctx;
  ctx.cur_folio = null;
  if (folio !== null && allAdded(folio, submitted, zeroed))
    yield* k.call(folio_end_read, folio, !folio.readFailed);
}

export const lastBytesRead = rule({
  id: 'folio-read-finished',
  asks: 'Are these the last bytes of the folio that were being read?',
  test: '!ifs || !ifs->read_bytes_pending',
  inputs: ['order', 'read_bytes_pending'],
  source: { kind: 'code', file: FILE, note: 'iomap_finish_folio_read' },
});

/** Some bytes of a folio are read, or could not be; the last ones unlock it. Any context. */
export function* iomap_finish_folio_read(k: Kernel, folio: Folio, len: number, error: number): KernelFn {
  const last = bytesRead(folio, len, error);
  if (k.decide(lastBytesRead, last, folio.order, folio.read_bytes_pending))
    yield* k.call(folio_end_read, folio, !folio.readFailed);
}

export const readsRest = rule({
  id: 'write-reads-rest',
  asks: 'Does the write leave a part of a block as it is that is not valid yet, so that it must be read first?',
  test: '!folio_test_uptodate(folio) && (from > poff || to < poff + plen)',
  inputs: ['flags', 'pos', 'length'],
  source: { kind: 'code', file: FILE, note: '__iomap_write_begin' },
});

/**
 * Before a write of a part of a locked folio: the rest of the blocks that it cuts is read, and waited for. Returns 0 or a
 * negative errno. Simplified: of a folio of several blocks that is not valid, all that the write leaves is read.
 */
export function* __iomap_write_begin(
  k: Kernel,
  about: Obj,
  iter: IomapIter,
  folio: Folio,
  { pos, len, ops }: { readonly pos: number; readonly len: number; readonly ops: IomapReadOps },
): KernelFn<number> {
  const covers = pos <= folio.pos && pos + len >= folio.pos + folio.size;
  const reads = !has(folio.flags, PG_uptodate) && !covers;
  if (!k.decide(readsRest, reads, folio.flags, pos, len) || iter.iomap === null) return 0;
  const nowait = has(iter.flags, IOMAP_NOWAIT);
  const srcmap = iomap_iter_srcmap(iter.iomap);
  for (const piece of leftOut(folio, pos, len)) {
    if (iomap_block_needs_zeroing(k, iter.inode, srcmap, piece.pos)) continue;
    if (nowait) return EAGAIN;
    const error = yield* k.callAbout(folio, ops.read_folio_range_sync, about, srcmap, piece.pos, piece.len);
    if (error !== 0) return error;
  }
  return 0;
}

/** Runs of pages of a folio that a range does not cover. */
function leftOut(folio: Folio, pos: number, len: number): { pos: number; len: number }[] {
  const pieces: { pos: number; len: number }[] = [];
  for (let at = folio.pos; at < folio.pos + folio.size; at += PAGE_SIZE) {
    if (at >= pos && at + PAGE_SIZE <= pos + len) continue;
    const last = pieces.at(-1);
    if (last !== undefined && last.pos + last.len === at) last.len += PAGE_SIZE;
    else pieces.push({ pos: at, len: PAGE_SIZE });
  }
  return pieces;
}

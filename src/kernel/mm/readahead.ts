/**
 * Reading ahead of buffered reads: how much is read, and when more. Source: mm/readahead.c (v6.17; as in v6.1 to v7.3, but
 * for names). Simplified: the window of what is cached already is looked at folio by folio, and nobody has fadvise.
 */
import { rule } from '../../engine/rule.ts';
import { blk_finish_plug, blk_start_plug } from '../block/blk-core.ts';
import { clear, type File, file_ra_state_init, type FileRaState, has, hostOf } from '../include/linux/fs.ts';
import {
  type AddressSpace,
  Folio,
  folio_get,
  folio_put,
  PAGE_SIZE,
  PG_dropbehind,
  PG_locked,
  PG_readahead,
  PG_writeback,
  type ReadaheadControl,
} from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { filemap_add_folio, firstPage, isTaken, pastPage } from './filemap-lookup.ts';
import { folio_unlock } from './filemap-lock.ts';

const FILE = 'mm/readahead.c';
/** bdi->ra_pages: read_ahead_kb = 128. */
const RA_PAGES = 32;
/** bdi->io_pages: the most that one read asks the device for at once. */
const IO_PAGES = 256;
/** By how much the order of the folios grows from window to window. */
const ORDER_STEP = 2;

/** `file->f_ra`. */
export const raOf = (file: File): FileRaState => (file.f_ra ??= file_ra_state_init());

export const readsAhead = rule({
  id: 'readahead-sequential',
  asks: 'Does the read begin the file, or go on where the last one ended, so that more is read than it asks for?',
  test: '!index || req_count > max_pages || index - prev_index <= 1UL',
  inputs: ['index', 'pages asked for', 'page of the last read'],
  source: { kind: 'code', file: FILE, note: 'page_cache_sync_ra' },
});

export const readsAlone = rule({
  id: 'readahead-standalone',
  asks: 'Is nothing cached before it that a stream would have left, so that just what it asks for is read?',
  test: 'contig_count <= req_count',
  inputs: ['pages cached before it', 'pages asked for'],
  source: { kind: 'code', file: FILE, note: 'page_cache_sync_ra' },
});

export const asExpected = rule({
  id: 'readahead-expected',
  asks: 'Was the folio marked by the window of this file, so that the next window follows on it?',
  test: 'index == expected',
  inputs: ['index', 'expected'],
  source: { kind: 'code', file: FILE, note: 'page_cache_async_ra' },
});

/** What is wanted of a readahead: whose it is, and where it begins. */
export type RaWish = {
  readonly file: File;
  readonly about: ReadaheadControl['about'];
  readonly dropbehind: boolean;
  readonly index: number;
  readonly req_count: number;
};

/** Nothing is cached at `index`: reads it, and more if the file is read as a stream. Does not wait. */
export function* page_cache_sync_ra(k: Kernel, wish: RaWish): KernelFn {
  const { file, index, req_count } = wish;
  const ra = raOf(file);
  const max = ractl_max_pages(req_count);
  const prev = ra.prev_pos < 0 ? -1 : firstPage(ra.prev_pos);
  const near = prev >= 0 && index >= prev && index - prev <= 1;
  if (k.decide(readsAhead, index === 0 || req_count > max || near, index, req_count, prev)) {
    ra.start = index;
    ra.size = get_init_ra_size(req_count, max);
    ra.async_size = ra.size > req_count ? ra.size - req_count : ra.size >> 1;
  } else {
    const contiguous = cachedBefore(file.inode.i_mapping, index, max);
    if (k.decide(readsAlone, contiguous <= req_count, contiguous, req_count)) {
      yield* k.callAbout(wish.about, do_page_cache_ra, wish, { start: index, size: req_count, mark: 0 });
      return;
    }
    ra.start = index;
    ra.size = Math.min(contiguous * (contiguous === index ? 2 : 1) + req_count, max);
    ra.async_size = 1;
  }
  ra.order = 0;
  yield* k.callAbout(wish.about, page_cache_ra_order, wish, ra);
}

/** A reader has come to the folio that asks for the next window. Does not wait. */
export function* page_cache_async_ra(k: Kernel, wish: RaWish, folio: Folio): KernelFn {
  const { file, req_count } = wish;
  if (has(folio.flags, PG_writeback)) return;
  folio.flags = clear(folio.flags, PG_readahead);
  const ra = raOf(file);
  const max = ractl_max_pages(req_count);
  const expected = Math.floor((ra.start + ra.size - ra.async_size) / folio.nr_pages) * folio.nr_pages;
  if (k.decide(asExpected, wish.index === expected, wish.index, expected)) ra.start += ra.size;
  else {
    const start = nextMiss(file.inode.i_mapping, wish.index + 1, max);
    if (start - wish.index > max) return;
    ra.size = start - wish.index + req_count;
    ra.start = start;
  }
  ra.size = get_next_ra_size(ra.size, max);
  ra.async_size = ra.size;
  ra.order += ORDER_STEP;
  yield* k.callAbout(wish.about, page_cache_ra_order, wish, ra);
}

const ractl_max_pages = (req_size: number): number =>
  req_size > RA_PAGES ? Math.min(req_size, Math.max(RA_PAGES, IO_PAGES)) : RA_PAGES;

/** The first window of a stream: four times the read, for small ones. */
function get_init_ra_size(size: number, max: number): number {
  const newsize = size <= 1 ? 1 : 2 << log2(size - 1);
  if (newsize <= max / 32) return newsize * 4;
  return newsize <= max / 4 ? newsize * 2 : max;
}

/** The exponent of the largest power of two that is not above `n`. */
const log2 = (n: number): number => 31 - Math.clz32(n);

function get_next_ra_size(size: number, max: number): number {
  if (size < max / 16) return 4 * size;
  return size <= max / 2 ? 2 * size : max;
}

/** Pages without a gap before a place, at most `max`. */
function cachedBefore(mapping: AddressSpace, index: number, max: number): number {
  let pages = 0;
  while (pages < max && index - pages > 0 && isTaken(mapping, index - pages - 1, 1)) pages++;
  return pages;
}

/** The first page from a place on that is not cached; more than `max` away if there is none so near. */
function nextMiss(mapping: AddressSpace, from: number, max: number): number {
  let index = from;
  while (index - from <= max && isTaken(mapping, index, 1)) index++;
  return index;
}

/** Pages to read: `size` from `start` on; the last `mark` of them begin with one that asks for the next window. */
type Window = { readonly start: number; readonly size: number; readonly mark: number };

/** Reads a window with folios of its order where the file may have them, else page by page. */
export function* page_cache_ra_order(k: Kernel, wish: RaWish, ra: FileRaState): KernelFn {
  const mapping = wish.file.inode.i_mapping;
  const window: Window = { start: ra.start, size: ra.size, mark: ra.async_size };
  const order = Math.min(ra.order, mapping.a_ops?.max_order ?? 0, log2(ra.size));
  ra.order = order;
  if (order === 0) yield* k.callAbout(wish.about, do_page_cache_ra, wish, window);
  else yield* k.inlined(fill, wish, window, order);
}

export function* do_page_cache_ra(k: Kernel, wish: RaWish, window: Window): KernelFn {
  yield* k.inlined(fill, wish, window, 0);
}

/** Puts new folios into the cache, but for what is there or past the end of the file, and has them read. */
function* fill(k: Kernel, wish: RaWish, { start, size, mark }: Window, order: number): KernelFn {
  const { inode } = wish.file;
  const past = Math.min(start + size, pastPage(inode.i_size));
  const rac: ReadaheadControl = {
    mapping: inode.i_mapping,
    about: wish.about,
    dropbehind: wish.dropbehind,
    folios: [],
  };
  const marked = (order === 0 ? past : start + size) - mark;
  for (let index = start; index < past;) {
    const own = fittingOrder(index, order, past);
    const isMarked = mark > 0 && marked >= index && marked < index + (1 << own);
    if (!(yield* k.inlined(ractl_add_folio, rac, index, own, isMarked)))
      yield* k.callAbout(rac.about, read_pages, rac); // what is there already parts the bios
    index += 1 << own;
  }
  yield* k.callAbout(rac.about, read_pages, rac);
}

/** The largest order up to `order` that a folio at `index` can have, before `past`. */
function fittingOrder(index: number, order: number, past: number): number {
  let own = order;
  while (own > 0 && (index % (1 << own) !== 0 || index + (1 << own) > past)) own--;
  return own;
}

/** A new folio for the readahead; false if the place is taken. */
function* ractl_add_folio(
  k: Kernel,
  rac: ReadaheadControl,
  index: number,
  order: number,
  isMarked: boolean,
): KernelFn<boolean> {
  const { mapping, dropbehind } = rac;
  if (isTaken(mapping, index, 1 << order)) return false;
  const folio = new Folio(k, mapping, index, order);
  folio.flags = PG_locked | (dropbehind ? PG_dropbehind : 0) | (isMarked ? PG_readahead : 0);
  const added = (yield* k.call(filemap_add_folio, mapping, folio)) === 0;
  if (added) rac.folios.push(folio_get(folio));
  else folio_put(k, folio);
  return added;
}

/** Has the filesystem read what was gathered, and issues its bios together. */
export function* read_pages(k: Kernel, rac: ReadaheadControl): KernelFn {
  if (rac.folios.length === 0) return;
  const readahead = rac.mapping.a_ops?.readahead;
  const plug = blk_start_plug(k);
  if (readahead !== undefined) yield* k.callAbout(rac.about, readahead, rac);
  yield* k.call(blk_finish_plug, plug);
  for (let folio = rac.folios.shift(); folio !== undefined; folio = rac.folios.shift()) {
    yield* k.inlined(folio_unlock, folio); // the filesystem did not want it
    folio_put(k, folio);
  }
}

/** `readahead_folio()`: the next folio of a readahead, whose reference is given up. */
export function readahead_folio(k: Kernel, rac: ReadaheadControl): Folio | null {
  const folio = rac.folios.shift();
  if (folio === undefined) return null;
  folio_put(k, folio); // the cache holds it, and its lock keeps it there
  return folio;
}

/** Where a readahead begins and how much it is, in bytes. */
export const readahead_pos = (rac: ReadaheadControl): number => rac.folios[0]?.pos ?? 0;
export const readahead_length = (rac: ReadaheadControl): number =>
  rac.folios.reduce((bytes, folio) => bytes + folio.size, 0);

/** Pages of a readahead. */
export const readahead_count = (rac: ReadaheadControl): number => readahead_length(rac) / PAGE_SIZE;

/** The inode whose pages are read. */
export const readahead_inode = (rac: ReadaheadControl): ReturnType<typeof hostOf> => hostOf(rac.mapping);

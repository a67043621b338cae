/** Buffered reads: from the page cache, which is filled by readahead. Source: mm/filemap.c (v6.17). */
import { rule } from '../../engine/rule.ts';
import { has, IOCB_DONTCACHE, IOCB_NOWAIT, IOCB_WAITQ, type Kiocb } from '../include/linux/fs.ts';
import {
  type AddressSpace,
  Folio,
  folio_get,
  folio_put,
  PAGE_SIZE,
  PG_dropbehind,
  PG_locked,
  PG_readahead,
  PG_uptodate,
} from '../include/linux/pagemap.ts';
import { EAGAIN, EIO } from '../include/uapi/asm-generic/errno.ts';
import type { Obj } from '../../engine/struct.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { filemap_end_dropbehind_read } from './filemap-dropbehind.ts';
import { __folio_lock_async, folio_put_wait_locked, folio_trylock, folio_unlock } from './filemap-lock.ts';
import { filemap_add_folio, firstPage, folioAt, pastPage } from './filemap-lookup.ts';
import { page_cache_async_ra, page_cache_sync_ra, raOf, type RaWish } from './readahead.ts';

const FILE = 'mm/filemap.c';
/** Folios that are looked up at once: PAGEVEC_SIZE. */
const BATCH = 31;
/** The folio has left the cache, or has to be looked at again. Source: include/linux/fs.h. */
const AOP_TRUNCATED_PAGE = 0x80001;

export const readCached = rule({
  id: 'read-cached',
  asks: 'Is the first page of the read in the cache, or being read into it?',
  test: 'folio_batch_count(fbatch)',
  inputs: ['index', 'nrpages'],
  source: { kind: 'code', file: FILE, note: 'filemap_get_pages' },
});

export const readUptodate = rule({
  id: 'read-uptodate',
  asks: 'Is the folio valid, so that nobody has to wait for the device?',
  test: 'folio_test_uptodate(folio)',
  inputs: ['flags'],
  source: { kind: 'code', file: FILE, note: 'filemap_get_pages, filemap_update_page' },
});

export const readMayWait = rule({
  id: 'read-may-wait',
  asks: 'May the reader wait until the folio is unlocked? If not, it is told to come again, or called back then.',
  test: '!(iocb->ki_flags & (IOCB_NOWAIT | IOCB_NOIO | IOCB_WAITQ))',
  inputs: ['ki_flags'],
  source: { kind: 'code', file: FILE, note: 'filemap_update_page' },
});

/** `generic_file_read_iter()` of a read that is not direct. */
export function* generic_file_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(filemap_read, iocb);
}

/** Copies a range out of the page cache, reading what is not there. Bytes, a negative errno, or -EIOCBQUEUED when the kiocb
 *  is called back. Task context. */
export function* filemap_read(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const ra = raOf(iocb.ki_filp);
  const end = iocb.ki_pos + iocb.length_bytes;
  let pos = iocb.ki_pos;
  let error = 0;
  while (pos < Math.min(end, inode.i_size)) {
    yield k.condResched();
    if (has(iocb.ki_flags, IOCB_WAITQ) && pos > iocb.ki_pos) iocb.ki_flags = iocb.ki_flags | IOCB_NOWAIT;
    const batch = yield* k.call(filemap_get_pages, iocb, pos, end);
    if (typeof batch === 'number') {
      error = batch;
      break;
    }
    pos = yield* k.inlined(copyOut, batch, pos, Math.min(end, inode.i_size));
    ra.prev_pos = pos;
  }
  return pos > iocb.ki_pos ? pos - iocb.ki_pos : error;
}

/** Copies what of a range is in some folios, then lets go of them. Returns where the copy ended. */
function* copyOut(k: Kernel, batch: readonly Folio[], from: number, end: number): KernelFn<number> {
  let pos = from;
  for (const folio of batch) {
    const bytes = Math.min(end, folio.pos + folio.size) - pos;
    if (bytes <= 0) break; // the file was cut meanwhile
    yield k.spend(Math.ceil(bytes / PAGE_SIZE) * k.costs['copy.page']);
    pos += bytes;
  }
  for (const folio of batch) {
    yield* k.inlined(filemap_end_dropbehind_read, folio);
    folio_put(k, folio);
  }
  return pos;
}

/** The next folios of a read that are valid, with a reference each; or a negative errno. */
export function* filemap_get_pages(
  k: Kernel,
  iocb: Kiocb,
  pos: number,
  end: number,
): KernelFn<Folio[] | number> {
  const mapping = iocb.ki_filp.inode.i_mapping;
  const [index, last_index] = [firstPage(pos), pastPage(end)];
  const wish: RaWish = {
    file: iocb.ki_filp,
    about: iocb,
    dropbehind: has(iocb.ki_flags, IOCB_DONTCACHE),
    index,
    req_count: last_index - index,
  };
  for (;;) {
    let batch = filemap_get_read_batch(k, mapping, index, last_index);
    if (!k.decide(readCached, batch.length > 0, index, mapping.nrpages)) {
      yield* k.callAbout(iocb, page_cache_sync_ra, wish);
      batch = filemap_get_read_batch(k, mapping, index, last_index);
    }
    const folio = batch.at(-1) ?? (yield* k.call(filemap_create_folio, iocb, index));
    if (typeof folio === 'number') {
      if (folio === AOP_TRUNCATED_PAGE) continue;
      return folio;
    }
    if (batch.length === 0) return [folio];
    if (has(folio.flags, PG_readahead)) yield* k.callAbout(iocb, filemap_readahead, wish, folio);
    if (k.decide(readUptodate, has(folio.flags, PG_uptodate), folio.flags)) return batch;
    if (has(iocb.ki_flags, IOCB_WAITQ) && batch.length > 1) iocb.ki_flags = iocb.ki_flags | IOCB_NOWAIT;
    const err = yield* k.call(filemap_update_page, iocb, folio);
    if (err === 0) return batch;
    batch.pop();
    if (batch.length > 0) return batch;
    if (err !== AOP_TRUNCATED_PAGE) return err;
  }
}

/** Cached folios without a gap, up to the first that is not valid or asks for readahead, which is the last. */
function filemap_get_read_batch(k: Kernel, mapping: AddressSpace, index: number, past: number): Folio[] {
  const batch: Folio[] = [];
  for (let at = index; at < past && batch.length < BATCH;) {
    const folio = folioAt(k, mapping, at);
    if (folio === null) break;
    batch.push(folio_get(folio));
    if (!has(folio.flags, PG_uptodate) || has(folio.flags, PG_readahead)) break;
    at = folio.index + folio.nr_pages;
  }
  return batch;
}

/** Nothing came of the readahead: one folio is made and read. */
export function* filemap_create_folio(k: Kernel, iocb: Kiocb, index: number): KernelFn<Folio | number> {
  if (has(iocb.ki_flags, IOCB_NOWAIT | IOCB_WAITQ)) return EAGAIN;
  const mapping = iocb.ki_filp.inode.i_mapping;
  const folio = new Folio(k, mapping, index, 0);
  folio.flags = PG_locked | (has(iocb.ki_flags, IOCB_DONTCACHE) ? PG_dropbehind : 0);
  if ((yield* k.call(filemap_add_folio, mapping, folio)) !== 0) {
    folio_put(k, folio);
    return AOP_TRUNCATED_PAGE;
  }
  folio_get(folio);
  const error = yield* k.call(filemap_read_folio, folio, iocb);
  if (error === 0) return folio;
  folio_put(k, folio);
  return error;
}

/** The reader is near the end of what was read ahead. */
export function* filemap_readahead(k: Kernel, wish: RaWish, folio: Folio): KernelFn {
  const left = wish.index + wish.req_count - folio.index;
  yield* k.callAbout(
    wish.about,
    page_cache_async_ra,
    { ...wish, index: folio.index, req_count: left },
    folio,
  );
}

/** Waits until a folio is valid (0), or reads it; gives its reference up otherwise. */
export function* filemap_update_page(k: Kernel, iocb: Kiocb, folio: Folio): KernelFn<number> {
  const mayWait = k.decide(readMayWait, !has(iocb.ki_flags, IOCB_NOWAIT | IOCB_WAITQ), iocb.ki_flags);
  if (!folio_trylock(folio)) {
    if (mayWait) {
      yield* k.call(folio_put_wait_locked, folio);
      return AOP_TRUNCATED_PAGE;
    }
    const error = lockOrBeCalled(iocb, folio);
    if (error !== 0) {
      folio_put(k, folio);
      return error;
    }
  }
  return yield* k.inlined(readLocked, iocb, folio, mayWait);
}

/** Without waiting: -EAGAIN, or -EIOCBQUEUED for a kiocb that knows whom to call. */
function lockOrBeCalled({ ki_flags, ki_waitq }: Kiocb, folio: Folio): number {
  if (has(ki_flags, IOCB_NOWAIT) || !has(ki_flags, IOCB_WAITQ) || ki_waitq === null) return EAGAIN;
  return __folio_lock_async(folio, ki_waitq);
}

/** With the lock of a folio: is it valid now? If not, it is read. */
function* readLocked(k: Kernel, iocb: Kiocb, folio: Folio, mayWait: boolean): KernelFn<number> {
  const gone = folio.mapping === null;
  let error = gone ? AOP_TRUNCATED_PAGE : 0;
  if (!gone && !k.decide(readUptodate, has(folio.flags, PG_uptodate), folio.flags)) {
    error = mayWait ? yield* k.call(filemap_read_folio, folio, iocb) : EAGAIN;
    if (mayWait) {
      if (error !== 0) folio_put(k, folio);
      return error; // the end of the read has unlocked it
    }
  }
  yield* k.inlined(folio_unlock, folio);
  if (error !== 0) folio_put(k, folio);
  return error;
}

/** Reads a locked folio and waits for it: 0 or a negative errno. `about`: who wants it. Task context. */
export function* filemap_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  const read_folio = folio.mapping?.a_ops?.read_folio;
  if (read_folio === undefined) {
    yield* k.inlined(folio_unlock, folio);
    return EIO;
  }
  const error = yield* k.call(read_folio, folio, about);
  if (error !== 0) return error;
  yield* k.inlined(waitRead, folio);
  return has(folio.flags, PG_uptodate) ? 0 : EIO;
}

/** Until the read of a folio has unlocked it. */
function* waitRead(k: Kernel, folio: Folio): KernelFn {
  yield* k.call(folio_put_wait_locked, folio_get(folio));
}

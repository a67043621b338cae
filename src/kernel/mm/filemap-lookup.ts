/** Finding folios in the page cache and adding them to it. Source: mm/filemap.c, __filemap_get_folio (v6.14 to v7.3). */
import { rule } from '../../engine/rule.ts';
import { clear, has, hostOf, set } from '../include/linux/fs.ts';
import {
  type AddressSpace,
  Folio,
  folio_get,
  folio_put,
  PAGE_SIZE,
  PG_dropbehind,
  PG_locked,
  PG_uptodate,
} from '../include/linux/pagemap.ts';
import { EEXIST } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { folio_lock, folio_unlock } from './filemap-lock.ts';

export const firstPage = (pos: number): number => Math.floor(pos / PAGE_SIZE);
export const pastPage = (pos: number): number => Math.ceil(pos / PAGE_SIZE);

export const folioCached = rule({
  id: 'folio-cached',
  asks: 'Is this place of the file in the page cache already?',
  test: 'filemap_get_entry(mapping, index)',
  inputs: ['index', 'nrpages'],
  source: { kind: 'code', file: 'mm/filemap.c', note: '__filemap_get_folio' },
});

export const losesDropbehind = rule({
  id: 'folio-loses-dropbehind',
  asks: 'Was the folio to be dropped behind, and does somebody without RWF_DONTCACHE want it now?',
  test: '!(fgp_flags & FGP_DONTCACHE) && folio_test_clear_dropbehind(folio)',
  inputs: ['FGP_DONTCACHE', 'flags'],
  source: { kind: 'code', file: 'mm/filemap.c', note: '__filemap_get_folio' },
});

/** Are any pages of a range of bytes in the cache? */
export function filemap_range_has_page(mapping: AddressSpace, start: number, end: number): boolean {
  if (mapping.untouched.overlaps(firstPage(start), pastPage(end))) return true;
  return foliosIn(mapping, start, end).length > 0;
}

/** The folios that hold bytes of a range, in the order of the file. */
export function foliosIn(mapping: AddressSpace, start: number, end: number): Folio[] {
  const [first, past] = [firstPage(start), pastPage(end)];
  const { folios } = mapping;
  if (folios.size === 0) return [];
  const found = new Set<Folio>();
  if (past - first > folios.size) {
    for (const folio of folios.values())
      if (folio.index < past && folio.index + folio.nr_pages > first) found.add(folio);
    return [...found].sort((a, b) => a.index - b.index);
  }
  for (let index = first; index < past; index++) {
    const folio = folios.get(index);
    if (folio !== undefined) found.add(folio);
  }
  return [...found];
}

/** How a folio is wanted: for uncached I/O, and for how many bytes. */
export type FolioWish = { readonly dontcache: boolean; readonly len: number };

/**
 * The folio of a place in the file, locked and with a reference: the one that is cached, or a new one. One that is made for
 * uncached I/O is marked to be dropped behind; one that was there is not. May sleep.
 */
export function* __filemap_get_folio(
  k: Kernel,
  mapping: AddressSpace,
  pos: number,
  { dontcache, len }: FolioWish,
): KernelFn<Folio> {
  const index = firstPage(pos);
  for (;;) {
    const known = mapping.folios.get(index) ?? touched(k, mapping, index);
    if (!k.decide(folioCached, known !== null, index, mapping.nrpages) || known === null) {
      const folio = new Folio(k, mapping, index, orderFor(mapping, index, pos, len));
      folio.flags = PG_locked | (dontcache ? PG_dropbehind : 0);
      if ((yield* k.call(filemap_add_folio, mapping, folio)) === 0) return folio_get(folio);
      folio_put(k, folio); // somebody else was faster
      continue;
    }
    folio_get(known);
    yield* k.inlined(folio_lock, known);
    if (known.mapping !== mapping) {
      yield* k.inlined(folio_unlock, known);
      folio_put(k, known);
      continue;
    }
    const loses = !dontcache && has(known.flags, PG_dropbehind);
    if (k.decide(losesDropbehind, loses, dontcache, known.flags))
      known.flags = clear(known.flags, PG_dropbehind);
    return known;
  }
}

/** The folio that holds a page, if it is cached. */
export const folioAt = (k: Kernel, mapping: AddressSpace, index: number): Folio | null =>
  mapping.folios.get(index) ?? touched(k, mapping, index);

/** Would a lookup of a place have to wait for somebody's lock? Asked where FGP_NOWAIT is. */
export function isLockedAt(mapping: AddressSpace, pos: number): boolean {
  const folio = mapping.folios.get(firstPage(pos));
  return folio !== undefined && has(folio.flags, PG_locked);
}

/** A page that was cached before the run gets its folio when somebody needs it. */
function touched(k: Kernel, mapping: AddressSpace, index: number): Folio | null {
  if (mapping.untouched.remove(index, index + 1) === 0) return null;
  const folio = new Folio(k, mapping, index, 0);
  folio.flags = PG_uptodate;
  mapping.folios.set(index, folio);
  return folio;
}

/** Pages of a range that were cached before the run get folios. */
export function touchAll(k: Kernel, mapping: AddressSpace, from: number, past: number): void {
  if (mapping.untouched.size === 0) return;
  for (let index = from; index < past; index++) touched(k, mapping, index);
}

/** The largest folio that the length asks for, aligned, allowed and free of others. */
export function orderFor(mapping: AddressSpace, index: number, pos: number, len: number): number {
  const wanted = pos % PAGE_SIZE === 0 ? 31 - Math.clz32(Math.max(1, Math.floor(len / PAGE_SIZE))) : 0;
  let order = Math.min(wanted, mapping.a_ops?.max_order ?? 0);
  while (order > 0 && (index % (1 << order) !== 0 || isTaken(mapping, index, 1 << order))) order--;
  return order;
}

export function isTaken(mapping: AddressSpace, index: number, pages: number): boolean {
  if (mapping.untouched.overlaps(index, index + pages)) return true;
  for (let i = 0; i < pages; i++) if (mapping.folios.has(index + i)) return true;
  return false;
}

/** Puts a new, locked folio into the cache: 0, or -EEXIST if something is there by now. */
export function* filemap_add_folio(k: Kernel, mapping: AddressSpace, folio: Folio): KernelFn<number> {
  yield k.spend(k.costs['folio.add']);
  yield* k.spinLockIrq(mapping.xa_lock);
  yield k.spend(k.costs['xa.hold']);
  const taken = isTaken(mapping, folio.index, folio.nr_pages);
  for (let i = 0; !taken && i < folio.nr_pages; i++) mapping.folios.set(folio.index + i, folio);
  k.spinUnlockIrq(mapping.xa_lock);
  if (taken) return EEXIST;
  k.trace('mm_filemap_add_to_page_cache', folio, folio.index);
  hostOf(mapping).nrpages = mapping.nrpages;
  return 0;
}

/** All of a locked folio is valid now. */
export function folio_mark_uptodate(folio: Folio): void {
  if (!has(folio.flags, PG_uptodate)) folio.flags = set(folio.flags, PG_uptodate);
}

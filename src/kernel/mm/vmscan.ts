/**
 * Reclaim of the page cache, by a task that asks for it through its memory cgroup. Source: mm/vmscan.c (v6.17; the same in v7.x). Simplified: all cached folios of a range of one file are on the inactive list, those that were rotated at its
 * tail; nobody has used them lately, so none is kept for that; one pass is one scan, whatever its priority. kswapd is not there.
 */
import { rule } from '../../engine/rule.ts';
import { has, hostOf, type Inode, set } from '../include/linux/fs.ts';
import {
  type AddressSpace,
  type Folio,
  folio_get,
  folio_put,
  PG_dirty,
  PG_reclaim,
  PG_writeback,
} from '../include/linux/pagemap.ts';
import { EAGAIN } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { __filemap_remove_folio } from './filemap-dropbehind.ts';
import { folio_trylock, folio_unlock, folio_wait_writeback } from './filemap-lock.ts';
import { firstPage, foliosIn, pastPage, touchAll } from './filemap-lookup.ts';
import { takeRotated } from './swap.ts';

const FILE = 'mm/vmscan.c';
/** Passes in vain before the task gives up; the kernel makes MAX_RECLAIM_RETRIES, which is 16, of up to 13 scans each. */
export const RECLAIM_RETRIES = 2;

/** `struct scan_control`. */
type ScanControl = {
  /** Reclaim of a cgroup of version 1, where who dirties memory is not throttled. */
  readonly legacy: boolean;
};

/** Where a task has memory taken back: bytes of a file. */
export type ReclaimRange = { readonly inode: Inode; readonly pos: number; readonly len: number };

export const reclaimLocked = rule({
  id: 'reclaim-trylock',
  asks: 'Is the folio’s lock free? If not, it is left alone.',
  test: 'folio_trylock(folio)',
  inputs: ['index', 'flags'],
  source: { kind: 'code', file: FILE, note: 'shrink_folio_list' },
});

export const reclaimWriteback = rule({
  id: 'reclaim-writeback',
  asks: 'Is the folio under writeback?',
  test: 'folio_test_writeback(folio)',
  inputs: ['index', 'flags'],
  source: { kind: 'code', file: FILE, note: 'shrink_folio_list' },
});

export const reclaimKswapd = rule({
  id: 'reclaim-kswapd',
  asks: 'Case 1: is this kswapd, which sees marked folios under writeback come round again? It is counted, and kswapd slows down.',
  test: 'current_is_kswapd() && folio_test_reclaim(folio) && test_bit(PGDAT_WRITEBACK, &pgdat->flags)',
  inputs: ['kswapd', 'flags'],
  source: { kind: 'code', file: FILE, note: 'shrink_folio_list' },
});

export const reclaimMarks = rule({
  id: 'reclaim-marks',
  asks: 'Case 2: is the folio not marked yet, is its writer throttled, or may its writeback need memory? It is marked and left.',
  test: 'writeback_throttling_sane(sc) || !folio_test_reclaim(folio) || !may_enter_fs(folio, sc->gfp_mask) || (mapping && mapping_writeback_may_deadlock_on_reclaim(mapping))',
  inputs: ['throttling sane', 'flags', 'may deadlock'],
  outcomes: { 0: 'no: case 3, it waits for the end of writeback', 1: 'yes: PG_reclaim is set' },
  source: { kind: 'code', file: FILE, note: 'shrink_folio_list; the mapping since v6.16' },
});

export const reclaimDirty = rule({
  id: 'reclaim-dirty',
  asks: 'Is it a dirty folio of a file, which reclaim never writes itself?',
  test: 'folio_test_dirty(folio) && folio_is_file_lru(folio)  /* until v6.17: unless kswapd sees it again */',
  inputs: ['index', 'flags'],
  outcomes: { 0: 'no', 1: 'yes: it is marked, to be taken when somebody has written it' },
  source: { kind: 'code', file: FILE, note: 'shrink_folio_list' },
});

export const reclaimBusy = rule({
  id: 'reclaim-busy',
  asks: 'Does anybody else use the folio, or has it become dirty meanwhile?',
  test: '!folio_ref_freeze(folio, refcount) || folio_test_dirty(folio)',
  inputs: ['references', 'flags'],
  source: { kind: 'code', file: FILE, note: '__remove_mapping' },
});

/** `memory.reclaim` of a cgroup of version 2 (before v6.16 memory_reclaim()). Returns 0, or -EAGAIN if something is left. */
export function* user_proactive_reclaim(k: Kernel, range: ReclaimRange): KernelFn<number> {
  const sc = { legacy: false };
  for (let retries = RECLAIM_RETRIES; cachedIn(k, range).length > 0;) {
    if (retries === 0) return EAGAIN;
    if ((yield* k.callAbout(range.inode, try_to_free_mem_cgroup_pages, range, sc)) === 0) retries--;
  }
  return 0;
}

/** What is cached of a range, in the order of the file. */
export function cachedIn(k: Kernel, { inode, pos, len }: ReclaimRange): Folio[] {
  touchAll(k, inode.i_mapping, firstPage(pos), Math.min(pastPage(pos + len), pastPage(inode.i_size)));
  return foliosIn(inode.i_mapping, pos, pos + len);
}

/** One pass over the folios. Returns how many pages it has freed. */
export function* try_to_free_mem_cgroup_pages(
  k: Kernel,
  range: ReclaimRange,
  sc: ScanControl,
): KernelFn<number> {
  const folios = takeRotated(k, cachedIn(k, range)).map(folio_get);
  return yield* k.callAbout(range.inode, shrink_folio_list, folios, sc);
}

/** Takes folios out of the cache where that is possible; returns how many pages. Gives up the references. May sleep. */
export function* shrink_folio_list(k: Kernel, folios: Folio[], sc: ScanControl): KernelFn<number> {
  let freed = 0;
  for (let folio = folios.shift(); folio !== undefined; folio = folios.shift()) {
    yield k.condResched();
    const done = yield* k.inlined(shrinkFolio, folio, sc);
    if (done === 'again') folios.push(folio);
    else {
      if (done === 'freed') freed += folio.nr_pages;
      folio_put(k, folio);
    }
  }
  return freed;
}

/** The body of its loop. */
function* shrinkFolio(k: Kernel, folio: Folio, sc: ScanControl): KernelFn<'freed' | 'kept' | 'again'> {
  yield k.spend(k.costs['inval.folio']);
  if (!k.decide(reclaimLocked, folio_trylock(folio), folio.index, folio.flags)) return 'kept';
  const { mapping } = folio;
  if (k.decide(reclaimWriteback, has(folio.flags, PG_writeback), folio.index, folio.flags)) {
    const waits = !underWriteback(k, folio, sc);
    yield* k.inlined(folio_unlock, folio);
    if (!waits) return 'kept';
    yield* k.call(folio_wait_writeback, folio);
    return 'again';
  }
  if (folio.mapped) folio.mapped = false; // try_to_unmap()
  if (k.decide(reclaimDirty, has(folio.flags, PG_dirty), folio.index, folio.flags)) mark(folio);
  else if (mapping !== null && (yield* k.call(__remove_mapping, mapping, folio))) {
    yield* k.inlined(folio_unlock, folio);
    return 'freed';
  }
  yield* k.inlined(folio_unlock, folio);
  return 'kept';
}

/** Whoever reclaims here is a job. */
const current_is_kswapd = (): boolean => false;

/** The three cases of a folio under writeback: true if it is left, false if the task has to wait. */
function underWriteback(k: Kernel, folio: Folio, { legacy }: ScanControl): boolean {
  if (k.decide(reclaimKswapd, current_is_kswapd(), current_is_kswapd(), folio.flags)) return true;
  const mayDeadlock = folio.mapping?.writebackMayDeadlockOnReclaim ?? false;
  const marks = !legacy || !has(folio.flags, PG_reclaim) || mayDeadlock; // GFP_KERNEL: it may enter the filesystem
  if (!k.decide(reclaimMarks, marks, !legacy, folio.flags, mayDeadlock)) return false;
  mark(folio);
  return true;
}

/** `folio_set_reclaim()`: the end of its writeback makes it the next to be taken. */
function mark(folio: Folio): void {
  if (!has(folio.flags, PG_reclaim)) folio.flags = set(folio.flags, PG_reclaim);
}

/** Takes a clean, locked folio that nobody else uses out of the cache; false if somebody does. */
export function* __remove_mapping(k: Kernel, mapping: AddressSpace, folio: Folio): KernelFn<boolean> {
  const { i_lock } = hostOf(mapping);
  yield* k.spinLock(i_lock);
  yield* k.spinLockIrq(mapping.xa_lock);
  yield k.spend(k.costs['xa.hold']);
  const busy = folio.refs > 2 || has(folio.flags, PG_dirty); // the cache and who reclaims it
  if (!k.decide(reclaimBusy, busy, folio.refs, folio.flags)) __filemap_remove_folio(k, folio);
  k.spinUnlockIrq(mapping.xa_lock);
  k.spinUnlock(i_lock);
  if (!busy) folio_put(k, folio); // filemap_free_folio()
  return !busy;
}

/**
 * The end of a folio's writeback, and dropbehind: folios that leave the cache when their I/O is done.
 * Source: mm/filemap.c, mm/truncate.c (v6.16 to v7.3; ab840aced3f2, 094476a7d5ad).
 */
import { rule } from '../../engine/rule.ts';
import { clear, has, hostOf } from '../include/linux/fs.ts';
import {
  type AddressSpace,
  type Folio,
  folio_get,
  folio_put,
  PG_dirty,
  PG_dropbehind,
  PG_reclaim,
  PG_writeback,
} from '../include/linux/pagemap.ts';
import { EBUSY } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { folio_trylock, folio_unlock } from './filemap-lock.ts';
import { folio_rotate_reclaimable } from './swap.ts';
import { __folio_end_writeback } from './page-writeback.ts';
import { dropbehind_defer } from './filemap-dropbehind-batch.ts';

const FILEMAP = 'mm/filemap.c';

export const dropsBehind = rule({
  id: 'folio-dropbehind',
  asks: 'Was the folio made only for uncached I/O, so that it is to leave the cache now?',
  test: 'folio_test_dropbehind(folio)',
  inputs: ['flags'],
  source: { kind: 'code', file: FILEMAP, note: 'folio_end_dropbehind' },
});

export const dropInTask = rule({
  id: 'dropbehind-in-task',
  asks: 'Is this a task, the only place where a folio may be invalidated? If not, it stays in the cache.',
  test: 'in_task()',
  inputs: ['in_task()'],
  source: { kind: 'code', file: FILEMAP, note: 'folio_end_dropbehind' },
});

export const dropLocked = rule({
  id: 'dropbehind-trylock',
  asks: 'Is the folio’s lock free? If not, it stays in the cache.',
  test: 'folio_trylock(folio)',
  inputs: ['flags'],
  source: { kind: 'code', file: FILEMAP, note: 'folio_end_dropbehind' },
});

export const dropBusy = rule({
  id: 'dropbehind-busy',
  asks: 'Is the folio dirty or under writeback again, so that the end of the next writeback tries again?',
  test: 'folio_test_writeback(folio) || folio_test_dirty(folio)',
  inputs: ['flags'],
  source: { kind: 'code', file: FILEMAP, note: 'filemap_end_dropbehind' },
});

/** All of a folio is written, or has failed. Any context. */
export function* folio_end_writeback(k: Kernel, folio: Folio): KernelFn {
  folio_get(folio);
  if (has(folio.flags, PG_reclaim)) {
    folio.flags = clear(folio.flags, PG_reclaim);
    yield* k.call(folio_rotate_reclaimable, folio);
  }
  if (k.switches.DROPBEHIND_END === 'filemap_end_dropbehind_write') {
    const drops = has(folio.flags, PG_dropbehind);
    yield* k.call(__folio_end_writeback, folio);
    if (drops) yield* k.call(filemap_end_dropbehind_write, folio);
  } else {
    yield* k.call(folio_end_writeback_no_dropbehind, folio);
    yield* k.call(folio_end_dropbehind, folio);
  }
  folio_put(k, folio);
}

/** Its first half: since v6.18 on its own for filesystems that drop folios later (NFS). */
export function* folio_end_writeback_no_dropbehind(k: Kernel, folio: Folio): KernelFn {
  yield* k.call(__folio_end_writeback, folio);
}

/** Drops a folio that was only needed for this I/O, where that is possible. Any context. */
export function* folio_end_dropbehind(k: Kernel, folio: Folio): KernelFn {
  if (!k.decide(dropsBehind, has(folio.flags, PG_dropbehind), folio.flags)) return;
  yield* k.inlined(endDropbehind, folio);
}

/** Its name in v6.16 and v6.17. */
export function* filemap_end_dropbehind_write(k: Kernel, folio: Folio): KernelFn {
  yield* k.inlined(endDropbehind, folio);
}

function* endDropbehind(k: Kernel, folio: Folio): KernelFn {
  if (!k.decide(dropInTask, k.in_task(), k.in_task())) {
    if (k.switches.IN_TASK === 'folios') yield* k.call(dropbehind_defer, folio, dropFolio);
    return;
  }
  yield* k.inlined(dropFolio, folio);
}

/** With the lock of the folio, if nobody else has it. */
function* dropFolio(k: Kernel, folio: Folio): KernelFn {
  if (!k.decide(dropLocked, folio_trylock(folio), folio.flags)) return;
  yield* k.call(filemap_end_dropbehind, folio);
  yield* k.inlined(folio_unlock, folio);
}

/** The same after a read of it. Task context, as reads end in the reader. */
export function* filemap_end_dropbehind_read(k: Kernel, folio: Folio): KernelFn {
  if (!k.decide(dropsBehind, has(folio.flags, PG_dropbehind), folio.flags)) return;
  if (has(folio.flags, PG_writeback | PG_dirty)) return;
  yield* k.inlined(dropFolio, folio);
}

/** Takes a locked folio out of the cache, unless somebody needs it again. Task context. */
export function* filemap_end_dropbehind(k: Kernel, folio: Folio): KernelFn {
  if (!k.in_task()) k.hazard('invalidate-outside-task', folio);
  const { mapping } = folio;
  if (k.decide(dropBusy, has(folio.flags, PG_writeback | PG_dirty), folio.flags)) return;
  if (!has(folio.flags, PG_dropbehind)) return;
  folio.flags = clear(folio.flags, PG_dropbehind);
  if (mapping !== null) yield* k.call(folio_unmap_invalidate, mapping, folio);
}

/**
 * Unmaps a locked folio and removes it from the cache: 0, or -EBUSY when it is dirty again. Takes locks that are not
 * safe in interrupts, so task context only. Source: mm/truncate.c.
 */
export function* folio_unmap_invalidate(k: Kernel, mapping: AddressSpace, folio: Folio): KernelFn<number> {
  if (!k.in_task()) k.hazard('sleeping-lock-outside-task', folio);
  if (folio.mapped) folio.mapped = false; // unmap_mapping_folio()
  yield k.spend(k.costs['dropbehind.folio']);
  const { i_lock } = hostOf(mapping);
  yield* k.spinLock(i_lock);
  yield* k.spinLockIrq(mapping.xa_lock);
  const busy = has(folio.flags, PG_dirty);
  if (!busy) {
    yield k.spend(k.costs['xa.hold']);
    __filemap_remove_folio(k, folio);
  }
  k.spinUnlockIrq(mapping.xa_lock);
  k.spinUnlock(i_lock);
  if (!busy) folio_put(k, folio); // filemap_free_folio()
  return busy ? EBUSY : 0;
}

/** Out of the tree, whose lock is held. The caller gives up the cache's reference afterwards. */
export function __filemap_remove_folio(k: Kernel, folio: Folio): void {
  const { mapping } = folio;
  if (mapping === null) return;
  if (has(folio.flags, PG_writeback)) k.hazard('removed-under-writeback', folio);
  k.trace('mm_filemap_delete_from_page_cache', folio, folio.index);
  for (let i = 0; i < folio.nr_pages; i++) mapping.folios.delete(folio.index + i);
  mapping.dirty.delete(folio);
  mapping.writeback.delete(folio);
  folio.mapping = null;
  const inode = hostOf(mapping);
  inode.nrpages = mapping.nrpages;
}

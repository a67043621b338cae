/**
 * Dirty folios and folios under writeback. Source: mm/page-writeback.c (v6.12). Simplified: a pass goes over the folios
 * that were dirty when it began; those that become dirty meanwhile are left to the next one.
 */
import { rule } from '../../engine/rule.ts';
import { clear, has, hostOf, I_DIRTY_PAGES, type Inode, set } from '../include/linux/fs.ts';
import {
  type AddressSpace,
  type Folio,
  folio_get,
  folio_put,
  PG_dirty,
  PG_locked,
  PG_writeback,
  type WritebackControl,
} from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { folio_lock, folio_unlock, folio_wait_writeback, folio_wake_bit } from './filemap-lock.ts';

export const redirtied = rule({
  id: 'folio-already-dirty',
  asks: 'Was the folio dirty already, so that nothing has to be marked?',
  test: 'folio_test_set_dirty(folio)',
  source: { kind: 'code', file: 'mm/page-writeback.c', note: 'filemap_dirty_folio' },
});

/** Marks a folio dirty, and its inode with it. Returns false if it was. Task context. */
export function* filemap_dirty_folio(k: Kernel, mapping: AddressSpace, folio: Folio): KernelFn<boolean> {
  if (k.decide(redirtied, has(folio.flags, PG_dirty))) return false;
  folio.flags = set(folio.flags, PG_dirty);
  yield* k.spinLockIrq(mapping.xa_lock);
  yield k.spend(k.costs['xa.hold']);
  mapping.dirty.add(folio);
  k.spinUnlockIrq(mapping.xa_lock);
  const inode = hostOf(mapping);
  if (!has(inode.i_state, I_DIRTY_PAGES)) inode.i_state = inode.i_state | I_DIRTY_PAGES; // __mark_inode_dirty()
  return true;
}

/** Takes the dirty bit off a locked folio that is about to be written; false if it has none. */
export function folio_clear_dirty_for_io(folio: Folio): boolean {
  if (!has(folio.flags, PG_dirty)) return false;
  folio.flags = clear(folio.flags, PG_dirty);
  return true;
}

/** `do_writepages()`: one pass of the filesystem over a file's dirty folios. Returns 0 or a negative errno. */
export function* do_writepages(k: Kernel, mapping: AddressSpace, wbc: WritebackControl): KernelFn<number> {
  const writepages = mapping.a_ops?.writepages;
  return writepages === undefined ? 0 : yield* k.call(writepages, mapping, wbc);
}

/** Where a pass of writeback stands: `wbc->index`, the folios ahead of it and the first error. */
export class WritebackPass {
  readonly mapping: AddressSpace;
  readonly wbc: WritebackControl;
  /** Folios that were tagged when the pass began, in the order of the file; the next is last. */
  readonly ahead: Folio[];
  saved_err = 0;

  constructor(mapping: AddressSpace, wbc: WritebackControl) {
    this.mapping = mapping;
    this.wbc = wbc;
    this.ahead = [...mapping.dirty]
      .filter((f) => f.pos < wbc.range_end && f.pos + f.size > wbc.range_start)
      .sort((a, b) => b.index - a.index)
      .map(folio_get);
  }
}

export const skipsFolio = rule({
  id: 'writeback-skips-folio',
  asks: 'Is the folio no longer one to be written?',
  test: 'folio->mapping != mapping || !folio_test_dirty(folio) || (folio_test_writeback(folio) && wbc->sync_mode == WB_SYNC_NONE)',
  inputs: ['flags'],
  source: { kind: 'code', file: 'mm/page-writeback.c', note: 'folio_prepare_writeback' },
});

/**
 * The next folio that a pass has to write: locked, its dirty bit cleared. Null at the end, or at the first error of a
 * pass that is not for integrity. `error` is how the one before it went. The caller unlocks it and puts it. Task context.
 */
export function* writeback_iter(k: Kernel, pass: WritebackPass, error: number): KernelFn<Folio | null> {
  if (error !== 0 && pass.saved_err === 0) pass.saved_err = error;
  if (error !== 0 && pass.wbc.sync_mode === 'WB_SYNC_NONE') {
    for (const folio of pass.ahead.splice(0)) folio_put(k, folio);
    return null;
  }
  for (let folio = pass.ahead.pop(); folio !== undefined; folio = pass.ahead.pop()) {
    yield* k.inlined(folio_lock, folio);
    if (yield* k.inlined(folio_prepare_writeback, pass, folio)) return folio;
    yield* k.inlined(folio_unlock, folio);
    folio_put(k, folio);
  }
  return null;
}

function* folio_prepare_writeback(
  k: Kernel,
  { mapping, wbc }: WritebackPass,
  folio: Folio,
): KernelFn<boolean> {
  const gone = folio.mapping !== mapping || !has(folio.flags, PG_dirty);
  const busy = has(folio.flags, PG_writeback);
  const skips = gone || (busy && wbc.sync_mode === 'WB_SYNC_NONE');
  if (k.decide(skipsFolio, skips, folio.flags)) return false;
  if (busy) yield* k.call(folio_wait_writeback, folio);
  return folio_clear_dirty_for_io(folio);
}

/** Sets the writeback bit of a locked folio, before anything of it is submitted. */
export function* folio_start_writeback(k: Kernel, folio: Folio): KernelFn {
  const { mapping } = folio;
  if (has(folio.flags, PG_writeback)) k.hazard('writeback-started-twice', folio);
  if (!has(folio.flags, PG_locked)) k.hazard('writeback-without-lock', folio);
  folio.flags = set(folio.flags, PG_writeback);
  if (mapping === null) return;
  yield* k.spinLockIrq(mapping.xa_lock);
  yield k.spend(k.costs['xa.hold']);
  mapping.writeback.add(folio);
  if (!has(folio.flags, PG_dirty)) mapping.dirty.delete(folio);
  k.spinUnlockIrq(mapping.xa_lock);
  cleanInode(hostOf(mapping));
}

/** When the last dirty folio is under writeback, the inode has no dirty pages any more. */
function cleanInode(inode: Inode): void {
  if (inode.i_mapping.dirty.size > 0 || !has(inode.i_state, I_DIRTY_PAGES)) return;
  inode.i_state = clear(inode.i_state, I_DIRTY_PAGES);
}

/** Clears the writeback bit under the lock of the page cache, and wakes who waits for it. Any context. */
export function* __folio_end_writeback(k: Kernel, folio: Folio): KernelFn {
  const { mapping } = folio;
  if (!has(folio.flags, PG_writeback)) k.hazard('writeback-ended-twice', folio);
  yield k.spend(k.costs['wb.end.folio']);
  if (mapping === null) folio.flags = clear(folio.flags, PG_writeback);
  else {
    yield* k.spinLockIrq(mapping.xa_lock);
    yield k.spend(k.costs['xa.hold']);
    folio.flags = clear(folio.flags, PG_writeback);
    mapping.writeback.delete(folio);
    k.spinUnlockIrq(mapping.xa_lock);
  }
  yield* k.inlined(folio_wake_bit, folio);
}

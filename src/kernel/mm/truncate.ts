/** Taking folios out of the page cache because what is behind them changes. Source: mm/truncate.c (v6.12). */
import { has, hostOf, type Inode } from '../include/linux/fs.ts';
import { type AddressSpace, type Folio, folio_get, folio_put, PG_dirty } from '../include/linux/pagemap.ts';
import { EBUSY } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { __filemap_remove_folio, folio_unmap_invalidate } from './filemap-dropbehind.ts';
import { folio_lock, folio_unlock, folio_wait_writeback } from './filemap-lock.ts';
import { firstPage, foliosIn, pastPage, touchAll } from './filemap-lookup.ts';
import { folio_clear_dirty_for_io } from './page-writeback.ts';

/** Drops what is cached of a range of bytes; -EBUSY if something of it became dirty again. Task context. */
export function* invalidate_inode_pages2_range(
  k: Kernel,
  inode: Inode,
  pos: number,
  count: number,
): KernelFn<number> {
  yield k.spend(k.costs['inval.empty']);
  const { i_mapping } = inode;
  touchAll(k, i_mapping, firstPage(pos), pastPage(pos + count));
  let ret = 0;
  for (const folio of foliosIn(i_mapping, pos, pos + count)) {
    folio_get(folio);
    yield* k.inlined(folio_lock, folio);
    if (folio.mapping === i_mapping) {
      yield* k.call(folio_wait_writeback, folio);
      if ((yield* k.call(folio_unmap_invalidate, i_mapping, folio)) !== 0) ret = EBUSY;
    }
    yield* k.inlined(folio_unlock, folio);
    folio_put(k, folio);
  }
  return ret;
}

/** Drops the cached pages of a range of bytes whose blocks go away, also dirty ones: what is under writeback is waited for. A page that
 *  the range cuts is zeroed there, not dropped. A range up to the end of the file is one without an end. */
export function* truncate_pagecache_range(k: Kernel, inode: Inode, offset: number, len: number): KernelFn {
  const { i_mapping } = inode;
  const end = offset + len >= inode.i_size ? Infinity : offset + len;
  const [from, past] = [pastPage(offset), firstPage(end)];
  if (past > from) yield* k.inlined(dropUntouched, i_mapping, from, past);
  for (const folio of foliosIn(i_mapping, offset, end)) {
    folio_get(folio);
    yield* k.inlined(folio_lock, folio);
    yield* k.call(folio_wait_writeback, folio);
    const inside = folio.index >= from && folio.index + folio.nr_pages <= past;
    if (folio.mapping === i_mapping && inside) yield* k.inlined(truncate_inode_folio, i_mapping, folio);
    else if (folio.mapping === i_mapping) yield* k.inlined(cutFolio, folio, offset, end);
    yield* k.inlined(folio_unlock, folio);
    folio_put(k, folio);
  }
}

/** A folio stays that the range only cuts: what the filesystem keeps for the part does not. */
function* cutFolio(k: Kernel, folio: Folio, offset: number, end: number): KernelFn {
  const invalidate_folio = folio.mapping?.a_ops?.invalidate_folio;
  if (invalidate_folio === undefined) return;
  const from = Math.max(0, offset - folio.pos);
  yield* k.call(invalidate_folio, folio, from, Math.min(folio.size, end - folio.pos) - from);
}

function* truncate_inode_folio(k: Kernel, mapping: AddressSpace, folio: Folio): KernelFn {
  if (folio.mapped) folio.mapped = false;
  if (has(folio.flags, PG_dirty)) folio_clear_dirty_for_io(folio); // folio_cancel_dirty()
  yield k.spend(k.costs['inval.folio']);
  yield* k.spinLockIrq(mapping.xa_lock);
  __filemap_remove_folio(k, folio);
  k.spinUnlockIrq(mapping.xa_lock);
  folio_put(k, folio);
}

function* dropUntouched(k: Kernel, mapping: AddressSpace, from: number, past: number): KernelFn {
  const dropped = mapping.untouched.remove(from, past);
  if (dropped === 0) return;
  yield k.spend(dropped * k.costs['inval.folio']);
  hostOf(mapping).nrpages = mapping.nrpages;
}

/** The page cache's part in direct I/O, and writing dirty folios out. Source: mm/filemap.c (v6.12). */
import { rule } from '../../engine/rule.ts';
import { type File, has, Inode, IOCB_NOWAIT, type Kiocb } from '../include/linux/fs.ts';
import {
  type AddressSpace,
  errseq_check_and_advance,
  errseq_set,
  folio_get,
  folio_put,
  type WritebackControl,
} from '../include/linux/pagemap.ts';
import { EAGAIN, EIO } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { folio_wait_writeback } from './filemap-lock.ts';
import { filemap_range_has_page } from './filemap-lookup.ts';
import { do_writepages } from './page-writeback.ts';
import { invalidate_inode_pages2_range } from './truncate.ts';

export const mayWriteOut = rule({
  id: 'dio-may-write-out',
  asks: 'May this I/O wait for cached pages of its range to be written out first?',
  test: '!(iocb->ki_flags & IOCB_NOWAIT)',
  inputs: ['ki_flags'],
  source: { kind: 'code', file: 'mm/filemap.c', note: 'kiocb_write_and_wait, kiocb_invalidate_pages' },
});

export const rangeCached = rule({
  id: 'dio-range-cached',
  asks: 'Are pages of the range cached, so that a write that may not wait fails with -EAGAIN?',
  test: 'filemap_range_has_page(mapping, pos, end)',
  inputs: ['nrpages', 'pos'],
  source: { kind: 'code', file: 'mm/filemap.c', note: 'kiocb_invalidate_pages' },
});

export const mappingEmpty = rule({
  id: 'mapping-empty',
  asks: 'Has the file no cached pages at all, so that there is nothing to drop?',
  test: 'mapping_empty(mapping)',
  inputs: ['nrpages'],
  source: {
    kind: 'code',
    file: 'mm/truncate.c',
    note: 'invalidate_inode_pages2_range, kiocb_invalidate_post_direct_write',
  },
});

/** Before a direct read: writes dirty pages of the range out. Returns 0 or a negative errno. */
export function* kiocb_write_and_wait(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (k.decide(mayWriteOut, !has(iocb.ki_flags, IOCB_NOWAIT), iocb.ki_flags))
    yield* k.call(filemap_write_and_wait_range, iocb.ki_filp.inode.i_mapping, iocb.ki_pos, iocb.length_bytes);
  return 0;
}

/** Before a direct write: writes out and drops cached pages of the range. Returns 0 or a negative errno. */
export function* kiocb_invalidate_pages(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (k.decide(mayWriteOut, !has(iocb.ki_flags, IOCB_NOWAIT), iocb.ki_flags))
    yield* k.call(filemap_write_and_wait_range, inode.i_mapping, iocb.ki_pos, iocb.length_bytes);
  else if (nowaitCached(k, iocb) !== 0) return EAGAIN;
  yield* k.call(invalidate_inode_pages2_range, inode, iocb.ki_pos, iocb.length_bytes);
  return 0;
}

/** -EAGAIN for a write that may not wait and has cached pages in its range, else 0. */
export function nowaitCached(k: Kernel, iocb: Kiocb): number {
  if (!has(iocb.ki_flags, IOCB_NOWAIT)) return 0;
  const { ki_pos, length_bytes, ki_filp } = iocb;
  const { inode } = ki_filp;
  const cached = filemap_range_has_page(inode.i_mapping, ki_pos, ki_pos + length_bytes);
  return k.decide(rangeCached, cached, inode.nrpages, ki_pos) ? EAGAIN : 0;
}

/** After a direct write: drops pages that somebody read into the cache meanwhile; at once if there are none at all. May
 *  sleep, so task context only. */
export function* kiocb_invalidate_post_direct_write(k: Kernel, iocb: Kiocb, count: number): KernelFn {
  const { inode } = iocb.ki_filp;
  if (!k.in_task()) k.hazard('invalidate-outside-task', iocb);
  if (k.decide(mappingEmpty, inode.nrpages === 0, inode.nrpages)) yield k.spend(k.costs['inval.empty']);
  else yield* k.call(invalidate_inode_pages2_range, inode, iocb.ki_pos, count);
}

/** Writes dirty folios of a range out and waits until they are written. Returns 0 or a negative errno. */
export function* filemap_write_and_wait_range(
  k: Kernel,
  i_mapping: AddressSpace,
  pos: number,
  len: number,
): KernelFn<number> {
  if (i_mapping.nrpages === 0) return 0;
  const ret = yield* k.call(writesOut(k), i_mapping, 'WB_SYNC_ALL', pos, pos + len);
  yield* k.call(__filemap_fdatawait_range, i_mapping, pos, pos + len);
  return ret;
}

/** `file_write_and_wait_range()`, the same for fsync of a whole file. Errors since the last call of this open file count. */
export function* file_write_and_wait_range(k: Kernel, file: File): KernelFn<number> {
  const { i_mapping } = file.inode;
  let ret = 0;
  if (i_mapping.nrpages > 0) {
    ret = yield* k.call(writesOut(k), i_mapping, 'WB_SYNC_ALL', 0, Infinity);
    if (ret !== EIO) yield* k.call(__filemap_fdatawait_range, i_mapping, 0, Infinity);
  }
  const told = yield* k.call(file_check_and_advance_wb_err, file);
  return ret === 0 ? told : ret;
}

/** What writes a range out is called otherwise since v6.18. */
export const writesOut = (k: Kernel): typeof filemap_writeback =>
  k.switches.DROPBEHIND_END === 'folio_end_dropbehind' ? filemap_writeback : __filemap_fdatawrite_range;

/** Starts writeback of a range, which is waited for only if `mode` says so. Offsets in bytes. */
export function* filemap_writeback(
  k: Kernel,
  mapping: AddressSpace,
  sync_mode: WritebackControl['sync_mode'],
  range_start: number,
  range_end: number,
): KernelFn<number> {
  if (mapping.dirty.size === 0) return 0;
  return yield* k.call(do_writepages, mapping, { sync_mode, range_start, range_end, for_reclaim: false });
}

/** Its name before v6.18. */
export function* __filemap_fdatawrite_range(
  k: Kernel,
  mapping: AddressSpace,
  sync_mode: WritebackControl['sync_mode'],
  range_start: number,
  range_end: number,
): KernelFn<number> {
  const wbc = { sync_mode, range_start, range_end, for_reclaim: false };
  return yield* k.call(filemap_fdatawrite_wbc, mapping, wbc);
}

export function* filemap_fdatawrite_wbc(
  k: Kernel,
  mapping: AddressSpace,
  wbc: WritebackControl,
): KernelFn<number> {
  return mapping.dirty.size === 0 ? 0 : yield* k.call(do_writepages, mapping, wbc);
}

/** Waits until nothing of a range is under writeback. Task context. */
export function* __filemap_fdatawait_range(
  k: Kernel,
  mapping: AddressSpace,
  start: number,
  end: number,
): KernelFn {
  const folios = [...mapping.writeback].filter((f) => f.pos < end && f.pos + f.size > start);
  for (const folio of folios) folio_get(folio);
  for (const folio of folios.sort((a, b) => a.index - b.index)) {
    yield* k.call(folio_wait_writeback, folio);
    folio_put(k, folio);
  }
}

export const tellsError = rule({
  id: 'file-sees-wb-error',
  asks: 'Has writeback of the file failed since this open file was last told?',
  test: 'errseq_check(&mapping->wb_err, READ_ONCE(file->f_wb_err))',
  inputs: ['wb_err', 'f_wb_err'],
  source: { kind: 'code', file: 'mm/filemap.c', note: 'file_check_and_advance_wb_err' },
});

/** The error that this open file has not been told of yet, or 0. */
export function* file_check_and_advance_wb_err(k: Kernel, file: File): KernelFn<number> {
  const { wb_err } = file.inode.i_mapping;
  const { error, now } = errseq_check_and_advance(wb_err, file.f_wb_err);
  k.decide(tellsError, error !== 0, wb_err.seq, file.f_wb_err);
  file.f_wb_err = now;
  return error;
}

/** `mapping_set_error()`: remembers a failed write for whoever syncs the file. Any context. */
export function mapping_set_error(k: Kernel, mapping: AddressSpace, error: number): void {
  if (error === 0) return;
  errseq_set(mapping.wb_err, error);
  if (mapping.host instanceof Inode) errseq_set(mapping.host.i_sb.s_wb_err, error);
  k.trace('filemap_set_wb_err', mapping.host, error);
}

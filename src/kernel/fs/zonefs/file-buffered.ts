/** zonefs through the page cache: reads of all files, writes of conventional zones. Source: fs/zonefs/file.c (v6.17). */
import type { Obj } from '../../../engine/struct.ts';
import { has, hostOf, IOCB_NOWAIT, type Kiocb } from '../../include/linux/fs.ts';
import type {
  AddressSpace,
  AddressSpaceOperations,
  Folio,
  ReadaheadControl,
  WritebackControl,
} from '../../include/linux/pagemap.ts';
import { EAGAIN, EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_file_buffered_write, iomap_writepages, type IomapWritepageCtx } from '../iomap/buffered-io.ts';
import { iomap_page_mkwrite } from '../iomap/buffered-io-fault.ts';
import { iomap_read_folio, iomap_readahead } from '../iomap/buffered-io-read.ts';
import { iomap_add_to_ioend, iomap_ioend_writeback_submit, writepageCtx } from '../iomap/ioend-submit.ts';
import { generic_write_sync } from '../sync.ts';
import {
  zonefs_inode_is_seq,
  zonefs_io_error,
  zonefs_read_iomap_ops,
  zonefs_write_checks,
  zonefs_write_iomap_begin,
  zonefs_write_iomap_ops,
} from './file.ts';

/** Orders of folios up to 2 MiB. */
const MAX_ORDER = 9;

/** A write into the page cache. Sequential zones refuse it, because writeback may not keep the order. */
export function* zonefs_file_buffered_write(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (zonefs_inode_is_seq(k, inode)) return EIO;
  if (!has(iocb.ki_flags, IOCB_NOWAIT)) yield* k.down(inode.i_rwsem, true);
  else if (!k.tryDown(inode.i_rwsem, true)) return EAGAIN;
  let ret = yield* k.call(zonefs_write_checks, iocb);
  if (ret === 0)
    ret = yield* k.call(iomap_file_buffered_write, iocb, zonefs_write_iomap_ops, iomap_bio_read_ops);
  if (ret === EIO) yield* k.call(zonefs_io_error, inode);
  k.up(inode.i_rwsem, true);
  return ret > 0 ? yield* k.call(generic_write_sync, iocb, ret) : ret;
}

/** One pass of writeback over a conventional zone. Returns 0 or a negative errno. Task context. */
export function* zonefs_writepages(
  k: Kernel,
  mapping: AddressSpace,
  wbc: WritebackControl,
): KernelFn<number> {
  const inode = hostOf(mapping);
  const ops = { writeback_range: zonefs_writeback_range, writeback_submit: iomap_ioend_writeback_submit };
  return yield* k.callAbout(inode, iomap_writepages, writepageCtx(inode, wbc, ops));
}

export function* zonefs_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  len: number,
  end_pos: number,
): KernelFn<number> {
  const error = yield* k.callAbout(folio, zonefs_write_map_blocks, wpc, pos);
  if (error !== 0) return error;
  return yield* k.callAbout(folio, iomap_add_to_ioend, wpc, folio, pos, end_pos, len);
}

/** Before v6.17 the hook of iomap itself. Returns 0 or a negative errno. */
export function* zonefs_write_map_blocks(k: Kernel, wpc: IomapWritepageCtx, pos: number): KernelFn<number> {
  const { inode, iomap } = wpc;
  if (inode.extents.lookupFails()) return EIO;
  if (iomap !== null && pos >= iomap.offset && pos < iomap.offset + iomap.length) return 0;
  wpc.iomap = yield* k.call(zonefs_write_iomap_begin, inode, pos, inode.i_size - pos);
  return 0;
}

export function* zonefs_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.callAbout(rac.about, iomap_readahead, rac, zonefs_read_iomap_ops, iomap_bio_read_ops);
}

export function* zonefs_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return yield* k.call(iomap_read_folio, folio, about, zonefs_read_iomap_ops, iomap_bio_read_ops);
}

export function* zonefs_filemap_page_mkwrite(k: Kernel, folio: Folio): KernelFn {
  yield* k.call(iomap_page_mkwrite, folio, zonefs_write_iomap_ops);
}

/** Files of sequential zones: only reads go through the page cache. */
const sequential: AddressSpaceOperations = {
  readahead: zonefs_readahead,
  read_folio: zonefs_read_folio,
  max_order: MAX_ORDER,
};

export const zonefs_file_aops = (conventional: boolean): AddressSpaceOperations =>
  conventional
    ? { ...sequential, writepages: zonefs_writepages, page_mkwrite: zonefs_filemap_page_mkwrite }
    : sequential;

/**
 * Block devices as files: buffered reads and writes, and their writeback through buffer heads, or through iomap in kernels
 * that are built without those. Source: block/fops.c (v6.17 to v7.3; 8b5ffb43ae9d).
 */
import { rule } from '../../engine/rule.ts';
import type { Obj } from '../../engine/struct.ts';
import { block_dirty_folio, block_read_full_folio, block_write_full_folio } from '../fs/buffer.ts';
import { file_update_time } from '../fs/inode.ts';
import { iomap_bio_read_ops } from '../fs/iomap/bio.ts';
import {
  iomap_file_buffered_write,
  iomap_writepages,
  type IomapWritepageCtx,
} from '../fs/iomap/buffered-io.ts';
import { iomap_read_folio, iomap_readahead } from '../fs/iomap/buffered-io-read.ts';
import { iomap_add_to_ioend, iomap_ioend_writeback_submit, writepageCtx } from '../fs/iomap/ioend-submit.ts';
import { type Iomap, IOMAP_F_BUFFER_HEAD, type IomapOps } from '../fs/iomap/iomap.ts';
import { mpage_readahead } from '../fs/mpage.ts';
import { generic_write_sync } from '../fs/sync.ts';
import { SECTOR_BYTES } from '../include/linux/blk_types.ts';
import { BH_Mapped, type BufferHead, changeBuffer } from '../include/linux/buffer_head.ts';
import {
  type File,
  type FileOperations,
  has,
  hostOf,
  type Inode,
  IOCB_NOWAIT,
  type Kiocb,
} from '../include/linux/fs.ts';
import {
  type AddressSpace,
  type AddressSpaceOperations,
  type Folio,
  folio_put,
  PAGE_SIZE,
  type ReadaheadControl,
  type WritebackControl,
} from '../include/linux/pagemap.ts';
import { EIO, ENOSPC, EOPNOTSUPP } from '../include/uapi/asm-generic/errno.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { file_write_and_wait_range } from '../mm/filemap.ts';
import { filemap_read } from '../mm/filemap-read.ts';
import { writeback_iter, WritebackPass } from '../mm/page-writeback.ts';
import { blk_finish_plug, blk_start_plug } from './blk-core.ts';
import { blkdev_issue_flush } from './blk-flush-issue.ts';

/** Orders of folios up to 2 MiB. */
const MAX_ORDER = 9;

/** How the kernel is built; the scenario's machine says it. */
export const CONFIG_BUFFER_HEAD = new PerRun(() => ({ on: true }));

export const def_blk_fops: FileOperations = {
  read_iter: blkdev_read_iter,
  write_iter: blkdev_write_iter,
  fsync: blkdev_fsync,
  buffer_rasync: true,
  buffer_wasync: true, // it is no regular file: its own write_iter refuses
  dontcache: (k) => k.switches.BDEV_DONTCACHE,
};

export const refusesNowait = rule({
  id: 'blkdev-buffered-nowait',
  asks: 'Must a buffered write not wait, which it cannot promise?',
  test: '(iocb->ki_flags & (IOCB_NOWAIT | IOCB_DIRECT)) == IOCB_NOWAIT',
  inputs: ['ki_flags'],
  source: { kind: 'code', file: 'block/fops.c', note: 'blkdev_write_iter' },
});

/** All of the device, as one mapping. */
export function* blkdev_iomap_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  _length: number,
  _flags: number,
): KernelFn<Iomap | number> {
  if (pos >= inode.i_size) return EIO;
  const offset = Math.floor(pos / SECTOR_BYTES) * SECTOR_BYTES;
  return {
    type: 'IOMAP_MAPPED',
    flags: k.of(CONFIG_BUFFER_HEAD).on ? IOMAP_F_BUFFER_HEAD : 0,
    addr: inode.extents.address(offset, false),
    offset,
    length: inode.i_size - offset,
  };
}

const blkdev_iomap_ops: IomapOps = { iomap_begin: blkdev_iomap_begin };

/** Every block is where its number says. */
export function* blkdev_get_block(_k: Kernel, inode: Inode, bh: BufferHead): KernelFn<number> {
  bh.b_blocknr = inode.extents.address(bh.b_folio.pos + bh.b_offset, false) / PAGE_SIZE;
  changeBuffer(bh, BH_Mapped);
  return 0;
}

/** One pass of writeback over the device. Returns 0 or a negative errno. Task context. */
export function* blkdev_writepages(
  k: Kernel,
  mapping: AddressSpace,
  wbc: WritebackControl,
): KernelFn<number> {
  if (k.of(CONFIG_BUFFER_HEAD).on) return yield* k.inlined(writeBuffers, mapping, wbc);
  const inode = hostOf(mapping);
  const ops = { writeback_range: blkdev_writeback_range, writeback_submit: iomap_ioend_writeback_submit };
  return yield* k.callAbout(inode, iomap_writepages, writepageCtx(inode, wbc, ops));
}

/** Folio by folio, each with bios of its own, which are issued together. */
function* writeBuffers(k: Kernel, mapping: AddressSpace, wbc: WritebackControl): KernelFn<number> {
  const pass = new WritebackPass(mapping, wbc);
  const plug = blk_start_plug(k);
  let error = 0;
  for (;;) {
    const folio = yield* k.callAbout(mapping, writeback_iter, pass, error);
    if (folio === null) break;
    error = yield* k.call(block_write_full_folio, folio, wbc, blkdev_get_block);
    folio_put(k, folio);
  }
  yield* k.call(blk_finish_plug, plug);
  return pass.saved_err;
}

export function* blkdev_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  len: number,
  end_pos: number,
): KernelFn<number> {
  const { inode, iomap } = wpc;
  if (inode.extents.lookupFails()) return EIO;
  if (iomap === null || pos < iomap.offset || pos >= iomap.offset + iomap.length) {
    const found = yield* k.call(blkdev_iomap_begin, inode, pos, inode.i_size - pos, 0);
    if (typeof found === 'number') return found;
    wpc.iomap = found;
  }
  return yield* k.callAbout(folio, iomap_add_to_ioend, wpc, folio, pos, end_pos, len);
}

export function* blkdev_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  if (k.of(CONFIG_BUFFER_HEAD).on) yield* k.callAbout(rac.about, mpage_readahead, rac, placeOf);
  else yield* k.callAbout(rac.about, iomap_readahead, rac, blkdev_iomap_ops, iomap_bio_read_ops);
}

const placeOf = (inode: Inode, pos: number): number => inode.extents.address(pos, false);

export function* blkdev_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return k.of(CONFIG_BUFFER_HEAD).on
    ? yield* k.call(block_read_full_folio, folio, blkdev_get_block)
    : yield* k.call(iomap_read_folio, folio, about, blkdev_iomap_ops, iomap_bio_read_ops);
}

/** The page cache of a device. */
export const def_blk_aops = (k: Kernel): AddressSpaceOperations => ({
  writepages: blkdev_writepages,
  readahead: blkdev_readahead,
  read_folio: blkdev_read_folio,
  ...(k.of(CONFIG_BUFFER_HEAD).on ? { dirty_folio: block_dirty_folio } : {}),
  max_order: MAX_ORDER,
});

export function* blkdev_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(filemap_read, iocb);
}

/** A write into the page cache of the device, which cannot grow. Simplified: the lock is shared in all kernels. */
export function* blkdev_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (iocb.ki_pos >= inode.i_size) return ENOSPC;
  if (k.decide(refusesNowait, has(iocb.ki_flags, IOCB_NOWAIT), iocb.ki_flags)) return EOPNOTSUPP;
  yield* k.call(file_update_time, inode, false);
  yield* k.down(inode.i_rwsem, false);
  const ret = yield* k.call(blkdev_buffered_write, iocb);
  k.up(inode.i_rwsem, false);
  return ret > 0 ? yield* k.call(generic_write_sync, iocb, ret) : ret;
}

export function* blkdev_buffered_write(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(iomap_file_buffered_write, iocb, blkdev_iomap_ops, iomap_bio_read_ops);
}

/** Writes what is dirty, waits for it, and has the device empty its write cache. */
export function* blkdev_fsync(k: Kernel, file: File, _datasync: boolean): KernelFn<number> {
  const error = yield* k.call(file_write_and_wait_range, file);
  if (error !== 0) return error;
  const flushed = yield* k.call(blkdev_issue_flush, file.inode.i_sb);
  return flushed === EOPNOTSUPP ? 0 : flushed;
}

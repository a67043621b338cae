/**
 * A filesystem that is none of Linux: it maps a range exactly as the scenario's extents say, so that iomap can be tried
 * with mappings that no real filesystem makes of these files. It takes no locks and never says -EAGAIN. What it does when
 * a write ends, and how it syncs, is what XFS does.
 */
import type { Obj } from '../../engine/struct.ts';
import { type FileOperations, has, type Inode, IOCB_DIRECT, type Kiocb } from '../include/linux/fs.ts';
import type { AddressSpaceOperations, Folio, ReadaheadControl } from '../include/linux/pagemap.ts';
import { ENOTBLK } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import type { ExtentState } from './extents.ts';
import { generic_file_read_iter } from '../mm/filemap-read.ts';
import { iomap_bio_read_ops } from './iomap/bio.ts';
import { iomap_read_folio, iomap_readahead } from './iomap/buffered-io-read.ts';
import { iomap_dio_rw } from './iomap/direct-io.ts';
import { iomap_dio_read_simple } from './iomap/direct-io-simple.ts';
import {
  type Iomap,
  IOMAP_DIO_FORCE_WAIT,
  IOMAP_F_DIRTY,
  IOMAP_F_NEW,
  IOMAP_F_SHARED,
  IOMAP_WRITE,
  type IomapOps,
  type IomapType,
} from './iomap/iomap.ts';
import { xfs_dio_write_end_io, xfs_file_fsync } from './xfs/xfs_file.ts';
import { xfs_file_fallocate, xfs_setattr_size } from './xfs/xfs_iops.ts';

const MAPPINGS: Readonly<Record<ExtentState, readonly [type: IomapType, flags: number]>> = {
  mapped: ['IOMAP_MAPPED', 0],
  'mapped-dirty': ['IOMAP_MAPPED', IOMAP_F_DIRTY],
  new: ['IOMAP_MAPPED', IOMAP_F_NEW],
  shared: ['IOMAP_MAPPED', IOMAP_F_SHARED],
  unwritten: ['IOMAP_UNWRITTEN', 0],
  hole: ['IOMAP_HOLE', 0],
  delalloc: ['IOMAP_DELALLOC', 0],
};

export function* iomapfs_iomap_begin(
  _k: Kernel,
  { extents }: Inode,
  pos: number,
  length: number,
  flags: number,
): KernelFn<Iomap> {
  const extent = extents.at(pos, length);
  const [type, iomap_flags] = MAPPINGS[extent.state];
  const cow = has(flags, IOMAP_WRITE) && extent.state === 'shared';
  return { type, flags: iomap_flags, addr: extents.address(pos, cow), offset: pos, length: extent.length };
}

const iomapfs_ops: IomapOps = { iomap_begin: iomapfs_iomap_begin };

/** Buffered reads; what is written is never buffered. */
export const iomapfs_address_space_operations: AddressSpaceOperations = {
  readahead: iomapfs_readahead,
  read_folio: iomapfs_read_folio,
  max_order: 0,
};

export function* iomapfs_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.callAbout(rac.about, iomap_readahead, rac, iomapfs_ops, iomap_bio_read_ops);
}

export function* iomapfs_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return yield* k.call(iomap_read_folio, folio, about, iomapfs_ops, iomap_bio_read_ops);
}

export function* iomapfs_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (!has(iocb.ki_flags, IOCB_DIRECT)) return yield* k.call(generic_file_read_iter, iocb);
  let ret = ENOTBLK;
  if (k.switches.SIMPLE_READ) ret = yield* k.call(iomap_dio_read_simple, iocb, iomapfs_ops);
  if (ret === ENOTBLK) ret = yield* k.call(iomap_dio_rw, iocb, iomapfs_ops, null, 0);
  return ret;
}

export function* iomapfs_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(iomap_dio_rw, iocb, iomapfs_ops, { end_io: xfs_dio_write_end_io }, 0);
}

/** With `IOMAP_DIO_FORCE_WAIT`, as ext4 passes it for extending writes and XFS for unaligned ones. */
export function* iomapfs_write_iter_wait(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const ops = { end_io: xfs_dio_write_end_io };
  return yield* k.call(iomap_dio_rw, iocb, iomapfs_ops, ops, IOMAP_DIO_FORCE_WAIT);
}

export function iomapfs_file_operations(force_wait: boolean): FileOperations {
  return {
    read_iter: iomapfs_read_iter,
    write_iter: force_wait ? iomapfs_write_iter_wait : iomapfs_write_iter,
    fsync: xfs_file_fsync,
    fallocate: xfs_file_fallocate,
    setattr_size: xfs_setattr_size,
    dio_parallel_write: true,
  };
}

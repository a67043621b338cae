/** zonefs: a file is a zone; a sequential one is only written at its end, and not through the page cache. Source: fs/zonefs/file.c (v6.12). */
import { rule } from '../../../engine/rule.ts';
import { has, type Inode, IOCB_DIRECT, IOCB_NOWAIT, type Kiocb } from '../../include/linux/fs.ts';
import { EAGAIN, EINVAL } from '../../include/uapi/asm-generic/errno.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { iomap_dio_rw } from '../iomap/direct-io.ts';
import { type Iomap, type IomapDioOps, type IomapOps } from '../iomap/iomap.ts';

/** z_wpoffset of each file: where the next write must begin; ahead of the size while writes are in flight. */
const zones = new PerRun(() => new Map<Inode, Zone>());
type Zone = { wp: number; conventional: boolean };

/** The file is a conventional zone, which can be written anywhere. */
export function setConventional(k: Kernel, inode: Inode): void {
  zoneOf(k, inode).conventional = true;
}

/** `zonefs_inode_is_seq()`. */
export const zonefs_inode_is_seq = (k: Kernel, inode: Inode): boolean => !zoneOf(k, inode).conventional;

function zoneOf(k: Kernel, inode: Inode): Zone {
  const all = k.of(zones);
  const zone = all.get(inode) ?? { wp: inode.i_size, conventional: false };
  all.set(inode, zone);
  return zone;
}

export const atWritePointer = rule({
  id: 'zonefs-at-write-pointer',
  asks: 'Does the write begin at the zone’s write pointer, as it must?',
  test: 'iocb->ki_pos == z->z_wpoffset',
  inputs: ['pos', 'i_size'],
  source: { kind: 'code', file: 'fs/zonefs/file.c', note: 'zonefs_file_dio_write' },
});

/** What is written is mapped, what is not is unwritten: a write at the end of the zone gets the latter. */
export function* zonefs_write_iomap_begin(
  _k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
): KernelFn<Iomap> {
  const type = pos >= inode.i_size ? 'IOMAP_UNWRITTEN' : 'IOMAP_MAPPED';
  return { type, flags: 0, addr: inode.extents.address(pos, false), offset: pos, length };
}

export function* zonefs_read_iomap_begin(
  _k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
): KernelFn<Iomap> {
  const type = pos >= inode.i_size ? 'IOMAP_HOLE' : 'IOMAP_MAPPED';
  return { type, flags: 0, addr: inode.extents.address(pos, false), offset: pos, length };
}

export const zonefs_write_iomap_ops: IomapOps = { iomap_begin: zonefs_write_iomap_begin };
export const zonefs_read_iomap_ops: IomapOps = { iomap_begin: zonefs_read_iomap_begin };

/** Ends a direct write: moves the write pointer in memory; after an error it asks the device where that is. Takes a
 *  sleeping lock in any case. */
export function* zonefs_file_write_dio_end_io(
  k: Kernel,
  iocb: Kiocb,
  size: number,
  error: number,
  _flags: number,
): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (error !== 0) {
    yield* k.call(zonefs_io_error, inode);
    return error;
  }
  const end = iocb.ki_pos + size;
  if (size > 0 && end > inode.i_size) yield* k.call(zonefs_i_size_write, inode, end);
  return 0;
}

export function* zonefs_file_read_dio_end_io(
  k: Kernel,
  iocb: Kiocb,
  _size: number,
  error: number,
  _flags: number,
): KernelFn<number> {
  if (error !== 0) yield* k.call(zonefs_io_error, iocb.ki_filp.inode);
  return error;
}

/** Repairs the file's size from the zone's state. Source: fs/zonefs/super.c. */
export function* zonefs_io_error(k: Kernel, inode: Inode): KernelFn {
  if (!k.in_task()) k.hazard('error-handling-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
}

export function* zonefs_i_size_write(k: Kernel, inode: Inode, isize: number): KernelFn {
  if (!k.in_task()) k.hazard('sleeping-lock-outside-task', inode);
  inode.i_size = isize;
}

const zonefs_write_dio_ops: IomapDioOps = { end_io: zonefs_file_write_dio_end_io };
export const zonefs_read_dio_ops: IomapDioOps = { end_io: zonefs_file_read_dio_end_io };

/** Before a write: one into the page cache may not be asked not to wait. Returns 0 or a negative errno. Append is not modelled. */
export function* zonefs_write_checks(_k: Kernel, { ki_flags }: Kiocb): KernelFn<number> {
  return has(ki_flags, IOCB_NOWAIT) && !has(ki_flags, IOCB_DIRECT) ? EINVAL : 0;
}

/** Writes at the end of the zone and nowhere else, unless it is a conventional one. */
export function* zonefs_file_dio_write(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (!has(iocb.ki_flags, IOCB_NOWAIT)) yield* k.down(inode.i_rwsem, true);
  else if (!k.tryDown(inode.i_rwsem, true)) return EAGAIN;
  const zone = zoneOf(k, inode);
  const { wp, conventional } = zone;
  const error = yield* k.call(zonefs_write_checks, iocb);
  let ret = error === 0 ? EINVAL : error;
  const goesOn =
    error === 0 && (conventional || k.decide(atWritePointer, iocb.ki_pos === wp, iocb.ki_pos, wp));
  if (goesOn) {
    if (!conventional) zone.wp = wp + iocb.length_bytes;
    ret = yield* k.call(iomap_dio_rw, iocb, zonefs_write_iomap_ops, zonefs_write_dio_ops, 0);
  }
  k.up(inode.i_rwsem, true);
  return ret;
}

/** XFS files: reads and writes of open files. Source: fs/xfs/xfs_file.c (v6.12). */
import { has, IOCB_NOWAIT, type FileOperations, type Inode, type Kiocb } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_dio_rw } from '../iomap/direct-io.ts';
import type { IomapDioOps } from '../iomap/iomap.ts';
import { xfs_direct_write_iomap_ops, xfs_read_iomap_ops } from './xfs_iomap.ts';

const EAGAIN = -11;

export const xfs_file_operations: FileOperations = {
  read_iter: xfs_file_read_iter,
  write_iter: xfs_file_write_iter,
};

/** Ends a direct write. On written extents inside the file there is nothing to convert or to extend. */
export function* xfs_dio_write_end_io(
  _k: Kernel,
  _iocb: Kiocb,
  _size: number,
  error: number,
  _flags: number,
): KernelFn<number> {
  return error;
}

const xfs_dio_write_ops: IomapDioOps = { end_io: xfs_dio_write_end_io };

export function* xfs_file_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(xfs_file_dio_read, iocb);
}

export function* xfs_file_dio_read(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (!(yield* k.call(xfs_ilock_iocb, iocb, inode))) return EAGAIN;
  const ret = yield* k.call(iomap_dio_rw, iocb, xfs_read_iomap_ops, null);
  k.up(inode.i_rwsem, false);
  return ret;
}

export function* xfs_file_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(xfs_file_dio_write_aligned, iocb);
}

export function* xfs_file_dio_write_aligned(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (!(yield* k.call(xfs_ilock_iocb, iocb, inode))) return EAGAIN;
  const ret = yield* k.call(iomap_dio_rw, iocb, xfs_direct_write_iomap_ops, xfs_dio_write_ops);
  k.up(inode.i_rwsem, false);
  return ret;
}

/** Takes the inode lock shared; without waiting for it if the kiocb may not block. */
export function* xfs_ilock_iocb(k: Kernel, iocb: Kiocb, inode: Inode): KernelFn<boolean> {
  if (has(iocb.ki_flags, IOCB_NOWAIT)) return k.tryDown(inode.i_rwsem, false);
  yield* k.down(inode.i_rwsem, false);
  return true;
}

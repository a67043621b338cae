/** System calls that change a file's extents, and fsync. Source: fs/open.c, fs/sync.c. */
import type { File } from '../include/linux/fs.ts';
import { EOPNOTSUPP } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { vfs_fsync_range } from './sync.ts';

/** `fallocate(2)` with FALLOC_FL_PUNCH_HOLE. Returns 0 or a negative errno. */
export function* vfs_fallocate(k: Kernel, file: File, offset: number, len: number): KernelFn<number> {
  const { fallocate } = file.f_op;
  return fallocate === undefined ? EOPNOTSUPP : yield* k.call(fallocate, file.inode, offset, len);
}

/** `ftruncate(2)`: sets the size, under the inode lock. Returns 0 or a negative errno. */
export function* do_truncate(k: Kernel, file: File, length: number): KernelFn<number> {
  const { setattr_size } = file.f_op;
  if (setattr_size === undefined) return EOPNOTSUPP;
  yield* k.down(file.inode.i_rwsem, true);
  const ret = yield* k.call(setattr_size, file.inode, length);
  k.up(file.inode.i_rwsem, true);
  return ret;
}

/** `fsync(2)`. Returns 0 or a negative errno. */
export function* do_fsync(k: Kernel, file: File): KernelFn<number> {
  const ret = yield* k.callAbout(file.inode, vfs_fsync_range, file, false);
  k.trace('sys_exit', file.inode, ret);
  return ret;
}

/** XFS_IOC_GOINGDOWN without writing the log: every later I/O of the filesystem fails. Source: fs/xfs/xfs_fsops.c. */
export function* goingdown(_k: Kernel, file: File): KernelFn<number> {
  file.inode.i_sb.shutdown = true;
  return 0;
}

/** Making a file durable. Source: fs/sync.c, include/linux/fs.h. */
import { has, IOCB_SYNC, iocb_is_dsync, type Kiocb } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

/** After an O_DSYNC or O_SYNC write of `count` bytes: makes them durable. Returns `count` or a negative errno. */
export function* generic_write_sync(k: Kernel, iocb: Kiocb, count: number): KernelFn<number> {
  if (!iocb_is_dsync(iocb)) return count;
  if (!k.in_task()) k.hazard('sync-outside-task', iocb);
  const ret = yield* k.call(vfs_fsync_range, iocb, !has(iocb.ki_flags, IOCB_SYNC));
  return ret < 0 ? ret : count;
}

/** `fsync(2)` of what a kiocb wrote; `datasync`: only what is needed to find the data. May sleep. */
export function* vfs_fsync_range(k: Kernel, iocb: Kiocb, datasync: boolean): KernelFn<number> {
  const { f_op, inode } = iocb.ki_filp;
  return yield* k.call(f_op.fsync, inode, datasync);
}

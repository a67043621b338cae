/** The page cache's part in direct I/O. No file of this model has cached pages yet. Source: mm/filemap.c (v6.12). */
import type { Inode, Kiocb } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

/** Before a direct read: writes dirty pages of the range out. Returns 0 or a negative errno. */
export function* kiocb_write_and_wait(k: Kernel, _iocb: Kiocb): KernelFn<number> {
  yield k.spend(k.costs['inval.empty']);
  return 0;
}

/** Before a direct write: drops cached pages of the range. Returns 0 or a negative errno. */
export function* kiocb_invalidate_pages(k: Kernel, iocb: Kiocb): KernelFn<number> {
  yield* k.call(invalidate_inode_pages2_range, iocb.ki_filp.inode);
  return 0;
}

/** After a direct write: drops pages that somebody read into the cache meanwhile. May sleep, so task context only. */
export function* kiocb_invalidate_post_direct_write(k: Kernel, iocb: Kiocb): KernelFn {
  if (!k.in_task()) k.hazard('invalidate-outside-task', iocb);
  yield* k.call(invalidate_inode_pages2_range, iocb.ki_filp.inode);
}

/** Looks the range up and drops what it finds. Source: mm/truncate.c. */
export function* invalidate_inode_pages2_range(k: Kernel, _inode: Inode): KernelFn {
  yield k.spend(k.costs['inval.empty']);
}

/** Blocks that files share: copies on write. Source: fs/xfs/xfs_reflink.c (v6.12). */
import type { Inode } from '../../include/linux/fs.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { markDirty } from '../inode.ts';

/** Blocks for the copy of a shared extent. */
export function* xfs_reflink_allocate_cow(k: Kernel, inode: Inode): KernelFn {
  yield k.spend(k.costs['fs.alloc']);
  markDirty(inode);
}

/** Before the copy is written: its blocks, so far unwritten, become real ones. Without recursion into the filesystem,
 *  because writeback may run for memory reclaim. Returns 0 or a negative errno. */
export function* xfs_reflink_convert_cow(k: Kernel, inode: Inode): KernelFn<number> {
  if (!k.in_task()) k.hazard('transaction-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
  return inode.i_sb.shutdown ? EIO : 0;
}

/** Puts the copied blocks in the place of the shared ones. */
export function* xfs_reflink_end_cow(k: Kernel, inode: Inode, pos: number, size: number): KernelFn {
  if (!k.in_task()) k.hazard('transaction-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
  inode.extents.put({ offset: pos, length: size, state: 'mapped' });
  markDirty(inode);
}

/** Gives the blocks of a copy back that could not be written. */
export function* xfs_reflink_cancel_cow_range(k: Kernel, inode: Inode): KernelFn {
  yield k.spend(k.costs['fs.alloc']);
  markDirty(inode);
}

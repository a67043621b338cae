/** Reports of I/O errors to user space. Source: fs/fserror.c (v7.0). */
import type { Inode } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

/** Tells user space of a failed write; takes the inode's lock, which is not safe in interrupts. */
export function* fserror_report_io(k: Kernel, inode: Inode, error: number): KernelFn {
  if (!k.in_task()) k.hazard('sleeping-lock-outside-task', inode);
  yield* k.spinLock(inode.i_lock); // igrab()
  k.spinUnlock(inode.i_lock);
  k.trace('fserror_report', inode, error);
}

/** Reports of I/O errors to user space. Source: fs/fserror.c (v7.0). */
import type { Inode } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

/** Tells user space of a failed write; takes i_lock, which others hold with interrupts on: the caller must be a task. */
export function* fserror_report_io(k: Kernel, inode: Inode, error: number): KernelFn {
  yield* k.spinLock(inode.i_lock); // igrab()
  k.spinUnlock(inode.i_lock);
  k.trace('fserror_report', inode, error);
}

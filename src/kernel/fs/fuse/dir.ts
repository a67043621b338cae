/** Who keeps writes of a file from being sent, and the times of an inode. Source: fs/fuse/dir.c (v6.17). */
import { TaskState } from '../../../log/events.ts';
import type { Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { fuse_simple_request } from './dev.ts';
import { fuse_flush_writepages } from './file-writeback.ts';
import { FUSE_NOWRITE, get_fuse_inode } from './fuse_i.ts';

/** From now on no write of the file is sent; waits until those that were sent are answered. With the inode lock, sleeps. */
export function* fuse_set_nowrite(k: Kernel, inode: Inode): KernelFn {
  const fi = get_fuse_inode(k, inode);
  yield* k.spinLock(fi.lock);
  fi.writectr = fi.writectr + FUSE_NOWRITE;
  k.spinUnlock(fi.lock);
  const none = (): boolean => fi.writectr === FUSE_NOWRITE;
  yield* k.waitEvent(
    fi.page_waitq,
    TaskState.Uninterruptible,
    'the writes that were sent to the daemon',
    none,
  );
}

/** Lets writes of the file be sent again, those first that were held back. With the inode lock. */
export function* fuse_release_nowrite(k: Kernel, inode: Inode): KernelFn {
  const fi = get_fuse_inode(k, inode);
  yield* k.spinLock(fi.lock);
  fi.writectr = 0; // __fuse_release_nowrite()
  yield* k.call(fuse_flush_writepages, inode);
  k.spinUnlock(fi.lock);
}

/** Tells the daemon the times of an inode, which the kernel keeps with writeback_cache. Returns 0 or a negative errno. */
export function* fuse_flush_times(k: Kernel, inode: Inode): KernelFn<number> {
  const args = { opcode: 'FUSE_SETATTR', inode, about: inode, offset: 0, size: 0, end: null } as const;
  return yield* k.callAbout(inode, fuse_simple_request, args);
}

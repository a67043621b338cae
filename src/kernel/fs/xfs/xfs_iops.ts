/** What changes the extents of an XFS file. Source: fs/xfs/xfs_file.c, xfs_iops.c, xfs_bmap_util.c (v6.12). */
import type { Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { truncate_pagecache_range } from '../../mm/truncate.ts';
import { MAX_FILE_BYTES } from '../extents.ts';
import { inode_dio_wait, markDirty } from '../inode.ts';

/** Punches a hole: alone, and only when no direct I/O is in flight, which could change the file when it ends. */
export function* xfs_file_fallocate(k: Kernel, inode: Inode, offset: number, len: number): KernelFn<number> {
  yield* k.down(inode.i_rwsem, true);
  yield* k.call(inode_dio_wait, inode);
  yield* k.call(xfs_free_file_space, inode, offset, len);
  k.up(inode.i_rwsem, true);
  return 0;
}

/** Gives the blocks of a range back. */
export function* xfs_free_file_space(k: Kernel, inode: Inode, offset: number, len: number): KernelFn {
  yield* k.call(truncate_pagecache_range, inode, offset, len);
  yield k.spend(k.costs['fs.alloc']);
  if (inode.i_dio_count > 0) k.hazard('extent-freed-under-dio', inode);
  inode.extents.put({ offset, length: len, state: 'hole' });
  markDirty(inode);
}

/** Sets the size, when no direct I/O is in flight. The caller has the inode lock. */
export function* xfs_setattr_size(k: Kernel, inode: Inode, size: number): KernelFn<number> {
  yield* k.call(inode_dio_wait, inode);
  if (inode.i_dio_count > 0) k.hazard('extent-freed-under-dio', inode);
  const old = inode.i_size;
  inode.i_size = size;
  inode.i_disksize = size;
  if (size < old) {
    yield* k.call(truncate_pagecache_range, inode, size, old - size);
    inode.extents.put({ offset: size, length: MAX_FILE_BYTES - size, state: 'hole' });
  }
  yield k.spend(k.costs['fs.alloc']);
  markDirty(inode);
  return 0;
}

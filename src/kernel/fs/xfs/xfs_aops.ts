/** Finishing XFS ioends in a worker. Source: fs/xfs/xfs_aops.c (v6.15 to v7.3). */
import { assert } from '../../../base/assert.ts';
import { blk_status_to_errno } from '../../block/blk-core.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import type { Inode } from '../../include/linux/fs.ts';
import {
  alloc_workqueue,
  WorkStruct,
  WQ_FREEZABLE,
  WQ_MEM_RECLAIM,
  WQ_PERCPU,
} from '../../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import { iomap_finish_ioends, iomap_ioend_try_merge, IomapIoend } from '../iomap/ioend.ts';
import { markDirty } from '../inode.ts';
import { xfs_log_force_seq } from './xfs_log.ts';

/** m_unwritten_workqueue. */
const xfs_conv_wq = alloc_workqueue('xfs-conv/nvme0n1', WQ_MEM_RECLAIM | WQ_FREEZABLE | WQ_PERCPU);

/** i_ioend_list of each inode. */
const ioendLists = new PerRun(() => new Map<Inode, IomapIoend[]>());
/** The bio of an ioend has ended: puts it on the inode's list; the first one there starts the worker. Any context. */
export function* xfs_end_bio(k: Kernel, bio: Bio): KernelFn {
  const ioend = bio.container;
  assert(ioend instanceof IomapIoend, 'the bio is part of an ioend');
  const { io_inode } = ioend;
  const list = k.of(ioendLists).get(io_inode) ?? [];
  k.of(ioendLists).set(io_inode, list);
  list.push(ioend);
  if (list.length > 1) return;
  const work = new WorkStruct(k, bio);
  work.func = xfs_end_io;
  work.container = io_inode;
  yield* k.call(queue_work, work, xfs_conv_wq);
}

/** Finishes all ioends of an inode, in the order of their offsets. */
export function* xfs_end_io(k: Kernel, work: WorkStruct): KernelFn {
  const inode = work.container as Inode; // set by xfs_end_bio
  const ioends = k.of(ioendLists).get(inode)?.splice(0) ?? [];
  ioends.sort((a, b) => a.io_offset - b.io_offset); // iomap_sort_ioends()
  for (let ioend = ioends.shift(); ioend !== undefined; ioend = ioends.shift()) {
    yield* k.call(iomap_ioend_try_merge, ioend, ioends);
    yield* k.call(xfs_end_ioend, ioend);
  }
}

/** Maps what was written to a zone into the file, then ends the ioend. A failed write may shut the filesystem down. */
export function* xfs_end_ioend(k: Kernel, ioend: IomapIoend): KernelFn {
  const error = blk_status_to_errno(ioend.io_bio.bi_status);
  if (error === 0) yield* k.call(xfs_zoned_end_io, ioend.io_inode, ioend.io_offset, ioend.io_size);
  else if (k.switches.ZONED_SHUTDOWN) yield* k.call(xfs_do_force_shutdown, ioend.io_inode);
  yield* k.call(iomap_finish_ioends, ioend, error);
}

/** The new blocks take the place of the old ones. Source: fs/xfs/xfs_zone_alloc.c. */
export function* xfs_zoned_end_io(k: Kernel, inode: Inode, offset: number, count: number): KernelFn {
  if (!k.in_task()) k.hazard('transaction-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
  inode.extents.put({ offset, length: count, state: 'mapped' });
  markDirty(inode);
}

/**
 * The filesystem gives up: the log is written once more, and every later I/O fails. Simplified: in the kernel I/O fails
 * from the beginning of that last write on. Source: fs/xfs/xfs_fsops.c, `xlog_force_shutdown()`.
 */
export function* xfs_do_force_shutdown(k: Kernel, inode: Inode): KernelFn {
  if (inode.i_sb.shutdown) return;
  yield* k.call(xfs_log_force_seq, inode);
  if (!shutDown(inode)) inode.i_sb.shutdown = true;
}

/** Read through a function: a failed log write shuts down, too, which the compiler cannot know. */
const shutDown = (inode: Inode): boolean => inode.i_sb.shutdown;

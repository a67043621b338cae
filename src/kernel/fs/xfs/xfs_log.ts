/**
 * The log of XFS, as far as a sync waits for it. Simplified: whoever forces the log writes one log buffer itself; there is
 * no push in the background, and transactions of others do not share the buffer. Source: fs/xfs/xfs_log.c (v6.12).
 */
import { submit_bio } from '../../block/blk-core.ts';
import { blkdev_issue_flush } from '../../block/blk-flush-issue.ts';
import { Completion } from '../../block/bio-wait.ts';
import { assert } from '../../../base/assert.ts';
import { TaskState } from '../../../log/events.ts';
import {
  Bio,
  REQ_FUA,
  REQ_IDLE,
  REQ_META,
  REQ_OP_WRITE,
  REQ_PREFLUSH,
  REQ_SYNC,
} from '../../include/linux/blk_types.ts';
import { type Inode, SuperBlock } from '../../include/linux/fs.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import {
  alloc_workqueue,
  WorkStruct,
  WQ_FREEZABLE,
  WQ_HIGHPRI,
  WQ_MEM_RECLAIM,
  WQ_PERCPU,
} from '../../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';
import { queue_work } from '../../kernel/workqueue.ts';

/** l_ioend_workqueue. */
const xfs_log_wq = alloc_workqueue('xfs-log/nvme0n1', WQ_MEM_RECLAIM | WQ_FREEZABLE | WQ_HIGHPRI | WQ_PERCPU);
const LOG_BUFFER_BYTES = 1024;

/** Writes the log up to what changed the inode last, and waits for it. Returns 0 or a negative errno. May sleep. */
export function* xfs_log_force_seq(k: Kernel, inode: Inode): KernelFn<number> {
  const { i_sb } = inode;
  if (i_sb.shutdown) return EIO; // xlog_is_shutdown()
  yield k.spend(k.costs['log.force']);
  return yield* k.call(xlog_write_iclog, i_sb);
}

/** Writes one log buffer: what came before it is flushed, and the buffer itself goes to stable media. */
export function* xlog_write_iclog(k: Kernel, sb: SuperBlock): KernelFn<number> {
  // With zones the data is on another device than the log.
  if (sb.zoned && k.switches.ZONED_LOG_FLUSH && (yield* k.call(blkdev_issue_flush, sb)) !== 0) {
    yield* k.call(xlog_force_shutdown, sb);
    return EIO;
  }
  const written = new Completion(k, 'its log buffer');
  const bio = new Bio(k, sb, 'log');
  bio.bi_opf = REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_IDLE | REQ_PREFLUSH | REQ_FUA;
  bio.bi_size = LOG_BUFFER_BYTES;
  bio.bi_private = written;
  bio.bi_end_io = xlog_bio_end_io;
  yield* k.call(submit_bio, bio);
  const isWritten = (): boolean => written.done;
  yield* k.waitEvent(written.wait, TaskState.Uninterruptible, 'its log buffer', isWritten);
  k.free(written);
  return sb.shutdown ? EIO : 0;
}

/** The log cannot be written any more, so nothing of the filesystem can change. */
export function* xlog_force_shutdown(_k: Kernel, sb: SuperBlock): KernelFn {
  if (!sb.shutdown) sb.shutdown = true;
}

/** The log buffer is on disk, or could not be written: a worker tells those who wait. Interrupt context. */
export function* xlog_bio_end_io(k: Kernel, bio: Bio): KernelFn {
  const work = new WorkStruct(k, bio);
  work.func = xlog_ioend_work;
  work.container = bio;
  yield* k.call(queue_work, work, xfs_log_wq);
}

export function* xlog_ioend_work(k: Kernel, work: WorkStruct): KernelFn {
  const bio = work.container as Bio; // set by xlog_bio_end_io
  const written = bio.bi_private;
  assert(written instanceof Completion, 'somebody waits for the log buffer');
  assert(bio.parent instanceof SuperBlock, 'a log buffer is of a filesystem');
  if (bio.bi_status !== 0) yield* k.call(xlog_force_shutdown, bio.parent);
  k.free(bio);
  written.done = true;
  const waiter = k.nextSleeper(written.wait);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

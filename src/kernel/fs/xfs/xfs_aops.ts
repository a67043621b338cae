/** Writeback of XFS files: mapping, submission, and finishing ioends in a worker. Source: fs/xfs/xfs_aops.c (v6.15 to v7.3; efbde6f9f449). */
import { rule } from '../../../engine/rule.ts';
import { SpinLock } from '../../../engine/locks.ts';
import { struct } from '../../../engine/struct.ts';
import { blk_status_to_errno } from '../../block/blk-core.ts';
import { type Bio, BIO_COMPLETE_IN_TASK } from '../../include/linux/blk_types.ts';
import { clear, has, type Inode } from '../../include/linux/fs.ts';
import type { Folio } from '../../include/linux/pagemap.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import {
  alloc_workqueue,
  WorkStruct,
  WQ_FREEZABLE,
  WQ_MEM_RECLAIM,
  WQ_PERCPU,
} from '../../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import type { Extent } from '../extents.ts';
import { type IomapWritebackOps, type IomapWritepageCtx } from '../iomap/buffered-io.ts';
import {
  IOMAP_IOEND_DIRECT,
  IOMAP_IOEND_DONTCACHE,
  IOMAP_IOEND_SHARED,
  IOMAP_IOEND_UNWRITTEN,
  iomap_finish_ioends,
  iomap_ioend_try_merge,
  iomap_sort_ioends,
  IomapIoend,
  ioendOf,
} from '../iomap/ioend.ts';
import { iomap_add_to_ioend, iomap_ioend_writeback_submit } from '../iomap/ioend-submit.ts';
import { IOMAP_F_SHARED } from '../iomap/iomap.ts';
import { markDirty } from '../inode.ts';
import { xfs_bmbt_to_iomap, xfs_iomap_write_unwritten } from './xfs_iomap.ts';
import { xfs_log_force_seq } from './xfs_log.ts';
import { xfs_reflink_cancel_cow_range, xfs_reflink_convert_cow, xfs_reflink_end_cow } from './xfs_reflink.ts';

const FILE = 'fs/xfs/xfs_aops.c';

/** m_unwritten_workqueue. */
const xfs_conv_wq = alloc_workqueue('xfs-conv/nvme0n1', WQ_MEM_RECLAIM | WQ_FREEZABLE | WQ_PERCPU);

/** i_ioend_list of an inode, with its lock and the work item that empties it. */
class IoendList extends struct('i_ioend_list', {}) {
  readonly ioends: IomapIoend[] = [];
  readonly lock: SpinLock;
  readonly work: WorkStruct;

  constructor(k: Kernel, inode: Inode) {
    super(k, inode, inode.i_mapping.label);
    this.lock = new SpinLock(k, this, 'i_ioend_lock');
    this.work = new WorkStruct(k, this, `i_ioend_work ${inode.i_mapping.label}`);
    this.work.func = xfs_end_io;
    this.work.container = inode;
  }
}

const ioendLists = new PerRun(() => new Map<Inode, IoendList>());

function ioendList(k: Kernel, inode: Inode): IoendList {
  const list = k.of(ioendLists).get(inode) ?? new IoendList(k, inode);
  k.of(ioendLists).set(inode, list);
  return list;
}

export const ioendListEmpty = rule({
  id: 'xfs-ioend-list-empty',
  asks: 'Is it the first ioend on the inode’s list, so that the worker must be queued?',
  test: 'list_empty(&ip->i_ioend_list)',
  inputs: ['ioends on the list'],
  source: { kind: 'code', file: FILE, note: 'xfs_end_bio' },
});

export const imapValid = rule({
  id: 'xfs-imap-valid',
  asks: 'Is the mapping from before still good for this place of the file?',
  test: 'xfs_imap_valid(wpc, offset)',
  inputs: ['pos', 'seq then', 'seq now'],
  source: { kind: 'code', file: FILE, note: 'xfs_map_blocks' },
});

export const needsWorker = rule({
  id: 'xfs-ioend-needs-worker',
  asks: 'Will the end of the ioend need a transaction, so that a worker has to finish it?',
  test: 'xfs_ioend_is_append(ioend) || ioend->io_flags & (IOMAP_IOEND_UNWRITTEN | IOMAP_IOEND_SHARED)  /* until v7.0 also IOMAP_IOEND_DONTCACHE */',
  inputs: ['append', 'io_flags', 'on-disk size'],
  outcomes: { 0: 'no: the default end, in whatever context the bio ends', 1: 'yes: xfs_end_bio' },
  source: { kind: 'code', file: FILE, commit: 'efbde6f9f449', note: 'xfs_writeback_submit' },
});

export const clearsInTask = rule({
  id: 'xfs-clears-in-task',
  asks: 'Does the worker of XFS end the bio in a task anyway, so that the batch is not needed?',
  test: 'bio_clear_flag(&ioend->io_bio, BIO_COMPLETE_IN_TASK)',
  inputs: ['bi_flags'],
  source: { kind: 'code', file: FILE, commit: '75780c29c540', note: 'xfs_writeback_submit' },
});

/** The mapping of each pass was looked up at this state of the extents. */
const lookedUpAt = new WeakMap<IomapWritepageCtx, number>();

/** Where a dirty range is on the device; blocks are chosen now for what was only reserved. 0 or a negative errno. */
export function* xfs_map_blocks(k: Kernel, wpc: IomapWritepageCtx, pos: number): KernelFn<number> {
  const { inode, iomap } = wpc;
  const { extents } = inode;
  if (inode.i_sb.shutdown || extents.lookupFails()) return EIO;
  const then = lookedUpAt.get(wpc) ?? -1;
  const inside = iomap !== null && pos >= iomap.offset && pos < iomap.offset + iomap.length;
  if (k.decide(imapValid, inside && then === extents.seq, pos, then, extents.seq)) return 0;
  let extent = extents.at(pos, Infinity);
  if (extent.state === 'delalloc') extent = yield* k.call(xfs_convert_blocks, inode, extent);
  const shared = extent.state === 'shared';
  const found = xfs_bmbt_to_iomap(inode, extent, shared ? IOMAP_F_SHARED : 0);
  wpc.iomap = shared ? { ...found, type: 'IOMAP_UNWRITTEN' } : found; // the copy is not written yet
  lookedUpAt.set(wpc, extents.seq);
  return 0;
}

/** Chooses blocks for a reserved range. They count as unwritten until the data is on them. */
export function* xfs_convert_blocks(k: Kernel, inode: Inode, extent: Extent): KernelFn<Extent> {
  yield k.spend(k.costs['fs.alloc']);
  const made: Extent = { ...extent, state: 'unwritten' };
  inode.extents.put(made);
  markDirty(inode);
  return inode.extents.at(extent.offset, Infinity);
}

export function* xfs_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  len: number,
  end_pos: number,
): KernelFn<number> {
  let ret = yield* k.callAbout(folio, xfs_map_blocks, wpc, pos);
  if (ret === 0) ret = yield* k.callAbout(folio, iomap_add_to_ioend, wpc, folio, pos, end_pos, len);
  if (ret < 0) yield* k.call(xfs_discard_folio, wpc.inode, folio, pos);
  return ret;
}

/** The data of a folio is lost: what was reserved for it is given back. */
export function* xfs_discard_folio(k: Kernel, inode: Inode, folio: Folio, pos: number): KernelFn {
  const length = folio.pos + folio.size - pos;
  if (inode.i_sb.shutdown) return;
  yield k.spend(k.costs['fs.alloc']);
  for (const extent of inode.extents.in(pos, length))
    if (extent.state === 'delalloc') inode.extents.put({ ...extent, state: 'hole' });
}

/** Chooses how the ioend will end, then submits it. Blocks of a copy become real before. */
export function* xfs_writeback_submit(k: Kernel, wpc: IomapWritepageCtx, error: number): KernelFn<number> {
  const failed = yield* k.inlined(prepareIoend, wpc, error);
  const about = wpc.wb_ctx instanceof IomapIoend ? wpc.wb_ctx : null;
  return yield* k.callAbout(about, iomap_ioend_writeback_submit, wpc, failed);
}

/** The hook before v6.17, which leaves the submission to iomap. */
export function* xfs_prepare_ioend(k: Kernel, wpc: IomapWritepageCtx, error: number): KernelFn<number> {
  return yield* k.inlined(prepareIoend, wpc, error);
}

function* prepareIoend(k: Kernel, { wb_ctx, inode }: IomapWritepageCtx, error: number): KernelFn<number> {
  if (!(wb_ctx instanceof IomapIoend)) return error;
  let failed = error;
  if (failed === 0 && has(wb_ctx.io_flags, IOMAP_IOEND_SHARED))
    failed = yield* k.call(xfs_reflink_convert_cow, inode);
  const { io_bio, io_flags, io_offset, io_size } = wb_ctx;
  const append = io_offset + io_size > inode.i_disksize;
  const dropped = k.switches.XFS_DONTCACHE_WQ && has(io_flags, IOMAP_IOEND_DONTCACHE);
  const worker = append || dropped || has(io_flags, IOMAP_IOEND_UNWRITTEN | IOMAP_IOEND_SHARED);
  if (!k.decide(needsWorker, worker, append, io_flags, inode.i_disksize)) return failed;
  io_bio.bi_end_io = xfs_end_bio;
  clearInTask(k, io_bio);
  return failed;
}

/** 7.3: the worker of XFS is a task already. */
export function clearInTask(k: Kernel, bio: Bio): void {
  if (!k.switches.XFS_CLEARS_IN_TASK) return;
  if (k.decide(clearsInTask, has(bio.bi_flags, BIO_COMPLETE_IN_TASK), bio.bi_flags))
    bio.bi_flags = clear(bio.bi_flags, BIO_COMPLETE_IN_TASK);
}

export const xfs_writeback_ops: IomapWritebackOps = {
  writeback_range: xfs_writeback_range,
  writeback_submit: xfs_writeback_submit,
  submit_ioend: xfs_prepare_ioend,
};

/** The bio of an ioend has ended: puts it on the inode's list; the first one there starts the worker. Any context. */
export function* xfs_end_bio(k: Kernel, bio: Bio): KernelFn {
  const ioend = ioendOf(bio);
  const list = ioendList(k, ioend.io_inode);
  yield* k.spinLockIrq(list.lock);
  const first = k.decide(ioendListEmpty, list.ioends.length === 0, list.ioends.length);
  list.ioends.push(ioend);
  k.put(ioend, list);
  if (first) yield* k.call(queue_work, list.work, xfs_conv_wq);
  k.spinUnlockIrq(list.lock);
}

/** Finishes all ioends of an inode, in the order of their offsets. */
export function* xfs_end_io(k: Kernel, work: WorkStruct): KernelFn {
  const list = ioendList(k, work.container as Inode); // set where the work item was made
  yield* k.spinLockIrq(list.lock);
  const ioends = list.ioends.splice(0);
  for (const ioend of ioends) k.take(ioend, list);
  k.spinUnlockIrq(list.lock);
  yield* k.call(iomap_sort_ioends, ioends);
  for (let ioend = ioends.shift(); ioend !== undefined; ioend = ioends.shift()) {
    yield* k.call(iomap_ioend_try_merge, ioend, ioends);
    yield* k.call(xfs_end_ioend, ioend);
    yield k.condResched();
  }
}

/** Brings the file up to date with what was written, then ends the ioend and those merged with it. */
export function* xfs_end_ioend(k: Kernel, ioend: IomapIoend): KernelFn {
  const { io_inode, io_offset, io_size, io_bio } = ioend;
  let error = blk_status_to_errno(io_bio.bi_status);
  if (io_inode.i_sb.shutdown) error = EIO;
  else if (error !== 0) yield* k.inlined(failed, ioend);
  else yield* k.inlined(written, ioend);
  const direct = has(ioend.io_flags, IOMAP_IOEND_DIRECT);
  const grows = error === 0 && !direct && io_offset + io_size > io_inode.i_disksize;
  if (grows) yield* k.call(xfs_setfilesize, io_inode, io_offset + io_size);
  yield* k.call(iomap_finish_ioends, ioend, error);
}

/** The write has failed: on zones nothing can go on, a copy is given back. */
function* failed(k: Kernel, { io_inode, io_flags, io_offset, io_size }: IomapIoend): KernelFn {
  if (io_inode.i_sb.zoned) {
    if (k.switches.ZONED_SHUTDOWN) yield* k.call(xfs_do_force_shutdown, io_inode);
  } else if (has(io_flags, IOMAP_IOEND_SHARED)) {
    yield* k.call(xfs_reflink_cancel_cow_range, io_inode);
    for (const extent of io_inode.extents.in(io_offset, io_size))
      if (extent.state === 'delalloc') io_inode.extents.put({ ...extent, state: 'hole' });
  }
}

function* written(k: Kernel, { io_inode, io_flags, io_offset, io_size }: IomapIoend): KernelFn {
  if (io_inode.i_sb.zoned) yield* k.call(xfs_zoned_end_io, io_inode, io_offset, io_size);
  else if (has(io_flags, IOMAP_IOEND_SHARED))
    yield* k.call(xfs_reflink_end_cow, io_inode, io_offset, io_size);
  else if (has(io_flags, IOMAP_IOEND_UNWRITTEN))
    yield* k.call(xfs_iomap_write_unwritten, io_inode, io_offset, io_size);
}

/** Moves the size on disk forward to `end`, but not past the size in memory. */
export function* xfs_setfilesize(k: Kernel, inode: Inode, end: number): KernelFn {
  if (!k.in_task()) k.hazard('transaction-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
  const size = Math.min(end, inode.i_size);
  if (size > inode.i_disksize) inode.i_disksize = size;
  markDirty(inode);
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

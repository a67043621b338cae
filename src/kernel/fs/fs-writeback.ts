/**
 * The flusher: a worker that writes dirty inodes back. Source: fs/fs-writeback.c (v6.12 to v7.3). Simplified: it runs when
 * somebody wakes it, not periodically, and takes the dirty inodes in the order in which they became dirty.
 */
import { struct } from '../../engine/struct.ts';
import { WaitQueue } from '../../engine/locks.ts';
import { TaskState } from '../../log/events.ts';
import { blk_finish_plug, blk_start_plug } from '../block/blk-core.ts';
import {
  clear,
  has,
  I_DIRTY_DATASYNC,
  I_DIRTY_PAGES,
  I_DIRTY_SYNC,
  type Inode,
} from '../include/linux/fs.ts';
import type { WritebackControl } from '../include/linux/pagemap.ts';
import {
  alloc_workqueue,
  WorkStruct,
  WQ_FREEZABLE,
  WQ_MEM_RECLAIM,
  WQ_UNBOUND,
} from '../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { queue_work } from '../kernel/workqueue.ts';
import { __filemap_fdatawait_range } from '../mm/filemap.ts';
import { do_writepages } from '../mm/page-writeback.ts';
import { wake_up_process } from '../kernel/sched/core.ts';

/** bdi_wq. */
const bdi_wq = alloc_workqueue('writeback', WQ_MEM_RECLAIM | WQ_UNBOUND | WQ_FREEZABLE);

/** What a syncfs wants of the flusher: `struct wb_writeback_work`. */
type WbWork = { readonly sync_mode: WritebackControl['sync_mode']; done: boolean };

/** `struct bdi_writeback` of the device: inodes to be written, and the work item that does it. */
class BdiWriteback extends struct('bdi_writeback', {}) {
  readonly b_io: Inode[] = [];
  readonly work_list: WbWork[] = [];
  readonly dwork: WorkStruct;
  /** Who waits until their part of the work is done. */
  readonly wait: WaitQueue;

  constructor(k: Kernel) {
    super(k, null, 'flusher');
    this.dwork = new WorkStruct(k, this, 'wb dwork');
    this.dwork.func = wb_workfn;
    this.wait = new WaitQueue(k, this, 'the flusher');
  }
}

const bdi_writeback = new PerRun((k) => new BdiWriteback(k));

/** Has the flusher write an inode back. Task context. */
export function* wakeFlusher(k: Kernel, inode: Inode): KernelFn {
  const wb = k.of(bdi_writeback);
  if (!wb.b_io.includes(inode)) wb.b_io.push(inode);
  yield* k.call(queue_work, wb.dwork, bdi_wq);
}

/** The body of the flusher's work item. */
export function* wb_workfn(k: Kernel, _work: WorkStruct): KernelFn {
  const wb = k.of(bdi_writeback);
  do {
    const work = wb.work_list.shift() ?? null;
    yield* k.call(writeback_sb_inodes, work?.sync_mode ?? 'WB_SYNC_NONE');
    if (work === null) continue;
    work.done = true;
    for (const waiter of wb.wait.sleepers.splice(0)) yield* k.call(wake_up_process, waiter);
  } while (wb.work_list.length > 0 || wb.b_io.length > 0);
}

/** Writes the inodes that are due, one after the other, and issues their bios together. */
export function* writeback_sb_inodes(k: Kernel, sync_mode: WritebackControl['sync_mode']): KernelFn {
  const wb = k.of(bdi_writeback);
  const plug = blk_start_plug(k);
  for (let inode = wb.b_io.shift(); inode !== undefined; inode = wb.b_io.shift())
    if (has(inode.i_state, I_DIRTY_PAGES)) yield* k.call(__writeback_single_inode, inode, sync_mode);
  yield* k.call(blk_finish_plug, plug);
}

export function* __writeback_single_inode(
  k: Kernel,
  inode: Inode,
  sync_mode: WritebackControl['sync_mode'],
): KernelFn<number> {
  const wbc = { sync_mode, range_start: 0, range_end: Infinity, for_reclaim: false };
  return yield* k.call(do_writepages, inode.i_mapping, wbc);
}

/** Waits for the data of an inode whose metadata is dirty, then has the filesystem write the inode itself. */
export function* sync_inode_metadata(
  k: Kernel,
  inode: Inode,
  write_inode: (k: Kernel, inode: Inode) => KernelFn<number>,
): KernelFn<number> {
  yield* k.call(__writeback_single_inode, inode, 'WB_SYNC_ALL');
  yield* k.call(__filemap_fdatawait_range, inode.i_mapping, 0, Infinity);
  inode.i_state = clear(inode.i_state, I_DIRTY_SYNC | I_DIRTY_DATASYNC);
  return yield* k.call(write_inode, inode);
}

/** `sync_inodes_sb()`: has the flusher write all of `inodes` and waits until it has submitted them. Task context. */
export function* sync_inodes_sb(k: Kernel, inodes: readonly Inode[]): KernelFn {
  const wb = k.of(bdi_writeback);
  const work: WbWork = { sync_mode: 'WB_SYNC_ALL', done: false };
  wb.work_list.push(work);
  for (const inode of inodes) if (!wb.b_io.includes(inode)) wb.b_io.push(inode);
  yield* k.call(queue_work, wb.dwork, bdi_wq);
  yield* k.waitEvent(wb.wait, TaskState.Uninterruptible, 'the flusher', () => work.done);
}

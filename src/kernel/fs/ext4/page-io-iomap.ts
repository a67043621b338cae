/**
 * The end of ext4's ioends, when it is on iomap: in place, or in a worker that converts blocks and moves the size on disk.
 * Source: fs/ext4/page-io.c (16bff8a9804b), mail of 3 Feb 2026; the plan is a mail of 30 June 2026, of which no code was seen.
 */
import { rule } from '../../../engine/rule.ts';
import { struct } from '../../../engine/struct.ts';
import { TaskState } from '../../../log/events.ts';
import { blk_status_to_errno } from '../../block/blk-core.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import { has, type Inode } from '../../include/linux/fs.ts';
import { WorkStruct } from '../../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import type { SwitchValue } from '../../switches.ts';
import {
  IOMAP_IOEND_UNWRITTEN,
  iomap_finish_ioend,
  iomap_finish_ioends,
  iomap_ioend_try_merge,
  iomap_sort_ioends,
  type IomapIoend,
  ioendOf,
} from '../iomap/ioend.ts';
import { jbd2_journal_abort } from '../jbd2/journal.ts';
import { EXT4_I, ext4_emergency_state, rsv_conversion_wq } from './ext4.ts';
import { __ext4_journal_start_sb, __ext4_journal_stop } from './ext4_jbd2.ts';
import { ext4_convert_unwritten_extents, ext4_update_i_disksize } from './inode.ts';
import { forgetOrdered } from './inode-ordered.ts';

const FILE = 'fs/ext4/page-io.c';
const COMMIT = '16bff8a9804b';

/** io_private of an ioend that writes the zeros behind the old end of a file. */
export const EXT4_IOMAP_IOEND_ORDER_IO = 'EXT4_IOMAP_IOEND_ORDER_IO';

/** i_iomap_ioend_list of an inode, with the work item that empties it. */
class IomapIoendList extends struct('i_iomap_ioend_list', {}) {
  readonly ioends: IomapIoend[] = [];
  readonly i_iomap_ioend_work: WorkStruct;

  constructor(k: Kernel, inode: Inode) {
    super(k, inode, inode.i_mapping.label);
    this.i_iomap_ioend_work = new WorkStruct(k, this, `i_iomap_ioend_work ${inode.i_mapping.label}`);
    this.i_iomap_ioend_work.func = ext4_iomap_end_io;
    this.i_iomap_ioend_work.container = inode;
  }
}

const lists = new PerRun(() => new Map<Inode, IomapIoendList>());

function listOf(k: Kernel, inode: Inode): IomapIoendList {
  const list = k.of(lists).get(inode) ?? new IomapIoendList(k, inode);
  k.of(lists).set(inode, list);
  return list;
}

export const defersIoend = rule({
  id: 'ext4-iomap-ioend-deferred',
  asks: 'Does the end of the ioend need a task?',
  test: 'io_private == EXT4_IOMAP_IOEND_ORDER_IO || io_flags & IOMAP_IOEND_UNWRITTEN || io_offset + io_size > i_disksize || bi_status  /* v2: an error only with data_err=abort; in the plan always */',
  inputs: ['ordered zeros', 'io_flags', 'append', 'bi_status'],
  source: { kind: 'code', file: FILE, commit: COMMIT, note: 'ext4_iomap_end_bio' },
});

export const iomapListEmpty = rule({
  id: 'ext4-iomap-ioend-list-empty',
  asks: 'Is it the first ioend on the inode’s list, so that the worker must be queued?',
  test: 'list_empty(&ei->i_iomap_ioend_list)',
  inputs: ['ioends on the list'],
  source: { kind: 'code', file: FILE, commit: COMMIT, note: 'ext4_iomap_end_bio' },
});

export const waitsForZeros = rule({
  id: 'ext4-waits-for-ordered-zeros',
  asks: 'Are the zeros behind the old end of the file not on disk yet, so that the size must not move past them?',
  test: 'io_offset + io_size > i_disksize && ei->i_ordered_len',
  inputs: ['append', 'i_ordered_len'],
  source: { kind: 'code', file: FILE, commit: COMMIT, note: 'ext4_iomap_finish_ioend' },
});

export const movesDisksize = rule({
  id: 'ext4-iomap-moves-disksize',
  asks: 'Is the size on disk behind what was written, so that it moves now?',
  test: 'pos + size > READ_ONCE(ei->i_disksize)',
  inputs: ['end', 'i_disksize', 'ordered zeros'],
  source: { kind: 'code', file: FILE, commit: COMMIT, note: 'ext4_iomap_finish_ioend' },
});

const isOrdered = ({ io_private }: IomapIoend): boolean => io_private === EXT4_IOMAP_IOEND_ORDER_IO;
const isAppend = ({ io_offset, io_size, io_inode }: IomapIoend): boolean =>
  io_offset + io_size > io_inode.i_disksize;

/** When an ioend that ext4 is told of waits for the worker. */
const defers: Record<SwitchValue<'EXT4_WRITEBACK'>, (ioend: IomapIoend, status: number) => boolean> = {
  'buffer heads': () => false,
  'iomap v2': (ioend, status) =>
    changesMetadata(ioend) || (status !== 0 && ioend.io_inode.i_sb.data_err_abort),
  'iomap v4': (ioend, status) => isOrdered(ioend) || changesMetadata(ioend) || status !== 0,
  'iomap, always a worker': () => true,
};

const changesMetadata = (ioend: IomapIoend): boolean =>
  has(ioend.io_flags, IOMAP_IOEND_UNWRITTEN) || isAppend(ioend);

/** The bio of an ioend has ended: it ends here, or goes to the inode's list; the first one there starts the worker. Any context. */
export function* ext4_iomap_end_bio(k: Kernel, bio: Bio): KernelFn {
  const ioend = ioendOf(bio);
  const { io_inode, io_flags } = ioend;
  const { EXT4_WRITEBACK } = k.switches;
  const ordered = isOrdered(ioend);
  if (ordered) yield* k.inlined(forgetOrdered, io_inode);
  const later = defers[EXT4_WRITEBACK](ioend, bio.bi_status);
  if (k.decide(defersIoend, later, ordered, io_flags, isAppend(ioend), bio.bi_status)) {
    yield* k.inlined(defer, ioend);
    return;
  }
  const error = blk_status_to_errno(bio.bi_status);
  if (EXT4_WRITEBACK === 'iomap v2') yield* k.call(iomap_finish_ioends, ioend, error);
  else yield* k.call(iomap_finish_ioend, ioend, error);
}

function* defer(k: Kernel, ioend: IomapIoend): KernelFn {
  const { i_completed_io_lock } = EXT4_I(k, ioend.io_inode);
  const list = listOf(k, ioend.io_inode);
  yield* k.spinLockIrq(i_completed_io_lock);
  const first = k.decide(iomapListEmpty, list.ioends.length === 0, list.ioends.length);
  if (first) yield* k.call(queue_work, list.i_iomap_ioend_work, rsv_conversion_wq);
  list.ioends.push(ioend);
  k.put(ioend, list);
  k.spinUnlockIrq(i_completed_io_lock);
}

/** Finishes all ioends of an inode, in the order of their offsets, neighbours at once. */
export function* ext4_iomap_end_io(k: Kernel, work: WorkStruct): KernelFn {
  const inode = work.container as Inode; // set where the work item was made
  const { i_completed_io_lock } = EXT4_I(k, inode);
  const list = listOf(k, inode);
  yield* k.spinLockIrq(i_completed_io_lock);
  const ioends = list.ioends.splice(0);
  for (const ioend of ioends) k.take(ioend, list);
  k.spinUnlockIrq(i_completed_io_lock);
  yield* k.call(iomap_sort_ioends, ioends);
  for (let ioend = ioends.shift(); ioend !== undefined; ioend = ioends.shift()) {
    yield* k.call(iomap_ioend_try_merge, ioend, ioends);
    yield* k.call(ext4_iomap_finish_ioend, ioend);
  }
}

/** Brings the file up to date with what was written, then ends the ioend and those merged with it. */
export function* ext4_iomap_finish_ioend(k: Kernel, ioend: IomapIoend): KernelFn {
  const { i_sb } = ioend.io_inode;
  let error = blk_status_to_errno(ioend.io_bio.bi_status);
  if (error === 0) error = yield* k.inlined(written, ioend);
  else if (i_sb.data_err_abort && ext4_emergency_state(i_sb) === 0)
    yield* k.call(jbd2_journal_abort, i_sb, error);
  yield* k.call(iomap_finish_ioends, ioend, error);
}

/** In one transaction: blocks that were unwritten are written, and the size on disk follows. Returns 0 or a negative errno. */
function* written(k: Kernel, ioend: IomapIoend): KernelFn<number> {
  const { io_inode, io_flags, io_offset, io_size } = ioend;
  yield* k.inlined(waitForZeros, ioend);
  const error = yield* k.call(__ext4_journal_start_sb, io_inode.i_sb);
  if (error !== 0) return error;
  if (has(io_flags, IOMAP_IOEND_UNWRITTEN))
    yield* k.call(ext4_convert_unwritten_extents, io_inode, io_offset, io_size);
  const end = io_offset + io_size;
  const moves = isAppend(ioend) || isOrdered(ioend);
  if (k.decide(movesDisksize, moves, end, io_inode.i_disksize, isOrdered(ioend)))
    yield* k.inlined(ext4_update_i_disksize, io_inode, isOrdered(ioend) ? io_inode.i_size : end);
  yield* k.call(__ext4_journal_stop, io_inode.i_sb);
  return 0;
}

/** Sleeps until the zeros before what was written are on disk. */
function* waitForZeros(k: Kernel, ioend: IomapIoend): KernelFn {
  const ei = EXT4_I(k, ioend.io_inode);
  const waits = isAppend(ioend) && !isOrdered(ioend) && ei.i_ordered_len > 0;
  if (!k.decide(waitsForZeros, waits, isAppend(ioend), ei.i_ordered_len)) return;
  const areThere = (): boolean => ei.i_ordered_len === 0;
  yield* k.waitEvent(
    ei.ordered_wait,
    TaskState.Uninterruptible,
    'zeros behind the old end of the file',
    areThere,
  );
}

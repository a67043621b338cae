/** Direct I/Os of an inode: who changes its extents waits until none is in flight. Source: fs/inode.c, include/linux/fs.h. */
import { rule } from '../../engine/rule.ts';
import { TaskState } from '../../log/events.ts';
import { has, I_DIRTY_DATASYNC, I_DIRTY_SYNC, type Inode } from '../include/linux/fs.ts';
import { EAGAIN } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';

export const needsTime = rule({
  id: 'inode-needs-update-time',
  asks: 'Is the modification time older than the current tick, so that the write must set it?',
  test: '!timespec64_equal(&ts, &now)  /* now = current_time(inode) */',
  inputs: ['i_mtime', 'jiffies'],
  source: { kind: 'code', file: 'fs/inode.c', note: 'inode_needs_update_time' },
});

export const timeWouldWait = rule({
  id: 'update-time-nowait',
  asks: 'Must the write not wait for a transaction, so that it fails with -EAGAIN?',
  test: 'flags & IOCB_NOWAIT',
  inputs: ['NOWAIT'],
  source: { kind: 'code', file: 'fs/inode.c', commit: '66fa3cedf16a', note: 'file_modified_flags' },
});

/** A transaction has changed the inode, and only the log or the journal in memory holds it: a datasync must write that. */
export function markDirty(inode: Inode): void {
  if (!has(inode.i_state, I_DIRTY_DATASYNC)) inode.i_state = inode.i_state | I_DIRTY_DATASYNC;
}

export function inode_dio_begin(inode: Inode): void {
  inode.i_dio_count = inode.i_dio_count + 1;
}

/** One direct I/O less; the last one wakes whoever waits for that. Any context. */
export function* inode_dio_end(k: Kernel, inode: Inode): KernelFn {
  inode.i_dio_count = inode.i_dio_count - 1;
  if (inode.i_dio_count > 0) return;
  for (let waiter = k.nextSleeper(inode.dioWait); waiter !== null; waiter = k.nextSleeper(inode.dioWait))
    yield* k.call(wake_up_process, waiter);
}

/** Sleeps until no direct I/O of the inode is in flight. The caller keeps new ones out with i_rwsem. */
export function* inode_dio_wait(k: Kernel, inode: Inode): KernelFn {
  yield* k.waitEvent(
    inode.dioWait,
    TaskState.Uninterruptible,
    'the direct I/Os of the file',
    () => inode.i_dio_count === 0,
  );
}

/**
 * `file_update_time()`: the write sets i_mtime to the current tick, if it is older. Returns 0, or -EAGAIN when that would
 * have to wait and `nowait` says not to. Source: `inode_needs_update_time()`, `__file_update_time()`.
 */
export function* file_update_time(k: Kernel, inode: Inode, nowait: boolean): KernelFn<number> {
  const now = k.jiffies;
  if (!k.decide(needsTime, inode.i_mtime !== now, inode.i_mtime, now)) return 0;
  if (k.decide(timeWouldWait, nowait, nowait)) return EAGAIN;
  yield k.spend(k.costs['fs.update_time']);
  inode.i_mtime = now;
  if (!has(inode.i_state, I_DIRTY_SYNC)) inode.i_state = inode.i_state | I_DIRTY_SYNC;
  return 0;
}

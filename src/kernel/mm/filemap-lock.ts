/** Waiting for bits of a folio. Source: mm/filemap.c (v6.12). */
import { TaskState } from '../../log/events.ts';
import { clear, EIOCBQUEUED, has, set } from '../include/linux/fs.ts';
import {
  type Folio,
  folio_put,
  PG_locked,
  PG_uptodate,
  PG_writeback,
  type WaitPageQueue,
} from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';

/** `folio_lock()`: sleeps until the folio is nobody else's. Task context. */
export function* folio_lock(k: Kernel, folio: Folio): KernelFn {
  const isFree = (): boolean => !has(folio.flags, PG_locked);
  yield* k.waitEvent(folio.wait, TaskState.Uninterruptible, 'the lock of a folio', isFree);
  folio.flags = set(folio.flags, PG_locked);
}

/** `folio_trylock()`. Any context. */
export function folio_trylock(folio: Folio): boolean {
  if (has(folio.flags, PG_locked)) return false;
  folio.flags = set(folio.flags, PG_locked);
  return true;
}

/** `folio_unlock()`: whoever waits for it goes on. */
export function* folio_unlock(k: Kernel, folio: Folio): KernelFn {
  folio.flags = clear(folio.flags, PG_locked);
  yield* k.inlined(wakeUnlocked, folio);
}

/** The read of a locked folio is over: it is unlocked, and valid if that went well. Any context. */
export function* folio_end_read(k: Kernel, folio: Folio, success: boolean): KernelFn {
  if (!has(folio.flags, PG_locked)) k.hazard('folio-read-twice', folio);
  yield k.spend(k.costs['read.end.folio']);
  folio.flags = set(clear(folio.flags, PG_locked), success ? PG_uptodate : 0);
  yield* k.inlined(wakeUnlocked, folio);
}

/** Simplified: who is called comes before who sleeps. */
function* wakeUnlocked(k: Kernel, folio: Folio): KernelFn {
  for (const { func, data } of folio.asyncWaiters.splice(0)) yield* k.call(func, data);
  yield* k.inlined(folio_wake_bit, folio);
}

/** Takes the lock of a folio (0), or has `wait` called when it is unlocked (-EIOCBQUEUED). */
export function __folio_lock_async(folio: Folio, wait: WaitPageQueue): number {
  if (folio_trylock(folio)) return 0;
  folio.asyncWaiters.push(wait);
  return EIOCBQUEUED;
}

/** Sleeps until a folio is not locked, which it need not be any more then, and puts it. Task context. */
export function* folio_put_wait_locked(k: Kernel, folio: Folio): KernelFn {
  const isFree = (): boolean => !has(folio.flags, PG_locked);
  yield* k.waitEvent(folio.wait, TaskState.Uninterruptible, 'the read of a folio', isFree);
  folio_put(k, folio);
}

/** Wakes all who wait for a bit of the folio; each looks whether it was its own. */
export function* folio_wake_bit(k: Kernel, folio: Folio): KernelFn {
  for (const waiter of folio.wait.sleepers.splice(0)) yield* k.call(wake_up_process, waiter);
}

/** `folio_wait_stable()`. Simplified: as for devices that need data not to change while it is written, it always waits. */
export function* folio_wait_stable(k: Kernel, folio: Folio): KernelFn {
  if (has(folio.flags, PG_writeback)) yield* k.call(folio_wait_writeback, folio);
}

/** Sleeps until the folio is not under writeback. Task context. */
export function* folio_wait_writeback(k: Kernel, folio: Folio): KernelFn {
  const isOver = (): boolean => !has(folio.flags, PG_writeback);
  yield* k.waitEvent(folio.wait, TaskState.Uninterruptible, 'the end of writeback of a folio', isOver);
}

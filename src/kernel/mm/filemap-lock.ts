/** Waiting for bits of a folio. Source: mm/filemap.c (v6.12). */
import { TaskState } from '../../log/events.ts';
import { clear, has, set } from '../include/linux/fs.ts';
import { type Folio, PG_locked, PG_writeback } from '../include/linux/pagemap.ts';
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
  yield* k.inlined(folio_wake_bit, folio);
}

/** Wakes all who wait for a bit of the folio; each looks whether it was its own. */
export function* folio_wake_bit(k: Kernel, folio: Folio): KernelFn {
  for (const waiter of folio.wait.sleepers.splice(0)) yield* k.call(wake_up_process, waiter);
}

/** Sleeps until the folio is not under writeback. Task context. */
export function* folio_wait_writeback(k: Kernel, folio: Folio): KernelFn {
  const isOver = (): boolean => !has(folio.flags, PG_writeback);
  yield* k.waitEvent(folio.wait, TaskState.Uninterruptible, 'the end of writeback of a folio', isOver);
}

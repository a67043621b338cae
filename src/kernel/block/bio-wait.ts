/** Bios that a task waits for. Source: block/bio.c (v6.12). */
import { assert } from '../../base/assert.ts';
import { WaitQueue } from '../../engine/locks.ts';
import { bool, struct } from '../../engine/struct.ts';
import { TaskState } from '../../log/events.ts';
import type { Bio } from '../include/linux/blk_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';
import { submit_bio } from './blk-core.ts';

/** `struct completion`: something that one task waits for. Source: include/linux/completion.h. */
export class Completion extends struct('completion', { done: bool() }) {
  readonly wait: WaitQueue;

  constructor(k: Kernel, label: string) {
    super(k, null, label);
    this.wait = new WaitQueue(k, this, label);
  }
}

/** Submits a bio and sleeps until it has ended; its status. Task context. */
export function* submit_bio_wait(k: Kernel, bio: Bio): KernelFn<number> {
  const done = new Completion(k, 'the end of its bio');
  bio.bi_private = done;
  bio.bi_end_io = submit_bio_wait_endio;
  yield* k.call(submit_bio, bio);
  const isDone = (): boolean => done.done;
  yield* k.waitEvent(done.wait, TaskState.Uninterruptible, 'the end of its bio', isDone); // blk_wait_io()
  k.free(done);
  return bio.bi_status;
}

export function* submit_bio_wait_endio(k: Kernel, bio: Bio): KernelFn {
  const done = bio.bi_private;
  assert(done instanceof Completion, 'somebody waits for it');
  done.done = true; // complete()
  const waiter = k.nextSleeper(done.wait);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

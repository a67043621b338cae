/** Bios into the block layer, plugging, and polling. Source: block/blk-core.c (v6.12). */
import { assert } from '../../base/assert.ts';
import type { Task } from '../../engine/task.ts';
import { Bio, REQ_POLLED } from '../include/linux/blk_types.ts';
import type { BlkPlug, IoCompBatch, RequestQueue } from '../include/linux/blk-mq.ts';
import { has, type Kiocb } from '../include/linux/fs.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { blk_mq_flush_plug_list, blk_mq_poll, blk_mq_submit_bio } from './blk-mq.ts';
import { plugOf, plugs } from './plug.ts';

/** The one block device of the machine; the driver's probe sets it. */
export const blockDevice = new PerRun<{ queue: RequestQueue | null }>(() => ({ queue: null }));

function queueOf(k: Kernel): RequestQueue {
  const { queue } = k.of(blockDevice);
  assert(queue !== null, 'the device was probed before the first bio');
  return queue;
}

/** Hands a bio to the block layer. Task context. */
export function* submit_bio(k: Kernel, bio: Bio): KernelFn {
  yield* k.call(submit_bio_noacct, bio);
}

export function* submit_bio_noacct(k: Kernel, bio: Bio): KernelFn {
  k.trace('block_bio_queue', bio, bio.bi_sector);
  yield* k.call(blk_mq_submit_bio, bio, queueOf(k));
}

/** Begins to hold requests back. Nested plugs do nothing: only the outermost is the task's. */
export function blk_start_plug(k: Kernel): BlkPlug | null {
  const task = k.currentTask;
  if (k.of(plugs).has(task)) return null;
  const plug = { requests: [] };
  k.of(plugs).set(task, plug);
  return plug;
}

/** Issues what was held back. `plug` is what `blk_start_plug` returned. */
export function* blk_finish_plug(k: Kernel, plug: BlkPlug | null): KernelFn {
  if (plug === null) return;
  yield* k.call(__blk_flush_plug, plug, false);
  k.of(plugs).delete(k.currentTask);
}

/** `from_schedule`: the task is about to sleep, so the driver may not be entered from here. */
export function* __blk_flush_plug(k: Kernel, plug: BlkPlug, from_schedule: boolean): KernelFn {
  if (plug.requests.length > 0) yield* k.call(blk_mq_flush_plug_list, plug, from_schedule);
}

/** Flushes the current task's plug, if it has one. */
export function* blk_flush_plug(k: Kernel, task: Task, async: boolean): KernelFn {
  const plug = plugOf(k, task);
  if (plug !== null) yield* k.call(__blk_flush_plug, plug, async);
}

/** The `->iopoll` of files on a block device: polls the bio that the kiocb is waiting for, if it knows one. */
export function* iocb_bio_iopoll(k: Kernel, kiocb: Kiocb, iob: IoCompBatch): KernelFn<number> {
  const bio = kiocb.private;
  return bio instanceof Bio ? yield* k.call(bio_poll, bio, iob) : 0;
}

/** Polls the hardware queue that a bio was issued to; how many completions were found there. */
export function* bio_poll(k: Kernel, bio: Bio, iob: IoCompBatch): KernelFn<number> {
  const cookie = bio.bi_cookie;
  if (cookie < 0 || !has(bio.bi_opf, REQ_POLLED)) return 0;
  if (plugOf(k, k.currentTask) !== null) yield* k.call(blk_flush_plug, k.currentTask, false);
  return yield* k.call(blk_mq_poll, queueOf(k), cookie, iob);
}

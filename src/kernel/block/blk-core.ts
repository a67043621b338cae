/** Bios into the block layer, plugging, and polling. Source: block/blk-core.c (v6.12). */
import { assert } from '../../base/assert.ts';
import type { Task } from '../../engine/task.ts';
import { rule } from '../../engine/rule.ts';
import { Bio, BLK_STS, op_is_flush, REQ_FUA, REQ_POLLED, REQ_PREFLUSH } from '../include/linux/blk_types.ts';
import type { BlkPlug, IoCompBatch, RequestQueue } from '../include/linux/blk-mq.ts';
import { clear, has, type Kiocb } from '../include/linux/fs.ts';
import { EAGAIN, EIO, ENODATA, ENOSPC, EOPNOTSUPP, ETIMEDOUT } from '../include/uapi/asm-generic/errno.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { bio_endio } from './bio.ts';
import { blk_mq_flush_plug_list, blk_mq_poll, blk_mq_submit_bio } from './blk-mq.ts';
import { plugOf, plugs } from './plug.ts';

export const dropsFlush = rule({
  id: 'flush-bits-dropped',
  asks: 'Has the device no volatile write cache, so that REQ_FUA and REQ_PREFLUSH are dropped?',
  test: '!bdev_write_cache(bdev)',
  inputs: ['bi_opf', 'bdev_write_cache'],
  source: { kind: 'code', file: 'block/blk-core.c', note: 'submit_bio_noacct' },
});

export const dropsPolled = rule({
  id: 'polled-bit-dropped',
  asks: 'Can this queue not poll, so that the bio is no longer polled?',
  test: '!test_bit(QUEUE_FLAG_POLL, &q->queue_flags)',
  inputs: ['bi_opf'],
  source: { kind: 'code', file: 'block/blk-core.c', note: 'submit_bio_noacct, before v6.8' },
});

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

/**
 * Checks a bio: flush and FUA bits mean nothing to a device without a volatile write cache, and older kernels drop the
 * wish to poll where nothing can be polled.
 */
export function* submit_bio_noacct(k: Kernel, bio: Bio): KernelFn {
  yield k.mightSleep();
  const { limits, pollMap } = queueOf(k);
  if (op_is_flush(bio.bi_opf) && k.decide(dropsFlush, !limits.write_cache, bio.bi_opf, limits.write_cache)) {
    bio.bi_opf = clear(bio.bi_opf, REQ_PREFLUSH | REQ_FUA);
    if (bio.bi_size === 0) {
      yield* k.call(bio_endio, bio);
      return;
    }
  }
  const strips = k.switches.UNPOLLABLE === 'stripped' && has(bio.bi_opf, REQ_POLLED);
  if (strips && k.decide(dropsPolled, pollMap.length === 0, bio.bi_opf))
    bio.bi_opf = clear(bio.bi_opf, REQ_POLLED);
  k.trace('block_bio_queue', bio, bio.bi_sector);
  yield* k.call(submit_bio_noacct_nocheck, bio);
}

/** Bios that are submitted while another one is: pieces of a split bio wait here instead of in a recursion. */
const bio_lists = new PerRun(() => new Map<Task, Bio[]>());

export function* submit_bio_noacct_nocheck(k: Kernel, bio: Bio): KernelFn {
  const task = k.currentTask;
  const lists = k.of(bio_lists);
  const list = lists.get(task);
  if (list !== undefined) {
    list.push(bio);
    return;
  }
  const own: Bio[] = [bio];
  lists.set(task, own);
  for (let next = own.shift(); next !== undefined; next = own.shift()) yield* k.call(__submit_bio, next);
  lists.delete(task);
}

/** Makes a request of a bio, on some kernels in a plug of its own. */
export function* __submit_bio(k: Kernel, bio: Bio): KernelFn {
  const plug = k.switches.SUBMIT_PLUG ? blk_start_plug(k) : null;
  yield* k.call(blk_mq_submit_bio, bio, queueOf(k), { submit_bio_noacct, submit_bio_noacct_nocheck });
  yield* k.call(blk_finish_plug, plug);
}

/** `bdev_write_cache()`: does the kernel believe in a volatile write cache? */
export const bdev_write_cache = (k: Kernel): boolean => queueOf(k).limits.write_cache;
/** `bdev_fua()`. */
export const bdev_fua = (k: Kernel): boolean => queueOf(k).limits.fua;

const ERRNOS: Readonly<Record<number, number>> = {
  [BLK_STS.BLK_STS_OK]: 0,
  [BLK_STS.BLK_STS_NOTSUPP]: EOPNOTSUPP,
  [BLK_STS.BLK_STS_TIMEOUT]: ETIMEDOUT,
  [BLK_STS.BLK_STS_NOSPC]: ENOSPC,
  [BLK_STS.BLK_STS_MEDIUM]: ENODATA,
  [BLK_STS.BLK_STS_AGAIN]: EAGAIN,
};

/** `blk_status_to_errno()`: 0 or a negative errno. */
export const blk_status_to_errno = (status: number): number => ERRNOS[status] ?? EIO;

/** `errno_to_blk_status()`. */
export const errno_to_blk_status = (errno: number): number =>
  errno === 0
    ? BLK_STS.BLK_STS_OK
    : Number(Object.entries(ERRNOS).find(([, known]) => known === errno)?.[0] ?? BLK_STS.BLK_STS_IOERR);

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

/** The `->iopoll` of files on a block device: polls the bio that the kiocb is waiting for, if it knows one, under RCU, so
 *  that the bio's memory stays while it is looked at. */
export function* iocb_bio_iopoll(k: Kernel, kiocb: Kiocb, iob: IoCompBatch): KernelFn<number> {
  k.rcu_read_lock();
  const bio = kiocb.private;
  const found = bio instanceof Bio ? yield* k.call(bio_poll, bio, iob) : 0;
  k.rcu_read_unlock();
  return found;
}

/** Polls the hardware queue that a bio was issued to; how many completions were found there. */
export function* bio_poll(k: Kernel, bio: Bio, iob: IoCompBatch): KernelFn<number> {
  const cookie = bio.bi_cookie;
  if (cookie < 0 || !has(bio.bi_opf, REQ_POLLED)) return 0;
  if (plugOf(k, k.currentTask) !== null) yield* k.call(blk_flush_plug, k.currentTask, false);
  return yield* k.call(blk_mq_poll, queueOf(k), cookie, iob);
}

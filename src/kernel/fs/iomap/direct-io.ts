/**
 * Direct I/O over iomap: submission, and the choice of where the rest of the completion runs when the last bio ends.
 * Source: fs/iomap/direct-io.c (v6.5 to v7.0; what differs hangs on switches). Not modelled yet: synchronous writes,
 * unwritten, new, shared and hole extents, errors, bounce buffers.
 */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { TaskState } from '../../../log/events.ts';
import { submitShare } from '../../block/blk-mq.ts';
import { bio_check_pages_dirty, bio_set_pages_dirty } from '../../block/bio.ts';
import { blk_finish_plug, blk_start_plug, submit_bio } from '../../block/blk-core.ts';
import { plugOf } from '../../block/plug.ts';
import {
  Bio,
  REQ_IDLE,
  REQ_NOWAIT,
  REQ_OP_READ,
  REQ_OP_WRITE,
  REQ_POLLED,
  REQ_SYNC,
  SECTOR_BYTES,
} from '../../include/linux/blk_types.ts';
import {
  EIOCBQUEUED,
  has,
  IOCB_DIO_CALLER_COMP,
  IOCB_HIPRI,
  IOCB_NOWAIT,
  IOCB_WRITE,
  is_sync_kiocb,
  type Kiocb,
} from '../../include/linux/fs.ts';
import { WorkStruct } from '../../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import {
  kiocb_invalidate_pages,
  kiocb_invalidate_post_direct_write,
  kiocb_write_and_wait,
} from '../../mm/filemap.ts';
import type { SwitchValue } from '../../switches.ts';
import {
  IOMAP_DIO_CALLER_COMP,
  IOMAP_DIO_COMP_WORK,
  IOMAP_DIO_DIRTY,
  IOMAP_DIO_INLINE_COMP,
  IOMAP_DIO_NO_INVALIDATE,
  IOMAP_DIO_WRITE,
  IomapDio,
  type IomapDioOps,
  type IomapIter,
  type IomapOps,
} from './iomap.ts';
import { iomap_iter } from './iter.ts';

const PAGE_SIZE = 4096;
/** Pages of one bio. The application's buffer is taken as scattered pages. Source: include/linux/bio.h. */
const BIO_MAX_VECS = 256;

const FILE = 'fs/iomap/direct-io.c';

export const dioWaits = rule({
  id: 'dio-waits',
  asks: 'Does the submitter wait for this I/O itself?',
  test: 'is_sync_kiocb(iocb) || (dio_flags & IOMAP_DIO_FORCE_WAIT)',
  inputs: ['is_sync_kiocb'],
  source: { kind: 'code', file: FILE, note: '__iomap_dio_rw' },
});

export const callerRequested = rule({
  id: 'dio-caller-requested',
  asks: 'Did the issuer offer to finish the write in its own task?',
  test: 'iocb->ki_flags & IOCB_DIO_CALLER_COMP',
  inputs: ['ki_flags'],
  source: { kind: 'code', file: FILE, commit: '8c052fb3002e' },
});

export const callerPastEof = rule({
  id: 'dio-caller-past-eof',
  asks: 'Does the write begin at or after the end of the file, so that the caller must not finish it?',
  test: 'pos >= i_size_read(inode)',
  inputs: ['pos', 'i_size'],
  source: {
    kind: 'mail',
    id: 'ZLsBMGe/X62e92Tz@dread.disaster.area',
    note: 'Chinner on patch 8; commit 8c052fb3002e',
  },
});

export const hipriDropped = rule({
  id: 'dio-hipri-dropped',
  asks: 'Is polling given up for this mapping before its first bio?',
  test: '!(dio->flags & (IOMAP_DIO_INLINE_COMP|IOMAP_DIO_CALLER_COMP))  /* v6.5: need_zeroout || pos >= i_size; v6.19: dio->flags & IOMAP_DIO_COMP_WORK */',
  inputs: ['dio flags', 'ki_flags'],
  source: { kind: 'code', file: FILE, commit: '7b3c14d1a96b', note: 'iomap_dio_bio_iter' },
});

export const moreBios = rule({
  id: 'dio-more-bios',
  asks: 'Does another bio follow? Only an I/O of a single bio can be polled.',
  test: 'nr_pages = bio_iov_vecs_to_alloc(dio->submit.iter, BIO_MAX_VECS)',
  inputs: ['bytes left'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_iter' },
});

export const bioPolled = rule({
  id: 'dio-bio-polled',
  asks: 'Is the bio marked for polling?',
  test: '(dio->iocb->ki_flags & IOCB_HIPRI) && !is_sync_kiocb(dio->iocb)',
  inputs: ['ki_flags', 'is_sync_kiocb'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_submit_bio' },
});

export const submitterLast = rule({
  id: 'dio-submitter-last',
  asks: 'Had all bios ended before the submitter gave up its own reference?',
  test: 'atomic_dec_and_test(&dio->ref)',
  inputs: ['ref'],
  source: { kind: 'code', file: FILE, note: '__iomap_dio_rw' },
});

export const lastBio = rule({
  id: 'dio-last-bio',
  asks: 'Was this the last bio of the I/O?',
  test: 'atomic_dec_and_test(&dio->ref)',
  inputs: ['ref'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_end_io' },
});

export const wakeWaiter = rule({
  id: 'dio-wake-waiter',
  asks: 'Does the submitter sleep for it, so that waking it is all there is to do?',
  test: 'dio->wait_for_completion',
  inputs: ['wait_for_completion'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_end_io' },
});

export const endsInline = rule({
  id: 'dio-inline',
  asks: 'May the completion run right here, in the context that ended the last bio?',
  test: 'dio->flags & IOMAP_DIO_INLINE_COMP  /* v6.5: !(dio->flags & IOMAP_DIO_WRITE); v6.19: !(… & IOMAP_DIO_COMP_WORK) */',
  inputs: ['dio flags'],
  source: { kind: 'code', file: FILE, commit: '7b3c14d1a96b', note: 'iomap_dio_bio_end_io' },
});

export const endsInCaller = rule({
  id: 'dio-caller-comp',
  asks: 'Does the issuer finish it in its own task, through ki_complete and dio_complete?',
  test: 'dio->flags & IOMAP_DIO_CALLER_COMP',
  inputs: ['dio flags'],
  source: { kind: 'code', file: FILE, commit: '8c052fb3002e', note: 'iomap_dio_bio_end_io' },
});

export const invalidateAfter = rule({
  id: 'dio-invalidate-after',
  asks: 'Are cached pages of the range dropped now that the data is on the device?',
  test: '!error && size && (dio->flags & IOMAP_DIO_WRITE) && !(dio->flags & IOMAP_DIO_NO_INVALIDATE)',
  inputs: ['error', 'size', 'dio flags'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_complete' },
});

export const stillPolled = rule({
  id: 'dio-still-polled',
  asks: 'Is the bio that ended still a polled one, so that this is the task that polls?',
  test: 'bio->bi_opf & REQ_POLLED',
  inputs: ['bi_opf'],
  source: { kind: 'mail', id: '20230720181310.71589-5-axboe@kernel.dk', note: 'patch 4 of version 4 only' },
});

export const cachedPages = rule({
  id: 'dio-cached-pages',
  asks: 'Has the file pages in the cache, which only a task may drop after the write?',
  test: 'dio->iocb->ki_filp->f_mapping->nrpages',
  inputs: ['nrpages'],
  source: { kind: 'code', file: FILE, commit: 'eca9dc20891d', note: 'iomap_dio_done' },
});

/** How the last bio knows that it may finish right here. */
const inlineTest: Record<SwitchValue<'READ_INLINE'>, (dio: IomapDio) => boolean> = {
  'not WRITE': (dio) => !has(dio.flags, IOMAP_DIO_WRITE),
  INLINE_COMP: (dio) => has(dio.flags, IOMAP_DIO_INLINE_COMP),
  'no COMP_WORK': (dio) => !has(dio.flags, IOMAP_DIO_COMP_WORK),
};

/** When polling is given up before the first bio of a mapping. Extents are written, so nothing needs zeroing. */
const dropsHipri: Record<SwitchValue<'HIPRI_RULE'>, (dio: IomapDio, pos: number) => boolean> = {
  'zeroing or append': (dio, pos) => has(dio.flags, IOMAP_DIO_WRITE) && pos >= dio.i_size,
  'neither INLINE_COMP nor CALLER_COMP': (dio) =>
    !has(dio.flags, IOMAP_DIO_INLINE_COMP | IOMAP_DIO_CALLER_COMP),
  COMP_WORK: (dio) => has(dio.flags, IOMAP_DIO_COMP_WORK),
};

/** A direct read or write: bytes, a negative errno, or -EIOCBQUEUED when the completion comes later. Task context. */
export function* iomap_dio_rw(
  k: Kernel,
  iocb: Kiocb,
  ops: IomapOps,
  dops: IomapDioOps | null,
): KernelFn<number> {
  const dio = yield* k.call(__iomap_dio_rw, iocb, ops, dops);
  return dio === null ? EIOCBQUEUED : yield* k.call(iomap_dio_complete, dio);
}

/** Submits all bios. Returns the dio if the caller is the one to complete it, null if somebody else will. */
export function* __iomap_dio_rw(
  k: Kernel,
  iocb: Kiocb,
  ops: IomapOps,
  dops: IomapDioOps | null,
): KernelFn<IomapDio | null> {
  const { inode } = iocb.ki_filp;
  const wait_for_completion = k.decide(dioWaits, is_sync_kiocb(iocb), is_sync_kiocb(iocb));
  k.trace('iomap_dio_rw_begin', iocb, iocb.ki_pos);
  const dio = new IomapDio(k, iocb, dops);
  dio.ref = 1;
  dio.i_size = inode.i_size;
  dio.waiter = k.currentTask;
  if (has(iocb.ki_flags, IOCB_WRITE)) {
    dio.flags = writeFlags(k, iocb);
    yield* k.call(kiocb_invalidate_pages, iocb);
    if (!wait_for_completion) initDoneWq(iocb);
  } else {
    dio.flags = readFlags(k);
    yield* k.call(kiocb_write_and_wait, iocb);
  }
  inode.i_dio_count = inode.i_dio_count + 1;

  const plug = blk_start_plug(k);
  const iter: IomapIter = { pos: iocb.ki_pos, len: iocb.length_bytes, iomap: null };
  let processed = 0;
  while (yield* k.call(iomap_iter, iocb, iter, ops, processed)) {
    processed = yield* k.call(iomap_dio_bio_iter, dio, iter);
    // only the first mapping may be polled
    if (has(iocb.ki_flags, IOCB_HIPRI)) iocb.ki_flags = iocb.ki_flags & ~IOCB_HIPRI;
  }
  yield* k.call(blk_finish_plug, plug);

  if (k.switches.PRIVATE_SET === 'after the loop') iocb.private = dio.poll_bio;
  dio.wait_for_completion = wait_for_completion;
  dio.ref = dio.ref - 1;
  if (k.decide(submitterLast, dio.ref === 0, dio.ref)) return dio;
  if (!wait_for_completion) {
    k.trace('iomap_dio_rw_queued', iocb, iocb.ki_pos);
    return null;
  }
  for (;;) {
    k.setState(TaskState.Uninterruptible, 'the last bio of its direct I/O', dio);
    if (!hasWaiter(dio)) break;
    yield k.schedule(); // blk_io_schedule()
  }
  k.setState(TaskState.Running);
  return dio;
}

/** Read through a function: the last bio clears it while the submitter sleeps, which the compiler cannot know. */
const hasWaiter = (dio: IomapDio): boolean => dio.waiter !== null;

/** Flags of a read. From v6.6 on a read is all that may finish inline, and says so from the start. */
function readFlags(k: Kernel): number {
  return IOMAP_DIO_DIRTY + (k.switches.READ_INLINE === 'INLINE_COMP' ? IOMAP_DIO_INLINE_COMP : 0);
}

/** Flags of a write, before its mapping is known. */
function writeFlags(k: Kernel, iocb: Kiocb): number {
  if (k.switches.CALLER_FLAG === 'none') return IOMAP_DIO_WRITE;
  const requested = k.decide(callerRequested, has(iocb.ki_flags, IOCB_DIO_CALLER_COMP), iocb.ki_flags);
  return IOMAP_DIO_WRITE + (requested ? IOMAP_DIO_CALLER_COMP : 0);
}

/** `sb_init_dio_done_wq()`: the first asynchronous write makes the workqueue. */
function initDoneWq(iocb: Kiocb): void {
  iocb.ki_filp.inode.i_sb.s_dio_done_wq ??= { name: 'dio/nvme0n1', highpri: false };
}

/** Builds and submits the bios of one mapping; how many bytes they carry. */
export function* iomap_dio_bio_iter(k: Kernel, dio: IomapDio, iter: IomapIter): KernelFn<number> {
  const { iocb } = dio;
  const { iomap, pos } = iter;
  assert(iomap !== null, 'there is a mapping to work on');
  const write = has(dio.flags, IOMAP_DIO_WRITE);
  const length = Math.min(iter.len, iomap.offset + iomap.length - pos);
  yield k.spend(submitShare(k, plugOf(k, k.currentTask)));
  if (has(dio.flags, IOMAP_DIO_CALLER_COMP) && k.decide(callerPastEof, pos >= dio.i_size, pos, dio.i_size))
    dio.flags = dio.flags - IOMAP_DIO_CALLER_COMP;
  if (
    has(iocb.ki_flags, IOCB_HIPRI) &&
    k.decide(hipriDropped, dropsHipri[k.switches.HIPRI_RULE](dio, pos), dio.flags, iocb.ki_flags)
  )
    iocb.ki_flags = iocb.ki_flags & ~IOCB_HIPRI;

  let copied = 0;
  while (copied < length) {
    const n = Math.min(length - copied, BIO_MAX_VECS * PAGE_SIZE);
    const bio = yield* k.call(iomap_dio_alloc_bio, dio, write, iomap.addr + (pos - iomap.offset) + copied, n);
    if (!write) yield* k.call(bio_set_pages_dirty, bio);
    dio.size = dio.size + n;
    copied += n;
    const left = length - copied;
    if (k.decide(moreBios, left > 0, left) && has(iocb.ki_flags, IOCB_HIPRI))
      iocb.ki_flags = iocb.ki_flags & ~IOCB_HIPRI;
    yield* k.call(iomap_dio_submit_bio, dio, bio);
  }
  return copied;
}

/** A bio for `size` bytes at byte `addr` of the device. */
export function* iomap_dio_alloc_bio(
  k: Kernel,
  dio: IomapDio,
  write: boolean,
  addr: number,
  size: number,
): KernelFn<Bio> {
  const bio = new Bio(k, dio);
  bio.bi_opf = write ? REQ_OP_WRITE | REQ_SYNC | REQ_IDLE : REQ_OP_READ;
  bio.bi_sector = addr / SECTOR_BYTES;
  bio.bi_size = size;
  bio.bi_cookie = -1;
  bio.bi_private = dio;
  bio.bi_end_io = iomap_dio_bio_end_io;
  return bio;
}

/** Counts the bio, marks it for polling if that is wanted, and submits it. */
export function* iomap_dio_submit_bio(k: Kernel, dio: IomapDio, bio: Bio): KernelFn {
  const { iocb } = dio;
  dio.ref = dio.ref + 1;
  const hipri = has(iocb.ki_flags, IOCB_HIPRI);
  if (k.decide(bioPolled, hipri && !is_sync_kiocb(iocb), iocb.ki_flags, is_sync_kiocb(iocb))) {
    bio.bi_opf = bio.bi_opf | REQ_POLLED | (has(iocb.ki_flags, IOCB_NOWAIT) ? REQ_NOWAIT : 0); // bio_set_polled()
    if (k.switches.PRIVATE_SET === 'in iomap_dio_submit_bio') iocb.private = bio;
    else dio.poll_bio = bio;
  }
  yield* k.call(submit_bio, bio);
}

/** Ends one bio of a direct I/O; the last one chooses where the rest of the completion runs.
 *  Context: the driver's, often hard interrupt, so nothing here sleeps. */
export function* iomap_dio_bio_end_io(k: Kernel, bio: Bio): KernelFn {
  const dio = bio.bi_private;
  assert(dio instanceof IomapDio && dio.ref > 0, 'a bio ends while its dio still counts it');
  const { iocb } = dio;
  const dirty = has(dio.flags, IOMAP_DIO_DIRTY);
  dio.ref = dio.ref - 1;
  if (!k.decide(lastBio, dio.ref === 0, dio.ref)) {
    // the others are still on their way
  } else if (k.decide(wakeWaiter, dio.wait_for_completion, dio.wait_for_completion)) {
    const { waiter } = dio;
    dio.waiter = null;
    yield* k.call(blk_wake_io_task, waiter);
  } else if (endsHere(k, dio, bio)) {
    iocb.private = null;
    yield* k.call(iomap_dio_complete_work, makeWork(k, dio));
  } else if (k.switches.CALLER_FLAG !== 'none' && handsBack(k, dio)) {
    iocb.private = dio;
    iocb.dio_complete = iomap_dio_deferred_complete;
    assert(iocb.ki_complete !== null, 'only an asynchronous I/O is handed back');
    yield* k.call(iocb.ki_complete, iocb, 0);
  } else {
    const { s_dio_done_wq } = iocb.ki_filp.inode.i_sb;
    assert(s_dio_done_wq !== null, 'the workqueue exists before the first asynchronous write ends');
    if (k.switches.PRIVATE_CLEARED_FOR_WQ) iocb.private = null;
    yield* k.call(queue_work, makeWork(k, dio), s_dio_done_wq);
  }
  if (dirty) yield* k.call(bio_check_pages_dirty, bio);
  else k.free(bio); // bio_release_pages(), bio_put()
}

/** May the rest run right here? Since v6.19 a write asks at the last moment whether there are cached pages to drop. */
function endsHere(k: Kernel, dio: IomapDio, bio: Bio): boolean {
  const { nrpages } = dio.iocb.ki_filp.inode;
  const asks =
    k.switches.CACHE_CHECK_AT_END && has(dio.flags, IOMAP_DIO_WRITE) && !has(dio.flags, IOMAP_DIO_COMP_WORK);
  if (asks)
    dio.flags =
      dio.flags +
      (k.decide(cachedPages, nrpages > 0, nrpages) ? IOMAP_DIO_COMP_WORK : IOMAP_DIO_NO_INVALIDATE);
  if (k.decide(endsInline, inlineTest[k.switches.READ_INLINE](dio), dio.flags)) return true;
  return k.switches.POLLED_INLINE && k.decide(stillPolled, has(bio.bi_opf, REQ_POLLED), bio.bi_opf);
}

const handsBack = (k: Kernel, dio: IomapDio): boolean =>
  k.decide(endsInCaller, has(dio.flags, IOMAP_DIO_CALLER_COMP), dio.flags);

/** `INIT_WORK(&dio->aio.work, iomap_dio_complete_work)`. */
function makeWork(k: Kernel, dio: IomapDio): WorkStruct {
  const work = new WorkStruct(k, dio);
  work.func = iomap_dio_complete_work;
  work.container = dio;
  return work;
}

/** Wakes the submitter, or just lets it go on if it is the one that polls. Source: include/linux/blkdev.h. */
export function* blk_wake_io_task(k: Kernel, waiter: IomapDio['waiter']): KernelFn {
  assert(waiter !== null, 'there is somebody to wake');
  if (waiter === k.currentTask && k.in_task()) k.setState(TaskState.Running);
  else yield* k.call(wake_up_process, waiter);
}

/** Finishes the I/O and tells the issuer: a work function, also called directly. */
export function* iomap_dio_complete_work(k: Kernel, work: WorkStruct): KernelFn {
  const dio = work.container as IomapDio; // set by makeWork
  const { iocb } = dio;
  const ret = yield* k.call(iomap_dio_complete, dio);
  assert(iocb.ki_complete !== null, 'an I/O that ends asynchronously has somebody to tell');
  yield* k.call(iocb.ki_complete, iocb, ret);
}

/** `iocb->dio_complete`: finishes the I/O in the issuer's own task. */
export function* iomap_dio_deferred_complete(k: Kernel, data: unknown): KernelFn<number> {
  return yield* k.call(iomap_dio_complete, data as IomapDio); // iocb->private, set together with dio_complete
}

/** The end of every direct I/O, in whatever context was chosen; bytes or a negative errno. */
export function* iomap_dio_complete(k: Kernel, dio: IomapDio): KernelFn<number> {
  const { iocb } = dio;
  const { inode } = iocb.ki_filp;
  let ret = dio.error;
  if (dio.dops !== null) ret = yield* k.call(dio.dops.end_io, iocb, dio.size, ret, dio.flags);
  const drops = has(dio.flags, IOMAP_DIO_WRITE) && !has(dio.flags, IOMAP_DIO_NO_INVALIDATE);
  if (k.decide(invalidateAfter, ret === 0 && dio.size > 0 && drops, ret, dio.size, dio.flags))
    yield* k.call(kiocb_invalidate_post_direct_write, iocb);
  inode.i_dio_count = inode.i_dio_count - 1; // inode_dio_end()
  if (ret === 0) {
    ret = dio.size;
    iocb.ki_pos = iocb.ki_pos + ret;
  }
  k.trace('iomap_dio_complete', iocb, ret);
  k.free(dio);
  return ret;
}

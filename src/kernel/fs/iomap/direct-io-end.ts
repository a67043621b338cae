/**
 * The end of a direct I/O: where the rest of it runs when its last bio has ended, and what that is.
 * Source: fs/iomap/direct-io.c (v6.5 to v7.3; what differs hangs on switches).
 */
import { assert } from '../../../base/assert.ts';
import { TaskState } from '../../../log/events.ts';
import { bio_check_pages_dirty } from '../../block/bio.ts';
import { blk_status_to_errno } from '../../block/blk-core.ts';
import { type Bio, REQ_POLLED } from '../../include/linux/blk_types.ts';
import { clear, has, set } from '../../include/linux/fs.ts';
import { WorkStruct } from '../../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import { kiocb_invalidate_post_direct_write } from '../../mm/filemap.ts';
import type { SwitchValue } from '../../switches.ts';
import { inode_dio_end } from '../inode.ts';
import { generic_write_sync } from '../sync.ts';
import * as rules from './direct-io-rules.ts';
import {
  ANY_CALLER_COMP,
  ANY_USER_BACKED,
  IOMAP_DIO_COMP_WORK,
  IOMAP_DIO_INLINE_COMP,
  IOMAP_DIO_NEED_SYNC,
  IOMAP_DIO_NO_INVALIDATE,
  IOMAP_DIO_WRITE,
  IomapDio,
} from './iomap.ts';

/** Notes an error; the first one stays. */
export function iomap_dio_set_error(dio: IomapDio, error: number): void {
  if (dio.error === 0) dio.error = error;
}

/** Ends one bio of a direct I/O. Context: the driver's, often hard interrupt, so nothing here sleeps. */
export function* iomap_dio_bio_end_io(k: Kernel, bio: Bio): KernelFn {
  const dio = bio.bi_private;
  assert(dio instanceof IomapDio && dio.ref > 0, 'a bio ends while its dio still counts it');
  const dirty = has(dio.flags, ANY_USER_BACKED);
  const { bi_opf } = bio;
  if (bio.bi_status !== 0) iomap_dio_set_error(dio, blk_status_to_errno(bio.bi_status));
  const first = k.switches.BIO_FREED_FIRST;
  if (first && dirty) yield* k.call(bio_check_pages_dirty, bio);
  else if (first) k.free(bio); // bio_release_pages(), bio_put()
  dio.ref = dio.ref - 1;
  if (k.decide(rules.lastBio, dio.ref === 0, dio.ref)) yield* k.call(iomap_dio_done, dio, bi_opf);
  if (!first && dirty) yield* k.call(bio_check_pages_dirty, bio);
  else if (!first) k.free(bio);
}

/** The last bio of a direct I/O has ended: chooses where the rest of the completion runs. */
export function* iomap_dio_done(k: Kernel, dio: IomapDio, bi_opf: number): KernelFn {
  const { iocb } = dio;
  if (k.decide(rules.wakeWaiter, dio.wait_for_completion, dio.wait_for_completion)) {
    const { waiter } = dio;
    dio.waiter = null;
    yield* k.call(blk_wake_io_task, waiter);
  } else if (endsHere(k, dio, bi_opf)) {
    iocb.private = null;
    yield* k.call(iomap_dio_complete_work, makeWork(k, dio));
  } else if (k.switches.CALLER_FLAG !== 'none' && handsBack(k, dio)) {
    iocb.private = dio;
    iocb.dio_complete = iomap_dio_deferred_complete;
    assert(iocb.ki_complete !== null, 'only an asynchronous I/O is handed back');
    yield* k.call(iocb.ki_complete, iocb, 0);
  } else {
    if (k.switches.PRIVATE_CLEARED_FOR_WQ) iocb.private = null;
    const { s_dio_done_wq } = iocb.ki_filp.inode.i_sb;
    if (s_dio_done_wq === null) k.hazard('dio-workqueue-missing', dio);
    else yield* k.call(queue_work, makeWork(k, dio), s_dio_done_wq);
  }
}

/** How the last bio of a read knows that it may finish right here. */
const readEndsHere: Record<SwitchValue<'READ_INLINE'>, (dio: IomapDio) => boolean> = {
  'not WRITE': () => true,
  INLINE_COMP: (dio) => has(dio.flags, IOMAP_DIO_INLINE_COMP),
  'no COMP_WORK': (dio) => !has(dio.flags, IOMAP_DIO_COMP_WORK),
};

/** The same of a write: before v6.19 only one whose bio ended in a worker already, see `iomap_finish_ioend_direct()`. */
const writeEndsHere = (k: Kernel, dio: IomapDio): boolean =>
  k.switches.IRQ_WRITES
    ? !has(dio.flags, IOMAP_DIO_COMP_WORK)
    : k.switches.READ_INLINE === 'INLINE_COMP' && has(dio.flags, IOMAP_DIO_INLINE_COMP);

/** May the rest run right here? */
function endsHere(k: Kernel, dio: IomapDio, bi_opf: number): boolean {
  const write = has(dio.flags, IOMAP_DIO_WRITE);
  const failed = k.switches.ERR_TO_TASK && k.decide(rules.errorToTask, dio.error !== 0, dio.error);
  if (failed) dio.flags = clear(set(dio.flags, IOMAP_DIO_COMP_WORK), IOMAP_DIO_INLINE_COMP);
  if (write && k.switches.CACHE_CHECK_AT_END && !has(dio.flags, IOMAP_DIO_COMP_WORK)) {
    const { nrpages } = dio.iocb.ki_filp.inode;
    const cached = k.decide(rules.cachedPages, nrpages > 0, nrpages);
    dio.flags = set(dio.flags, cached ? IOMAP_DIO_COMP_WORK : IOMAP_DIO_NO_INVALIDATE);
  }
  const inline = write ? writeEndsHere(k, dio) : readEndsHere[k.switches.READ_INLINE](dio) && !failed;
  if (k.decide(rules.endsInline, inline, dio.flags)) return true;
  return k.switches.POLLED_INLINE && !failed && k.decide(rules.stillPolled, has(bi_opf, REQ_POLLED), bi_opf);
}

const handsBack = (k: Kernel, dio: IomapDio): boolean =>
  k.decide(rules.endsInCaller, has(dio.flags, ANY_CALLER_COMP), dio.flags);

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
  const write = has(dio.flags, IOMAP_DIO_WRITE);
  let ret = dio.error;
  if (dio.dops?.end_io !== undefined) ret = yield* k.call(dio.dops.end_io, iocb, dio.size, ret, dio.flags);
  if (ret === 0) {
    ret = dio.size;
    const short = !write && iocb.ki_pos + ret > dio.i_size;
    if (!write && k.decide(rules.shortRead, short, iocb.ki_pos, dio.size, dio.i_size))
      ret = dio.i_size - iocb.ki_pos;
  }
  const drops = write && !has(dio.flags, IOMAP_DIO_NO_INVALIDATE);
  if (
    k.decide(rules.invalidateAfter, dio.error === 0 && dio.size > 0 && drops, dio.error, dio.size, dio.flags)
  )
    yield* k.call(kiocb_invalidate_post_direct_write, iocb, dio.size);
  yield* k.call(inode_dio_end, inode);
  if (ret > 0) {
    iocb.ki_pos = iocb.ki_pos + ret;
    if (k.decide(rules.syncsAfter, has(dio.flags, IOMAP_DIO_NEED_SYNC), dio.flags))
      ret = yield* k.call(generic_write_sync, iocb, ret);
  }
  k.trace('iomap_dio_complete', iocb, ret);
  k.free(dio);
  return ret;
}

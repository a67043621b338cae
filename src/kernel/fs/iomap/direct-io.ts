/**
 * Direct I/O over iomap: what is to be done, mapping by mapping. Source: fs/iomap/direct-io.c (v6.5 to v7.3; what differs hangs on switches).
 * Not modelled: inline data, bounce buffers, atomic writes, page faults in the application's buffer.
 */
import { TaskState } from '../../../log/events.ts';
import { blk_finish_plug, blk_start_plug } from '../../block/blk-core.ts';
import {
  ANY_CALLER_REQUEST,
  clear,
  EIOCBQUEUED,
  has,
  IOCB_HIPRI,
  IOCB_NOWAIT,
  IOCB_SYNC,
  IOCB_WRITE,
  iocb_is_dsync,
  is_sync_kiocb,
  type Kiocb,
  set,
} from '../../include/linux/fs.ts';
import { alloc_workqueue, WQ_MEM_RECLAIM, WQ_PERCPU } from '../../include/linux/workqueue.ts';
import { EAGAIN, ENOTBLK } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import {
  filemap_write_and_wait_range,
  kiocb_invalidate_pages,
  kiocb_write_and_wait,
  nowaitCached,
} from '../../mm/filemap.ts';
import { invalidate_inode_pages2_range } from '../../mm/truncate.ts';
import { inode_dio_begin } from '../inode.ts';
import { iomap_dio_complete, iomap_dio_set_error } from './direct-io-end.ts';
import * as rules from './direct-io-rules.ts';
import {
  ANY_WRITE_THROUGH,
  CALLER_BIT,
  IOMAP_DIO_COMP_WORK,
  IOMAP_DIO_FORCE_WAIT,
  IOMAP_DIO_INLINE_COMP,
  IOMAP_DIO_NEED_SYNC,
  IOMAP_DIO_OVERWRITE_ONLY,
  IOMAP_DIO_WRITE,
  IOMAP_DIRECT,
  IOMAP_NOWAIT,
  IOMAP_OVERWRITE_ONLY,
  IOMAP_WRITE,
  IomapDio,
  type IomapDioOps,
  type IomapIter,
  type IomapOps,
  USER_BACKED_BIT,
  WRITE_THROUGH_BIT,
} from './iomap.ts';
import { iomap_iter } from './iter.ts';
import { iomap_dio_iter } from './direct-io-bios.ts';

/** A direct read or write: bytes, a negative errno, or -EIOCBQUEUED when the completion comes later. Task context. */
export function* iomap_dio_rw(
  k: Kernel,
  iocb: Kiocb,
  ops: IomapOps,
  dops: IomapDioOps | null,
  dio_flags: number,
): KernelFn<number> {
  const dio = yield* k.call(__iomap_dio_rw, iocb, ops, dops, dio_flags);
  return typeof dio === 'number' ? dio : yield* k.call(iomap_dio_complete, dio);
}

/** Submits all bios. Returns the dio if the caller is the one to complete it; -EIOCBQUEUED if somebody else will; 0 or a
 *  negative errno if there is none. */
export function* __iomap_dio_rw(
  k: Kernel,
  iocb: Kiocb,
  ops: IomapOps,
  dops: IomapDioOps | null,
  dio_flags: number,
): KernelFn<IomapDio | number> {
  const { inode } = iocb.ki_filp;
  const sync = is_sync_kiocb(iocb);
  let wait_for_completion = k.decide(
    rules.dioWaits,
    sync || has(dio_flags, IOMAP_DIO_FORCE_WAIT),
    sync,
    dio_flags,
  );
  if (iocb.length_bytes === 0) return 0;
  k.trace('iomap_dio_rw_begin', iocb, iocb.ki_pos);
  yield k.mightSleep(); // kmalloc(GFP_KERNEL)
  const dio = new IomapDio(k, iocb, dops);
  dio.ref = 1;
  dio.i_size = inode.i_size;
  dio.waiter = k.currentTask;
  const iter: IomapIter = {
    inode,
    pos: iocb.ki_pos,
    len: iocb.length_bytes,
    flags: IOMAP_DIRECT,
    iomap: null,
  };
  if (has(iocb.ki_flags, IOCB_NOWAIT)) iter.flags |= IOMAP_NOWAIT;
  const write = has(iocb.ki_flags, IOCB_WRITE);
  const early = write ? prepareWrite(k, dio, iter, dio_flags) : prepareRead(k, dio, iter);
  let ret = early ?? 0;
  if (early === null && k.switches.CACHE_HELPERS)
    ret = yield* k.call(write ? kiocb_invalidate_pages : kiocb_write_and_wait, iocb);
  else if (early === null) {
    ret = write ? nowaitCached(k, iocb) : 0;
    if (ret === 0)
      yield* k.call(filemap_write_and_wait_range, inode.i_mapping, iocb.ki_pos, iocb.length_bytes);
    if (ret === 0 && write)
      yield* k.call(invalidate_inode_pages2_range, inode, iocb.ki_pos, iocb.length_bytes);
  }
  if (ret < 0 || early === 0) {
    k.free(dio);
    return write && ret < 0 && ret !== EAGAIN ? ENOTBLK : ret;
  }
  if (!wait_for_completion && (write || k.switches.WQ_FOR_READS)) sb_init_dio_done_wq(iocb);
  inode_dio_begin(inode);

  const plug = blk_start_plug(k);
  ret = yield* k.call(iomap_iter, iocb, iter, ops, 0);
  while (ret > 0) {
    const processed = yield* k.call(iomap_dio_iter, dio, iter);
    // only the first mapping may be polled
    if (has(iocb.ki_flags, IOCB_HIPRI)) iocb.ki_flags = clear(iocb.ki_flags, IOCB_HIPRI);
    ret = yield* k.call(iomap_iter, iocb, iter, ops, processed);
  }
  yield* k.call(blk_finish_plug, plug);
  if (ret === ENOTBLK) {
    wait_for_completion = true; // the rest is to be done through the page cache
    ret = 0;
  }
  if (ret < 0) iomap_dio_set_error(dio, ret);
  forgetSync(k, dio);
  if (k.switches.PRIVATE_SET === 'after the loop') iocb.private = dio.poll_bio;

  dio.wait_for_completion = wait_for_completion;
  dio.ref = dio.ref - 1;
  if (k.decide(rules.submitterLast, dio.ref === 0, dio.ref)) return dio;
  if (!wait_for_completion) {
    k.trace('iomap_dio_rw_queued', iocb, iocb.ki_pos);
    return EIOCBQUEUED;
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

/** Flags of a read: null to go on, or 0 when there is nothing to read. */
function prepareRead(k: Kernel, dio: IomapDio, iter: IomapIter): number | null {
  if (k.switches.READ_INLINE === 'INLINE_COMP') dio.flags = set(dio.flags, IOMAP_DIO_INLINE_COMP);
  if (k.decide(rules.readPastEof, iter.pos >= dio.i_size, iter.pos, dio.i_size)) return 0;
  dio.flags = set(dio.flags, USER_BACKED_BIT[k.switches.BUF_FLAG]);
  return null;
}

/** Flags of a write and of the search for its mappings: null to go on, or a negative errno. */
function prepareWrite(k: Kernel, dio: IomapDio, iter: IomapIter, dio_flags: number): number | null {
  iter.flags |= IOMAP_WRITE;
  dio.flags = writeFlags(k, dio.iocb);
  const pastEof = iter.pos + iter.len > dio.i_size;
  if (has(dio_flags, IOMAP_DIO_OVERWRITE_ONLY)) {
    if (pastEof) return EAGAIN;
    iter.flags |= IOMAP_OVERWRITE_ONLY;
  }
  if (k.switches.EOF_PUNT && k.decide(rules.endsPastEof, pastEof, iter.pos, iter.len, dio.i_size))
    dio.flags = set(dio.flags, IOMAP_DIO_COMP_WORK);
  return null;
}

/** Flags of a write, before its mapping is known. */
function writeFlags(k: Kernel, iocb: Kiocb): number {
  let flags = IOMAP_DIO_WRITE;
  const dsync = iocb_is_dsync(iocb);
  const how = dsync ? (has(iocb.ki_flags, IOCB_SYNC) ? 2 : 1) : 0;
  k.decide(rules.needsSync, how, iocb.ki_flags);
  if (dsync) flags = set(flags, IOMAP_DIO_NEED_SYNC);
  if (how === 1) flags = set(flags, WRITE_THROUGH_BIT[k.switches.WT_NAME]);
  if (k.switches.CALLER_FLAG === 'none') return flags;
  const requested = k.decide(rules.callerRequested, has(iocb.ki_flags, ANY_CALLER_REQUEST), iocb.ki_flags);
  return requested ? set(flags, CALLER_BIT[k.switches.CALLER_FLAG]) : flags;
}

/** The first asynchronous write (since v6.19: I/O) makes the workqueue. */
export function sb_init_dio_done_wq(iocb: Kiocb): void {
  iocb.ki_filp.inode.i_sb.s_dio_done_wq ??= alloc_workqueue('dio/nvme0n1', WQ_MEM_RECLAIM | WQ_PERCPU);
}

/** If all that was issued writes through, nothing is left to sync; otherwise only a task can do it. */
function forgetSync(k: Kernel, dio: IomapDio): void {
  if (!has(dio.flags, IOMAP_DIO_NEED_SYNC)) return;
  if (k.decide(rules.allWrittenThrough, has(dio.flags, ANY_WRITE_THROUGH), dio.flags))
    dio.flags = clear(dio.flags, IOMAP_DIO_NEED_SYNC);
  else if (k.switches.SYNC_PUNT) {
    k.decide(rules.syncPunt, true, dio.flags);
    dio.flags = set(dio.flags, IOMAP_DIO_COMP_WORK);
  }
}

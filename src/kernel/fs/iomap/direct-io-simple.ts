/**
 * The short path for small direct reads: one mapping, one bio, and no `iomap_dio`. Source: fs/iomap/direct-io.c and
 * include/linux/iomap.h (v7.3).
 */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { flags, int, struct } from '../../../engine/struct.ts';
import { submitShare } from '../../block/blk-mq.ts';
import { bio_check_pages_dirty, bio_set_pages_dirty } from '../../block/bio.ts';
import { submit_bio_wait } from '../../block/bio-wait.ts';
import { blk_status_to_errno, submit_bio } from '../../block/blk-core.ts';
import { plugOf } from '../../block/plug.ts';
import { Bio, REQ_NOWAIT, REQ_OP_READ, REQ_POLLED, SECTOR_BYTES } from '../../include/linux/blk_types.ts';
import {
  EIOCBQUEUED,
  has,
  IOCB_HIPRI,
  IOCB_NOWAIT,
  is_sync_kiocb,
  type Kiocb,
} from '../../include/linux/fs.ts';
import { WorkStruct } from '../../include/linux/workqueue.ts';
import { EINVAL, ENOTBLK } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import { kiocb_write_and_wait } from '../../mm/filemap.ts';
import { inode_dio_begin, inode_dio_end } from '../inode.ts';
import { sb_init_dio_done_wq } from './direct-io.ts';
import { errorToTask } from './direct-io-rules.ts';
import { type Iomap, IOMAP_DIO_USER_BACKED, IOMAP_DIRECT, IOMAP_NOWAIT, type IomapOps } from './iomap.ts';

/** `struct iomap_dio_simple`: the read and its bio in one. */
export class IomapDioSimple extends struct('iomap_dio_simple', {
  size: int('B'),
  dio_flags: flags({ IOMAP_DIO_USER_BACKED }),
}) {
  readonly iocb: Kiocb;
  readonly bio: Bio;

  constructor(k: Kernel, iocb: Kiocb) {
    super(k, iocb);
    this.iocb = iocb;
    this.bio = new Bio(k, this);
  }
}

export const readIsSimple = rule({
  id: 'dio-read-simple',
  asks: 'Is it a read of no more than a block inside the file, for which the short path is tried?',
  test: 'iov_iter_count(iter) <= i_blocksize(inode) && iocb->ki_pos + count <= i_size_read(inode)',
  inputs: ['pos', 'length', 'i_size'],
  source: { kind: 'code', file: 'include/linux/iomap.h', note: 'iomap_dio_read_simple, v7.3' },
});

export const oneMapping = rule({
  id: 'dio-simple-mapping',
  asks: 'Is all of the range in one written extent? If not, the read takes the long path.',
  test: 'iomap.type == IOMAP_MAPPED && iomap.offset + iomap.length >= pos + len',
  inputs: ['extent length', 'length'],
  source: { kind: 'code', file: 'fs/iomap/direct-io.c', note: '__iomap_dio_read_simple, v7.3' },
});

/** Tries the short path: bytes, a negative errno, or -EIOCBQUEUED; -ENOTBLK when the caller has to take the long one. */
export function* iomap_dio_read_simple(k: Kernel, iocb: Kiocb, ops: IomapOps): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const { ki_pos, length_bytes } = iocb;
  const small = length_bytes > 0 && length_bytes <= inode.i_sb.s_blocksize;
  const inside = ki_pos + length_bytes <= inode.i_size;
  if (!k.decide(readIsSimple, small && inside, ki_pos, length_bytes, inode.i_size)) return ENOTBLK;
  const ret = yield* k.call(kiocb_write_and_wait, iocb);
  if (ret < 0) return ret;
  if (!is_sync_kiocb(iocb)) sb_init_dio_done_wq(iocb);
  inode_dio_begin(inode);
  const how = IOMAP_DIRECT | (has(iocb.ki_flags, IOCB_NOWAIT) ? IOMAP_NOWAIT : 0);
  const iomap = yield* k.callAbout(iocb, ops.iomap_begin, inode, ki_pos, length_bytes, how);
  if (typeof iomap !== 'number') return yield* k.call(__iomap_dio_read_simple, iocb, iomap);
  yield* k.call(inode_dio_end, inode);
  return iomap;
}

export function* __iomap_dio_read_simple(k: Kernel, iocb: Kiocb, iomap: Iomap): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const { ki_pos, length_bytes } = iocb;
  const whole = iomap.type === 'IOMAP_MAPPED' && iomap.length >= length_bytes;
  if (!k.decide(oneMapping, whole, iomap.length, length_bytes)) {
    yield* k.call(inode_dio_end, inode);
    return ENOTBLK;
  }
  if (ki_pos % SECTOR_BYTES !== 0 || length_bytes % SECTOR_BYTES !== 0) {
    yield* k.call(inode_dio_end, inode);
    return EINVAL;
  }
  yield k.spend(submitShare(k, plugOf(k, k.currentTask)));
  const sr = new IomapDioSimple(k, iocb);
  const { bio } = sr;
  const sync = is_sync_kiocb(iocb);
  const polled = has(iocb.ki_flags, IOCB_HIPRI) && !sync;
  bio.bi_opf =
    REQ_OP_READ | (polled ? REQ_POLLED : 0) | (polled && has(iocb.ki_flags, IOCB_NOWAIT) ? REQ_NOWAIT : 0);
  bio.bi_sector = (iomap.addr + ki_pos - iomap.offset) / SECTOR_BYTES;
  bio.bi_size = length_bytes;
  bio.bi_cookie = -1;
  sr.size = length_bytes;
  yield* k.call(bio_set_pages_dirty, bio);
  sr.dio_flags = IOMAP_DIO_USER_BACKED;
  if (sync) {
    yield* k.call(submit_bio_wait, bio);
    return yield* k.call(iomap_dio_simple_complete, sr);
  }
  bio.bi_private = sr;
  bio.bi_end_io = iomap_dio_simple_end_io;
  if (polled) iocb.private = bio;
  yield* k.call(submit_bio, bio);
  k.trace('iomap_dio_rw_queued', iocb, ki_pos);
  return EIOCBQUEUED;
}

/** Ends the bio: finishes the read right here, in a worker only if it failed. Context: the driver's. */
export function* iomap_dio_simple_end_io(k: Kernel, bio: Bio): KernelFn {
  const sr = bio.bi_private;
  assert(sr instanceof IomapDioSimple, 'a simple read knows its bio, and the bio its read');
  const { iocb } = sr;
  if (k.decide(errorToTask, bio.bi_status !== 0, bio.bi_status)) {
    const { s_dio_done_wq } = iocb.ki_filp.inode.i_sb;
    assert(s_dio_done_wq !== null, 'made before the read was submitted');
    const work = new WorkStruct(k, sr);
    work.func = iomap_dio_simple_complete_work;
    work.container = sr;
    yield* k.call(queue_work, work, s_dio_done_wq);
    return;
  }
  iocb.private = null;
  const ret = yield* k.call(iomap_dio_simple_complete, sr);
  assert(iocb.ki_complete !== null, 'a read that ends by itself is asynchronous');
  yield* k.call(iocb.ki_complete, iocb, ret);
}

export function* iomap_dio_simple_complete_work(k: Kernel, work: WorkStruct): KernelFn {
  const sr = work.container as IomapDioSimple; // set by iomap_dio_simple_end_io
  sr.iocb.private = null;
  const ret = yield* k.call(iomap_dio_simple_complete, sr);
  assert(sr.iocb.ki_complete !== null, 'a read that ends by itself is asynchronous');
  yield* k.call(sr.iocb.ki_complete, sr.iocb, ret);
}

/** The end of the read; bytes or a negative errno. */
export function* iomap_dio_simple_complete(k: Kernel, sr: IomapDioSimple): KernelFn<number> {
  const { iocb, bio } = sr;
  const ret = bio.bi_status === 0 ? sr.size : blk_status_to_errno(bio.bi_status);
  if (ret > 0) iocb.ki_pos = iocb.ki_pos + ret;
  yield* k.call(bio_check_pages_dirty, bio);
  yield* k.call(inode_dio_end, iocb.ki_filp.inode);
  k.trace('iomap_dio_complete', iocb, ret);
  k.free(sr);
  return ret;
}

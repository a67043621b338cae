/** Direct I/O over iomap: the bios of one mapping. Source: fs/iomap/direct-io.c (v6.5 to v7.3; what differs hangs on switches). */
import { assert } from '../../../base/assert.ts';
import { submitShare } from '../../block/blk-mq.ts';
import { bio_set_pages_dirty } from '../../block/bio.ts';
import { bdev_fua, bdev_write_cache, submit_bio } from '../../block/blk-core.ts';
import { plugOf } from '../../block/plug.ts';
import {
  Bio,
  REQ_FUA,
  REQ_IDLE,
  REQ_NOWAIT,
  REQ_OP_READ,
  REQ_OP_WRITE,
  REQ_POLLED,
  REQ_SYNC,
  SECTOR_BYTES,
} from '../../include/linux/blk_types.ts';
import { clear, has, IOCB_HIPRI, IOCB_NOWAIT, is_sync_kiocb, set } from '../../include/linux/fs.ts';
import { EINVAL, EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { SwitchValue } from '../../switches.ts';
import { iomap_dio_bio_end_io } from './direct-io-end.ts';
import * as rules from './direct-io-rules.ts';
import {
  ANY_CALLER_COMP,
  ANY_USER_BACKED,
  ANY_WRITE_THROUGH,
  type Iomap,
  IOMAP_DIO_COMP_WORK,
  IOMAP_DIO_COW,
  IOMAP_DIO_INLINE_COMP,
  IOMAP_DIO_NEED_SYNC,
  IOMAP_DIO_UNWRITTEN,
  IOMAP_DIO_WRITE,
  IOMAP_F_DIRTY,
  IOMAP_F_NEW,
  IOMAP_F_SHARED,
  IOMAP_TYPES,
  IomapDio,
  type IomapIter,
} from './iomap.ts';

const PAGE_SIZE = 4096;
/** Pages of one bio. The application's buffer is taken as scattered pages. Source: include/linux/bio.h. */
const BIO_MAX_VECS = 256;

/** Does what the type of the mapping asks for: how many bytes, or a negative errno. */
export function* iomap_dio_iter(k: Kernel, dio: IomapDio, iter: IomapIter): KernelFn<number> {
  const write = has(dio.flags, IOMAP_DIO_WRITE);
  switch (mappingOf(iter).type) {
    case 'IOMAP_HOLE':
      return write ? EIO : yield* k.call(iomap_dio_hole_iter, dio, iter);
    case 'IOMAP_UNWRITTEN':
      return yield* k.call(write ? iomap_dio_bio_iter : iomap_dio_hole_iter, dio, iter);
    case 'IOMAP_MAPPED':
      return yield* k.call(iomap_dio_bio_iter, dio, iter);
    case 'IOMAP_DELALLOC':
      return EIO;
  }
}

function mappingOf(iter: IomapIter): Iomap {
  assert(iter.iomap !== null, 'there is a mapping to work on');
  return iter.iomap;
}

/** What of the rest lies in this mapping, in bytes. */
function iomap_length(iter: IomapIter): number {
  const iomap = mappingOf(iter);
  return Math.min(iter.len, iomap.offset + iomap.length - iter.pos);
}

/** A read of nothing: zeroes, without any bio. */
export function* iomap_dio_hole_iter(_k: Kernel, dio: IomapDio, iter: IomapIter): KernelFn<number> {
  const length = iomap_length(iter);
  dio.size = dio.size + length;
  return length;
}

/** Builds and submits the bios of one mapping; how many bytes they carry, or a negative errno. */
export function* iomap_dio_bio_iter(k: Kernel, dio: IomapDio, iter: IomapIter): KernelFn<number> {
  const { iocb } = dio;
  const iomap = mappingOf(iter);
  const { inode } = iocb.ki_filp;
  const length = iomap_length(iter);
  const write = has(dio.flags, IOMAP_DIO_WRITE);
  if (iter.pos % SECTOR_BYTES !== 0 || length % SECTOR_BYTES !== 0) return EINVAL;
  yield k.spend(submitShare(k, plugOf(k, k.currentTask)));
  const need_zeroout = write && (iomap.type === 'IOMAP_UNWRITTEN' || has(iomap.flags, IOMAP_F_NEW));
  const use_fua = write && writeFlagsOfMapping(k, dio, iomap, need_zeroout);
  if (has(dio.flags, ANY_CALLER_COMP)) maybeKeepFromCaller(k, dio, iomap, iter.pos, need_zeroout, use_fua);
  if (
    has(iocb.ki_flags, IOCB_HIPRI) &&
    k.decide(
      rules.hipriDropped,
      dropsHipri[k.switches.HIPRI_RULE](dio, need_zeroout, iter.pos),
      dio.flags,
      iocb.ki_flags,
    )
  )
    iocb.ki_flags = clear(iocb.ki_flags, IOCB_HIPRI);

  const block = inode.i_sb.s_blocksize;
  const before = iter.pos % block;
  if (need_zeroout && (before > 0 || k.switches.ZERO_EMPTY))
    yield* k.call(iomap_dio_zero, dio, iter, iter.pos - before, before);
  if (write && !use_fua && has(dio.flags, ANY_WRITE_THROUGH)) dio.flags = clear(dio.flags, ANY_WRITE_THROUGH);
  const opf = write ? REQ_OP_WRITE | REQ_SYNC | REQ_IDLE | (use_fua ? REQ_FUA : 0) : REQ_OP_READ;
  let copied = 0;
  while (copied < length) {
    if (k.decide(rules.submissionFailed, dio.error !== 0, dio.error)) return 0;
    const n = Math.min(length - copied, BIO_MAX_VECS * PAGE_SIZE);
    const pos = iter.pos + copied;
    const bio = yield* k.call(iomap_dio_alloc_bio, dio, opf, addressOf(iter, pos), n);
    if (has(dio.flags, ANY_USER_BACKED)) yield* k.call(bio_set_pages_dirty, bio);
    dio.size = dio.size + n;
    copied += n;
    const left = length - copied;
    if (k.decide(rules.moreBios, left > 0, left) && has(iocb.ki_flags, IOCB_HIPRI))
      iocb.ki_flags = clear(iocb.ki_flags, IOCB_HIPRI);
    yield* k.call(iomap_dio_submit_bio, dio, bio, iter, pos);
  }

  const end = iter.pos + copied;
  const after = (block - (end % block)) % block;
  const zeroes = write && (need_zeroout || end >= inode.i_size);
  if (write && after > 0 && k.decide(rules.zeroesAround, zeroes, before, after, end, inode.i_size))
    yield* k.call(iomap_dio_zero, dio, iter, end, after);
  return copied;
}

/** What the mapping says about the end of the write; whether its bios are to be REQ_FUA. */
function writeFlagsOfMapping(k: Kernel, dio: IomapDio, iomap: Iomap, need_zeroout: boolean): boolean {
  const type = IOMAP_TYPES.indexOf(iomap.type);
  if (iomap.type === 'IOMAP_UNWRITTEN') dio.flags = set(dio.flags, IOMAP_DIO_UNWRITTEN);
  const shared = has(iomap.flags, IOMAP_F_SHARED);
  if (shared) dio.flags = set(dio.flags, IOMAP_DIO_COW);
  if (k.switches.META_PUNT && k.decide(rules.metadataPunt, need_zeroout || shared, type, iomap.flags))
    dio.flags = set(dio.flags, IOMAP_DIO_COMP_WORK);
  if (need_zeroout || !has(dio.flags, ANY_WRITE_THROUGH)) return false;
  const [fua, cache] = [bdev_fua(k), bdev_write_cache(k)];
  const stable = fua || (k.switches.NO_VWC_IS_STABLE && !cache);
  const plain = !has(iomap.flags, IOMAP_F_SHARED | IOMAP_F_DIRTY);
  return k.decide(rules.usesFua, plain && stable, iomap.flags, dio.flags, fua, cache);
}

/** The flag that hands the completion back is dropped for whatever must do more than tell the application. */
function maybeKeepFromCaller(
  k: Kernel,
  dio: IomapDio,
  iomap: Iomap,
  pos: number,
  need_zeroout: boolean,
  use_fua: boolean,
): void {
  const type = IOMAP_TYPES.indexOf(iomap.type);
  const looksAtSync = k.switches.SYNC_CLEARS_CALLER === 'always' || !need_zeroout;
  const syncs = has(dio.flags, IOMAP_DIO_NEED_SYNC) && !use_fua;
  const keeps =
    k.decide(rules.callerZeroes, need_zeroout, type, iomap.flags) ||
    (looksAtSync && k.decide(rules.callerMaySync, syncs, dio.flags, use_fua, type, iomap.flags)) ||
    (k.switches.EOF_CLEARS_CALLER && k.decide(rules.callerPastEof, pos >= dio.i_size, pos, dio.i_size));
  if (keeps) dio.flags = clear(dio.flags, ANY_CALLER_COMP);
}

/** When polling is given up before the first bio of a mapping. */
const dropsHipri: Record<
  SwitchValue<'HIPRI_RULE'>,
  (dio: IomapDio, need_zeroout: boolean, pos: number) => boolean
> = {
  'zeroing or append': (dio, need_zeroout, pos) =>
    need_zeroout || (has(dio.flags, IOMAP_DIO_WRITE) && pos >= dio.i_size),
  'neither INLINE_COMP nor CALLER_COMP': (dio) => !has(dio.flags, IOMAP_DIO_INLINE_COMP | ANY_CALLER_COMP),
  COMP_WORK: (dio) => has(dio.flags, IOMAP_DIO_COMP_WORK),
};

/** Byte address on the device of a place in the mapping. */
function addressOf(iter: IomapIter, pos: number): number {
  const iomap = mappingOf(iter);
  return iomap.addr + (pos - iomap.offset);
}

/** Writes zeroes to the rest of a block, if there is one, with a bio of its own that counts like the others. */
export function* iomap_dio_zero(
  k: Kernel,
  dio: IomapDio,
  iter: IomapIter,
  pos: number,
  len: number,
): KernelFn {
  if (len === 0) return;
  const opf = REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
  const bio = yield* k.call(iomap_dio_alloc_bio, dio, opf, addressOf(iter, pos), len);
  yield* k.call(iomap_dio_submit_bio, dio, bio, iter, pos);
}

/** A bio for `size` bytes at byte `addr` of the device. */
export function* iomap_dio_alloc_bio(
  k: Kernel,
  dio: IomapDio,
  opf: number,
  addr: number,
  size: number,
): KernelFn<Bio> {
  yield k.mightSleep(); // bio_alloc(GFP_KERNEL)
  const bio = new Bio(k, dio);
  bio.bi_opf = opf;
  bio.bi_sector = addr / SECTOR_BYTES;
  bio.bi_size = size;
  bio.bi_cookie = -1;
  bio.bi_private = dio;
  bio.bi_end_io = iomap_dio_bio_end_io;
  return bio;
}

/** Counts the bio, marks it for polling if that is wanted, and submits it. */
export function* iomap_dio_submit_bio(
  k: Kernel,
  dio: IomapDio,
  bio: Bio,
  iter: IomapIter,
  pos: number,
): KernelFn {
  const { iocb } = dio;
  dio.ref = dio.ref + 1;
  const hipri = has(iocb.ki_flags, IOCB_HIPRI);
  if (k.decide(rules.bioPolled, hipri && !is_sync_kiocb(iocb), iocb.ki_flags, is_sync_kiocb(iocb))) {
    bio.bi_opf = bio.bi_opf | REQ_POLLED | (has(iocb.ki_flags, IOCB_NOWAIT) ? REQ_NOWAIT : 0); // bio_set_polled()
    if (k.switches.PRIVATE_SET === 'in iomap_dio_submit_bio') iocb.private = bio;
    else dio.poll_bio = bio;
  }
  if (dio.dops?.submit_io === undefined) yield* k.call(submit_bio, bio);
  else yield* k.call(dio.dops.submit_io, iter, bio, pos);
}

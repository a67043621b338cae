/** Ioends when their bios have ended. Source: fs/iomap/ioend.c, before v6.17 fs/iomap/buffered-io.c (v6.15 to v7.3; efbde6f9f449). */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { flags, int, struct } from '../../../engine/struct.ts';
import { bio_split } from '../../block/bio.ts';
import { blk_status_to_errno } from '../../block/blk-core.ts';
import { SpinLock } from '../../../engine/locks.ts';
import { bio_complete_in_task } from '../../block/bio-complete.ts';
import { type Bio, SECTOR_BYTES } from '../../include/linux/blk_types.ts';
import { clear, has, type Inode, set } from '../../include/linux/fs.ts';
import { alloc_workqueue, WorkStruct, WQ_PERCPU } from '../../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import { mapping_set_error } from '../../mm/filemap.ts';
import { fserror_report_io } from '../fserror.ts';
import { iomap_finish_folio_write } from './buffered-io.ts';
import { iomap_dio_done, iomap_dio_set_error } from './direct-io-end.ts';
import {
  ANY_CALLER_COMP,
  IOMAP_DIO_COMP_WORK,
  IOMAP_DIO_INLINE_COMP,
  IOMAP_DIO_NO_INVALIDATE,
  IomapDio,
} from './iomap.ts';

/** Bits of `io_flags`. Source: include/linux/iomap.h. */
export const IOMAP_IOEND_SHARED = 1 << 0;
export const IOMAP_IOEND_UNWRITTEN = 1 << 1;
/** It must not be one with what comes before it. */
export const IOMAP_IOEND_BOUNDARY = 1 << 2;
/** It belongs to a direct I/O. */
export const IOMAP_IOEND_DIRECT = 1 << 3;
/** Its folios are to be dropped when they are written; until RFC v4 of BIO_COMPLETE_IN_TASK. */
export const IOMAP_IOEND_DONTCACHE = 1 << 4;
/** What keeps two ioends apart. */
const IOMAP_IOEND_NOMERGE_FLAGS =
  IOMAP_IOEND_SHARED | IOMAP_IOEND_UNWRITTEN | IOMAP_IOEND_DIRECT | IOMAP_IOEND_DONTCACHE;

/** `struct iomap_ioend`: a bio with what the filesystem needs to finish it. */
export class IomapIoend extends struct('iomap_ioend', {
  io_flags: flags({
    IOMAP_IOEND_SHARED,
    IOMAP_IOEND_UNWRITTEN,
    IOMAP_IOEND_BOUNDARY,
    IOMAP_IOEND_DIRECT,
    IOMAP_IOEND_DONTCACHE,
  }),
  io_offset: int('B'),
  io_size: int('B'),
  /** Where its bio began on the device; what the bio says changes on the way. */
  io_sector: int('sectors'),
  /** One, and one for each piece that was split off. */
  io_remaining: int(),
  io_error: int(),
}) {
  readonly io_inode: Inode;
  readonly io_bio: Bio;
  /** What the filesystem wants to know when it ends. */
  io_private: unknown = null;
  io_parent: IomapIoend | null = null;
  /** io_list: those that were merged with it. */
  readonly merged: IomapIoend[] = [];

  constructor(k: Kernel, inode: Inode, bio: Bio) {
    super(k, bio);
    this.io_inode = inode;
    this.io_bio = bio;
    bio.container = this;
  }
}

/** `iomap_init_ioend()`. */
export function iomap_init_ioend(k: Kernel, inode: Inode, bio: Bio, offset: number, how: number): IomapIoend {
  const ioend = new IomapIoend(k, inode, bio);
  ioend.io_flags = how;
  ioend.io_offset = offset;
  ioend.io_size = bio.bi_size;
  ioend.io_sector = bio.bi_sector;
  ioend.io_remaining = 1;
  return ioend;
}

/** Cuts a piece of `max_bytes` off the front of an ioend that is larger: the piece, or null when it fits. */
export function* iomap_split_ioend(
  k: Kernel,
  ioend: IomapIoend,
  max_bytes: number,
): KernelFn<IomapIoend | null> {
  const { io_bio } = ioend;
  if (io_bio.bi_size <= max_bytes) return null;
  const bio = bio_split(k, io_bio, max_bytes);
  bio.bi_private = io_bio.bi_private;
  bio.bi_end_io = io_bio.bi_end_io;
  const piece = iomap_init_ioend(k, ioend.io_inode, bio, ioend.io_offset, ioend.io_flags);
  piece.io_parent = ioend;
  ioend.io_remaining = ioend.io_remaining + 1;
  ioend.io_sector = ioend.io_sector + max_bytes / SECTOR_BYTES;
  ioend.io_offset = ioend.io_offset + max_bytes;
  ioend.io_size = ioend.io_size - max_bytes;
  return piece;
}

export const ioendsMerge = rule({
  id: 'ioend-can-merge',
  asks: 'Does the next ioend go on where this one ends, with the same outcome, so that both are finished at once?',
  test: 'iomap_ioend_can_merge(ioend, next)  /* same status, no boundary, same kind, contiguous in file and on disk */',
  inputs: ['offset', 'size', 'next offset'],
  source: { kind: 'code', file: 'fs/iomap/ioend.c', note: 'iomap_ioend_try_merge' },
});

/** Takes the ioends that go on where this one ends off the sorted list, and makes them part of it. */
export function* iomap_ioend_try_merge(k: Kernel, ioend: IomapIoend, more: IomapIoend[]): KernelFn {
  for (let [next] = more; next !== undefined; [next] = more) {
    const fits = iomap_ioend_can_merge(ioend, next);
    if (!k.decide(ioendsMerge, fits, ioend.io_offset, ioend.io_size, next.io_offset)) return;
    more.shift();
    ioend.merged.push(next);
    ioend.io_size = ioend.io_size + next.io_size;
  }
}

function iomap_ioend_can_merge(ioend: IomapIoend, next: IomapIoend): boolean {
  const same = (a: number, b: number): boolean => ((a ^ b) & IOMAP_IOEND_NOMERGE_FLAGS) === 0;
  return (
    next.io_bio.bi_status === ioend.io_bio.bi_status &&
    !has(next.io_flags, IOMAP_IOEND_BOUNDARY) &&
    same(ioend.io_flags, next.io_flags) &&
    next.io_offset === ioend.io_offset + ioend.io_size &&
    next.io_sector === ioend.io_sector + ioend.io_size / SECTOR_BYTES
  );
}

/** `iomap_sort_ioends()`: by their places in the file. */
export function* iomap_sort_ioends(_k: Kernel, ioends: IomapIoend[]): KernelFn {
  ioends.sort((a, b) => a.io_offset - b.io_offset);
}

/** The filesystem is done with an ioend and those merged with it. In a worker. */
export function* iomap_finish_ioends(k: Kernel, ioend: IomapIoend, error: number): KernelFn {
  const all = [ioend, ...ioend.merged.splice(0)];
  let folios = 0;
  for (const next of all) {
    folios += next.io_bio.bi_io_vec.length;
    yield* k.call(iomap_finish_ioend, next, error);
    if (folios > FOLIOS_BETWEEN_YIELDS) {
      folios = 0;
      yield k.condResched();
    }
  }
}

/** Folios after which the end of many ioends gives the CPU up: eight of the largest ioends. */
const FOLIOS_BETWEEN_YIELDS = 8 * 4096;

/** Ends a piece; the last one ends the whole. */
export function* iomap_finish_ioend(k: Kernel, piece: IomapIoend, error: number): KernelFn {
  let ioend = piece;
  for (;;) {
    if (error !== 0 && ioend.io_error === 0) ioend.io_error = error;
    ioend.io_remaining = ioend.io_remaining - 1;
    if (ioend.io_remaining > 0) return;
    const { io_parent, io_bio } = ioend;
    if (io_parent === null) break;
    if (ioend.io_error !== 0 && io_parent.io_error === 0) io_parent.io_error = ioend.io_error;
    k.free(ioend);
    k.free(io_bio);
    ioend = io_parent;
  }
  if (ioend.io_error === 0) ioend.io_error = blk_status_to_errno(ioend.io_bio.bi_status);
  if (has(ioend.io_flags, IOMAP_IOEND_DIRECT)) yield* k.call(iomap_finish_ioend_direct, ioend);
  else yield* k.inlined(finishBuffered, ioend);
}

/** What this kernel ends the folios of an ioend with; where there is no function of its own it is a part of the caller. */
function* finishBuffered(k: Kernel, ioend: IomapIoend): KernelFn {
  switch (k.switches.IOEND_FINISH) {
    case 'iomap_finish_ioend_buffered_write':
      yield* k.call(iomap_finish_ioend_buffered_write, ioend);
      break;
    case 'iomap_finish_ioend_buffered':
      yield* k.call(iomap_finish_ioend_buffered, ioend);
      break;
    case 'iomap_finish_ioend':
      yield* k.inlined(endFolios, ioend);
  }
}

/** All of an ioend of buffered writeback is written, or has failed: so are its folios. Any context. */
export function* iomap_finish_ioend_buffered_write(k: Kernel, ioend: IomapIoend): KernelFn {
  yield* k.inlined(endFolios, ioend);
}

/** Its name in v6.17. */
export function* iomap_finish_ioend_buffered(k: Kernel, ioend: IomapIoend): KernelFn {
  yield* k.inlined(endFolios, ioend);
}

function* endFolios(k: Kernel, ioend: IomapIoend): KernelFn {
  const { io_bio, io_inode, io_error } = ioend;
  if (io_error !== 0) {
    mapping_set_error(k, io_inode.i_mapping, io_error);
    if (k.switches.FSERROR) yield* k.call(fserror_report_io, io_inode, io_error);
  }
  for (const { folio, len } of io_bio.bi_io_vec) yield* k.call(iomap_finish_folio_write, folio, len);
  k.free(ioend);
  k.free(io_bio);
}

export const ioendFailed = rule({
  id: 'ioend-failed-deferred',
  asks: 'Has the write failed, so that its end is left to a worker, which may take the inode’s lock?',
  test: 'ioend->io_error  /* since v7.0 */',
  inputs: ['io_error', 'FAILED_IOENDS'],
  source: {
    kind: 'code',
    file: 'fs/iomap/ioend.c',
    note: 'ioend_writeback_end_bio; writeback-completion.md 8',
  },
});

/** The bio of a plain overwrite has ended. Any context. */
export function* ioend_writeback_end_bio(k: Kernel, bio: Bio): KernelFn {
  const ioend = ioendOf(bio);
  const { FAILED_IOENDS } = k.switches;
  const error = blk_status_to_errno(bio.bi_status);
  if (
    error !== 0 &&
    FAILED_IOENDS === 'bio_complete_in_task' &&
    (yield* k.inlined(bio_complete_in_task, bio))
  )
    return;
  if (error !== 0) ioend.io_error = error;
  if (k.decide(ioendFailed, error !== 0 && FAILED_IOENDS === 'failed_ioend_list', error)) {
    yield* k.inlined(failIoend, ioend);
    return;
  }
  yield* k.inlined(finishBuffered, ioend);
}

/** Its name until v6.16. */
export function* iomap_writepage_end_bio(k: Kernel, bio: Bio): KernelFn {
  const ioend = ioendOf(bio);
  const error = blk_status_to_errno(bio.bi_status);
  if (error !== 0) ioend.io_error = error;
  if (k.switches.IOEND_FINISH === 'iomap_finish_ioend') yield* k.call(iomap_finish_ioend, ioend, error);
  else yield* k.inlined(finishBuffered, ioend);
}

/** The ioend that a bio is part of. */
export function ioendOf(bio: Bio): IomapIoend {
  const { container } = bio;
  assert(container instanceof IomapIoend, 'the bio is part of an ioend');
  return container;
}

/** failed_ioend_list: failed ioends of all filesystems, and the work item that ends them. */
class FailedIoends extends struct('failed_ioend_list', {}) {
  readonly ioends: IomapIoend[] = [];
  readonly lock: SpinLock;
  readonly work: WorkStruct;

  constructor(k: Kernel) {
    super(k, null, 'failed_ioend_list');
    this.lock = new SpinLock(k, this, 'failed_ioend_lock');
    this.work = new WorkStruct(k, this, 'failed_ioend_work');
    this.work.func = iomap_fail_ioends;
  }
}

const failedIoends = new PerRun((k) => new FailedIoends(k));
const system_wq = alloc_workqueue('events', WQ_PERCPU);

function* failIoend(k: Kernel, ioend: IomapIoend): KernelFn {
  const failed = k.of(failedIoends);
  yield* k.spinLockIrq(failed.lock);
  const first = failed.ioends.length === 0;
  failed.ioends.push(ioend);
  k.put(ioend, failed);
  if (first) yield* k.call(queue_work, failed.work, system_wq);
  k.spinUnlockIrq(failed.lock);
}

/** Ends all failed ioends. In a worker. */
export function* iomap_fail_ioends(k: Kernel, _work: WorkStruct): KernelFn {
  const failed = k.of(failedIoends);
  yield* k.spinLockIrq(failed.lock);
  const ioends = failed.ioends.splice(0);
  for (const ioend of ioends) k.take(ioend, failed);
  k.spinUnlockIrq(failed.lock);
  for (const ioend of ioends) {
    yield* k.inlined(finishBuffered, ioend);
    yield k.condResched();
  }
}

/**
 * Ends the ioend of a direct write: already in a worker, so the rest may run here; only not with cached pages, which
 * would have to be dropped.
 */
export function* iomap_finish_ioend_direct(k: Kernel, ioend: IomapIoend): KernelFn {
  const { io_bio, io_error } = ioend;
  const dio = io_bio.bi_private;
  assert(dio instanceof IomapDio, 'the bio of a direct write knows its dio');
  if (io_error !== 0) iomap_dio_set_error(dio, io_error);
  k.free(ioend);
  dio.ref = dio.ref - 1;
  if (dio.ref === 0) {
    dio.flags = clear(dio.flags, ANY_CALLER_COMP | IOMAP_DIO_COMP_WORK);
    const { nrpages } = dio.iocb.ki_filp.inode;
    if (!k.switches.IRQ_WRITES && nrpages === 0)
      dio.flags = set(dio.flags, IOMAP_DIO_INLINE_COMP | IOMAP_DIO_NO_INVALIDATE);
    yield* k.call(iomap_dio_done, dio, io_bio.bi_opf);
  }
  k.free(io_bio);
}

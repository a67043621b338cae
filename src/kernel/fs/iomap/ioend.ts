/**
 * Ioends: bios of which the filesystem finishes the rest in a worker. Here only those of direct writes to zones; buffered
 * writeback comes later. Source: fs/iomap/ioend.c (v6.15 to v7.3).
 */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { flags, int, struct } from '../../../engine/struct.ts';
import { bio_split } from '../../block/bio.ts';
import { blk_status_to_errno } from '../../block/blk-core.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import { clear, type Inode, set } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_dio_done, iomap_dio_set_error } from './direct-io-end.ts';
import {
  ANY_CALLER_COMP,
  IOMAP_DIO_COMP_WORK,
  IOMAP_DIO_INLINE_COMP,
  IOMAP_DIO_NO_INVALIDATE,
  IomapDio,
} from './iomap.ts';

/** It belongs to a direct I/O. Source: include/linux/iomap.h. */
export const IOMAP_IOEND_DIRECT = 1 << 3;

/** `struct iomap_ioend`: a bio with what the filesystem needs to finish it. */
export class IomapIoend extends struct('iomap_ioend', {
  io_flags: flags({ IOMAP_IOEND_DIRECT }),
  io_offset: int('B'),
  io_size: int('B'),
  /** One, and one for each piece that was split off. */
  io_remaining: int(),
  io_error: int(),
}) {
  readonly io_inode: Inode;
  readonly io_bio: Bio;
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
  ioend.io_offset = ioend.io_offset + max_bytes;
  ioend.io_size = ioend.io_size - max_bytes;
  return piece;
}

export const ioendsMerge = rule({
  id: 'ioend-can-merge',
  asks: 'Does the next ioend go on where this one ends, with the same outcome, so that both are finished at once?',
  test: 'iomap_ioend_can_merge(ioend, next)',
  inputs: ['offset', 'size', 'next offset'],
  source: { kind: 'code', file: 'fs/iomap/ioend.c', note: 'iomap_ioend_try_merge' },
});

/** Takes the ioends that go on where this one ends off the sorted list, and makes them part of it. */
export function* iomap_ioend_try_merge(k: Kernel, ioend: IomapIoend, more: IomapIoend[]): KernelFn {
  for (let [next] = more; next !== undefined; [next] = more) {
    const fits =
      next.io_offset === ioend.io_offset + ioend.io_size &&
      next.io_bio.bi_status === ioend.io_bio.bi_status &&
      next.io_flags === ioend.io_flags;
    if (!k.decide(ioendsMerge, fits, ioend.io_offset, ioend.io_size, next.io_offset)) return;
    more.shift();
    ioend.merged.push(next);
    ioend.io_size = ioend.io_size + next.io_size;
  }
}

/** The filesystem is done with an ioend and those merged with it. In a worker. */
export function* iomap_finish_ioends(k: Kernel, ioend: IomapIoend, error: number): KernelFn {
  const merged = ioend.merged.splice(0);
  yield* k.call(iomap_finish_ioend, ioend, error);
  for (const next of merged) yield* k.call(iomap_finish_ioend, next, error);
}

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
  yield* k.call(iomap_finish_ioend_direct, ioend);
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

/**
 * Blocks of the page cache as buffer heads: written one bio each. Source: fs/buffer.c (v6.12 to v7.3; a2c924c240e7).
 * Simplified: buffers are not locked, and what a write leaves of a block is read block by block.
 */
import { assert } from '../../base/assert.ts';
import { rule } from '../../engine/rule.ts';
import type { Obj } from '../../engine/struct.ts';
import { markInTask } from '../block/bio-complete.ts';
import { submit_bio_wait } from '../block/bio-wait.ts';
import { blk_status_to_errno, submit_bio } from '../block/blk-core.ts';
import {
  Bio,
  type BioEndIo,
  REQ_OP_READ,
  REQ_OP_WRITE,
  REQ_SYNC,
  SECTOR_BYTES,
} from '../include/linux/blk_types.ts';
import {
  BH_Async_Read,
  BH_Async_Write,
  BH_Dirty,
  BH_Mapped,
  BH_New,
  BH_Uptodate,
  BH_Write_EIO,
  BufferHead,
  buffersOf,
  changeBuffer,
  folio_buffers,
} from '../include/linux/buffer_head.ts';
import { has, hostOf, type Inode } from '../include/linux/fs.ts';
import {
  type Folio,
  PAGE_SIZE,
  PG_dropbehind,
  PG_uptodate,
  type WritebackControl,
} from '../include/linux/pagemap.ts';
import { EIO } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import type { Iomap } from './iomap/iomap.ts';
import { folio_end_writeback } from '../mm/filemap-dropbehind.ts';
import { folio_end_read, folio_unlock } from '../mm/filemap-lock.ts';
import { folio_mark_uptodate } from '../mm/filemap-lookup.ts';
import { mapping_set_error } from '../mm/filemap.ts';
import { filemap_dirty_folio, folio_start_writeback } from '../mm/page-writeback.ts';

const FILE = 'fs/buffer.c';

/** `get_block_t`: gives a buffer its place on the device. Returns 0 or a negative errno. */
export type GetBlockBh = (k: Kernel, inode: Inode, bh: BufferHead) => KernelFn<number>;

/** Where a buffer begins in the file, in bytes. */
const posOf = ({ b_folio, b_offset }: BufferHead): number => b_folio.pos + b_offset;

export const beyondDevice = rule({
  id: 'block-folio-beyond-end',
  asks: 'Is the folio entirely past the end, so that it is not written?',
  test: 'folio_pos(folio) >= i_size',
  inputs: ['index', 'i_size'],
  source: { kind: 'code', file: FILE, note: 'block_write_full_folio' },
});

export const lastBuffer = rule({
  id: 'buffer-last-of-folio',
  asks: 'Is no other buffer of the folio under I/O?',
  test: '!buffer_async_write(tmp)  /* of all others, under b_uptodate_lock */',
  inputs: ['buffers under I/O'],
  source: { kind: 'code', file: FILE, note: 'end_buffer_async_write' },
});

/** Writes the dirty buffers of a locked folio, and unlocks it. Returns 0 or a negative errno. Task context. */
export function* block_write_full_folio(
  k: Kernel,
  folio: Folio,
  wbc: WritebackControl,
  get_block: GetBlockBh,
): KernelFn<number> {
  const { mapping } = folio;
  assert(mapping !== null, 'a folio that is written is in the cache');
  const inode = hostOf(mapping);
  yield k.spend(k.costs['wb.folio']);
  if (k.decide(beyondDevice, folio.pos >= inode.i_size, folio.index, inode.i_size)) {
    yield* k.inlined(folio_unlock, folio);
    return 0;
  }
  return yield* k.callAbout(folio, __block_write_full_folio, inode, folio, wbc, get_block);
}

/** What can be written is, also when the place of another block cannot be found. */
export function* __block_write_full_folio(
  k: Kernel,
  inode: Inode,
  folio: Folio,
  wbc: WritebackControl,
  get_block: GetBlockBh,
): KernelFn<number> {
  const { bhs } = folio_create_buffers(k, folio, BH_Dirty | BH_Uptodate);
  const error = yield* k.inlined(mapDirty, inode, bhs, get_block);
  if (error !== 0) mapping_set_error(k, inode.i_mapping, error);
  for (const bh of bhs) {
    const { b_state } = bh;
    if (has(b_state, BH_Dirty)) changeBuffer(bh, has(b_state, BH_Mapped) ? BH_Async_Write : 0, BH_Dirty);
  }
  yield* k.inlined(folio_start_writeback, folio);
  const opf = REQ_OP_WRITE | (wbc.sync_mode === 'WB_SYNC_ALL' ? REQ_SYNC : 0);
  const written = bhs.filter(({ b_state }) => has(b_state, BH_Async_Write));
  for (const bh of written) yield* k.call(submitWrite(k), bh, opf);
  yield* k.inlined(folio_unlock, folio);
  if (written.length === 0) yield* k.call(folio_end_writeback, folio);
  return error;
}

/** Dirty buffers get their places; those behind the end are clean. Returns the first error, or 0. */
function* mapDirty(
  k: Kernel,
  inode: Inode,
  bhs: readonly BufferHead[],
  get_block: GetBlockBh,
): KernelFn<number> {
  for (const bh of bhs) {
    if (posOf(bh) >= inode.i_size) changeBuffer(bh, BH_Uptodate, BH_Dirty);
    else if (has(bh.b_state, BH_Dirty) && !has(bh.b_state, BH_Mapped)) {
      const error = inode.extents.lookupFails() ? EIO : yield* k.call(get_block, inode, bh);
      if (error !== 0) return error;
    }
  }
  return 0;
}

/** `folio_create_buffers()`: the buffers of a folio; new ones are in `b_state`, and valid if the folio is. */
function folio_create_buffers(k: Kernel, folio: Folio, b_state: number): ReturnType<typeof buffersOf> {
  const known = folio_buffers(folio);
  if (known !== null) return known;
  const buffers = buffersOf(k, folio);
  const state = b_state | (has(folio.flags, PG_uptodate) ? BH_Uptodate : 0);
  for (const bh of buffers.bhs) if (state !== 0) changeBuffer(bh, state);
  return buffers;
}

/** What submits a buffer: the end of its bio is an argument since the rework of the interface. */
const submitWrite = (k: Kernel): ((k: Kernel, bh: BufferHead, opf: number) => KernelFn) =>
  k.switches.BH_END_IO === 'bh_end_async_write' ? bh_submit : submit_bh_wbc;

/** Submits a bio for one buffer. Task context. */
export function* submit_bh_wbc(k: Kernel, bh: BufferHead, opf: number): KernelFn {
  yield* k.inlined(submitBuffer, bh, opf, end_bio_bh_io_sync);
}

/** Its name since the rework, with the end of the bio. */
export function* bh_submit(k: Kernel, bh: BufferHead, opf: number): KernelFn {
  const end = has(opf, REQ_OP_WRITE) ? bh_end_async_write : bh_end_async_read;
  yield* k.inlined(submitBuffer, bh, opf, end);
}

function* submitBuffer(k: Kernel, bh: BufferHead, opf: number, end: BioEndIo): KernelFn {
  const { b_folio, b_offset } = bh;
  yield k.spend(k.costs['ioend.add']);
  // A bio below a task is one of writeback: a read belongs to the file.
  const bio = new Bio(k, has(opf, REQ_OP_WRITE) ? k.currentTask : (b_folio.mapping?.host ?? null));
  bio.bi_opf = opf;
  bio.bi_sector = bh.b_blocknr * (PAGE_SIZE / SECTOR_BYTES);
  bio.bi_size = PAGE_SIZE;
  bio.bi_io_vec.push({ folio: b_folio, offset: b_offset, len: PAGE_SIZE });
  bio.bi_end_io = end;
  bio.bi_private = bh;
  if (has(opf, REQ_OP_WRITE)) markInTask(k, bio, has(b_folio.flags, PG_dropbehind));
  yield* k.call(submit_bio, bio);
}

/** The bio of a buffer has ended: the buffer's own end says what that means. Any context. */
export function* end_bio_bh_io_sync(k: Kernel, bio: Bio): KernelFn {
  const bh = bufferOf(bio);
  const uptodate = bio.bi_status === 0;
  if (has(bio.bi_opf, REQ_OP_WRITE)) yield* k.call(end_buffer_async_write, bh, uptodate);
  else yield* k.call(end_buffer_async_read_io, bh, uptodate);
  k.free(bio);
}

function bufferOf({ bi_private }: Bio): BufferHead {
  assert(bi_private instanceof BufferHead, 'the bio is of a buffer');
  return bi_private;
}

/** A buffer is written, or could not be; the last one of its folio ends the writeback of that. Any context. */
export function* end_buffer_async_write(k: Kernel, bh: BufferHead, uptodate: boolean): KernelFn {
  yield* k.inlined(endWrite, bh, uptodate);
}

/** The same since the rework, as the end of the bio itself. Any context. */
export function* bh_end_async_write(k: Kernel, bio: Bio): KernelFn {
  const bh = bufferOf(bio);
  const uptodate = bio.bi_status === 0;
  k.free(bio); // bio_endio_bh()
  yield* k.inlined(endWrite, bh, uptodate);
}

function* endWrite(k: Kernel, bh: BufferHead, uptodate: boolean): KernelFn {
  const { b_folio } = bh;
  if (!uptodate && b_folio.mapping !== null) mapping_set_error(k, b_folio.mapping, EIO);
  const others = yield* k.inlined(
    endBuffer,
    bh,
    uptodate ? BH_Uptodate : BH_Write_EIO,
    BH_Async_Write | (uptodate ? 0 : BH_Uptodate),
  );
  if (k.decide(lastBuffer, others === 0, others)) yield* k.call(folio_end_writeback, b_folio);
}

/** Changes a buffer under the lock of its folio's buffers. Returns how many others are under the same kind of I/O. */
function* endBuffer(k: Kernel, bh: BufferHead, bits: number, without: number): KernelFn<number> {
  const buffers = folio_buffers(bh.b_folio);
  assert(buffers !== null, 'a buffer is of a folio');
  yield* k.spinLockIrq(buffers.b_uptodate_lock);
  changeBuffer(bh, bits, without);
  const busy = without & (BH_Async_Write | BH_Async_Read);
  const others = buffers.bhs.filter(({ b_state }) => has(b_state, busy)).length;
  k.spinUnlockIrq(buffers.b_uptodate_lock);
  return others;
}

/** Begins to read the buffers of a locked folio that are not valid. Returns 0 or a negative errno. */
export function* block_read_full_folio(k: Kernel, folio: Folio, get_block: GetBlockBh): KernelFn<number> {
  const { mapping } = folio;
  if (mapping === null) return EIO;
  const { bhs } = folio_create_buffers(k, folio, 0);
  const missing = bhs.filter(({ b_state }) => !has(b_state, BH_Uptodate));
  folio.readFailed = false;
  for (const bh of missing) {
    if (!has(bh.b_state, BH_Mapped)) yield* k.call(get_block, hostOf(mapping), bh);
    changeBuffer(bh, BH_Async_Read);
  }
  for (const bh of missing) yield* k.call(submitWrite(k), bh, REQ_OP_READ);
  if (missing.length === 0) yield* k.call(folio_end_read, folio, true);
  return 0;
}

/** A buffer is read, or could not be. Any context. */
export function* end_buffer_async_read_io(k: Kernel, bh: BufferHead, uptodate: boolean): KernelFn {
  yield* k.call(end_buffer_async_read, bh, uptodate);
}

/** The same since the rework, as the end of the bio itself. Any context. */
export function* bh_end_async_read(k: Kernel, bio: Bio): KernelFn {
  const bh = bufferOf(bio);
  const uptodate = bio.bi_status === 0;
  k.free(bio);
  yield* k.call(end_buffer_async_read, bh, uptodate);
}

/** The last buffer of a folio unlocks it. Any context. */
export function* end_buffer_async_read(k: Kernel, bh: BufferHead, uptodate: boolean): KernelFn {
  const { b_folio } = bh;
  if (!uptodate) b_folio.readFailed = true;
  const others = yield* k.inlined(endBuffer, bh, uptodate ? BH_Uptodate : 0, BH_Async_Read);
  if (others === 0) yield* k.call(folio_end_read, b_folio, !b_folio.readFailed);
}

/** The buffers of a folio that hold bytes of a range. */
const buffersIn = (bhs: readonly BufferHead[], pos: number, len: number): BufferHead[] =>
  bhs.filter((bh) => posOf(bh) < pos + len && posOf(bh) + PAGE_SIZE > pos);

/** Before a write to a locked folio: its buffers get their places, and what the write leaves of them is read. Returns 0 or a
 *  negative errno. `about`: the write. */
export function* __block_write_begin_int(
  k: Kernel,
  about: Obj,
  folio: Folio,
  { pos, len, map }: { readonly pos: number; readonly len: number; readonly map: Iomap },
): KernelFn<number> {
  const { bhs } = folio_create_buffers(k, folio, 0);
  for (const bh of buffersIn(bhs, pos, len)) {
    if (!has(bh.b_state, BH_Mapped)) iomap_to_bh(bh, map);
    const covers = pos <= posOf(bh) && pos + len >= posOf(bh) + PAGE_SIZE;
    if (has(folio.flags, PG_uptodate)) changeBuffer(bh, BH_Uptodate);
    else if (!covers && !has(bh.b_state, BH_Uptodate)) {
      const error = yield* k.call(bh_read, bh, about);
      if (error !== 0) return error;
    }
  }
  return 0;
}

/** The place of a buffer in a mapping that has one. */
function iomap_to_bh(bh: BufferHead, { addr, offset }: Iomap): void {
  bh.b_blocknr = (addr + posOf(bh) - offset) / PAGE_SIZE;
  changeBuffer(bh, BH_Mapped);
}

/** Reads a buffer and waits for it. Returns 0 or a negative errno. Source: include/linux/buffer_head.h. */
export function* bh_read(k: Kernel, bh: BufferHead, about: Obj): KernelFn<number> {
  const bio = new Bio(k, about);
  bio.bi_opf = REQ_OP_READ;
  bio.bi_sector = bh.b_blocknr * (PAGE_SIZE / SECTOR_BYTES);
  bio.bi_size = PAGE_SIZE;
  const status = yield* k.call(submit_bio_wait, bio);
  k.free(bio);
  if (status === 0) changeBuffer(bh, BH_Uptodate);
  return blk_status_to_errno(status);
}

/** After a write: the buffers of the range are valid and dirty, and the folio with them. */
export function* block_commit_write(k: Kernel, folio: Folio, pos: number, len: number): KernelFn {
  const { bhs } = buffersOf(k, folio);
  for (const bh of buffersIn(bhs, pos, len)) changeBuffer(bh, BH_Uptodate | BH_Dirty, BH_New);
  if (bhs.every(({ b_state }) => has(b_state, BH_Uptodate))) folio_mark_uptodate(folio);
  if (folio.mapping !== null) yield* k.inlined(filemap_dirty_folio, folio.mapping, folio); // mark_buffer_dirty()
}

/** All of a folio becomes dirty; buffers that it does not have yet will be, when it is written. Returns false if it was. */
export function* block_dirty_folio(k: Kernel, folio: Folio): KernelFn<boolean> {
  for (const bh of folio_buffers(folio)?.bhs ?? []) changeBuffer(bh, BH_Dirty);
  return folio.mapping !== null && (yield* k.inlined(filemap_dirty_folio, folio.mapping, folio));
}

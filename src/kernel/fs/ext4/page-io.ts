/**
 * Bios of ext4's writeback with buffer heads, and what their end needs: an io_end counts the bios of an extent, and where a
 * bio cannot end in an interrupt it keeps them for a worker. Source: fs/ext4/page-io.c (v6.12 to v7.3; 16bff8a9804b).
 */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { flags, int, struct } from '../../../engine/struct.ts';
import { blk_status_to_errno, submit_bio } from '../../block/blk-core.ts';
import { Bio, REQ_OP_WRITE, REQ_SYNC, SECTOR_BYTES } from '../../include/linux/blk_types.ts';
import {
  BH_Async_Write,
  BH_Dirty,
  BH_Mapped,
  BH_New,
  BH_Uptodate,
  type BufferHead,
  buffersOf,
  changeBuffer,
  folio_buffers,
  isWritable,
} from '../../include/linux/buffer_head.ts';
import { has, type Inode, set } from '../../include/linux/fs.ts';
import type { Folio, WritebackControl } from '../../include/linux/pagemap.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import { WorkStruct } from '../../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { queue_work } from '../../kernel/workqueue.ts';
import { folio_end_writeback } from '../../mm/filemap-dropbehind.ts';
import { mapping_set_error } from '../../mm/filemap.ts';
import { folio_start_writeback } from '../../mm/page-writeback.ts';
import { jbd2_journal_abort } from '../jbd2/journal.ts';
import { EXT4_I, ext4_emergency_state, rsv_conversion_wq } from './ext4.ts';
import { __ext4_journal_start_sb, __ext4_journal_stop } from './ext4_jbd2.ts';
import { ext4_convert_unwritten_extents } from './inode.ts';

const FILE = 'fs/ext4/page-io.c';
/** Pieces of folios that a bio holds. */
const BIO_MAX_VECS = 256;

/** Bits of `io_end->flag`. Source: fs/ext4/ext4.h. */
export const EXT4_IO_END_UNWRITTEN = 1 << 0;
export const EXT4_IO_END_FAILED = 1 << 1;

/** `struct ext4_io_end_vec`: a range that is to be converted; bytes. */
export type IoEndVec = { offset: number; size: number };

/** `ext4_io_end_t`: what remains to be done when the bios of an extent have ended. Its parent is the task that made it, and
 *  it that of its bios. */
export class Ext4IoEnd extends struct('ext4_io_end', {
  flag: flags({ EXT4_IO_END_UNWRITTEN, EXT4_IO_END_FAILED }),
  /** One for whoever fills it, and one for each bio. */
  count: int(),
}) {
  readonly inode: Inode;
  /** list_vec: ranges of unwritten blocks. */
  readonly list_vec: IoEndVec[] = [];
  /** bio: those that have ended and wait for the worker, the last one first. */
  readonly bios: Bio[] = [];

  constructor(k: Kernel, inode: Inode) {
    super(k, k.currentTask);
    this.inode = inode;
  }
}

/** `struct ext4_io_submit`: the bio that is being filled. */
export type Ext4IoSubmit = {
  readonly io_wbc: WritebackControl;
  io_bio: Bio | null;
  io_end: Ext4IoEnd | null;
  /** Where the next block has to be on the device to join it. */
  io_next_block: number;
};

/** i_rsv_conversion_list of an inode, with the work item that empties it. */
class RsvConversionList extends struct('i_rsv_conversion_list', {}) {
  readonly io_ends: Ext4IoEnd[] = [];
  readonly i_rsv_conversion_work: WorkStruct;

  constructor(k: Kernel, inode: Inode) {
    super(k, inode, inode.i_mapping.label);
    this.i_rsv_conversion_work = new WorkStruct(k, this, `i_rsv_conversion_work ${inode.i_mapping.label}`);
    this.i_rsv_conversion_work.func = ext4_end_io_rsv_work;
    this.i_rsv_conversion_work.container = inode;
  }
}

const lists = new PerRun(() => new Map<Inode, RsvConversionList>());

function listOf(k: Kernel, inode: Inode): RsvConversionList {
  const list = k.of(lists).get(inode) ?? new RsvConversionList(k, inode);
  k.of(lists).set(inode, list);
  return list;
}

export const defersIoEnd = rule({
  id: 'ext4-io-end-deferred',
  asks: 'Does the end need a transaction, or an abort of the journal, so that a worker has to finish it?',
  test: 'io_end->flag & EXT4_IO_END_UNWRITTEN && !list_empty(&io_end->list_vec) || test_opt(sb, DATA_ERR_ABORT) && io_end->flag & EXT4_IO_END_FAILED && !ext4_emergency_state(sb)',
  inputs: ['flag', 'data_err=abort', 'emergency state'],
  source: { kind: 'code', file: FILE, note: 'ext4_io_end_defer_completion' },
});

export const conversionListEmpty = rule({
  id: 'ext4-conversion-list-empty',
  asks: 'Is it the first io_end on the inode’s list, so that the worker must be queued?',
  test: 'list_empty(&ei->i_rsv_conversion_list)',
  inputs: ['io_ends on the list'],
  source: { kind: 'code', file: FILE, note: 'ext4_add_complete_io' },
});

export const lastIoEndRef = rule({
  id: 'ext4-io-end-last-ref',
  asks: 'Does nobody else hold the io_end, neither its submitter nor another bio?',
  test: 'refcount_dec_and_test(&io_end->count)',
  inputs: ['count'],
  source: { kind: 'code', file: FILE, note: 'ext4_put_io_end_defer, ext4_put_io_end' },
});

export const ioEndFailed = rule({
  id: 'ext4-io-end-failed',
  asks: 'Has a bio failed, so that unwritten blocks stay unwritten instead of showing what is on the device?',
  test: 'io_end->flag & EXT4_IO_END_FAILED',
  inputs: ['flag', 'EXT4_FAILED_IO_END'],
  source: { kind: 'code', file: FILE, commit: 'e856f93e0fb2', note: 'ext4_end_io_end' },
});

export const abortsJournal = rule({
  id: 'ext4-data-err-abort',
  asks: 'Is the filesystem to stop when data cannot be written?',
  test: 'test_opt(sb, DATA_ERR_ABORT)',
  inputs: ['data_err=abort', 'EXT4_FAILED_IO_END'],
  source: { kind: 'code', file: FILE, commit: 'ce51afb8cc5e', note: 'ext4_end_io_end' },
});

export const joinsBio = rule({
  id: 'ext4-bio-can-add',
  asks: 'Does the block follow on the device what the bio holds, which has room for it?',
  test: 'bh->b_blocknr == io->io_next_block && bio_add_folio(io->io_bio, folio, bh->b_size, bh_offset(bh))',
  inputs: ['b_blocknr', 'io_next_block'],
  outcomes: { 0: 'no: the bio is submitted, and a new one begins', 1: 'yes' },
  source: { kind: 'code', file: FILE, note: 'io_submit_add_bh' },
});

export const folioWritten = rule({
  id: 'ext4-folio-written',
  asks: 'Is no other buffer of the folio under I/O?',
  test: '!under_io  /* no other buffer_async_write(bh) */',
  inputs: ['buffers under I/O'],
  source: { kind: 'code', file: FILE, note: 'ext4_finish_bio' },
});

/** A new io_end, which its maker holds. */
export function ext4_init_io_end(k: Kernel, inode: Inode): Ext4IoEnd {
  const io_end = new Ext4IoEnd(k, inode);
  io_end.count = 1;
  return io_end;
}

/** May only a worker finish it? */
function ext4_io_end_defer_completion(k: Kernel, { flag, inode, list_vec }: Ext4IoEnd): boolean {
  const { i_sb } = inode;
  const unwritten = has(flag, EXT4_IO_END_UNWRITTEN) && list_vec.length > 0;
  const mayAbort = k.switches.EXT4_FAILED_IO_END === 'keeps unwritten, may abort' && i_sb.data_err_abort;
  const emergency = ext4_emergency_state(i_sb) !== 0;
  const aborts = mayAbort && has(flag, EXT4_IO_END_FAILED) && !emergency;
  return k.decide(defersIoEnd, unwritten || aborts, flag, mayAbort, emergency);
}

/** Gives up a reference where no transaction can be begun; the last one leaves what is to be done to the worker. Any context. */
export function* ext4_put_io_end_defer(k: Kernel, io_end: Ext4IoEnd): KernelFn {
  if (!dropRef(k, io_end)) return;
  if (ext4_io_end_defer_completion(k, io_end)) yield* k.inlined(ext4_add_complete_io, io_end);
  else yield* k.call(ext4_release_io_end, io_end);
}

/** The same where a transaction can be begun: the last one does what is to be done. Task context. */
export function* ext4_put_io_end(k: Kernel, io_end: Ext4IoEnd): KernelFn {
  if (!dropRef(k, io_end)) return;
  if (ext4_io_end_defer_completion(k, io_end)) yield* k.call(ext4_end_io_end, io_end);
  else yield* k.call(ext4_release_io_end, io_end);
}

function dropRef(k: Kernel, io_end: Ext4IoEnd): boolean {
  io_end.count = io_end.count - 1;
  return k.decide(lastIoEndRef, io_end.count === 0, io_end.count);
}

/** Puts an io_end on the inode's list; the first one there starts the worker. */
function* ext4_add_complete_io(k: Kernel, io_end: Ext4IoEnd): KernelFn {
  const { i_completed_io_lock } = EXT4_I(k, io_end.inode);
  const list = listOf(k, io_end.inode);
  yield* k.spinLockIrq(i_completed_io_lock);
  const first = k.decide(conversionListEmpty, list.io_ends.length === 0, list.io_ends.length);
  if (first) yield* k.call(queue_work, list.i_rsv_conversion_work, rsv_conversion_wq);
  list.io_ends.push(io_end);
  k.put(io_end, list);
  k.spinUnlockIrq(i_completed_io_lock);
}

/** Finishes what the bios of an inode have left, in the order in which they ended. */
export function* ext4_end_io_rsv_work(k: Kernel, work: WorkStruct): KernelFn {
  const inode = work.container as Inode; // set where the work item was made
  yield* k.inlined(ext4_do_flush_completed_IO, inode);
}

function* ext4_do_flush_completed_IO(k: Kernel, inode: Inode): KernelFn {
  const { i_completed_io_lock } = EXT4_I(k, inode);
  const list = listOf(k, inode);
  yield* k.spinLockIrq(i_completed_io_lock);
  const io_ends = list.io_ends.splice(0);
  for (const io_end of io_ends) k.take(io_end, list);
  k.spinUnlockIrq(i_completed_io_lock);
  for (const io_end of io_ends) yield* k.call(ext4_end_io_end, io_end);
}

/** Converts what was written to unwritten blocks, then ends the bios. After an error nothing is converted, and the journal may be
 *  aborted. Task context. */
export function* ext4_end_io_end(k: Kernel, io_end: Ext4IoEnd): KernelFn {
  const { i_sb } = io_end.inode;
  const { EXT4_FAILED_IO_END } = k.switches;
  const fails = has(io_end.flag, EXT4_IO_END_FAILED) && EXT4_FAILED_IO_END !== 'converts';
  if (k.decide(ioEndFailed, fails, io_end.flag, EXT4_FAILED_IO_END !== 'converts')) {
    const may = EXT4_FAILED_IO_END === 'keeps unwritten, may abort';
    if (k.decide(abortsJournal, may && i_sb.data_err_abort, i_sb.data_err_abort, may))
      yield* k.call(jbd2_journal_abort, i_sb, EIO);
  } else {
    if (has(io_end.flag, EXT4_IO_END_FAILED)) k.hazard('stale-data-exposed', io_end);
    yield* k.call(ext4_convert_unwritten_io_end_vec, io_end);
  }
  if (has(io_end.flag, EXT4_IO_END_UNWRITTEN)) io_end.flag = io_end.flag & ~EXT4_IO_END_UNWRITTEN;
  yield* k.call(ext4_release_io_end, io_end);
}

/** Unwritten blocks become written ones, range by range, in one transaction. */
export function* ext4_convert_unwritten_io_end_vec(k: Kernel, { inode, list_vec }: Ext4IoEnd): KernelFn {
  if ((yield* k.call(__ext4_journal_start_sb, inode.i_sb)) !== 0) return;
  for (const { offset, size } of list_vec) yield* k.call(ext4_convert_unwritten_extents, inode, offset, size);
  yield* k.call(__ext4_journal_stop, inode.i_sb);
}

/** Nothing is left to be done: the bios that it keeps end. Any context, if it keeps none. */
export function* ext4_release_io_end(k: Kernel, io_end: Ext4IoEnd): KernelFn {
  for (const bio of io_end.bios.splice(0)) {
    k.take(bio, io_end);
    yield* k.call(ext4_finish_bio, bio);
    k.free(bio); // bio_put()
  }
  k.free(io_end);
}

/** Ends the writeback of each folio of a bio of which no other buffer is under I/O. Any context. */
export function* ext4_finish_bio(k: Kernel, bio: Bio): KernelFn {
  const error = blk_status_to_errno(bio.bi_status);
  for (const { folio, offset, len } of bio.bi_io_vec) {
    if (folio.mapping !== null) mapping_set_error(k, folio.mapping, error);
    const buffers = folio_buffers(folio);
    assert(buffers !== null, 'a folio that is written through buffer heads has some');
    yield* k.spinLockIrq(buffers.b_uptodate_lock);
    for (const bh of buffers.bhs)
      if (bh.b_offset >= offset && bh.b_offset < offset + len) changeBuffer(bh, 0, BH_Async_Write);
    const under_io = buffers.bhs.filter(({ b_state }) => has(b_state, BH_Async_Write)).length;
    k.spinUnlockIrq(buffers.b_uptodate_lock);
    if (k.decide(folioWritten, under_io === 0, under_io)) yield* k.call(folio_end_writeback, folio);
  }
}

/** A bio of writeback has ended: its folios end here, or it waits with its io_end for the worker. Any context. */
export function* ext4_end_bio(k: Kernel, bio: Bio): KernelFn {
  const io_end = bio.bi_private;
  assert(io_end instanceof Ext4IoEnd, 'a bio of ext4’s writeback has an io_end');
  if (bio.bi_status !== 0) {
    io_end.flag = set(io_end.flag, EXT4_IO_END_FAILED);
    mapping_set_error(k, io_end.inode.i_mapping, blk_status_to_errno(bio.bi_status));
  }
  if (ext4_io_end_defer_completion(k, io_end)) {
    io_end.bios.unshift(bio); // xchg(&io_end->bio, bio)
    k.put(bio, io_end);
    yield* k.call(ext4_put_io_end_defer, io_end);
    return;
  }
  yield* k.call(ext4_put_io_end_defer, io_end);
  yield* k.call(ext4_finish_bio, bio);
  k.free(bio); // bio_put()
}

/** Submits the bio that is being filled, if there is one. Task context. */
export function* ext4_io_submit(k: Kernel, io: Ext4IoSubmit): KernelFn {
  const { io_bio } = io;
  io.io_bio = null;
  if (io_bio === null) return;
  if (io.io_wbc.sync_mode === 'WB_SYNC_ALL') io_bio.bi_opf = set(io_bio.bi_opf, REQ_SYNC);
  yield* k.call(submit_bio, io_bio);
}

/** A new, empty bio at the place of a buffer, counted by the io_end. */
function io_submit_init_bio(k: Kernel, io: Ext4IoSubmit, bh: BufferHead): Bio {
  const { io_end } = io;
  assert(io_end !== null, 'bios are made while an io_end is held');
  const bio = new Bio(k, io_end);
  bio.bi_opf = REQ_OP_WRITE;
  bio.bi_sector = (bh.b_blocknr * io_end.inode.i_sb.s_blocksize) / SECTOR_BYTES;
  bio.bi_end_io = ext4_end_bio;
  io_end.count = io_end.count + 1; // ext4_get_io_end()
  bio.bi_private = io_end;
  io.io_next_block = bh.b_blocknr;
  return bio;
}

/** Adds a buffer to the bio that is being filled, or submits that one and begins another. */
function* io_submit_add_bh(k: Kernel, io: Ext4IoSubmit, folio: Folio, bh: BufferHead): KernelFn {
  const { io_bio } = io;
  yield k.spend(k.costs['ioend.add']);
  const fits = io_bio !== null && bh.b_blocknr === io.io_next_block && hasRoom(io_bio, folio, bh);
  if (!k.decide(joinsBio, fits, bh.b_blocknr, io.io_next_block)) {
    if (io_bio !== null) yield* k.callAbout(io_bio, ext4_io_submit, io);
    io.io_bio = io_submit_init_bio(k, io, bh);
  }
  if (io.io_bio !== null) addBuffer(io.io_bio, folio, bh);
  io.io_next_block++;
}

/** Is the buffer the next of a folio that is in the bio already? */
const continues = (bio: Bio, folio: Folio, { b_offset }: BufferHead): boolean => {
  const last = bio.bi_io_vec.at(-1);
  return last?.folio === folio && last.offset + last.len === b_offset;
};

const hasRoom = (bio: Bio, folio: Folio, bh: BufferHead): boolean =>
  bio.bi_io_vec.length < BIO_MAX_VECS || continues(bio, folio, bh);

function addBuffer(bio: Bio, folio: Folio, bh: BufferHead): void {
  const { s_blocksize } = folioSuper(bio);
  const last = bio.bi_io_vec.at(-1);
  if (last !== undefined && continues(bio, folio, bh)) last.len += s_blocksize;
  else bio.bi_io_vec.push({ folio, offset: bh.b_offset, len: s_blocksize });
  bio.bi_size = bio.bi_size + s_blocksize;
}

function folioSuper({ bi_private }: Bio): Inode['i_sb'] {
  assert(bi_private instanceof Ext4IoEnd, 'a bio of ext4’s writeback has an io_end');
  return bi_private.inode.i_sb;
}

/** Writes the dirty buffers of a locked folio up to `len` bytes; those without a place on the device are left. */
export function* ext4_bio_write_folio(k: Kernel, io: Ext4IoSubmit, folio: Folio, len: number): KernelFn {
  yield* k.inlined(writeFolio, io, folio, len);
}

/** Its name before it took folios. */
export function* ext4_bio_write_page(k: Kernel, io: Ext4IoSubmit, folio: Folio, len: number): KernelFn {
  yield* k.inlined(writeFolio, io, folio, len);
}

function* writeFolio(k: Kernel, io: Ext4IoSubmit, folio: Folio, len: number): KernelFn {
  const { bhs } = buffersOf(k, folio);
  for (const bh of bhs) {
    if (bh.b_offset >= len) changeBuffer(bh, BH_Uptodate, BH_Dirty);
    else if (isWritable(bh)) changeBuffer(bh, BH_Async_Write, BH_New | BH_Dirty);
    else if (!has(bh.b_state, BH_Mapped)) changeBuffer(bh, 0, BH_Dirty); // a hole
  }
  const submitted = bhs.filter(({ b_state }) => has(b_state, BH_Async_Write));
  yield* k.inlined(folio_start_writeback, folio);
  if (submitted.length === 0) yield* k.call(folio_end_writeback, folio); // so that it is no longer tagged as dirty
  for (const bh of submitted) yield* k.inlined(io_submit_add_bh, io, folio, bh);
}

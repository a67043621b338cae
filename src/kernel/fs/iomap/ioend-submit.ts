/** Ioends of buffered writeback, up to their submission. Source: fs/iomap/ioend.c (v6.17 to v7.3; efbde6f9f449). */
import { rule } from '../../../engine/rule.ts';
import { Obj } from '../../../engine/struct.ts';
import { markInTask } from '../../block/bio-complete.ts';
import { bio_endio } from '../../block/bio.ts';
import { errno_to_blk_status, submit_bio } from '../../block/blk-core.ts';
import { Bio, type BioEndIo, REQ_OP_WRITE, REQ_SYNC, SECTOR_BYTES } from '../../include/linux/blk_types.ts';
import { has, type Inode } from '../../include/linux/fs.ts';
import { type Folio, PG_dropbehind, type WritebackControl } from '../../include/linux/pagemap.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { IomapWritebackOps, IomapWritepageCtx } from './buffered-io.ts';
import { type Iomap, IOMAP_F_ANON_WRITE, IOMAP_F_BOUNDARY, IOMAP_F_SHARED } from './iomap.ts';
import {
  IOMAP_IOEND_BOUNDARY,
  IOMAP_IOEND_DIRECT,
  IOMAP_IOEND_DONTCACHE,
  IOMAP_IOEND_SHARED,
  IOMAP_IOEND_UNWRITTEN,
  IomapIoend,
  ioend_writeback_end_bio,
  iomap_writepage_end_bio,
} from './ioend.ts';

const FILE = 'fs/iomap/ioend.c';

/** Folios of an ioend, so that its end takes no longer than that. */
const IOEND_BATCH_SIZE = 4096;
/** Pieces of folios that a bio holds. */
const BIO_MAX_VECS = 256;

export const canAdd = rule({
  id: 'ioend-can-add',
  asks: 'Can this piece join the ioend that is being filled?',
  test: 'iomap_can_add_to_ioend(wpc, pos, ioend_flags)',
  inputs: ['pos', 'why not'],
  outcomes: { 0: 'no: what is filled is submitted, and a new ioend begins', 1: 'yes' },
  source: { kind: 'code', file: FILE, note: 'iomap_can_add_to_ioend; writeback-completion.md 4.1' },
});

export const anonWrite = rule({
  id: 'ioend-anon-write',
  asks: 'Has the mapping no place on the device, so that it must not be submitted from here?',
  test: 'WARN_ON_ONCE(wpc->iomap.flags & IOMAP_F_ANON_WRITE)',
  inputs: ['iomap flags'],
  source: { kind: 'code', file: FILE, note: 'ioend_writeback_submit' },
});

/** What of an ioend keeps it from being one with another. Since RFC v5 dropbehind is no part of it. */
export const IOEND_NOMERGE =
  IOMAP_IOEND_SHARED | IOMAP_IOEND_UNWRITTEN | IOMAP_IOEND_DIRECT | IOMAP_IOEND_DONTCACHE;

/**
 * Adds a piece of a folio to the ioend that is being filled, or submits that one and begins another. Returns the bytes that
 * were dealt with: a hole is dealt with by doing nothing; or a negative errno. Task context, with the folio locked.
 */
export function* iomap_add_to_ioend(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  end_pos: number,
  dirty_len: number,
): KernelFn<number> {
  const { iomap } = wpc;
  if (iomap === null) return EIO;
  const len = Math.min(dirty_len, iomap.offset + iomap.length - pos);
  k.trace('iomap_add_to_ioend', folio, pos);
  if (iomap.type === 'IOMAP_HOLE') return len;
  if (iomap.type === 'IOMAP_DELALLOC') {
    k.hazard('ioend-bad-mapping', folio);
    return EIO;
  }
  yield k.spend(k.costs['ioend.add']);
  const how = ioendFlags(k, iomap, folio, pos);
  const full = bioIsFull(wpc.wb_ctx);
  const why = full ? CANNOT.bioFull : whyNot(wpc, iomap, pos, len, how);
  if (!k.decide(canAdd, why === CANNOT.nothing, pos, why)) {
    if (wpc.wb_ctx instanceof IomapIoend || k.switches.WB_HOOK === 'submit_ioend') {
      const error = yield* k.inlined(submitPending, wpc, 0);
      if (error !== 0) return error;
    }
    wpc.wb_ctx = iomap_alloc_ioend(k, wpc, iomap, pos, how);
  }
  const ioend = wpc.wb_ctx;
  if (!(ioend instanceof IomapIoend)) return EIO;
  addFolio(k, ioend, folio, pos, len);
  if (folio.order > 0) folio.write_bytes_pending = folio.write_bytes_pending + len;
  ioend.io_size = Math.min(ioend.io_size + len, end_pos - ioend.io_offset); // byte exact at the end of the file
  return len;
}

function ioendFlags(k: Kernel, iomap: Iomap, folio: Folio, pos: number): number {
  const dropped = k.switches.IOEND_DONTCACHE && has(folio.flags, PG_dropbehind);
  const boundary = has(iomap.flags, IOMAP_F_BOUNDARY) && pos === iomap.offset;
  return (
    (iomap.type === 'IOMAP_UNWRITTEN' ? IOMAP_IOEND_UNWRITTEN : 0) |
    (has(iomap.flags, IOMAP_F_SHARED) ? IOMAP_IOEND_SHARED : 0) |
    (dropped ? IOMAP_IOEND_DONTCACHE : 0) |
    (boundary ? IOMAP_IOEND_BOUNDARY : 0)
  );
}

/** Why a piece cannot join, as `ioend-can-add` logs it. */
export const CANNOT = {
  nothing: 0,
  none: 1,
  tooLarge: 2,
  boundary: 3,
  otherKind: 4,
  elsewhereInFile: 5,
  elsewhereOnDevice: 6,
  tooManyFolios: 7,
  bioFull: 8,
} as const;

/** The conditions of `iomap_can_add_to_ioend()` in the kernel's order. */
function whyNot({ wb_ctx }: IomapWritepageCtx, iomap: Iomap, pos: number, len: number, how: number): number {
  if (!(wb_ctx instanceof IomapIoend)) return CANNOT.none;
  const { io_bio, io_flags, io_offset, io_size } = wb_ctx;
  if (io_bio.bi_size + len > (iomap.max_io_bytes ?? Infinity)) return CANNOT.tooLarge;
  if (has(how, IOMAP_IOEND_BOUNDARY)) return CANNOT.boundary;
  if ((how & IOEND_NOMERGE) !== (io_flags & IOEND_NOMERGE)) return CANNOT.otherKind;
  if (pos !== io_offset + io_size) return CANNOT.elsewhereInFile;
  const sector = (iomap.addr + pos - iomap.offset) / SECTOR_BYTES;
  const end = io_bio.bi_sector + io_bio.bi_size / SECTOR_BYTES;
  if (!has(iomap.flags, IOMAP_F_ANON_WRITE) && sector !== end) return CANNOT.elsewhereOnDevice;
  return io_bio.bi_io_vec.length >= IOEND_BATCH_SIZE ? CANNOT.tooManyFolios : CANNOT.nothing;
}

function bioIsFull(wb_ctx: unknown): boolean {
  return wb_ctx instanceof IomapIoend && wb_ctx.io_bio.bi_io_vec.length >= BIO_MAX_VECS;
}

/** A new ioend with an empty bio. */
export function iomap_alloc_ioend(
  k: Kernel,
  wpc: IomapWritepageCtx,
  iomap: Iomap,
  pos: number,
  how: number,
): IomapIoend {
  const bio = new Bio(k, k.currentTask);
  bio.bi_opf = REQ_OP_WRITE | (wpc.wbc.sync_mode === 'WB_SYNC_ALL' ? REQ_SYNC : 0);
  bio.bi_sector = (iomap.addr + pos - iomap.offset) / SECTOR_BYTES;
  const ioend = new IomapIoend(k, wpc.inode, bio);
  ioend.io_flags = how;
  ioend.io_offset = pos;
  ioend.io_remaining = 1;
  ioend.io_sector = bio.bi_sector;
  if (k.switches.IN_TASK_SET === 'with the ioend') markInTask(k, bio, has(how, IOMAP_IOEND_DONTCACHE));
  return ioend;
}

function addFolio(k: Kernel, { io_bio }: IomapIoend, folio: Folio, pos: number, len: number): void {
  io_bio.bi_io_vec.push({ folio, offset: pos - folio.pos, len });
  io_bio.bi_size = io_bio.bi_size + len;
  if (k.switches.IN_TASK_SET === 'with the folio') markInTask(k, io_bio, has(folio.flags, PG_dropbehind));
}

/** `iomap_ioend_writeback_submit()`: submits the ioend that is being filled, or ends it with `error`. Returns the error.
 *  As in the kernel, the context goes on to name the ioend when that fails. Task context. */
export function* iomap_ioend_writeback_submit(
  k: Kernel,
  wpc: IomapWritepageCtx,
  error: number,
): KernelFn<number> {
  const ioend = wpc.wb_ctx;
  if (!(ioend instanceof IomapIoend)) return EIO;
  const { io_bio } = ioend;
  io_bio.bi_end_io ??= defaultEnd(k);
  const anon = wpc.iomap !== null && has(wpc.iomap.flags, IOMAP_F_ANON_WRITE);
  const failed = k.decide(anonWrite, anon, wpc.iomap?.flags ?? 0) ? EIO : error;
  if (anon) k.hazard('anonymous-write-submitted', ioend);
  if (failed === 0) {
    yield* k.call(submit_bio, io_bio);
    return 0;
  }
  io_bio.bi_status = errno_to_blk_status(failed);
  yield* k.call(bio_endio, io_bio);
  return failed;
}

/** Submits what is being filled, as the kernel does it. */
function* submitPending(k: Kernel, wpc: IomapWritepageCtx, error: number): KernelFn<number> {
  const about = wpc.wb_ctx instanceof Obj ? wpc.wb_ctx : null;
  const old = k.switches.WB_HOOK === 'submit_ioend';
  return yield* k.callAbout(about, old ? iomap_submit_ioend : wpc.ops.writeback_submit, wpc, error);
}

/** Before v6.17: the filesystem only prepares the ioend, and the context forgets it in any case. */
export function* iomap_submit_ioend(k: Kernel, wpc: IomapWritepageCtx, error: number): KernelFn<number> {
  const ioend = wpc.wb_ctx;
  if (!(ioend instanceof IomapIoend)) return error;
  const { io_bio } = ioend;
  io_bio.bi_end_io = defaultEnd(k);
  const { submit_ioend } = wpc.ops;
  const failed = submit_ioend === undefined ? error : yield* k.callAbout(ioend, submit_ioend, wpc, error);
  wpc.wb_ctx = null;
  if (failed !== 0) {
    io_bio.bi_status = errno_to_blk_status(failed);
    yield* k.call(bio_endio, io_bio);
  } else if (wpc.ops.submitsItself !== true) yield* k.call(submit_bio, io_bio);
  return failed;
}

/** What a bio ends with if the filesystem wants nothing else. */
const defaultEnd = (k: Kernel): BioEndIo =>
  k.switches.IOEND_END_IO === 'ioend_writeback_end_bio' ? ioend_writeback_end_bio : iomap_writepage_end_bio;

/** A pass over the pages of an inode, with the operations of its filesystem. */
export function writepageCtx(inode: Inode, wbc: WritebackControl, ops: IomapWritebackOps): IomapWritepageCtx {
  return { inode, wbc, ops, iomap: null, wb_ctx: null, nr_folios: 0, submit: submitPending };
}

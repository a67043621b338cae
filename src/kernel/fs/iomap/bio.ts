/** Bios of buffered reads. Source: fs/iomap/bio.c (v7.3), before fs/iomap/buffered-io.c. */
import type { Obj } from '../../../engine/struct.ts';
import { submit_bio_wait } from '../../block/bio-wait.ts';
import { blk_status_to_errno, submit_bio } from '../../block/blk-core.ts';
import { Bio, REQ_OP_READ, REQ_RAHEAD, SECTOR_BYTES } from '../../include/linux/blk_types.ts';
import type { Folio } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_finish_folio_read, type IomapReadFolioCtx, type IomapReadOps } from './buffered-io-read.ts';
import type { Iomap, IomapIter } from './iomap.ts';

/** Pieces of folios that a bio holds. */
const BIO_MAX_VECS = 256;

/** All of a bio is read, or could not be. Any context. */
export function* iomap_read_end_io(k: Kernel, bio: Bio): KernelFn {
  const error = blk_status_to_errno(bio.bi_status);
  for (const { folio, len } of bio.bi_io_vec) yield* k.call(iomap_finish_folio_read, folio, len, error);
  k.free(bio);
}

/** Adds a piece of a folio to the bio that is being filled, or submits that one and begins another. */
export function* iomap_bio_read_folio_range(
  k: Kernel,
  ctx: IomapReadFolioCtx,
  iter: IomapIter,
  pos: number,
  plen: number,
): KernelFn {
  const { iomap } = iter;
  const folio = ctx.cur_folio;
  if (iomap === null || folio === null) return;
  const sector = sectorOf(iomap, pos);
  if (!(ctx.read_ctx instanceof Bio) || !joins(ctx.read_ctx, sector)) {
    if (ctx.read_ctx !== null) yield* k.callAbout(ctx.about, iomap_bio_submit_read, ctx);
    ctx.read_ctx = iomap_read_alloc_bio(k, ctx, sector);
  }
  addPiece(ctx.read_ctx as Bio, folio, pos, plen); // made by the line above, if it was none
}

const sectorOf = (iomap: Iomap, pos: number): number => (iomap.addr + pos - iomap.offset) / SECTOR_BYTES;

/** Does a sector follow on a bio that has room? */
const joins = ({ bi_sector, bi_size, bi_io_vec }: Bio, sector: number): boolean =>
  bi_sector + bi_size / SECTOR_BYTES === sector && bi_io_vec.length < BIO_MAX_VECS;

function addPiece(bio: Bio, folio: Folio, pos: number, len: number): void {
  bio.bi_io_vec.push({ folio, offset: pos - folio.pos, len });
  bio.bi_size = bio.bi_size + len;
}

function iomap_read_alloc_bio(k: Kernel, { rac, about }: IomapReadFolioCtx, sector: number): Bio {
  const bio = new Bio(k, about);
  bio.bi_opf = REQ_OP_READ | (rac === null ? 0 : REQ_RAHEAD);
  bio.bi_sector = sector;
  bio.bi_end_io = iomap_read_end_io;
  return bio;
}

export function* iomap_bio_submit_read(k: Kernel, ctx: IomapReadFolioCtx): KernelFn {
  const bio = ctx.read_ctx;
  ctx.read_ctx = null;
  if (bio instanceof Bio) yield* k.call(submit_bio, bio);
}

/** Reads a piece of a folio with a bio of its own and waits for it. Returns 0 or a negative errno. Task context. */
export function* iomap_bio_read_folio_range_sync(
  k: Kernel,
  about: Obj,
  iomap: Iomap,
  pos: number,
  plen: number,
): KernelFn<number> {
  const bio = new Bio(k, about);
  bio.bi_opf = REQ_OP_READ;
  bio.bi_sector = sectorOf(iomap, pos);
  bio.bi_size = plen;
  const status = yield* k.call(submit_bio_wait, bio);
  k.free(bio);
  return blk_status_to_errno(status);
}

export const iomap_bio_read_ops: IomapReadOps = {
  read_folio_range: iomap_bio_read_folio_range,
  submit_read: iomap_bio_submit_read,
  read_folio_range_sync: iomap_bio_read_folio_range_sync,
};

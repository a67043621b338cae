/** Buffered reads of filesystems that do not use iomap for them: bios of many folios. Source: fs/mpage.c (v6.12).
 *  Simplified: a folio whose blocks are not all there is read piece by piece, without buffer heads. */
import type { Obj } from '../../engine/struct.ts';
import { blk_status_to_errno, submit_bio } from '../block/blk-core.ts';
import { Bio, type BioEndIo, REQ_OP_READ, REQ_RAHEAD, SECTOR_BYTES } from '../include/linux/blk_types.ts';
import { hostOf, type Inode } from '../include/linux/fs.ts';
import {
  allAdded,
  bytesRead,
  type Folio,
  PAGE_SIZE,
  type ReadaheadControl,
  startRead,
} from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { folio_end_read } from '../mm/filemap-lock.ts';
import { readahead_folio } from '../mm/readahead.ts';

/** Pieces of folios that a bio holds. */
const BIO_MAX_VECS = 256;

/** `get_block_t` of a read: where a block is on the device, in bytes; null where there is nothing. */
export type GetBlock = (inode: Inode, pos: number) => number | null;

/** `struct mpage_readpage_args`: what is read, and the bio that is being filled. */
export type MpageReadpageArgs = {
  readonly about: Obj;
  readonly opf: number;
  readonly get_block: GetBlock;
  readonly end_io: BioEndIo;
  bio: Bio | null;
};

/** Begins to read the folios of a readahead. */
export function* mpage_readahead(k: Kernel, rac: ReadaheadControl, get_block: GetBlock): KernelFn {
  yield* k.inlined(mpage_read_all, rac, get_block, mpage_read_end_io);
}

/** The same with an end_io of the filesystem's own. */
export function* mpage_read_all(
  k: Kernel,
  rac: ReadaheadControl,
  get_block: GetBlock,
  end_io: BioEndIo,
): KernelFn {
  const opf = REQ_OP_READ | REQ_RAHEAD;
  const args: MpageReadpageArgs = { about: rac.about, opf, get_block, end_io, bio: null };
  for (let folio = readahead_folio(k, rac); folio !== null; folio = readahead_folio(k, rac))
    yield* k.callAbout(folio, do_mpage_readpage, args, folio);
  yield* k.inlined(mpage_bio_submit_read, args);
}

/** Begins to read a locked folio. Returns 0. */
export function* mpage_read_folio(
  k: Kernel,
  folio: Folio,
  about: Obj,
  get_block: GetBlock,
  end_io: BioEndIo,
): KernelFn<number> {
  const args: MpageReadpageArgs = { about, opf: REQ_OP_READ, get_block, end_io, bio: null };
  yield* k.callAbout(folio, do_mpage_readpage, args, folio);
  yield* k.inlined(mpage_bio_submit_read, args);
  return 0;
}

/** Adds what of a locked folio is on the device to the bio that is being filled. */
export function* do_mpage_readpage(k: Kernel, args: MpageReadpageArgs, folio: Folio): KernelFn {
  if (folio.mapping === null) return;
  const inode = hostOf(folio.mapping);
  yield k.spend(k.costs['read.add']);
  startRead(folio);
  let submitted = 0;
  for (let pos = folio.pos; pos < folio.pos + folio.size; pos += PAGE_SIZE) {
    const addr = pos < inode.i_size ? args.get_block(inode, pos) : null;
    if (addr === null) continue;
    yield* k.inlined(addBlock, args, folio, pos, addr);
    submitted += PAGE_SIZE;
  }
  if (allAdded(folio, submitted, folio.size - submitted))
    yield* k.call(folio_end_read, folio, !folio.readFailed);
}

function* addBlock(k: Kernel, args: MpageReadpageArgs, folio: Folio, pos: number, addr: number): KernelFn {
  const sector = addr / SECTOR_BYTES;
  if (args.bio === null || !joins(args.bio, sector)) {
    yield* k.inlined(mpage_bio_submit_read, args);
    args.bio = mpage_alloc(k, args, sector);
  }
  const { bio } = args;
  const last = bio.bi_io_vec.at(-1);
  if (last?.folio === folio) last.len += PAGE_SIZE;
  else bio.bi_io_vec.push({ folio, offset: pos - folio.pos, len: PAGE_SIZE });
  bio.bi_size = bio.bi_size + PAGE_SIZE;
}

/** Does a sector follow on a bio that has room? */
const joins = ({ bi_sector, bi_size, bi_io_vec }: Bio, sector: number): boolean =>
  bi_sector + bi_size / SECTOR_BYTES === sector && bi_io_vec.length < BIO_MAX_VECS;

function mpage_alloc(k: Kernel, { about, opf, end_io }: MpageReadpageArgs, sector: number): Bio {
  const bio = new Bio(k, about);
  bio.bi_opf = opf;
  bio.bi_sector = sector;
  bio.bi_end_io = end_io;
  return bio;
}

function* mpage_bio_submit_read(k: Kernel, args: MpageReadpageArgs): KernelFn {
  const { bio } = args;
  args.bio = null;
  if (bio !== null) yield* k.call(submit_bio, bio);
}

/** All of a bio is read, or could not be. Any context. */
export function* mpage_read_end_io(k: Kernel, bio: Bio): KernelFn {
  yield* k.inlined(endReads, bio);
}

/** Each folio of which nothing else is being read is unlocked. */
export function* endReads(k: Kernel, bio: Bio): KernelFn {
  const error = blk_status_to_errno(bio.bi_status);
  for (const { folio, len } of bio.bi_io_vec)
    if (bytesRead(folio, len, error)) yield* k.call(folio_end_read, folio, !folio.readFailed);
  k.free(bio);
}

/** Buffered reads. Source: mm/filemap.c (v6.12). Simplified: as one bio, without readahead. */
import { submit_bio_wait } from '../block/bio-wait.ts';
import { blk_status_to_errno } from '../block/blk-core.ts';
import { Bio, REQ_OP_READ, SECTOR_BYTES } from '../include/linux/blk_types.ts';
import type { Inode, Kiocb } from '../include/linux/fs.ts';
import { PAGE_SIZE } from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { firstPage, pastPage } from './filemap-lookup.ts';

/** What of the range is not cached is read from the device. Bytes or a negative errno. */
export function* filemap_read(k: Kernel, inode: Inode, pos: number, len: number): KernelFn<number> {
  const [from, to] = [firstPage(pos), pastPage(pos + len)];
  const bio = new Bio(k, inode, 'page cache');
  bio.bi_opf = REQ_OP_READ;
  bio.bi_sector = inode.extents.address(from * PAGE_SIZE, false) / SECTOR_BYTES;
  bio.bi_size = (to - from) * PAGE_SIZE;
  const status = yield* k.call(submit_bio_wait, bio);
  k.free(bio);
  if (status !== 0) return blk_status_to_errno(status);
  const { i_mapping } = inode;
  for (let index = from; index < to; index++)
    if (!i_mapping.folios.has(index)) i_mapping.untouched.add(index, index + 1);
  inode.nrpages = i_mapping.nrpages;
  return len;
}

/** `generic_file_read_iter()` of a read that is not direct. */
export function* generic_file_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(filemap_read, iocb.ki_filp.inode, iocb.ki_pos, iocb.length_bytes);
}

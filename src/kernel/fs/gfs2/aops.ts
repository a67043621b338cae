/** The page cache of gfs2 files. Source: fs/gfs2/aops.c (v6.17). */
import type { Obj } from '../../../engine/struct.ts';
import { hostOf } from '../../include/linux/fs.ts';
import type {
  AddressSpace,
  AddressSpaceOperations,
  Folio,
  ReadaheadControl,
  WritebackControl,
} from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_writepages } from '../iomap/buffered-io.ts';
import { iomap_page_mkwrite } from '../iomap/buffered-io-fault.ts';
import { iomap_read_folio, iomap_readahead } from '../iomap/buffered-io-read.ts';
import { writepageCtx } from '../iomap/ioend-submit.ts';
import { gfs2_iomap_ops, gfs2_writeback_ops } from './bmap.ts';

/** One pass of writeback over a file. Returns 0 or a negative errno. Task context. */
export function* gfs2_writepages(k: Kernel, mapping: AddressSpace, wbc: WritebackControl): KernelFn<number> {
  const inode = hostOf(mapping);
  return yield* k.callAbout(inode, iomap_writepages, writepageCtx(inode, wbc, gfs2_writeback_ops));
}

export function* gfs2_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.callAbout(rac.about, iomap_readahead, rac, gfs2_iomap_ops, iomap_bio_read_ops);
}

export function* gfs2_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return yield* k.call(iomap_read_folio, folio, about, gfs2_iomap_ops, iomap_bio_read_ops);
}

/** The blocks of a folio are allocated before it is written to through a mapping. In the kernel in fs/gfs2/file.c. */
export function* gfs2_page_mkwrite(k: Kernel, folio: Folio): KernelFn {
  yield* k.call(iomap_page_mkwrite, folio, gfs2_iomap_ops);
}

export const gfs2_aops: AddressSpaceOperations = {
  writepages: gfs2_writepages,
  readahead: gfs2_readahead,
  read_folio: gfs2_read_folio,
  page_mkwrite: gfs2_page_mkwrite,
  max_order: 0,
};

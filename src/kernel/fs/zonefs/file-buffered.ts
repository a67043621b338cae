/** zonefs: reads through the page cache. Source: fs/zonefs/file.c (v6.17). */
import type { Obj } from '../../../engine/struct.ts';
import type { AddressSpaceOperations, Folio, ReadaheadControl } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_read_folio, iomap_readahead } from '../iomap/buffered-io-read.ts';
import { zonefs_read_iomap_ops } from './file.ts';

export function* zonefs_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.callAbout(rac.about, iomap_readahead, rac, zonefs_read_iomap_ops, iomap_bio_read_ops);
}

export function* zonefs_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return yield* k.call(iomap_read_folio, folio, about, zonefs_read_iomap_ops, iomap_bio_read_ops);
}

/** Files of sequential zones: only reads go through the page cache. */
export const zonefs_file_aops: AddressSpaceOperations = {
  readahead: zonefs_readahead,
  read_folio: zonefs_read_folio,
  max_order: 0,
};

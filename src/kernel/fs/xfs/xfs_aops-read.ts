/** Buffered reads of XFS files. Source: fs/xfs/xfs_aops.c (v6.17 to v7.3). */
import type { Obj } from '../../../engine/struct.ts';
import type { Folio, ReadaheadControl } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_read_folio, iomap_readahead } from '../iomap/buffered-io-read.ts';
import { xfs_read_iomap_ops } from './xfs_iomap.ts';

export function* xfs_vm_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.callAbout(rac.about, iomap_readahead, rac, xfs_read_iomap_ops, iomap_bio_read_ops);
}

export function* xfs_vm_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return yield* k.call(iomap_read_folio, folio, about, xfs_read_iomap_ops, iomap_bio_read_ops);
}

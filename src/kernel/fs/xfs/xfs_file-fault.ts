/** Writes to XFS files through mappings. Source: fs/xfs/xfs_file.c (v6.17). */
import { hostOf } from '../../include/linux/fs.ts';
import type { Folio } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { file_update_time } from '../inode.ts';
import { iomap_page_mkwrite } from '../iomap/buffered-io-fault.ts';
import { xfs_buffered_write_iomap_ops } from './xfs_iomap.ts';

export function* xfs_filemap_page_mkwrite(k: Kernel, folio: Folio): KernelFn {
  yield* k.call(xfs_write_fault, folio);
}

/** Space for the blocks of a locked folio is reserved, so that its writeback can choose some. Simplified: the folio's lock is
 *  taken by the caller, and the lock of the mapping not at all. Returns 0 or a negative errno. */
export function* xfs_write_fault(k: Kernel, folio: Folio): KernelFn<number> {
  if (folio.mapping === null) return 0;
  yield* k.call(file_update_time, hostOf(folio.mapping), false);
  return yield* k.call(iomap_page_mkwrite, folio, xfs_buffered_write_iomap_ops);
}

/** The page cache's side of XFS. Source: fs/xfs/xfs_aops.c (v6.15 to v7.3). */
import { hostOf } from '../../include/linux/fs.ts';
import type { AddressSpace, AddressSpaceOperations, WritebackControl } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { iomap_writepages } from '../iomap/buffered-io.ts';
import { writepageCtx } from '../iomap/ioend-submit.ts';
import { xfs_writeback_ops } from './xfs_aops.ts';
import { xfs_vm_read_folio, xfs_vm_readahead } from './xfs_aops-read.ts';
import { xfs_filemap_page_mkwrite } from './xfs_file-fault.ts';
import { xfs_zoned_writeback_ops } from './xfs_zone_alloc.ts';

/** Orders of folios up to 2 MiB. */
const MAX_ORDER = 9;

/** One pass of writeback over a file. */
export function* xfs_vm_writepages(
  k: Kernel,
  mapping: AddressSpace,
  wbc: WritebackControl,
): KernelFn<number> {
  const inode = hostOf(mapping);
  const ops = inode.i_sb.zoned ? xfs_zoned_writeback_ops : xfs_writeback_ops;
  return yield* k.callAbout(inode, iomap_writepages, writepageCtx(inode, wbc, ops));
}

export const xfs_address_space_operations: AddressSpaceOperations = {
  writepages: xfs_vm_writepages,
  readahead: xfs_vm_readahead,
  read_folio: xfs_vm_read_folio,
  page_mkwrite: xfs_filemap_page_mkwrite,
  max_order: MAX_ORDER,
};

/** Page faults of file mappings. Source: mm/memory.c, fs/iomap/buffered-io.c (v6.12). */
import { has, type Inode } from '../include/linux/fs.ts';
import { folio_put, PG_writeback } from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { folio_unlock, folio_wait_writeback } from './filemap-lock.ts';
import { __filemap_get_folio, folio_mark_uptodate } from './filemap-lookup.ts';
import { filemap_dirty_folio } from './page-writeback.ts';

/**
 * The first write to a page of a shared mapping: its folio is mapped and dirty from now on. The whole folio becomes dirty,
 * also past the end of the file; a folio that is all behind it cannot be written to. Simplified: always waits for writeback, as for devices that need stable pages; what a
 * mapping of a hole reserves is left out, but for ext4.
 */
export function* filemap_page_mkwrite(k: Kernel, inode: Inode, pos: number): KernelFn {
  const { i_mapping } = inode;
  if (pos >= inode.i_size) return; // VM_FAULT_SIGBUS
  const folio = yield* k.call(__filemap_get_folio, i_mapping, pos, { dontcache: false, len: 1 });
  folio_mark_uptodate(folio);
  const page_mkwrite = i_mapping.a_ops?.page_mkwrite;
  if (page_mkwrite !== undefined) yield* k.call(page_mkwrite, folio);
  if (has(folio.flags, PG_writeback)) yield* k.call(folio_wait_writeback, folio); // folio_wait_stable()
  if (!folio.mapped) folio.mapped = true;
  for (let block = 0; folio.order > 0 && block < folio.nr_pages; block++) folio.dirtyBlocks.add(block);
  yield* k.call(filemap_dirty_folio, i_mapping, folio);
  yield* k.inlined(folio_unlock, folio);
  folio_put(k, folio);
}

/** The page cache's part in page faults. Source: mm/filemap.c (v6.12). */
import type { File } from '../include/linux/fs.ts';
import { type Folio, folio_put, PG_uptodate } from '../include/linux/pagemap.ts';
import { has } from '../include/linux/fs.ts';
import { EFAULT } from '../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { folio_unlock, folio_wait_stable } from './filemap-lock.ts';
import { __filemap_get_folio, firstPage, pastPage } from './filemap-lookup.ts';
import { filemap_read_folio } from './filemap-read.ts';
import { filemap_dirty_folio } from './page-writeback.ts';

/** The valid folio of a place in a mapped file, locked and with a reference; or a negative errno past the end of the file and
 *  when it cannot be read. Simplified: nothing is read around it. Task context. */
export function* filemap_fault(k: Kernel, file: File, pos: number): KernelFn<Folio | number> {
  const { inode } = file;
  while (firstPage(pos) < pastPage(inode.i_size)) {
    const folio = yield* k.call(__filemap_get_folio, inode.i_mapping, pos, { dontcache: false, len: 1 });
    if (has(folio.flags, PG_uptodate)) {
      if (firstPage(pos) < pastPage(inode.i_size)) return folio;
      yield* k.inlined(folio_unlock, folio);
      folio_put(k, folio);
      break;
    }
    const error = yield* k.call(filemap_read_folio, folio, k.currentTask);
    folio_put(k, folio);
    if (error !== 0) return error;
  }
  return EFAULT; // VM_FAULT_SIGBUS
}

/** `->page_mkwrite` of files that need nothing for their blocks: the folio becomes dirty. */
export function* filemap_page_mkwrite(k: Kernel, folio: Folio): KernelFn {
  const { mapping } = folio;
  const dirty_folio = mapping?.a_ops?.dirty_folio;
  if (dirty_folio !== undefined) yield* k.call(dirty_folio, folio);
  else if (mapping !== null) {
    for (let block = 0; folio.order > 0 && block < folio.nr_pages; block++) folio.dirtyBlocks.add(block);
    yield* k.call(filemap_dirty_folio, mapping, folio);
  }
  yield* k.inlined(folio_wait_stable, folio);
}

/** The first write to a page through a mapping of the file. Source: fs/iomap/buffered-io.c (v6.17). */
import { hostOf } from '../../include/linux/fs.ts';
import type { Folio } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { folio_wait_stable } from '../../mm/filemap-lock.ts';
import { filemap_dirty_folio } from '../../mm/page-writeback.ts';
import { IOMAP_FAULT, IOMAP_WRITE, type IomapIter, type IomapOps } from './iomap.ts';
import { iomap_iter } from './iter.ts';

/** Reserves what a locked folio needs up to the end of the file, and makes it dirty. Returns 0 or a negative errno. */
export function* iomap_page_mkwrite(k: Kernel, folio: Folio, ops: IomapOps): KernelFn<number> {
  if (folio.mapping === null) return 0;
  const inode = hostOf(folio.mapping);
  const len = Math.min(folio.size, inode.i_size - folio.pos); // folio_mkwrite_check_truncate()
  const iter: IomapIter = { inode, pos: folio.pos, len, flags: IOMAP_WRITE | IOMAP_FAULT, iomap: null };
  let processed = 0;
  for (;;) {
    const more = yield* k.call(iomap_iter, folio, iter, ops, processed);
    if (more < 0) return more;
    if (more === 0) break;
    processed = yield* k.callAbout(folio, iomap_folio_mkwrite_iter, iter, folio);
  }
  yield* k.inlined(folio_wait_stable, folio);
  return 0;
}

/** The part of the folio that one mapping holds. All of the folio becomes dirty. Returns bytes. */
export function* iomap_folio_mkwrite_iter(k: Kernel, iter: IomapIter, folio: Folio): KernelFn<number> {
  const { iomap } = iter;
  for (let block = 0; folio.order > 0 && block < folio.nr_pages; block++) folio.dirtyBlocks.add(block);
  if (folio.mapping !== null) yield* k.call(filemap_dirty_folio, folio.mapping, folio);
  return iomap === null ? 0 : Math.min(iter.len, iomap.offset + iomap.length - iter.pos);
}

/** Page faults of file mappings. Source: mm/memory.c (v6.12). */
import { type File, has } from '../include/linux/fs.ts';
import { type Folio, folio_put, PG_dirty } from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { filemap_fault, filemap_page_mkwrite } from './filemap-fault.ts';
import { folio_unlock } from './filemap-lock.ts';

/** The first write to a page of a shared mapping: its folio is read if it has to be, mapped, and dirty from now on. Returns 0,
 *  or the error that the task gets as SIGBUS. Task context. */
export function* do_shared_fault(k: Kernel, file: File, pos: number): KernelFn<number> {
  const folio = yield* k.call(filemap_fault, file, pos);
  if (typeof folio === 'number') return folio;
  yield* k.call(do_page_mkwrite, folio);
  if (!folio.mapped && has(folio.flags, PG_dirty)) folio.mapped = true;
  yield* k.inlined(folio_unlock, folio);
  folio_put(k, folio);
  return 0;
}

/** Tells the filesystem of a locked folio that is about to be written to. */
export function* do_page_mkwrite(k: Kernel, folio: Folio): KernelFn {
  yield* k.call(folio.mapping?.a_ops?.page_mkwrite ?? filemap_page_mkwrite, folio);
}

/** Buffered writes of filesystems that do not use iomap for them. Source: mm/filemap.c, generic_perform_write (v6.12). */
import type { Kiocb } from '../include/linux/fs.ts';
import { type Folio, PAGE_SIZE } from '../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

/** `->write_begin` and `->write_end` of the address space operations. */
export type WriteOps = {
  /** The folio of a place in the file, locked and with what its blocks need, or a negative errno. */
  readonly write_begin: (k: Kernel, iocb: Kiocb, pos: number, len: number) => KernelFn<Folio | number>;
  /** `copied` bytes of it are valid and dirty; it is unlocked and put. */
  readonly write_end: (k: Kernel, iocb: Kiocb, pos: number, copied: number, folio: Folio) => KernelFn;
};

/** Copies data into the page cache, folio by folio. Bytes, or a negative errno if there are none. Task context, with the
 *  inode lock. */
export function* generic_perform_write(k: Kernel, iocb: Kiocb, ops: WriteOps): KernelFn<number> {
  const { length_bytes } = iocb;
  for (let written = 0; written < length_bytes;) {
    const pos = iocb.ki_pos + written;
    const folio = yield* k.call(ops.write_begin, iocb, pos, length_bytes - written);
    if (typeof folio === 'number') return written > 0 ? written : folio;
    const bytes = Math.min(length_bytes - written, folio.pos + folio.size - pos);
    yield k.spend(Math.ceil(bytes / PAGE_SIZE) * k.costs['copy.page']);
    yield* k.call(ops.write_end, iocb, pos, bytes, folio);
    written += bytes;
  }
  return length_bytes;
}

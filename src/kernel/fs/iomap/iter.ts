/** Walking over the mappings of a range. Source: fs/iomap/iter.c. */
import type { Kiocb } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { IomapIter, IomapOps } from './iomap.ts';

/** Moves on by what was processed and asks the filesystem for the next mapping; false at the end of the range. */
export function* iomap_iter(
  k: Kernel,
  iocb: Kiocb,
  iter: IomapIter,
  ops: IomapOps,
  processed: number,
): KernelFn<boolean> {
  k.trace('iomap_iter', iocb, iter.pos);
  iter.pos += processed;
  iter.len -= processed;
  iter.iomap = null;
  if (iter.len === 0) return false;
  iter.iomap = yield* k.call(ops.iomap_begin, iocb, iter.pos, iter.len);
  k.trace('iomap_iter_dstmap', iocb, iter.iomap.addr);
  return true;
}

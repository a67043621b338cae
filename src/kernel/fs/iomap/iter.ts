/** Walking over the mappings of a range. Source: fs/iomap/iter.c. */
import { rule } from '../../../engine/rule.ts';
import type { Obj } from '../../../engine/struct.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { IOMAP_TYPES, type IomapIter, type IomapOps } from './iomap.ts';

export const mappingFound = rule({
  id: 'iomap-mapping',
  asks: 'What does the filesystem have at this place of the file?',
  test: 'ops->iomap_begin(iter->inode, iter->pos, iter->len, iter->flags, &iter->iomap, &iter->srcmap)',
  inputs: ['pos', 'length', 'iomap flags'],
  outcomes: Object.fromEntries(IOMAP_TYPES.map((type, i) => [i, type])),
  source: { kind: 'code', file: 'fs/iomap/iter.c', note: 'iomap_iter' },
});

/**
 * Moves on by what was processed and asks the filesystem for the next mapping: 1 when there is one, 0 at the end of the
 * range or when nothing was processed, or a negative errno. `processed` is bytes or a negative errno, too. `about`: what the
 * walk is for, a kiocb or the inode itself.
 */
export function* iomap_iter(
  k: Kernel,
  about: Obj,
  iter: IomapIter,
  ops: IomapOps,
  processed: number,
): KernelFn<number> {
  k.trace('iomap_iter', about, iter.pos);
  const first = iter.iomap === null;
  if (processed < 0) return processed;
  if (!first && processed === 0) return 0;
  iter.pos += processed;
  iter.len -= processed;
  if (iter.len === 0) return 0;
  const iomap = yield* k.callAbout(about, ops.iomap_begin, iter.inode, iter.pos, iter.len, iter.flags);
  if (typeof iomap === 'number') return iomap;
  iter.iomap = iomap;
  k.decide(mappingFound, IOMAP_TYPES.indexOf(iomap.type), iter.pos, iomap.length, iomap.flags);
  k.trace('iomap_iter_dstmap', about, iomap.addr);
  return 1;
}

/** The list of folios that reclaim goes over, as far as the end of writeback changes it. Source: mm/swap.c (v6.17). */
import { rule } from '../../engine/rule.ts';
import { has } from '../include/linux/fs.ts';
import { type Folio, PG_dirty, PG_locked } from '../include/linux/pagemap.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';

/** Folios at the tail of the inactive list, where reclaim begins. Simplified: without the batch of each CPU in between. */
const tail = new PerRun(() => new Set<Folio>());

export const rotates = rule({
  id: 'folio-rotates',
  asks: 'Can reclaim take the folio now, so that it is moved to where it looks first?',
  test: '!folio_test_locked(folio) && !folio_test_dirty(folio) && !folio_test_unevictable(folio)',
  inputs: ['flags'],
  source: { kind: 'code', file: 'mm/swap.c', note: 'folio_rotate_reclaimable' },
});

/** Writeback of a folio has ended that reclaim has met before. Any context. */
export function* folio_rotate_reclaimable(k: Kernel, folio: Folio): KernelFn {
  if (k.decide(rotates, !has(folio.flags, PG_locked | PG_dirty), folio.flags)) k.of(tail).add(folio);
}

/** Folios in the order in which reclaim meets them: those that were rotated come first, and only once. */
export function takeRotated(k: Kernel, folios: readonly Folio[]): Folio[] {
  const rotated = k.of(tail);
  const first = folios.filter((folio) => rotated.delete(folio));
  return [...first, ...folios.filter((folio) => !first.includes(folio))];
}

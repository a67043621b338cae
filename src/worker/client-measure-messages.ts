/** What page and measuring Workers say to each other: one task in, one answer out. */
import type { Figures } from '../analysis/meter.ts';
import type { Task } from '../experiment/sweep.ts';

export type ToMeasurer = Task;
export type FromMeasurer =
  | { readonly kind: 'figures'; readonly id: number; readonly figures: Figures; readonly model: string }
  | { readonly kind: 'failed'; readonly message: string };

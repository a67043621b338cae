/** What page and Worker say to each other. A run has a number, so that late messages of a cancelled one are dropped. */
import type { SpanChunk } from '../analysis/spans.ts';
import type { Chunk } from '../log/columns.ts';
import type { RunSummary } from '../run/run.ts';
import type { Scenario } from '../scenario/schema.ts';

export type { RunSummary };

export type ToWorker =
  | { readonly kind: 'run'; readonly run: number; readonly scenario: Scenario }
  | { readonly kind: 'cancel'; readonly run: number }
  /** The page has taken over one more chunk: the Worker may send another. */
  | { readonly kind: 'credit'; readonly run: number };

export type FromWorker =
  | { readonly kind: 'chunk'; readonly run: number; readonly chunk: Chunk; readonly spans: SpanChunk }
  | { readonly kind: 'progress'; readonly run: number; readonly rows: number; readonly time_ns: number }
  | { readonly kind: 'done'; readonly run: number; readonly summary: RunSummary }
  | { readonly kind: 'failed'; readonly run: number; readonly message: string };

/** Chunks that may be on their way before the page has taken the first: bounds the memory of a fast run. */
export const CREDITS = 4;

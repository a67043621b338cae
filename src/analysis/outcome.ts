/** What a change did beside the paths of single I/Os: to the batches, to the page cache, to what the monitors find. */
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { batchFigures } from './batch-figures.ts';

/** Counts of a whole run, in the words in which a reader compares them. */
export type Outcome = {
  /** Times that a batch's worker began. */
  readonly batchRuns: number;
  /** Folios that left the page cache. */
  readonly dropped: number;
};

/** Reads the counts off a log. */
export function outcomeOf(log: LogView): Outcome {
  const deletes = log.stringId('mm_filemap_delete_from_page_cache');
  let dropped = 0;
  for (let row = 0; row < log.rows; row++)
    if (log.kind(row) === Ev.Trace && log.nameId(row) === deletes) dropped++;
  return { batchRuns: batchFigures(log).runs, dropped };
}

/** "the batch’s worker ran 4 times, now 1"; nothing for what is as before. */
export function outcomeChanges(before: Outcome, after: Outcome): readonly string[] {
  const words: string[] = [];
  if (before.batchRuns !== after.batchRuns)
    words.push(`runs of the batch’s worker: ${before.batchRuns}, now ${after.batchRuns}`);
  if (before.dropped !== after.dropped)
    words.push(`folios dropped from the cache: ${before.dropped}, now ${after.dropped}`);
  return words;
}

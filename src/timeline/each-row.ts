import { chunkOfRow, type Columns } from '../log/columns.ts';
import type { LogView } from '../log/view.ts';

/** Calls `visit` for every row from `from` to `end - 1`, with the columns that hold it: a pass chunk by chunk. */
export function eachRow(
  log: LogView,
  from: number,
  end: number,
  visit: (columns: Columns, index: number, row: number) => void,
): void {
  if (from >= end) return;
  for (let c = chunkOfRow(from), chunk = log.chunk(c); chunk !== null; chunk = log.chunk(++c)) {
    const stop = Math.min(chunk.count, end - chunk.first);
    for (let i = Math.max(0, from - chunk.first); i < stop; i++) visit(chunk.columns, i, chunk.first + i);
  }
}

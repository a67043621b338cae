import { chunkOfRow, type Columns } from '../log/columns.ts';
import type { LogView } from '../log/view.ts';

/** Calls `visit` for every row from `from` on, with the columns that hold it: a pass over everything, chunk by chunk. */
export function eachRow(
  log: LogView,
  from: number,
  visit: (columns: Columns, index: number, row: number) => void,
): void {
  if (from >= log.rows) return;
  for (let c = chunkOfRow(from), chunk = log.chunk(c); chunk !== null; chunk = log.chunk(++c))
    for (let i = Math.max(0, from - chunk.first); i < chunk.count; i++)
      visit(chunk.columns, i, chunk.first + i);
}

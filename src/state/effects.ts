import { NO_ROW, type Row } from '../base/units.ts';
import type { LogView } from '../log/view.ts';

/** Rows looked through for effects; they follow soon or not at all. */
const MOST_ROWS = 300_000;

/** The events that name `row` as their cause, at most `most` of them. Inputs of decisions and first values are told with
 *  their events, so `isWorthTelling` may leave them out. */
export function effectsOf(
  log: LogView,
  row: Row,
  most: number,
  isWorthTelling: (row: Row) => boolean,
): Row[] {
  const effects: Row[] = [];
  if (row === NO_ROW) return effects;
  const end = Math.min(log.rows, row + MOST_ROWS);
  for (let r = row + 1; r < end && effects.length < most; r++)
    if (log.cause(r) === row && isWorthTelling(r as Row)) effects.push(r as Row);
  return effects;
}

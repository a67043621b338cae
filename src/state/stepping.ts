import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';

/** What one step of the run is: any event, the next decision, or the next event of one I/O. */
export const STEP_MODES = ['event', 'decision', 'io'] as const;
export type StepMode = (typeof STEP_MODES)[number];

/** A set of objects: one I/O with all that belongs to it. */
export type Family = { has(object: ObjectId): boolean };

/**
 * The next row in direction `by` that is a step, or null at the end. Inputs of a decision and the first values of a
 * new object are told with it, so they are no steps of their own.
 */
export function nextStep(
  log: LogView,
  from: Row,
  by: 1 | -1,
  mode: StepMode,
  family: Family | null,
): Row | null {
  for (let row = from === NO_ROW ? 0 : from + by; row >= 0 && row < log.rows; row += by)
    if (isStep(log, row, mode, family)) return row as Row;
  return null;
}

function isStep(log: LogView, row: number, mode: StepMode, family: Family | null): boolean {
  const kind = log.kind(row);
  if (mode === 'decision') return kind === Ev.Decide;
  if (kind === Ev.Input || (kind === Ev.Set && log.prev(row) === NO_ROW)) return false;
  return mode === 'event' || family?.has(log.object(row)) === true;
}

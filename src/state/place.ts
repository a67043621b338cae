import { eventId, objectIdText, objectOfText, rowOfEvent } from '../analysis/identity.ts';
import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import type { LogView } from '../log/view.ts';

/**
 * Where the reader was looking, told by meaning and not by row numbers, so that another run of an edited scenario, or a
 * link in another browser, can find it again. The time is for what the other run does not have.
 */
export type Place = {
  readonly cursor: string | null;
  readonly cursor_ns: number | null;
  readonly selection: string | null;
  readonly io: string | null;
  /** It came with a link, whose sender meant just this: what the run does not have is to be told. */
  readonly isLinked?: boolean;
};

/** Nowhere yet: a first look at another run. */
export const FRESH: Place = { cursor: null, cursor_ns: null, selection: null, io: null };

export type Rows = { readonly cursor: Row; readonly selection: Row | null; readonly io: ObjectId | null };

/** Tells rows of a log by meaning. */
export function placeOf(log: LogView, at: Rows): Place {
  const known = (row: Row | null): boolean => row !== null && row < log.rows;
  return {
    cursor: known(at.cursor) ? eventId(log, at.cursor) : null,
    cursor_ns: known(at.cursor) ? log.time(at.cursor) : null,
    selection: known(at.selection) && at.selection !== null ? eventId(log, at.selection) : null,
    io: at.io === null ? null : objectIdText(log, at.io),
  };
}

/** The rows of `place` in a log; what it does not have is null, but the cursor goes to the same time. */
export function rowsOf(log: LogView, place: Place): Rows {
  const cursor = place.cursor === null ? null : rowOfEvent(log, place.cursor);
  return {
    cursor: cursor ?? (place.cursor_ns === null ? NO_ROW : log.rowAtOrBefore(place.cursor_ns)),
    selection: place.selection === null ? null : rowOfEvent(log, place.selection),
    io: place.io === null ? null : objectOfText(log, place.io),
  };
}

/** What leads the sentences of `missingOf`. */
export const PLACE_MISSING = 'The link points at something that this run does not have.';

/** What a link points at and the log, which has ended, does not have: a sentence each. */
export function missingOf(log: LogView, { cursor, cursor_ns, selection, io }: Place): string[] {
  const instead = cursor_ns === null ? 'the first look at the run' : 'the moment that the link names';
  const missing: string[] = [];
  if (cursor !== null && rowOfEvent(log, cursor) === null)
    missing.push(`The event “${cursor}” is not in this run; shown instead: ${instead}.`);
  if (selection !== null && rowOfEvent(log, selection) === null)
    missing.push(`The selection “${selection}” is not in this run; nothing is selected.`);
  if (io !== null && objectOfText(log, io) === null) missing.push(`The I/O “${io}” is not in this run.`);
  return missing;
}

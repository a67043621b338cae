import { Moment } from '../analysis/moments.ts';
import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { iosOfLog } from './derived.ts';
import type { TimeRange } from './view.ts';

/** From an event to its end. */
export function timeOfEvent(log: LogView, row: Row): TimeRange {
  const end = endOf(log, row);
  return { t0_ns: log.time(row), t1_ns: log.time(end ?? row) };
}

const ENDS: readonly Ev[] = [Ev.Exit, Ev.IrqEnd, Ev.SoftirqEnd, Ev.Take];

/** The row that closes what `row` opened: the Exit of an Enter, the Take of a Put ... */
function endOf(log: LogView, row: Row): Row | null {
  for (let at = row + 1; at < log.rows; at++)
    if (log.prev(at) === row && ENDS.includes(log.kind(at))) return at as Row;
  return null;
}

/** All that happens to the I/O with this object at its top; null when it has not begun. */
export function timeOfIo(log: LogView, top: ObjectId): TimeRange | null {
  const ios = iosOfLog(log);
  const io = ios.ofObject(top);
  if (io < 0) return null;
  const first = ios.row(io, Moment.Submitted);
  // Of writeback nobody is notified: it lasts until its bio is freed.
  const last = ios.isWriteback(io)
    ? (log.rowsOfObject(top).at(-1) as Row | undefined)
    : MOMENTS_BACKWARDS.map((m) => ios.row(io, m)).find((row) => row !== NO_ROW);
  return first === NO_ROW || last === undefined ? null : { t0_ns: log.time(first), t1_ns: log.time(last) };
}

const MOMENTS_BACKWARDS = Object.values(Moment).sort((a, b) => b - a);

/** Where a first look is worth most: the end of the first I/O, which is the subject of everything here; where none comes
 *  to that, the end of the first bio. */
export function firstSight(log: LogView): Row {
  return firstCall(log, 'iomap_dio_complete') ?? firstCall(log, 'bio_endio') ?? (0 as Row);
}

function firstCall(log: LogView, name: string): Row | null {
  const id = log.stringId(name);
  for (let row = 0; id >= 0 && row < log.rows; row++)
    if (log.nameId(row) === id && log.kind(row) === Ev.Enter) return row as Row;
  return null;
}

import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import type { IoTable } from './io.ts';
import { lastWrite } from './state.ts';

/** How grave a finding is. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A place in the log where a monitor's rule does not hold. */
export type Finding = {
  readonly monitor: string;
  readonly severity: Severity;
  readonly row: Row;
  readonly time_ns: number;
  readonly object: ObjectId;
  /** One sentence. */
  readonly message: string;
};

/** A rule that is looked after by reading the log. */
export type Monitor = {
  /** Stable, kebab-case, unique. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** Where the rule is from. */
  readonly source: string;
  readonly check: (log: LogView, ios: IoTable) => Finding[];
};

/** Tells one finding; the monitor's name and severity are added by `monitor`. */
export type Report = (row: number, message: string, object?: number) => void;
type Check = (log: LogView, ios: IoTable, report: Report) => void;

/** More of a kind would only hide the others; the last one says how many are left out. */
export const MOST_FINDINGS = 200;

/** A monitor from its text and the check that finds where its rule does not hold. */
export function monitor(text: Omit<Monitor, 'check'>, check: Check): Monitor {
  return {
    ...text,
    check: (log, ios) => {
      const findings: Finding[] = [];
      let found = 0;
      const find = (row: number, message: string, object?: number): Finding => ({
        monitor: text.id,
        severity: text.severity,
        row: row as Row,
        time_ns: log.time(row),
        object: (object ?? log.object(row)) as ObjectId,
        message,
      });
      check(log, ios, (row, message, object) => {
        if (++found <= MOST_FINDINGS) findings.push(find(row, message, object));
      });
      if (found > MOST_FINDINGS)
        findings.push(find(log.rows - 1, `${found - MOST_FINDINGS} more of these are left out`, 0));
      return findings;
    },
  };
}

/** The run ended because all was done, not at a limit: what is missing then is missing for good. */
export function isDone(log: LogView): boolean {
  return log.complete && log.name(log.rows - 1) === 'done';
}

/** Nothing can happen any more: all is done, or whoever is left waits for ever. */
export function isOver(log: LogView): boolean {
  return isDone(log) || (log.complete && log.name(log.rows - 1) === 'stuck');
}

/** Rows of one kind and name, as the log has them. */
export function* rowsNamed(log: LogView, kind: Ev, name: string): Generator<Row> {
  const id = log.stringId(name);
  if (id < 0) return;
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
    const { kind: kinds, name: names } = chunk.columns;
    for (let i = 0; i < chunk.count; i++)
      if (names[i] === id && kinds[i] === kind) yield (chunk.first + i) as Row;
  }
}

/** Rows of one kind. */
export function* rowsOfKind(log: LogView, wanted: Ev): Generator<Row> {
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
    const { kind } = chunk.columns;
    for (let i = 0; i < chunk.count; i++) if (kind[i] === wanted) yield (chunk.first + i) as Row;
  }
}

/** Objects of one type, in the order in which they came into being. */
export function objectsOfType(log: LogView, type: string): number[] {
  const id = log.stringId(type);
  const objects: number[] = [];
  if (id < 0) return objects;
  for (let o = 1; o < log.objectCount; o++) if (log.objectTypeId(o) === id) objects.push(o);
  return objects;
}

/** The object itself, or the nearest one above it, of one type; 0 for none. */
export function objectAbove(log: LogView, object: number, type: string): number {
  let at = object;
  while (at !== 0 && log.objectType(at) !== type) at = log.objectParent(at);
  return at;
}

/** Name of the I/O that an object belongs to, or the object's own. */
export function ioName(log: LogView, ios: IoTable, object: number): string {
  const io = ios.ofObject(object);
  return io < 0 ? log.objectName(object) : ios.name(io);
}

/** The value of a field after the event in `row`; 0 before its first write. */
export function valueAt(log: LogView, object: number, field: string, row: number): number {
  const written = lastWrite(log, object, field, row);
  return written === NO_ROW ? 0 : log.value(written);
}

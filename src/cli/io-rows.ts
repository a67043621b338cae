import { bitOf, hasBit } from '../analysis/fields.ts';
import type { IoTable } from '../analysis/io.ts';
import { Moment, type Path } from '../analysis/moments.ts';
import { NO_ROW } from '../base/units.ts';
import { contextFlags } from '../log/context.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';

/** One I/O as a record. Null is what the log does not hold (yet): the run ended at a limit, or the path has no such moment. */
export type IoRow = {
  /** Counts from 1 in order of submission. */
  readonly index: number;
  readonly job: string;
  readonly op: 'read' | 'write' | null;
  readonly offset_bytes: number | null;
  readonly bytes: number | null;
  /** Bytes or a negative errno, as the application was told. */
  readonly result: number | null;
  readonly path: Path | null;
  /** Where iomap_dio_complete ran. */
  readonly cpu: number | null;
  /** Its context, as ftrace's flags. */
  readonly context: string | null;
  /** Simulated times of the moments, in their order. */
  readonly moments_ns: readonly (number | null)[];
  readonly latency_ns: number | null;
};

/** The names of the moments as columns; the index is that of the moment. */
export const MOMENT_NAMES: readonly string[] = [
  'submit',
  'queue',
  'issue',
  'device',
  'found',
  'request_end',
  'bio_end',
  'hand_over',
  'pick_up',
  'dio_start',
  'dio_end',
  'notice_queue',
  'notice_take',
  'notify',
  'reap',
];

/** All I/Os of applications, one by one so that nobody need hold all of them. */
export function* ioRows(log: LogView, ios: IoTable): Generator<IoRow> {
  let index = 1;
  for (let io = 0; io < ios.count; io++) if (ios.isApplication(io)) yield ioRow(log, ios, io, index++);
}

function ioRow(log: LogView, ios: IoTable, io: number, index: number): IoRow {
  const start = ios.row(io, Moment.DioStarted);
  const cpu = ios.cpu(io);
  const facts = factsOf(log, ios, io);
  return {
    index,
    job: log.objectName(ios.submitter(io)),
    ...facts,
    result: known(ios.result(io)),
    path: ios.path(io),
    cpu: cpu === NO_CPU ? null : cpu,
    context: start === NO_ROW ? null : contextFlags(log.context(start)),
    moments_ns: MOMENT_NAMES.map((_, moment) => {
      const row = ios.row(io, moment as Moment);
      return row === NO_ROW ? null : log.time(row);
    }),
    latency_ns: known(ios.total_ns(io)),
  };
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** What is asked of the file: from where its direct I/O begins, and from the flags and the size that it is given. */
function factsOf(log: LogView, ios: IoTable, io: number): Pick<IoRow, 'op' | 'offset_bytes' | 'bytes'> {
  let op: IoRow['op'] = null;
  let offset_bytes: number | null = null;
  let bytes: number | null = null;
  for (const object of ios.family(io)) {
    const type = log.objectType(object);
    if (type !== 'kiocb' && type !== 'bio') continue;
    for (const row of log.rowsOfObject(object)) {
      const [kind, name] = [log.kind(row), log.name(row)];
      if (kind === Ev.Trace && name === 'iomap_dio_rw_begin') offset_bytes = log.value(row);
      else if (kind !== Ev.Set) continue;
      else if (name === 'ki_flags') op = hasBit(log.value(row), IOCB_WRITE) ? 'write' : 'read';
      else if (name === 'bi_size' && log.prev(row) === NO_ROW) bytes = (bytes ?? 0) + log.value(row);
    }
  }
  return { op, offset_bytes, bytes };
}

const IOCB_WRITE = bitOf('kiocb.ki_flags', 'IOCB_WRITE');

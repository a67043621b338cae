/** The calls of each I/O of a recording. */
import { Level } from '../../log/context.ts';
import type { FtraceRecord } from '../../trace/ftrace-records.ts';
import { type Call, type IoCalls, type Place, placeOfTask } from './calls.ts';

/** An I/O as the tool announced it. */
export type RecordedIo = IoCalls & {
  readonly write: boolean;
  readonly offset_bytes: number;
  readonly length_bytes: number;
  /** CPU that submitted. */
  readonly cpu: number;
  /** Flags of the mappings that the filesystem gave, "DIRTY|SHARED"; 6.1 does not tell. */
  readonly mappings: readonly string[];
  /** Bytes of the bios that were submitted. */
  readonly bios: readonly number[];
  /** Functions of the works that kworkers did meanwhile. */
  readonly works: readonly string[];
  /** Line of its submission in the file. */
  readonly line: number;
};

const SUBMIT = /^bioscope: submit #(?<n>\d+) \w+ (?<op>read|write) off=(?<off>\d+) len=(?<len>\d+)/;
const COMPLETED = /^bioscope: completed #(?<n>\d+) res=(?<res>-?\d+)/;

/** Splits a recording at the tool's markers: each I/O from its "submit" to its "completed". */
export function recordedIos(records: readonly FtraceRecord[]): RecordedIo[] {
  const ios: RecordedIo[] = [];
  let from = -1;
  for (const [i, record] of records.entries()) {
    const marker = markerOf(record);
    if (SUBMIT.test(marker)) from = i;
    const end = COMPLETED.exec(marker)?.groups;
    const start = from < 0 ? undefined : records[from];
    if (end === undefined || start === undefined) continue;
    const g = SUBMIT.exec(markerOf(start))?.groups;
    ios.push({
      calls: callsOf(records.slice(from, i), start.pid),
      result: Number(end['res']),
      write: g?.['op'] === 'write',
      offset_bytes: Number(g?.['off']),
      length_bytes: Number(g?.['len']),
      cpu: start.cpu,
      mappings: eventsOf(records.slice(from, i), 'iomap_iter_dstmap', / flags (\S*)(?: \(0x\w+\))?$/),
      bios: eventsOf(records.slice(from, i), 'block_bio_queue', / \+ (\d+) /).map((n) => Number(n) * 512),
      works: eventsOf(records.slice(from, i), 'workqueue_execute_start', /: function (\w+)/),
      line: start.line,
    });
    from = -1;
  }
  return ios;
}

/** What `part` catches of the events of one name. */
function eventsOf(records: readonly FtraceRecord[], name: string, part: RegExp): string[] {
  return records.flatMap(({ what }) =>
    what.kind === 'event' && what.name === name ? [part.exec(what.text)?.[1] ?? ''] : [],
  );
}

export const markerOf = ({ what }: FtraceRecord): string =>
  what.kind === 'event' && what.name === 'tracing_mark_write' ? what.text : '';

/** What was called, without the tool's own writes of its markers. Where a worker posts the completion that is the end:
 *  how it then has the request freed is nothing that anybody waits for. */
function callsOf(records: readonly FtraceRecord[], submitter: number): Call[] {
  const posted = records.findIndex(({ what }) => what.kind === 'event' && what.name === 'io_uring_complete');
  const poster = records[posted];
  const ends = poster !== undefined && placeOf(poster, submitter) === 'io-wq' ? posted : records.length;
  return records.flatMap((record, i): Call[] => {
    const { what } = record;
    if (i > ends) return [];
    if (what.kind !== 'call' || isMarkerWrite(records, i)) return [];
    return [{ name: what.name, place: placeOf(record, submitter), caller: what.caller }];
  });
}

/** Is it the tool's own write of a marker? */
export function isMarkerWrite(records: readonly FtraceRecord[], at: number): boolean {
  const what = records[at]?.what;
  return what?.kind === 'call' && what.name === 'vfs_write' && writesMarker(records, at);
}

/** The function tracer says who called; function_graph says what follows, which after the last one is the marker. */
function writesMarker(records: readonly FtraceRecord[], at: number): boolean {
  const record = records[at];
  if (record?.what.kind !== 'call') return false;
  if (record.what.caller === 'ksys_write') return true;
  const next = records.slice(at + 1).find((r) => r.pid === record.pid && r.level === record.level);
  return next === undefined || markerOf(next) !== '';
}

export function placeOf({ level, comm, pid }: FtraceRecord, submitter: number): Place {
  if (level === Level.Task) return pid === submitter ? 'task' : placeOfTask(comm);
  return level === Level.Softirq ? 'softirq' : 'hardirq';
}

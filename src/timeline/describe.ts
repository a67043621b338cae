/** What is pointed at, in words: for tooltips, the table beside the canvas and screen readers. */
import { Piece } from '../analysis/stacks.ts';
import { NO_OBJECT, ns, objectId, type ObjectId, row } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { clockTime, duration } from './format.ts';
import type { Lane } from './lane.ts';
import { LockPiece } from './locks.ts';
import { type Kind, KINDS } from './theme.ts';
import type { Track } from './tracks.ts';
import type { HazardMark, Hit } from './types.ts';

/** Types that can be at the root of an I/O. */
const IO_TYPES: ReadonlySet<string> = new Set([
  'io_kiocb',
  'aio_kiocb',
  'kiocb',
  'iomap_dio',
  'bio',
  'ext4_io_end',
]);

/** The I/O that an object belongs to: its highest ancestor that is one. Tasks, queues and pools belong to none. */
export function ioOf(log: LogView, object: number): ObjectId {
  let io = NO_OBJECT;
  for (let at = object; at !== NO_OBJECT; at = log.objectParent(at))
    if (IO_TYPES.has(log.objectType(at))) io = objectId(at);
  return io;
}

/** What is written on a span. */
export function spanLabel(log: LogView, lane: Lane, i: number): string {
  const name = lane.name[i]!;
  if (name !== 0) return log.string(name);
  const object = lane.object[i]!;
  if (object === NO_OBJECT) return '';
  if (log.objectType(object) === 'task_struct') return log.objectName(object);
  const io = ioOf(log, object);
  return log.objectName(io === NO_OBJECT ? object : io);
}

/** The span `i` of a lane as something to select. */
export function spanHit(log: LogView, track: Track, lane: Lane, i: number): Hit {
  const waits = track.place !== null;
  const piece = lane.piece[i];
  const [t0_ns, t1_ns] = [ns(lane.t0_ns[i]!), ns(lane.t1_ns[i]!)];
  const what = track.kind === 'lock' ? 'lock' : waits ? 'wait' : PIECE_HITS[piece as Piece];
  return {
    what,
    row: row(lane.row[i]!),
    object: objectId(lane.object[i]!),
    t0_ns,
    t1_ns,
    track: track.id,
    text: (what === 'lock' ? lockText : waits ? waitText : runText)(log, track, lane, i),
  };
}

const PIECE_HITS: Readonly<Record<Piece, 'function' | 'frame' | 'user'>> = {
  [Piece.Function]: 'function',
  [Piece.Frame]: 'frame',
  [Piece.User]: 'user',
};

/** "kworker/1:1 holds i_pages data with interrupts off, 100 ns from 12.914 µs". */
function lockText(log: LogView, track: Track, lane: Lane, i: number): string {
  const who = lane.name[i] === 0 ? spanLabel(log, lane, i) : `the interrupt ${spanLabel(log, lane, i)}`;
  const piece = lane.piece[i];
  const how = piece === LockPiece.IrqsOff ? ' with interrupts off' : '';
  const verb = piece === LockPiece.Spins ? 'spins for' : 'holds';
  return `${who} ${verb} ${track.label}${how} on CPU ${log.cpu(lane.row[i]!)}, ${when(lane, i)}`;
}

function runText(log: LogView, track: Track, lane: Lane, i: number): string {
  const where = track.cpu === null ? '' : ` on CPU ${track.cpu}`;
  const what = spanLabel(log, lane, i);
  const io = ioOf(log, lane.object[i]!);
  const whose = io === NO_OBJECT ? '' : `, for ${log.objectName(io)}`;
  const kind = KINDS[lane.kind[i]! as Kind].label;
  return `${what}${where}, ${kind}, ${when(lane, i)}${whose}`;
}

function waitText(log: LogView, track: Track, lane: Lane, i: number): string {
  const item = lane.object[i]!;
  const io = ioOf(log, item);
  const whose = io === NO_OBJECT || io === item ? '' : ` of ${log.objectName(io)}`;
  return `${log.objectName(item)}${whose} in ${track.label}, ${when(lane, i)}`;
}

function when(lane: Lane, i: number): string {
  const t0_ns = lane.t0_ns[i]!;
  return `${duration(lane.t1_ns[i]! - t0_ns)} from ${clockTime(t0_ns, 1)}`;
}

const MARK_WORDS = { error: 'Hazard', warning: 'Warning', info: 'Note' } as const;

/** A hazard as something to select. */
export function hazardHit(log: LogView, track: string, at: number, mark?: HazardMark): Hit {
  const time = log.time(at);
  const cpu = log.cpu(at);
  const where = cpu === NO_CPU ? '' : ` on CPU ${cpu}`;
  const what = log.kind(at) === Ev.Hazard ? log.name(at) : `found at ${log.name(at) || 'this event'}`;
  return {
    what: 'hazard',
    row: row(at),
    object: log.object(at),
    t0_ns: time,
    t1_ns: time,
    track,
    text: `${MARK_WORDS[mark?.severity ?? 'error']}: ${mark?.text ?? what}${where}, at ${clockTime(time, 1)}`,
  };
}

import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band } from './bands.ts';
import { NO_CALL, type Piece, Stacks } from './stacks.ts';

/** A field of an object as it stands at some row. */
export type FieldState = {
  readonly name: string;
  readonly value: number;
  /** Row of the write that gave it this value. */
  readonly row: Row;
  /** What it was before that write; null for its first value. */
  readonly previous: number | null;
  /** Written by the very event that is looked at. */
  readonly changed: boolean;
};

/** The fields of an object after the event in `row`, in the order of their first writes. */
export function fieldsAt(log: LogView, object: number, row: number): FieldState[] {
  const last = new Map<number, number>();
  for (const r of log.rowsOfObject(object)) {
    if (r > row) break;
    if (log.kind(r) === Ev.Set) last.set(log.nameId(r), r);
  }
  return Array.from(last.values(), (r) => fieldOf(log, r, row));
}

function fieldOf(log: LogView, written: number, row: number): FieldState {
  const before = log.prev(written);
  return {
    name: log.name(written),
    value: log.value(written),
    row: written as Row,
    previous: before === NO_ROW ? null : log.value(before),
    changed: written === row,
  };
}

/** The row that last wrote a field up to and including `row`, or `NO_ROW`. */
export function lastWrite(log: LogView, object: number, field: string, row: number): Row {
  const name = log.stringId(field);
  const rows = log.rowsOfObject(object);
  for (let i = rows.length - 1; i >= 0; i--) {
    const r = rows[i]!;
    if (r <= row && log.kind(r) === Ev.Set && log.nameId(r) === name) return r as Row;
  }
  return NO_ROW;
}

/** Whether an object's memory is there: from its New up to its Free. Objects without either always are. */
export function existsAt(log: LogView, object: number, row: number): boolean {
  let there: boolean | null = null;
  for (const r of log.rowsOfObject(object)) {
    const kind = log.kind(r);
    if (r > row) return there ?? kind !== Ev.New;
    if (kind === Ev.New) there = true;
    else if (kind === Ev.Free) there = false;
  }
  return there ?? true;
}

/** Something that a CPU is in the middle of. */
export type Frame = {
  readonly band: Band;
  /** Row of its Enter, Irq or Softirq. */
  readonly row: Row;
  readonly name: string;
  readonly object: ObjectId;
  readonly piece: Piece;
};

export type CpuState = {
  readonly cpu: number;
  /** The task on it, also below an interrupt; none before the CPU's first Switch. */
  readonly task: ObjectId;
  /** Packed context of the CPU's last event, see `log/context.ts`. */
  readonly context: number;
  /** From the outermost to the one that runs: the task's calls, then a softirq's, then a hard interrupt's. */
  readonly frames: readonly Frame[];
};

/** What runs on each CPU at any row. Snapshots at the beginnings of chunks make a jump a replay of one chunk at most. */
export class CpuStates {
  private readonly log: LogView;
  private readonly snapshots: Stacks[] = [];

  constructor(log: LogView) {
    this.log = log;
  }

  /** The CPUs after the event in `row`. */
  at(row: number): CpuState[] {
    const stacks = this.stacksAt(row);
    return Array.from({ length: stacks.cpus }, (_, cpu) => this.stateOf(stacks, cpu));
  }

  private stacksAt(row: number): Stacks {
    let stacks = this.snapshots[0] ?? this.keep(0, new Stacks());
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const known = this.snapshots[c + 1];
      const isLast = row < chunk.first + chunk.count;
      if (!isLast && known !== undefined) {
        stacks = known;
        continue;
      }
      stacks = stacks.clone();
      const end = Math.min(row - chunk.first + 1, chunk.count);
      for (let i = 0; i < end; i++) stacks.apply(chunk.columns, i, chunk.first + i);
      if (isLast) break;
      if (this.log.chunk(c + 1) !== null) this.keep(c + 1, stacks);
    }
    return stacks;
  }

  private keep(chunk: number, stacks: Stacks): Stacks {
    this.snapshots[chunk] = stacks;
    return stacks;
  }

  private stateOf(stacks: Stacks, cpu: number): CpuState {
    const last = stacks.lastEvent(cpu);
    const frames = [Band.Task, Band.Softirq, Band.Hardirq].flatMap((band) =>
      this.framesOf(stacks, cpu, band),
    );
    return {
      cpu,
      task: stacks.task(cpu) as ObjectId,
      context: last < 0 ? 0 : this.log.context(last),
      frames,
    };
  }

  private framesOf(stacks: Stacks, cpu: number, band: Band): Frame[] {
    const frames: Frame[] = [];
    for (let c = stacks.top(cpu, band); c !== NO_CALL; c = stacks.below[c]!)
      frames.push({
        band,
        row: stacks.enter[c]! as Row,
        name: this.log.string(stacks.name[c]!),
        object: stacks.object[c]! as ObjectId,
        piece: stacks.kind[c]! as Piece,
      });
    return frames.reverse();
  }
}

import { type Chunk, type Columns, columnsOver, chunkFirstRow, chunkRows } from '../log/columns.ts';
import { upperBound } from '../base/bisect.ts';
import type { Band } from './bands.ts';
import { doubled } from './grow.ts';
import { type Piece, type PieceSink, Stacks } from './stacks.ts';

/**
 * Pieces of time that something is on a CPU, a column each. They come in the order in which they end. When a task is
 * switched out, the pieces of its open functions end; they go on as new pieces when it is switched in, maybe elsewhere.
 * An interrupt on top does not cut the pieces below: who draws hatches them from the interrupt's own.
 */
export type SpanChunk = {
  readonly count: number;
  readonly t0_ns: Float64Array;
  readonly t1_ns: Float64Array;
  /** Row of the Enter, Irq, Softirq or (a task's presence) Switch. */
  readonly enter: Uint32Array;
  /** String id of the function or interrupt; 0 for a task's presence. */
  readonly name: Uint32Array;
  readonly object: Uint32Array;
  /** Task on the CPU meanwhile: for an interrupt the interrupted one. 0 before the CPU's first Switch. */
  readonly task: Uint32Array;
  readonly cpu: Uint16Array;
  /** One of `Band`. */
  readonly band: Uint8Array;
  /** 0 for the interrupt's frame or the task's presence, 1 for the outermost function. */
  readonly depth: Uint8Array;
  /** One of `Piece`. */
  readonly piece: Uint8Array;
};

/** Part of a log as `LogView.chunk` gives it. */
export type LogChunk = { readonly columns: Columns; readonly first: number; readonly count: number };

/** The columns of a chunk that has not been handed on yet. */
export function logChunk(chunk: Chunk): LogChunk {
  return {
    columns: columnsOver(chunk.buffer, chunkRows(chunk.index)),
    first: chunkFirstRow(chunk.index),
    count: chunk.count,
  };
}

/** The buffers of a span chunk, for a transfer. */
export function spanBuffers(chunk: SpanChunk): ArrayBuffer[] {
  return COLUMN_NAMES.map((name) => chunk[name].buffer as ArrayBuffer);
}

const COLUMN_NAMES = [
  't0_ns',
  't1_ns',
  'enter',
  'name',
  'object',
  'task',
  'cpu',
  'band',
  'depth',
  'piece',
] as const;

/** Span columns that are filled piece by piece and taken away chunk by chunk. */
class SpanColumns implements PieceSink {
  private count = 0;
  private t0_ns = new Float64Array(1024);
  private t1_ns = new Float64Array(1024);
  private enter = new Uint32Array(1024);
  private name = new Uint32Array(1024);
  private object = new Uint32Array(1024);
  private task = new Uint32Array(1024);
  private cpu = new Uint16Array(1024);
  private band = new Uint8Array(1024);
  private depth = new Uint8Array(1024);
  private kind = new Uint8Array(1024);

  piece(
    t0_ns: number,
    t1_ns: number,
    enter: number,
    name: number,
    object: number,
    task: number,
    cpu: number,
    band: number,
    depth: number,
    kind: number,
  ): void {
    if (this.count === this.t0_ns.length) this.grow();
    const i = this.count++;
    this.t0_ns[i] = t0_ns;
    this.t1_ns[i] = t1_ns;
    this.enter[i] = enter;
    this.name[i] = name;
    this.object[i] = object;
    this.task[i] = task;
    this.cpu[i] = cpu;
    this.band[i] = band;
    this.depth[i] = depth;
    this.kind[i] = kind;
  }

  /** What was collected, in arrays of its own; starts over. */
  take(): SpanChunk {
    const { count } = this;
    this.count = 0;
    return {
      count,
      t0_ns: this.t0_ns.slice(0, count),
      t1_ns: this.t1_ns.slice(0, count),
      enter: this.enter.slice(0, count),
      name: this.name.slice(0, count),
      object: this.object.slice(0, count),
      task: this.task.slice(0, count),
      cpu: this.cpu.slice(0, count),
      band: this.band.slice(0, count),
      depth: this.depth.slice(0, count),
      piece: this.kind.slice(0, count),
    };
  }

  private grow(): void {
    this.t0_ns = doubled(this.t0_ns);
    this.t1_ns = doubled(this.t1_ns);
    this.enter = doubled(this.enter);
    this.name = doubled(this.name);
    this.object = doubled(this.object);
    this.task = doubled(this.task);
    this.cpu = doubled(this.cpu);
    this.band = doubled(this.band);
    this.depth = doubled(this.depth);
    this.kind = doubled(this.kind);
  }
}

/** Makes spans while a log streams. It runs beside the engine, so it sees each row once and allocates nothing a row. */
export class SpanBuilder {
  private readonly out = new SpanColumns();
  private readonly stacks = new Stacks(this.out);

  /** The pieces that end in this part of the log. */
  add(chunk: LogChunk): SpanChunk {
    this.apply(chunk);
    return this.out.take();
  }

  /** As `add`, for the last part of a run: also the pieces that are still open when it ends. */
  addLast(chunk: LogChunk, end_ns: number): SpanChunk {
    this.apply(chunk);
    return this.finish(end_ns);
  }

  /** The pieces that are still open at the end of the run. */
  finish(end_ns: number): SpanChunk {
    this.stacks.endPieces(end_ns);
    return this.out.take();
  }

  private apply({ columns, first, count }: LogChunk): void {
    for (let i = 0; i < count; i++) this.stacks.apply(columns, i, first + i);
  }
}

/** One piece, for those who ask for few. */
export type Span = {
  readonly t0_ns: number;
  readonly t1_ns: number;
  readonly enter: number;
  readonly name: number;
  readonly object: number;
  readonly task: number;
  readonly cpu: number;
  readonly band: Band;
  readonly depth: number;
  readonly piece: Piece;
};

/**
 * All spans of a log so far. In one lane (a CPU's band at one depth) pieces never overlap, so their order of ending is
 * their order of beginning: who sorts the chunks into lanes gets sorted lanes.
 */
export class SpanView {
  readonly chunks: SpanChunk[] = [];
  count = 0;
  /** Number of spans before each chunk. */
  private readonly bases: number[] = [];
  private byRow: { readonly starts: Uint32Array; readonly spans: Uint32Array } | null = null;

  add(chunk: SpanChunk): void {
    this.bases.push(this.count);
    this.chunks.push(chunk);
    this.count += chunk.count;
    this.byRow = null;
  }

  /** The span with this index, 0 to `count - 1` in the order of their ends. */
  span(index: number): Span {
    const which = upperBound(this.bases, index) - 1;
    const c = this.chunks[which]!;
    const i = index - this.bases[which]!;
    return {
      t0_ns: c.t0_ns[i]!,
      t1_ns: c.t1_ns[i]!,
      enter: c.enter[i]!,
      name: c.name[i]!,
      object: c.object[i]!,
      task: c.task[i]!,
      cpu: c.cpu[i]!,
      band: c.band[i]! as Band,
      depth: c.depth[i]!,
      piece: c.piece[i]! as Piece,
    };
  }

  /** The pieces that began with the Enter, Irq, Softirq or Switch in `row`, by time. The index behind it is built on
   *  first use. */
  ofRow(row: number): Span[] {
    this.byRow ??= this.indexByRow();
    const { starts, spans } = this.byRow;
    const found = spans.subarray(starts[row] ?? 0, starts[row + 1] ?? starts[row] ?? 0);
    return Array.from(found, (index) => this.span(index));
  }

  /** Counting sort by row of the beginning. */
  private indexByRow(): { starts: Uint32Array; spans: Uint32Array } {
    let last = -1;
    for (const { enter } of this.chunks) for (const row of enter) if (row > last) last = row;
    const starts = new Uint32Array(last + 2);
    for (const { enter } of this.chunks) for (const row of enter) starts[row + 1]!++;
    for (let r = 0; r <= last; r++) starts[r + 1]! += starts[r]!;
    const next = starts.slice();
    const spans = new Uint32Array(this.count);
    let index = 0;
    for (const { enter } of this.chunks) for (const row of enter) spans[next[row]!++] = index++;
    return { starts, spans };
  }
}

/** All spans of a complete log at once: for the command line and tests. The page gets them chunk by chunk. */
export function spansOf(log: { readonly end_ns: number; chunk(index: number): LogChunk | null }): SpanView {
  const view = new SpanView();
  const builder = new SpanBuilder();
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) view.add(builder.add(chunk));
  view.add(builder.finish(log.end_ns));
  return view;
}

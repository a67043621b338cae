import { type Chunk, type Columns, columnsOver, chunkFirstRow, chunkRows } from '../log/columns.ts';
import { type PieceSink, Stacks } from './stacks.ts';
import type { Band } from './bands.ts';
import { doubled, Uint32List } from './grow.ts';

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

/** Span columns that grow by doubling. */
class SpanColumns implements PieceSink {
  count = 0;
  t0_ns = new Float64Array(1024);
  t1_ns = new Float64Array(1024);
  enter = new Uint32Array(1024);
  name = new Uint32Array(1024);
  object = new Uint32Array(1024);
  task = new Uint32Array(1024);
  cpu = new Uint16Array(1024);
  band = new Uint8Array(1024);
  depth = new Uint8Array(1024);
  // One of `Piece`; the method of the sink has its natural name.
  pieceKind = new Uint8Array(1024);

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
    this.pieceKind[i] = kind;
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
      piece: this.pieceKind.slice(0, count),
    };
  }

  append(c: SpanChunk): void {
    while (this.count + c.count > this.t0_ns.length) this.grow();
    const at = this.count;
    this.t0_ns.set(c.t0_ns, at);
    this.t1_ns.set(c.t1_ns, at);
    this.enter.set(c.enter, at);
    this.name.set(c.name, at);
    this.object.set(c.object, at);
    this.task.set(c.task, at);
    this.cpu.set(c.cpu, at);
    this.band.set(c.band, at);
    this.depth.set(c.depth, at);
    this.pieceKind.set(c.piece, at);
    this.count += c.count;
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
    this.pieceKind = doubled(this.pieceKind);
  }
}

/** Makes spans while a log streams. It runs beside the engine, so it sees each row once and allocates nothing a row. */
export class SpanBuilder {
  private readonly out = new SpanColumns();
  private readonly stacks = new Stacks(this.out);

  /** The pieces that end in this part of the log. */
  add(chunk: LogChunk): SpanChunk {
    const { columns, first, count } = chunk;
    for (let i = 0; i < count; i++) this.stacks.apply(columns, i, first + i);
    return this.out.take();
  }

  /** The pieces that are still open at the end of the run. */
  finish(end_ns: number): SpanChunk {
    this.stacks.endPieces(end_ns);
    return this.out.take();
  }
}

/**
 * All spans of a log, found by CPU, band and depth, or by row. In one lane (a CPU's band at one depth) pieces never
 * overlap, so their order of ending is their order of beginning and nothing needs sorting.
 */
export class SpanView {
  private readonly all = new SpanColumns();
  private readonly lanes = new Map<number, Uint32List[]>();
  private byRow: { readonly starts: Uint32Array; readonly spans: Uint32Array } | null = null;
  /** CPUs seen: 0 to `cpus - 1`. */
  cpus = 0;

  get count(): number {
    return this.all.count;
  }
  // Columns, valid up to `count`; not to be kept beyond the next `add`.
  get t0_ns(): Float64Array {
    return this.all.t0_ns;
  }
  get t1_ns(): Float64Array {
    return this.all.t1_ns;
  }
  get enter(): Uint32Array {
    return this.all.enter;
  }
  get name(): Uint32Array {
    return this.all.name;
  }
  get object(): Uint32Array {
    return this.all.object;
  }
  get task(): Uint32Array {
    return this.all.task;
  }
  get cpu(): Uint16Array {
    return this.all.cpu;
  }
  get band(): Uint8Array {
    return this.all.band;
  }
  get depth(): Uint8Array {
    return this.all.depth;
  }
  get piece(): Uint8Array {
    return this.all.pieceKind;
  }

  add(chunk: SpanChunk): void {
    const first = this.all.count;
    this.all.append(chunk);
    this.byRow = null;
    for (let i = 0; i < chunk.count; i++) {
      const depths = this.depthsOf(chunk.cpu[i]!, chunk.band[i]!);
      const depth = chunk.depth[i]!;
      while (depths.length <= depth) depths.push(new Uint32List());
      depths[depth]?.push(first + i);
    }
  }

  /** How many depths the band of a CPU has; 0 when nothing ever ran there. */
  depths(cpu: number, band: Band): number {
    return this.lanes.get(laneKey(cpu, band))?.length ?? 0;
  }

  /** Indices of the spans of a lane, by time. */
  lane(cpu: number, band: Band, depth: number): Uint32Array {
    return this.lanes.get(laneKey(cpu, band))?.[depth]?.view() ?? NO_SPANS;
  }

  /** The part of a lane that overlaps [t0, t1], as positions in `lane()`: from `first` up to, not including, `end`. */
  range(lane: Uint32Array, t0_ns: number, t1_ns: number): { first: number; end: number } {
    const { t0_ns: starts, t1_ns: ends } = this.all;
    let low = 0;
    let high = lane.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[lane[middle]!]! < t0_ns) low = middle + 1;
      else high = middle;
    }
    const first = low;
    high = lane.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[lane[middle]!]! <= t1_ns) low = middle + 1;
      else high = middle;
    }
    return { first, end: low };
  }

  /** The span of a lane at an instant, or -1. Where one ends and the next begins it is the next. */
  at(cpu: number, band: Band, depth: number, t_ns: number): number {
    const lane = this.lane(cpu, band, depth);
    const { first, end } = this.range(lane, t_ns, t_ns);
    return end > first ? lane[end - 1]! : -1;
  }

  /** The pieces that began with the Enter, Irq, Softirq or Switch in `row`, by time. */
  ofRow(row: number): Uint32Array {
    this.byRow ??= this.indexByRow();
    const { starts, spans } = this.byRow;
    return spans.subarray(starts[row] ?? 0, starts[row + 1] ?? starts[row] ?? 0);
  }

  private depthsOf(cpu: number, band: number): Uint32List[] {
    if (cpu >= this.cpus) this.cpus = cpu + 1;
    const key = laneKey(cpu, band);
    let depths = this.lanes.get(key);
    if (depths === undefined) this.lanes.set(key, (depths = []));
    return depths;
  }

  /** Counting sort by row of the beginning. */
  private indexByRow(): { starts: Uint32Array; spans: Uint32Array } {
    const { count, enter } = this.all;
    let last = -1;
    for (let i = 0; i < count; i++) if (enter[i]! > last) last = enter[i]!;
    const starts = new Uint32Array(last + 2);
    for (let i = 0; i < count; i++) starts[enter[i]! + 1]!++;
    for (let r = 0; r <= last; r++) starts[r + 1]! += starts[r]!;
    const next = starts.slice();
    const spans = new Uint32Array(count);
    for (let i = 0; i < count; i++) spans[next[enter[i]!]!++] = i;
    return { starts, spans };
  }
}

const NO_SPANS = new Uint32Array(0);
const laneKey = (cpu: number, band: number): number => cpu * 4 + band;

/** All spans of a complete log at once: for the command line and tests. The page gets them chunk by chunk. */
export function spansOf(log: { readonly end_ns: number; chunk(index: number): LogChunk | null }): SpanView {
  const view = new SpanView();
  const builder = new SpanBuilder();
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) view.add(builder.add(chunk));
  view.add(builder.finish(log.end_ns));
  return view;
}

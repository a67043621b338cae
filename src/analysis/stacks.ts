import type { Columns } from '../log/columns.ts';
import { CTX_USER } from '../log/context.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import { Band, bandOf } from './bands.ts';
import { doubled, fitting } from './grow.ts';

/** What a piece of time on a CPU is: a kernel function, a frame (an interrupt, a softirq, a task's presence), or a
 *  function in user mode. */
export const Piece = { Function: 0, Frame: 1, User: 2 } as const;
export type Piece = (typeof Piece)[keyof typeof Piece];

/** Takes the pieces as they end. Plain arguments, since this is called for every row or so. */
export type PieceSink = {
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
  ): void;
};

/** Enough to show that something is wrong. */
const MOST_MISMATCHES = 1000;

/** "No such call". */
export const NO_CALL = -1;

/**
 * Replays the log's call stacks: what every CPU and every task is in the middle of. Calls are nodes of linked lists in
 * typed arrays, so that replaying allocates nothing and a copy is a few array copies. A task keeps its calls while it
 * does not run; an interrupt's calls belong to its CPU and band.
 */
export class Stacks {
  /** Of each open call: row of its Enter, Irq or Softirq. */
  enter = new Uint32Array(64);
  name = new Uint32Array(64);
  object = new Uint32Array(64);
  /** The call below, or `NO_CALL`. */
  below = new Int32Array(64).fill(NO_CALL);
  depth = new Uint8Array(64);
  kind = new Uint8Array(64);
  /** Start of the present piece: entered, or switched in again. */
  private since = new Float64Array(64);
  private free = NO_CALL;
  private used = 0;

  /** Innermost call of a task by object id, plus one; 0 for none. */
  private taskTop = new Int32Array(64);
  /** The same of the softirq that it runs in its own context and has lost the CPU in, as with PREEMPT_RT. */
  private taskSoftirq = new Int32Array(64);
  /** Innermost call of a CPU's band, plus one, by 3 * cpu + band; of the task band only until its task is known. */
  private cpuTop = new Int32Array(48);
  private current = new Uint32Array(16);
  /** Row of the CPU's last Switch plus one, and its time. */
  private switchRow = new Uint32Array(16);
  private switchTime = new Float64Array(16);
  /** Row of the CPU's last event plus one. */
  private lastRow = new Uint32Array(16);
  /** CPUs seen: 0 to `cpus - 1`. */
  cpus = 0;
  /** Rows that closed a call other than the innermost of their context; at most `MOST_MISMATCHES` are kept. */
  readonly mismatches: number[] = [];

  private readonly sink: PieceSink | null;

  constructor(sink: PieceSink | null = null) {
    this.sink = sink;
  }

  /** Goes on by one event: index `i` of `columns`, row `row` of the log. */
  apply(columns: Columns, i: number, row: number): void {
    const cpu = columns.cpu[i]!;
    if (cpu === NO_CPU) return;
    if (cpu >= this.cpus) this.addCpu(cpu);
    this.lastRow[cpu] = row + 1;
    switch (columns.kind[i]!) {
      case Ev.Enter:
        this.push(
          columns,
          i,
          row,
          bandOf(columns.context[i]!),
          columns.context[i]! & CTX_USER ? Piece.User : Piece.Function,
        );
        break;
      case Ev.Irq:
        this.push(columns, i, row, Band.Hardirq, Piece.Frame);
        break;
      case Ev.Softirq:
        this.push(columns, i, row, Band.Softirq, Piece.Frame);
        break;
      case Ev.Exit:
        this.pop(columns, i, row, bandOf(columns.context[i]!));
        break;
      case Ev.IrqEnd:
        this.pop(columns, i, row, Band.Hardirq);
        break;
      case Ev.SoftirqEnd:
        this.pop(columns, i, row, Band.Softirq);
        break;
      case Ev.Switch:
        this.switchTo(cpu, columns.object[i]!, row, columns.time_ns[i]!);
        break;
    }
  }

  /** Ends all pieces that are still open, without closing the calls. */
  endPieces(end_ns: number): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      this.emitAll(this.top(cpu, Band.Hardirq), cpu, Band.Hardirq, end_ns);
      this.emitAll(this.top(cpu, Band.Softirq), cpu, Band.Softirq, end_ns);
      this.emitPresence(cpu, end_ns);
    }
  }

  /** The task on a CPU, 0 before its first Switch. */
  task(cpu: number): number {
    return this.current[cpu] ?? 0;
  }

  /** Row of the CPU's last Switch, or -1. */
  lastSwitch(cpu: number): number {
    return (this.switchRow[cpu] ?? 0) - 1;
  }

  /** Row of the CPU's last event, or -1. */
  lastEvent(cpu: number): number {
    return (this.lastRow[cpu] ?? 0) - 1;
  }

  /** Innermost call of a CPU in a band, or `NO_CALL`. */
  top(cpu: number, band: Band): number {
    const task = this.task(cpu);
    return (band === Band.Task && task !== 0 ? this.taskTop[task]! : (this.cpuTop[3 * cpu + band] ?? 0)) - 1;
  }

  /** Innermost call that runs on a CPU: a hard interrupt's before a softirq's before the task's. */
  innermost(cpu: number): number {
    for (const band of BANDS) {
      const call = this.top(cpu, band);
      if (call !== NO_CALL) return call;
    }
    return NO_CALL;
  }

  /** Whether `call` or one below it is a function with this string id. */
  isInside(call: number, name: number): boolean {
    for (let c = call; c !== NO_CALL; c = this.below[c]!) if (this.name[c] === name) return true;
    return false;
  }

  /** A copy that can go its own way; it has no sink. */
  clone(): Stacks {
    const copy = new Stacks();
    copy.enter = this.enter.slice();
    copy.name = this.name.slice();
    copy.object = this.object.slice();
    copy.below = this.below.slice();
    copy.depth = this.depth.slice();
    copy.kind = this.kind.slice();
    copy.since = this.since.slice();
    copy.free = this.free;
    copy.used = this.used;
    copy.taskTop = this.taskTop.slice();
    copy.taskSoftirq = this.taskSoftirq.slice();
    copy.cpuTop = this.cpuTop.slice();
    copy.current = this.current.slice();
    copy.switchRow = this.switchRow.slice();
    copy.switchTime = this.switchTime.slice();
    copy.lastRow = this.lastRow.slice();
    copy.cpus = this.cpus;
    return copy;
  }

  private push(columns: Columns, i: number, row: number, band: Band, kind: Piece): void {
    const cpu = columns.cpu[i]!;
    const call = this.allocate();
    const below = this.top(cpu, band);
    this.enter[call] = row;
    this.name[call] = columns.name[i]!;
    this.object[call] = columns.object[i]!;
    this.below[call] = below;
    // A task's presence is its depth 0, an interrupt's frame is a call of its own.
    this.depth[call] =
      below === NO_CALL ? (band === Band.Task ? 1 : 0) : Math.min(this.depth[below]! + 1, 255);
    this.kind[call] = kind;
    this.since[call] = columns.time_ns[i]!;
    this.setTop(cpu, band, call);
  }

  /** Closes the call that began at the event's previous row. Calls above it have lost their Exit and end with it; an
   *  Exit without its Enter is passed over. */
  private pop(columns: Columns, i: number, row: number, band: Band): void {
    const cpu = columns.cpu[i]!;
    const enter = columns.prev[i]!;
    const top = this.top(cpu, band);
    let call = top;
    while (call !== NO_CALL && this.enter[call] !== enter) call = this.below[call]!;
    if ((call !== top || call === NO_CALL) && this.mismatches.length < MOST_MISMATCHES)
      this.mismatches.push(row);
    if (call === NO_CALL) return;
    const below = this.below[call]!;
    for (let c = top; c !== below;) {
      const next = this.below[c]!;
      this.emit(c, cpu, band, columns.time_ns[i]!);
      this.below[c] = this.free;
      this.free = c;
      c = next;
    }
    this.setTop(cpu, band, below);
  }

  private switchTo(cpu: number, task: number, row: number, now_ns: number): void {
    this.emitPresence(cpu, now_ns);
    this.switchSoftirq(cpu, task, now_ns);
    this.current[cpu] = task;
    this.switchRow[cpu] = row + 1;
    this.switchTime[cpu] = now_ns;
    this.taskTop = fitting(this.taskTop, task);
    for (let c = this.taskTop[task]! - 1; c !== NO_CALL; c = this.below[c]!) this.since[c] = now_ns;
  }

  /** A softirq that loses the CPU belongs to the task, which goes on in it when it has the CPU again. */
  private switchSoftirq(cpu: number, task: number, now_ns: number): void {
    const at = 3 * cpu + Band.Softirq;
    this.emitAll(this.top(cpu, Band.Softirq), cpu, Band.Softirq, now_ns);
    this.taskSoftirq = fitting(this.taskSoftirq, Math.max(task, this.current[cpu]!));
    this.taskSoftirq[this.current[cpu]!] = this.cpuTop[at] ?? 0;
    this.cpuTop[at] = this.taskSoftirq[task]!;
    this.taskSoftirq[task] = 0;
    for (let c = this.cpuTop[at] - 1; c !== NO_CALL; c = this.below[c]!) this.since[c] = now_ns;
  }

  /** Ends the pieces of the CPU's task: its calls and its presence. */
  private emitPresence(cpu: number, now_ns: number): void {
    if (this.sink === null) return;
    this.emitAll(this.top(cpu, Band.Task), cpu, Band.Task, now_ns);
    const row = this.switchRow[cpu]!;
    const task = this.current[cpu]!;
    if (row > 0)
      this.sink.piece(this.switchTime[cpu]!, now_ns, row - 1, 0, task, task, cpu, Band.Task, 0, Piece.Frame);
  }

  private emitAll(top: number, cpu: number, band: Band, now_ns: number): void {
    for (let c = top; c !== NO_CALL; c = this.below[c]!) this.emit(c, cpu, band, now_ns);
  }

  private emit(c: number, cpu: number, band: Band, now_ns: number): void {
    this.sink?.piece(
      this.since[c]!,
      now_ns,
      this.enter[c]!,
      this.name[c]!,
      this.object[c]!,
      this.current[cpu]!,
      cpu,
      band,
      this.depth[c]!,
      this.kind[c]!,
    );
  }

  private setTop(cpu: number, band: Band, call: number): void {
    const task = this.current[cpu]!;
    if (band === Band.Task && task !== 0) this.taskTop[task] = call + 1;
    else this.cpuTop[3 * cpu + band] = call + 1;
  }

  private allocate(): number {
    if (this.free !== NO_CALL) {
      const call = this.free;
      this.free = this.below[call]!;
      return call;
    }
    if (this.used === this.enter.length) this.grow();
    return this.used++;
  }

  private grow(): void {
    this.enter = doubled(this.enter);
    this.name = doubled(this.name);
    this.object = doubled(this.object);
    this.below = doubled(this.below);
    this.depth = doubled(this.depth);
    this.kind = doubled(this.kind);
    this.since = doubled(this.since);
  }

  private addCpu(cpu: number): void {
    this.cpus = cpu + 1;
    this.cpuTop = fitting(this.cpuTop, 3 * cpu + 2);
    this.current = fitting(this.current, cpu);
    this.switchRow = fitting(this.switchRow, cpu);
    this.switchTime = fitting(this.switchTime, cpu);
    this.lastRow = fitting(this.lastRow, cpu);
  }
}

const BANDS = [Band.Hardirq, Band.Softirq, Band.Task] as const;

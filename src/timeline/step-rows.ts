import { upperBound } from '../base/bisect.ts';
import { NO_ROW } from '../base/units.ts';
import type { Columns } from '../log/columns.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { eachRow } from './each-row.ts';
import type { Lane } from './lane.ts';

/**
 * The rows at which spans begin and end, which the axis of steps needs: on the clock many events share a time. Found by
 * one pass over the log, when that axis is first chosen.
 */
export class StepRows {
  private readonly log: LogView;
  private rows = 0;
  /** Row that closes what was opened in a row; `NO_ROW` where nothing does (yet). */
  private closedBy = new Uint32Array(0);
  /** Rows of each CPU's switches. */
  private readonly switches: number[][] = [];

  constructor(log: LogView) {
    this.log = log;
    this.update();
  }

  /** Reads what the log has got since the last time. */
  update(): void {
    const { rows } = this.log;
    if (this.rows === rows) return;
    if (this.closedBy.length < rows) {
      const closedBy = new Uint32Array(Math.max(rows, this.rows * 2)).fill(NO_ROW, this.closedBy.length);
      closedBy.set(this.closedBy);
      this.closedBy = closedBy;
    }
    eachRow(this.log, this.rows, rows, (columns, i, row) => this.read(columns, i, row, rows));
    this.rows = rows;
  }

  /** Fills in `begin` and `end` of a lane's spans from index `from` on. */
  fill(lane: Lane, cpu: number, from: number): void {
    for (let i = from; i < lane.count; i++) {
      if (lane.begin[i] === NO_ROW) lane.begin[i] = this.beginning(lane, i, cpu);
      if (lane.end[i] === NO_ROW) lane.end[i] = this.ending(lane.row[i]!, lane.begin[i]!, cpu);
    }
  }

  private read(columns: Columns, i: number, row: number, rows: number): void {
    const kind = columns.kind[i]!;
    if (kind === Ev.Switch) (this.switches[columns.cpu[i]!] ??= []).push(row);
    else if (kind === Ev.Exit || kind === Ev.IrqEnd || kind === Ev.SoftirqEnd) {
      const opened = columns.prev[i]!;
      if (opened < rows) this.closedBy[opened] = row;
    }
  }

  /** A piece begins where its function was entered, or where its task got a CPU again. */
  private beginning(lane: Lane, i: number, cpu: number): number {
    const opened = lane.row[i]!;
    const t0_ns = lane.t0_ns[i]!;
    if (this.log.cpu(opened) === cpu && this.log.time(opened) === t0_ns) return opened;
    const rows = this.switches[cpu] ?? [];
    let at = upperBound(rows, this.log.rowAtOrBefore(t0_ns)) - 1;
    while (at > 0 && this.log.object(rows[at]!) !== lane.task[i] && this.log.time(rows[at - 1]!) === t0_ns)
      at--;
    return rows[at] ?? opened;
  }

  /** It ends where that is closed, or before, where its task lost the CPU. */
  private ending(opened: number, begin: number, cpu: number): number {
    const closed = this.closedBy[opened]!;
    const here = closed !== NO_ROW && this.log.cpu(closed) === cpu ? closed : this.log.rows;
    if ((this.log.context(begin) & 3) !== 0 && this.log.kind(begin) !== Ev.Switch) return here;
    const rows = this.switches[cpu] ?? [];
    return Math.min(here, rows[upperBound(rows, begin)] ?? this.log.rows);
  }
}

/**
 * The three ways to lay out time. An axis turns times and rows into places and back; places are numbers that grow with
 * the order of events, and a `Viewport` scales them to pixels. So everything that draws, measures or hits is the same
 * for all three.
 */
import { ns, type Ns, row, type Row } from '../base/units.ts';
import { upperBound } from '../base/bisect.ts';
import type { LogView } from '../log/view.ts';
import type { AxisKind } from './types.ts';

export interface Axis {
  readonly kind: AxisKind;
  /** Place where the run ends; it begins at 0. */
  readonly end: number;
  /** Place of a time. Of a time shared by several steps: after the last of them. */
  ofTime(time_ns: number): number;
  /** Place of an event. */
  ofRow(row: number): number;
  toTime(place: number): Ns;
  /** Last event at or before a place. */
  toRow(place: number): Row;
}

/** A stretch in which nothing runs on any CPU, shown `FOLD_SHOWN_NS` wide. */
export type Fold = {
  readonly t0_ns: number;
  readonly t1_ns: number;
  /** Place of its left end. */
  readonly place: number;
};

/** Shorter gaps are not worth a fold. */
export const FOLD_MIN_NS = 3_000;
/** How wide a folded gap is drawn, in units of the folded axis: less than any gap that is folded. */
export const FOLD_SHOWN_NS = 1_000;

const clampTime = (time_ns: number, end: number): Ns => ns(Math.round(Math.min(Math.max(time_ns, 0), end)));

/** Time as on a clock: a place is a time. */
export class ClockAxis implements Axis {
  readonly kind = 'clock';
  readonly end: number;
  private readonly log: LogView;

  constructor(log: LogView) {
    this.log = log;
    this.end = Math.max(log.end_ns, 1);
  }
  ofTime(time_ns: number): number {
    return time_ns;
  }
  ofRow(row: number): number {
    return this.log.time(row);
  }
  toTime(place: number): Ns {
    return clampTime(place, this.end);
  }
  toRow(place: number): Row {
    return this.log.rowAtOrBefore(place);
  }
}

/** One column a row of the log, in the order in which things happened: row r has the places from r to r + 1. */
export class StepsAxis implements Axis {
  readonly kind = 'steps';
  readonly end: number;
  private readonly log: LogView;

  constructor(log: LogView) {
    this.log = log;
    this.end = Math.max(log.rows, 1);
  }
  ofTime(time_ns: number): number {
    const row = this.log.rowAtOrBefore(time_ns);
    return row < this.log.rows ? row + 1 : 0;
  }
  ofRow(row: number): number {
    return row;
  }
  toTime(place: number): Ns {
    return this.log.rows === 0 ? ns(0) : this.log.time(this.toRow(place));
  }
  toRow(place: number): Row {
    return row(Math.min(Math.max(Math.floor(place), 0), Math.max(this.log.rows - 1, 0)));
  }
}

/** The clock without what `folds` covers. */
export class FoldedAxis implements Axis {
  readonly kind = 'folded';
  readonly end: number;
  readonly folds: readonly Fold[];
  private readonly log: LogView;
  private readonly starts_ns: Float64Array;
  private readonly places: Float64Array;

  constructor(log: LogView, gaps: readonly { readonly t0_ns: number; readonly t1_ns: number }[]) {
    this.log = log;
    let saved = 0;
    this.folds = gaps.map(({ t0_ns, t1_ns }) => {
      const fold = { t0_ns, t1_ns, place: t0_ns - saved };
      saved += t1_ns - t0_ns - FOLD_SHOWN_NS;
      return fold;
    });
    this.starts_ns = Float64Array.from(this.folds, (fold) => fold.t0_ns);
    this.places = Float64Array.from(this.folds, (fold) => fold.place);
    this.end = Math.max(log.end_ns - saved, 1);
  }
  ofTime(time_ns: number): number {
    return this.within(this.folds[upperBound(this.starts_ns, time_ns) - 1], time_ns);
  }
  /** Place of a time whose last fold to the left is `fold`. */
  private within(fold: Fold | undefined, time_ns: number): number {
    if (fold === undefined) return time_ns;
    if (time_ns >= fold.t1_ns) return fold.place + FOLD_SHOWN_NS + (time_ns - fold.t1_ns);
    return fold.place + ((time_ns - fold.t0_ns) / (fold.t1_ns - fold.t0_ns)) * FOLD_SHOWN_NS;
  }
  ofRow(row: number): number {
    return this.ofTime(this.log.time(row));
  }
  toTime(place: number): Ns {
    const { end_ns } = this.log;
    const fold = this.folds[upperBound(this.places, place) - 1];
    if (fold === undefined) return clampTime(place, end_ns);
    const within = place - fold.place;
    if (within >= FOLD_SHOWN_NS) return clampTime(fold.t1_ns + within - FOLD_SHOWN_NS, end_ns);
    return clampTime(fold.t0_ns + (within / FOLD_SHOWN_NS) * (fold.t1_ns - fold.t0_ns), end_ns);
  }
  toRow(place: number): Row {
    return this.log.rowAtOrBefore(this.toTime(place));
  }
  /** Sets `places` of the ascending times with the indexes `from` to `end - 1`, in one walk along the folds. */
  setPlaces(places: Float64Array, times_ns: Float64Array, from: number, end: number): void {
    if (from >= end) return;
    let next = upperBound(this.starts_ns, times_ns[from]!);
    for (let i = from; i < end; i++) {
      const time_ns = times_ns[i]!;
      while (next < this.starts_ns.length && this.starts_ns[next]! <= time_ns) next++;
      places[i] = this.within(this.folds[next - 1], time_ns);
    }
  }
  /** Up to this time the other axis, of an earlier state of the log, has the same places. */
  agreesUntil(other: FoldedAxis): number {
    const [ours, theirs] = [this.folds, other.folds];
    let i = 0;
    while (i < ours.length && ours[i]!.t0_ns === theirs[i]?.t0_ns && ours[i]!.t1_ns === theirs[i]?.t1_ns) i++;
    return Math.min(ours[i]?.t0_ns ?? Infinity, theirs[i]?.t0_ns ?? Infinity);
  }
  /** Index of the first fold that ends right of a place. */
  firstFoldAfter(place: number): number {
    return upperBound(this.places, place - FOLD_SHOWN_NS);
  }
}

import { lowerBound, upperBound } from '../base/bisect.ts';
import { NO_ROW } from '../base/units.ts';
import { doubled, roomFor } from '../analysis/grow.ts';
import { Mips } from './mips.ts';
import { Kind } from './theme.ts';

/**
 * One row of the picture: spans that never overlap, in the order of time. A CPU's band at one depth is a lane, and so is
 * one of the rows in which the items of a waiting place are packed. A column a field; appending allocates nothing.
 */
export class Lane {
  count = 0;
  t0_ns = new Float64Array(64);
  t1_ns = new Float64Array(64);
  /** The event that stands for the span: Enter, Irq, Softirq, Switch or Put. */
  row = new Uint32Array(64);
  /** Rows at which this piece begins and ends; `NO_ROW` until somebody asks, see `step-rows.ts`. */
  begin = new Uint32Array(64);
  end = new Uint32Array(64);
  name = new Uint32Array(64);
  object = new Uint32Array(64);
  task = new Uint32Array(64);
  kind = new Uint8Array(64);
  /** One of `Piece`; of items that wait always 0. */
  piece = new Uint8Array(64);
  /** Places on the present axis, see `model.ts`. On the clock they are the times themselves. */
  p0 = this.t0_ns;
  p1 = this.t1_ns;
  /** Spans that have places of their own. */
  private placed = 0;
  private mipLevels: Mips | null = null;
  /** Spans that are in the levels of detail. */
  private mipCount = 0;

  /** Adds a span that begins no earlier than the last one ended. */
  append(
    t0_ns: number,
    t1_ns: number,
    row: number,
    name: number,
    object: number,
    task: number,
    kind: Kind,
    piece: number,
    begin: number = NO_ROW,
    end: number = NO_ROW,
  ): void {
    if (this.count === this.row.length) this.grow();
    const i = this.count++;
    this.t0_ns[i] = t0_ns;
    this.t1_ns[i] = t1_ns;
    this.row[i] = row;
    this.name[i] = name;
    this.object[i] = object;
    this.task[i] = task;
    this.kind[i] = kind;
    this.piece[i] = piece;
    this.begin[i] = begin;
    this.end[i] = end;
  }

  /** The places are the times. */
  placeOnClock(): void {
    if (this.p0 === this.t0_ns) return;
    [this.p0, this.p1, this.placed] = [this.t0_ns, this.t1_ns, 0];
    this.mipLevels = null;
  }

  /** Makes room for places that are not the times, and says from which span on the caller has to set them: those that
   *  have one and end by `agreed_ns` keep it. */
  placeAnew(agreed_ns: number): number {
    const { placed } = this;
    const from = this.t1_ns[placed - 1]! <= agreed_ns ? placed : upperBound(this.t1_ns, agreed_ns, placed);
    if (from === this.count) return from;
    if (this.p0 === this.t0_ns || this.p0.length < this.count) {
      this.p0 = roomFor(this.t0_ns.length, this.p0, from);
      this.p1 = roomFor(this.t0_ns.length, this.p1, from);
    }
    if (from < this.mipCount) this.mipLevels = null; // they are of the places before
    this.placed = this.count;
    return from;
  }

  /** First span that ends after `place` (or, if empty, lies there). */
  firstAfter(place: number): number {
    const i = upperBound(this.p1, place, this.count);
    return i > 0 && this.p1[i - 1] === place && this.p0[i - 1] === place ? i - 1 : i;
  }

  /** Number of spans that begin before `place`. */
  firstFrom(place: number): number {
    return lowerBound(this.p0, place, this.count);
  }

  /** The span at a place, or the nearest one within `reach` on either side; -1 for none. */
  nearest(place: number, reach: number): number {
    let best = -1;
    let distance = reach;
    for (let i = Math.max(0, this.firstFrom(place) - 1), seen = 0; i < this.count && seen < 3; i++, seen++) {
      const off = Math.max(this.p0[i]! - place, place - this.p1[i]!, 0);
      if (off > distance || (off === distance && best >= 0 && off > 0)) continue;
      best = i;
      distance = off;
    }
    return best;
  }

  /** Index of the span whose event is `row` and that covers `place`, else the first of that event; -1 for none.
   *  `near` is the time of the event: spans of later pieces lie after it. */
  indexOfRow(row: number, near_ns: number): number {
    for (let i = lowerBound(this.t0_ns, near_ns, this.count); i < this.count; i++) {
      if (this.row[i] === row) return i;
      if (this.t0_ns[i]! > near_ns) return -1;
    }
    return -1;
  }

  /** Is there nothing but this kind? */
  isOnly(kind: Kind): boolean {
    for (let i = 0; i < this.count; i++) if (this.kind[i] !== kind) return false;
    return true;
  }

  /** Levels of detail over the present places, with all spans so far. Idle time is left out: it would hide what little
   *  a mostly idle CPU does. */
  mips(): Mips {
    if (this.mipLevels === null) this.mipCount = 0;
    const mips = (this.mipLevels ??= new Mips());
    for (; this.mipCount < this.count; this.mipCount++) {
      const i = this.mipCount;
      if (this.kind[i] !== Kind.Idle) mips.add(this.p0[i]!, this.p1[i]!, this.kind[i]!);
    }
    return mips;
  }

  private grow(): void {
    const onClock = this.p0 === this.t0_ns;
    this.t0_ns = doubled(this.t0_ns);
    this.t1_ns = doubled(this.t1_ns);
    if (onClock) [this.p0, this.p1] = [this.t0_ns, this.t1_ns];
    this.row = doubled(this.row);
    this.begin = doubled(this.begin);
    this.end = doubled(this.end);
    this.name = doubled(this.name);
    this.object = doubled(this.object);
    this.task = doubled(this.task);
    this.kind = doubled(this.kind);
    this.piece = doubled(this.piece);
  }
}

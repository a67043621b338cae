import { lowerBound, upperBound } from '../base/bisect.ts';
import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { doubled } from './grow.ts';

/** How many items wait in a place over time: `depth[i]` holds from `time_ns[i]` on. The arrays are views of growing
 *  ones, valid until the table takes in more rows. */
export type DepthSeries = {
  readonly time_ns: Float64Array;
  readonly row: Uint32Array;
  readonly depth: Uint32Array;
  readonly max: number;
};

export type Waiting = { readonly item: ObjectId; readonly put: Row };

/** One place: its depth at each Put and Take, and each stay of an item. */
class Place {
  private steps = 0;
  private stepTime = new Float64Array(16);
  private stepRow = new Uint32Array(16);
  private stepDepth = new Uint32Array(16);
  private stays = 0;
  private item = new Uint32Array(16);
  private putRow = new Uint32Array(16);
  private takeRow = new Uint32Array(16);
  private depth = 0;
  private max = 0;

  put(row: number, time_ns: number, item: number): void {
    if (this.stays === this.item.length) {
      this.item = doubled(this.item);
      this.putRow = doubled(this.putRow);
      this.takeRow = doubled(this.takeRow);
    }
    this.item[this.stays] = item;
    this.putRow[this.stays] = row;
    this.takeRow[this.stays++] = NO_ROW;
    this.step(row, time_ns, this.depth + 1);
  }

  take(row: number, time_ns: number, put: number): void {
    const stay = lowerBound(this.putRow, put, this.stays);
    if (this.putRow[stay] !== put || stay >= this.stays) return; // its Put is not in the log
    this.takeRow[stay] = row;
    this.step(row, time_ns, this.depth - 1);
  }

  series(): DepthSeries {
    return {
      time_ns: this.stepTime.subarray(0, this.steps),
      row: this.stepRow.subarray(0, this.steps),
      depth: this.stepDepth.subarray(0, this.steps),
      max: this.max,
    };
  }

  depthAt(row: number): number {
    return this.stepDepth[upperBound(this.stepRow, row, this.steps) - 1] ?? 0;
  }

  contentsAt(row: number): Waiting[] {
    const found: Waiting[] = [];
    const wanted = this.depthAt(row);
    for (let i = upperBound(this.putRow, row, this.stays) - 1; found.length < wanted && i >= 0; i--)
      if (this.takeRow[i]! > row)
        found.push({ item: this.item[i]! as ObjectId, put: this.putRow[i]! as Row });
    return found.reverse();
  }

  private step(row: number, time_ns: number, depth: number): void {
    if (this.steps === this.stepTime.length) {
      this.stepTime = doubled(this.stepTime);
      this.stepRow = doubled(this.stepRow);
      this.stepDepth = doubled(this.stepDepth);
    }
    this.depth = depth;
    this.max = Math.max(this.max, depth);
    this.stepTime[this.steps] = time_ns;
    this.stepRow[this.steps] = row;
    this.stepDepth[this.steps++] = depth;
  }
}

/**
 * The places where items wait (queues of the device, a worker pool, a task_work list, a completion ring), read off the
 * Put and Take events. `catchUp` takes in what the log has gained.
 */
export class Places {
  /** Rows of the log that are taken in. */
  rows = 0;
  private readonly log: LogView;
  private readonly byObject = new Map<number, Place>();

  constructor(log: LogView) {
    this.log = log;
  }

  /** Takes in up to `limit` more rows; true when nothing is left. */
  catchUp(limit = Infinity): boolean {
    if (this.rows === this.log.rows) return true;
    const end = Math.min(this.log.rows, this.rows + limit);
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      const last = Math.min(count, end - first);
      for (let i = Math.max(0, this.rows - first); i < last; i++) {
        const kind = columns.kind[i]!;
        if (kind === Ev.Put)
          this.place(columns.value[i]!).put(first + i, columns.time_ns[i]!, columns.object[i]!);
        else if (kind === Ev.Take)
          this.place(columns.value[i]!).take(first + i, columns.time_ns[i]!, columns.prev[i]!);
      }
      this.rows = Math.max(this.rows, Math.min(end, first + count));
    }
    return this.rows === this.log.rows;
  }

  /** Every place that something was put into, in the order of the first time. */
  all(): ObjectId[] {
    return Array.from(this.byObject.keys(), (object) => object as ObjectId);
  }

  /** How many items wait in `place` after the event in `row`. */
  depthAt(place: number, row: number): number {
    return this.byObject.get(place)?.depthAt(row) ?? 0;
  }

  /** What waits in `place` after the event in `row`, in the order of arrival. */
  contentsAt(place: number, row: number): Waiting[] {
    return this.byObject.get(place)?.contentsAt(row) ?? [];
  }

  /** Depth over time; null for what is no place. */
  series(place: number): DepthSeries | null {
    return this.byObject.get(place)?.series() ?? null;
  }

  private place(object: number): Place {
    let place = this.byObject.get(object);
    if (place === undefined) this.byObject.set(object, (place = new Place()));
    return place;
  }
}

/** The places of all that the log holds. */
export function placesOf(log: LogView): Places {
  const places = new Places(log);
  places.catchUp();
  return places;
}

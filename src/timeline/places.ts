/**
 * Where items wait: device queues, worker pools, task_work lists, completion rings. What the log says with Put and Take
 * becomes bars, packed into lanes, and a depth over time. In the same pass the log's hazards are collected.
 */
import { NO_OBJECT } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { DepthSteps } from './depth.ts';
import { eachRow } from './each-row.ts';
import { Lane } from './lane.ts';
import { LanePacker } from './packing.ts';
import { Kind } from './theme.ts';

export type PlaceKind = 'queue' | 'place';

/** One place with everything that was ever in it. */
export type PlaceTrack = {
  readonly object: number;
  readonly kind: PlaceKind;
  readonly label: string;
  /** The CPU that the place belongs to by its name, or on which all items were taken out so far, so that it can be shown
   *  with it; else null. */
  cpu: number | null;
  readonly lanes: Lane[];
  readonly depth: DepthSteps;
};

/** At most so many lanes a place are kept as bars; beyond, only the depth tells. */
export const MAX_LANES = 8;

type Open = { readonly lane: number; readonly row: number };
type Filling = PlaceTrack & {
  /** The CPU that it belongs to by its name. */
  readonly home: number | null;
  readonly rank: number;
  readonly packer: LanePacker;
  readonly inside: Map<number, Open>;
  takes: number;
};

/** Reads a log as it grows. */
export class Places {
  readonly hazards: number[] = [];
  private readonly byObject = new Map<number, Filling>();
  private rows = 0;
  private closed = false;

  /** Places in the order in which an I/O comes through them. */
  get tracks(): PlaceTrack[] {
    return [...this.byObject.values()].sort((a, b) => a.rank - b.rank || a.object - b.object);
  }

  /** Takes in the rows since the last time, up to `end`. */
  add(log: LogView, end: number): void {
    eachRow(log, this.rows, end, ({ kind }, i, row) => {
      if (kind[i] === Ev.Put) this.put(log, row);
      else if (kind[i] === Ev.Take) this.take(log, row);
      else if (kind[i] === Ev.Hazard) this.hazards.push(row);
    });
    this.rows = Math.max(this.rows, end);
    if (log.complete && this.rows === log.rows && !this.closed) this.close(log);
  }

  private put(log: LogView, row: number): void {
    const place = this.place(log, log.value(row));
    const lane = place.packer.take();
    place.inside.set(log.object(row), { lane, row });
    place.depth.append(log.time(row), row, place.inside.size);
  }

  private take(log: LogView, row: number): void {
    const place = this.place(log, log.value(row));
    const item = log.object(row);
    const open = place.inside.get(item);
    if (open === undefined) return; // an imported log may begin in the middle
    place.inside.delete(item);
    place.packer.give(open.lane);
    this.bar(log, place, item, open, log.time(row), row);
    const cpu = place.home ?? log.cpu(row);
    if (place.takes++ === 0) place.cpu = cpu === NO_CPU ? null : cpu;
    else if (place.cpu !== cpu) place.cpu = null;
    place.depth.append(log.time(row), row, place.inside.size);
  }

  private bar(log: LogView, place: Filling, item: number, open: Open, t1_ns: number, end: number): void {
    if (open.lane >= MAX_LANES) return;
    while (place.lanes.length <= open.lane) place.lanes.push(new Lane());
    const kind = place.kind === 'queue' ? Kind.Device : Kind.Waiting;
    const lane = place.lanes[open.lane];
    lane?.append(log.time(open.row), t1_ns, open.row, 0, item, place.object, kind, 0, open.row, end);
  }

  /** What is still inside when the run ends stays to the end of the picture. */
  private close(log: LogView): void {
    this.closed = true;
    for (const place of this.byObject.values())
      for (const [item, open] of place.inside) this.bar(log, place, item, open, log.end_ns, log.rows);
  }

  private place(log: LogView, object: number): Filling {
    const known = this.byObject.get(object);
    if (known !== undefined) return known;
    const type = log.objectType(object);
    const made: Filling = {
      object,
      kind: type === 'nvme_queue' ? 'queue' : 'place',
      rank: RANKS.indexOf(type) < 0 ? OTHER_RANK : RANKS.indexOf(type),
      label: placeLabel(log, object),
      cpu: null,
      home: batchCpu(log, object),
      takes: 0,
      lanes: [],
      depth: new DepthSteps(),
      packer: new LanePacker(),
      inside: new Map(),
    };
    this.byObject.set(object, made);
    return made;
  }
}

/** A batch belongs to the CPU in its name, although another one empties it when that CPU is dead. */
function batchCpu(log: LogView, object: number): number | null {
  if (log.objectType(object) !== 'bio_complete_batch') return null;
  const cpu = / (\d+)$/.exec(placeLabel(log, object))?.[1];
  return cpu === undefined ? null : Number(cpu);
}

/** Types of places in the order in which an I/O comes through them; unknown ones go before the last. */
const RANKS: readonly string[] = [
  'io_wq_acct',
  'nvme_queue',
  'bio_complete_batch',
  'timer_base',
  'i_ioend_list',
  'i_iomap_ioend_list',
  'i_rsv_conversion_list',
  'failed_ioend_list',
  'dropbehind_batch',
  'worker_pool',
  'task_works',
  'io_rings',
];
const OTHER_RANK = RANKS.indexOf('io_rings') - 0.5;

/** A ring has no name of its own; it is told by whose it is. */
function placeLabel(log: LogView, place: number): string {
  if (log.objectLabel(place) !== '') return log.objectName(place);
  for (let owner = log.objectParent(place); owner !== NO_OBJECT; owner = log.objectParent(owner))
    if (log.objectType(owner) === 'task_struct') return `${log.objectType(place)} ${log.objectLabel(owner)}`;
  return log.objectName(place);
}

/** Everything the timeline knows of a run: lanes, waiting places, locks, hazards, and the axis that they are laid out on. */
import type { SpanView } from '../analysis/spans.ts';
import type { LogView } from '../log/view.ts';
import { type Axis, ClockAxis, FoldedAxis, StepsAxis } from './axis.ts';
import type { DepthSteps } from './depth.ts';
import { Flames } from './flames.ts';
import { findGaps } from './gaps.ts';
import type { Lane } from './lane.ts';
import { Locks } from './locks.ts';
import { Places } from './places.ts';
import { StepRows } from './step-rows.ts';
import type { AxisKind, HazardMark } from './types.ts';

/** Rows that are read in one go, in a few milliseconds: more than come between two words of a run's progress. */
const READ_ROWS = 32_768;

export class Model {
  readonly log: LogView;
  readonly spans: SpanView;
  readonly flames = new Flames();
  readonly places = new Places();
  readonly locks = new Locks();
  axis: Axis;
  /** Rows of all hazards, ascending. */
  hazards: readonly number[] = [];
  /** Rows that are taken in. */
  private rows = 0;
  private found: ReadonlyMap<number, HazardMark> = new Map();
  private stepRows: StepRows | null = null;

  constructor(log: LogView, spans: SpanView, axis: AxisKind = 'clock') {
    this.log = log;
    this.spans = spans;
    this.axis = new ClockAxis(log);
    this.update(axis);
  }

  /** Takes in what log and spans have got since the last time, at most so many of either, and lays it out on the axis
   *  as it is. Called again and again while a log grows, so that no update has much to read. */
  read(most = READ_ROWS): void {
    const { log, spans, flames } = this;
    if (this.rows === log.rows && flames.count === spans.count) return;
    this.rows = Math.min(log.rows, this.rows + most);
    flames.add(log, spans, most);
    this.places.add(log, this.rows);
    this.locks.add(log, this.rows);
    this.layOut(Infinity);
  }

  /** Takes in the rest, and lays all of it out on `axis`. */
  update(axis: AxisKind = this.axis.kind, findings: readonly HazardMark[] | null = null): void {
    this.read(Infinity);
    if (findings !== null) this.found = byRow(findings);
    this.hazards = [...new Set([...this.places.hazards, ...this.found.keys()])].sort((a, b) => a - b);
    const before = this.axis;
    this.axis = this.makeAxis(axis);
    this.layOut(agreementOf(before, this.axis));
  }

  /** What was found at a row; undefined for a hazard that only the log tells. */
  markOf(row: number): HazardMark | undefined {
    return this.found.get(row);
  }

  /** How grave the hazard at a row is. */
  severityAt(row: number): HazardMark['severity'] {
    return this.found.get(row)?.severity ?? 'error';
  }

  private makeAxis(kind: AxisKind): Axis {
    if (kind === 'clock') return new ClockAxis(this.log);
    if (kind === 'steps') return new StepsAxis(this.log);
    return new FoldedAxis(this.log, findGaps(this.log, this.flames.outermost()));
  }

  /** Gives places to what has none, and to what ends after `agreed_ns`. */
  private layOut(agreed_ns: number): void {
    const { axis } = this;
    if (axis.kind === 'steps') {
      this.stepRows ??= new StepRows(this.log);
      this.stepRows.update();
    }
    for (const { lane, cpu } of this.flames.lanes()) placeLane(lane, axis, agreed_ns, cpu, this.stepRows);
    for (const { lanes, depth } of this.places.tracks) {
      for (const lane of lanes) placeLane(lane, axis, agreed_ns);
      placeDepth(depth, axis, agreed_ns);
    }
    for (const { lanes } of this.locks.tracks) for (const lane of lanes) placeLane(lane, axis, agreed_ns);
  }
}

/** One mark a row: what is said of one event is said together, and the gravest counts. */
function byRow(findings: readonly HazardMark[]): ReadonlyMap<number, HazardMark> {
  const marks = new Map<number, HazardMark>();
  for (const mark of findings) {
    const other = marks.get(mark.row);
    const [first, second] =
      other !== undefined && GRAVITY[other.severity] <= GRAVITY[mark.severity]
        ? [other, mark]
        : [mark, other];
    marks.set(mark.row, second === undefined ? first : { ...first, text: `${first.text}; ${second.text}` });
  }
  return marks;
}

const GRAVITY: Readonly<Record<HazardMark['severity'], number>> = { error: 0, warning: 1, info: 2 };

/** Until when the places of an earlier axis are those of the present one too. */
function agreementOf(before: Axis, axis: Axis): number {
  if (before instanceof FoldedAxis && axis instanceof FoldedAxis) return axis.agreesUntil(before);
  return before.kind === 'steps' && axis.kind === 'steps' ? Infinity : -1; // a row's place is its number
}

function placeLane(
  lane: Lane,
  axis: Axis,
  agreed_ns: number,
  cpu: number | null = null,
  stepRows: StepRows | null = null,
): void {
  if (axis.kind === 'clock') {
    lane.placeOnClock();
    return;
  }
  const { count } = lane;
  const from = lane.placeAnew(agreed_ns);
  if (axis instanceof FoldedAxis) {
    axis.setPlaces(lane.p0, lane.t0_ns, from, count);
    axis.setPlaces(lane.p1, lane.t1_ns, from, count);
    return;
  }
  if (cpu !== null) stepRows?.fill(lane, cpu, from);
  lane.p0.set(lane.begin.subarray(from, count), from);
  lane.p1.set(lane.end.subarray(from, count), from);
}

function placeDepth(depth: DepthSteps, axis: Axis, agreed_ns: number): void {
  if (axis.kind === 'clock') {
    depth.placeOnClock();
    return;
  }
  const { count } = depth;
  const from = depth.placeAnew(agreed_ns);
  if (axis instanceof FoldedAxis) axis.setPlaces(depth.places, depth.time_ns, from, count);
  else depth.places.set(depth.row.subarray(from, count), from);
}

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

export class Model {
  readonly log: LogView;
  readonly spans: SpanView;
  readonly flames = new Flames();
  readonly places = new Places();
  readonly locks = new Locks();
  axis: Axis;
  /** Rows of all hazards, ascending. */
  hazards: readonly number[] = [];
  private found: ReadonlyMap<number, HazardMark> = new Map();
  private stepRows: StepRows | null = null;

  constructor(log: LogView, spans: SpanView, axis: AxisKind = 'clock') {
    this.log = log;
    this.spans = spans;
    this.axis = new ClockAxis(log);
    this.update(axis);
  }

  /** Takes in what log and spans have got since the last time, and lays all of it out on `axis`. */
  update(axis: AxisKind = this.axis.kind, findings: readonly HazardMark[] | null = null): void {
    this.flames.add(this.log, this.spans);
    this.places.add(this.log);
    this.locks.add(this.log);
    if (findings !== null) this.found = byRow(findings);
    this.hazards = [...new Set([...this.places.hazards, ...this.found.keys()])].sort((a, b) => a - b);
    this.axis = this.makeAxis(axis);
    this.layOut();
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

  private layOut(): void {
    const { axis } = this;
    if (axis.kind === 'steps') {
      this.stepRows ??= new StepRows(this.log);
      this.stepRows.update();
    }
    for (const { lane, cpu } of this.flames.lanes()) {
      if (axis.kind === 'steps') this.stepRows?.fill(lane, cpu, 0);
      placeLane(lane, axis);
    }
    for (const { lanes, depth } of this.places.tracks) {
      for (const lane of lanes) placeLane(lane, axis);
      placeDepth(depth, axis);
    }
    for (const { lanes } of this.locks.tracks) for (const lane of lanes) placeLane(lane, axis);
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

function placeLane(lane: Lane, axis: Axis): void {
  if (axis.kind === 'steps')
    lane.place({ p0: Float64Array.from(lane.begin), p1: Float64Array.from(lane.end) });
  else if (axis instanceof FoldedAxis)
    lane.place({ p0: axis.placesOf(lane.t0_ns, lane.count), p1: axis.placesOf(lane.t1_ns, lane.count) });
  else lane.place(null);
}

function placeDepth(depth: DepthSteps, axis: Axis): void {
  if (axis.kind === 'steps') depth.place(Float64Array.from(depth.row));
  else if (axis instanceof FoldedAxis) depth.place(axis.placesOf(depth.time_ns, depth.count));
  else depth.place(null);
}

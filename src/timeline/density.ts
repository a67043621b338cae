/** What the overview shows: how much of the machine each context takes, over the whole run. */
import { Band } from '../analysis/bands.ts';
import type { Lane } from './lane.ts';
import type { Model } from './model.ts';
import { type ByKind, everyKind, Kind } from './theme.ts';

/** Contexts in the order in which they are stacked, from the ground up. */
export const STACKED: readonly Kind[] = [Kind.HardIrq, Kind.SoftIrq, Kind.Worker, Kind.Task, Kind.User];

export type Density = {
  readonly columns: number;
  /** By kind, a CPU count for each column: 1.5 is one and a half CPUs busy with it. */
  readonly share: ByKind<Float32Array>;
  /** Greatest sum of a column. */
  readonly max: number;
};

/** Adds up the whole run in so many columns. */
export function densityOf(model: Model, columns: number): Density {
  const share = everyKind(() => new Float32Array(columns));
  const scale = columns / model.axis.end;
  for (const bands of model.flames.cpus) {
    for (const band of [Band.Hardirq, Band.Softirq, Band.Task]) addLane(share, bands[band][0], scale, 1);
    addUser(share, bands[Band.Task][1], scale);
  }
  let max = 0;
  for (let c = 0; c < columns; c++) max = Math.max(max, sumAt(share, c));
  return { columns, share, max };
}

const sumAt = (share: ByKind<Float32Array>, column: number): number =>
  STACKED.reduce<number>((sum, kind) => sum + share[kind][column]!, 0);

function addLane(share: ByKind<Float32Array>, lane: Lane | undefined, scale: number, sign: number): void {
  for (let i = 0; i < (lane?.count ?? 0); i++)
    if (lane !== undefined) addSpan(share[lane.kind[i]!], lane.p0[i]! * scale, lane.p1[i]! * scale, sign);
}

/** User mode is told by the outermost function; it is part of the task's presence, so it is taken off there. */
function addUser(share: ByKind<Float32Array>, lane: Lane | undefined, scale: number): void {
  for (let i = 0; i < (lane?.count ?? 0); i++) {
    if (lane?.kind[i] !== Kind.User) continue;
    addSpan(share[Kind.User], lane.p0[i]! * scale, lane.p1[i]! * scale, 1);
    addSpan(share[Kind.Task], lane.p0[i]! * scale, lane.p1[i]! * scale, -1);
  }
}

/** Spreads a span over the columns that it touches. */
function addSpan(columns: Float32Array | undefined, from: number, to: number, sign: number): void {
  if (columns === undefined) return;
  const last = Math.min(columns.length - 1, Math.ceil(to) - 1);
  for (let c = Math.max(0, Math.floor(from)); c <= last; c++)
    columns[c]! += sign * (Math.min(to, c + 1) - Math.max(from, c));
}

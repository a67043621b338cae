import type { LogView } from '../log/view.ts';
import { FOLD_MIN_NS } from './axis.ts';
import type { Lane } from './lane.ts';
import { Kind } from './theme.ts';

export type Gap = { readonly t0_ns: number; readonly t1_ns: number };

/**
 * The stretches worth folding: no CPU runs anything but its idle task, and nothing is logged, so that at most the
 * device works. `frames` are the outermost lanes of all CPUs.
 */
export function findGaps(log: LogView, frames: readonly Lane[]): Gap[] {
  const { starts, ends } = busyEdges(frames);
  const gaps: Gap[] = [];
  let from = 0;
  for (let s = 0, e = 0; s <= starts.length; s++) {
    const to = starts[s] ?? log.end_ns;
    while (e < ends.length && ends[e]! <= to) from = Math.max(from, ends[e++]!);
    if (e === s && to - from > FOLD_MIN_NS) splitByEvents(log, from, to, gaps);
  }
  return gaps;
}

/** All beginnings and all ends of busy time, each sorted: as many have ended as begun where nobody is busy. */
function busyEdges(frames: readonly Lane[]): { starts: Float64Array; ends: Float64Array } {
  let count = 0;
  for (const lane of frames) count += lane.count;
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  let at = 0;
  for (const lane of frames)
    for (let i = 0; i < lane.count; i++) {
      if (lane.kind[i] === Kind.Idle) continue;
      starts[at] = lane.t0_ns[i]!;
      ends[at++] = lane.t1_ns[i]!;
    }
  return { starts: starts.subarray(0, at).sort(), ends: ends.subarray(0, at).sort() };
}

/** An event within a gap, such as the device's "I am done", stays visible: the gap is folded before and after it. */
function splitByEvents(log: LogView, from: number, to: number, gaps: Gap[]): void {
  let left = from;
  for (let row = firstRowAfter(log, from); row < log.rows && log.time(row) <= to; row++) {
    const time = Math.min(log.time(row), to);
    if (time - left > FOLD_MIN_NS) gaps.push({ t0_ns: left, t1_ns: time });
    left = time;
  }
  if (to - left > FOLD_MIN_NS) gaps.push({ t0_ns: left, t1_ns: to });
}

function firstRowAfter(log: LogView, time_ns: number): number {
  const row = log.rowAtOrBefore(time_ns);
  return row < log.rows ? row + 1 : 0;
}

/** Keyboard along a track: which span comes next. */
import { Kind } from './theme.ts';
import type { Line, Track } from './tracks.ts';

export type Spot = { readonly line: Line; readonly span: number };

/**
 * The span after (or before) a spot in the order of time, outer before inner; without a spot the first that begins at
 * or after `place` (or the last before it). Idle time is no event. Null at the end of the track.
 */
export function nextSpot(track: Track, from: Spot | null, place: number, by: 1 | -1): Spot | null {
  let best: Spot | null = null;
  for (const line of track.lines) {
    const span = candidate(line, from, place, by);
    if (span === null) continue;
    const spot = { line, span };
    if (best === null || order(spot, best) * by < 0) best = spot;
  }
  return best;
}

function order(a: Spot, b: Spot): number {
  return a.line.lane.p0[a.span]! - b.line.lane.p0[b.span]! || a.line.depth - b.line.depth;
}

/** The nearest span of one line on the wanted side. */
function candidate(line: Line, from: Spot | null, place: number, by: 1 | -1): number | null {
  const { lane } = line;
  const start = from === null ? place : from.line.lane.p0[from.span]!;
  let i = by > 0 ? lane.firstFrom(start) : lane.firstFrom(start + Number.EPSILON * Math.max(1, start)) - 1;
  if (by < 0) while (i + 1 < lane.count && lane.p0[i + 1]! <= start) i++;
  for (; i >= 0 && i < lane.count; i += by) {
    if (lane.kind[i] === Kind.Idle) continue;
    if (from !== null && order({ line, span: i }, from) * by <= 0) continue;
    return i;
  }
  return null;
}

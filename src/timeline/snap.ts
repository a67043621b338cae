import type { Line } from './tracks.ts';
import type { Viewport } from './viewport.ts';

export const SNAP_PX = 6;

/** The edge of a span nearest to `x`, if one of these lines has an edge within `SNAP_PX`; else the place at `x`. */
export function snap(lines: readonly Line[], view: Viewport, x: number): { place: number; snapped: boolean } {
  const place = view.place(x);
  let best = place;
  let distance = SNAP_PX * view.pixel;
  let snapped = false;
  for (const { lane } of lines) {
    const first = lane.firstFrom(place);
    // The nearest edges are those of the spans around: its beginning and end, and the next one's beginning.
    for (let i = Math.max(0, first - 1); i < Math.min(lane.count, first + 1); i++)
      for (const edge of [lane.p0[i]!, lane.p1[i]!]) {
        const off = Math.abs(edge - place);
        if (off > distance) continue;
        best = edge;
        distance = off;
        snapped = true;
      }
  }
  return { place: best, snapped };
}

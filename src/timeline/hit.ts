/** What is under the pointer. */
import { anchorOf } from './anchors.ts';
import { hazardHit, spanHit } from './describe.ts';
import type { Model } from './model.ts';
import { type Layout, lineAt, trackAt } from './tracks.ts';
import type { Hit } from './types.ts';
import type { Viewport } from './viewport.ts';

/** How far from a span a click still hits it, in CSS pixels: spans may be one pixel wide. */
export const REACH_PX = { mouse: 3, touch: 12 } as const;
/** A hazard's triangle is this wide. */
export const HAZARD_PX = 12;

/** The hazard, span or bar at `x` of the view and `y` of the content. */
export function hitTest(
  model: Model,
  layout: Layout,
  view: Viewport,
  at: { readonly x: number; readonly y: number },
  reach_px: number = REACH_PX.mouse,
): Hit | null {
  const track = trackAt(layout, at.y);
  if (track === undefined || at.x < view.left) return null;
  const hazard = hazardAt(model, layout, view, at);
  if (hazard !== null) return hazard;
  const line = lineAt(track, at.y);
  if (line === undefined) return null;
  const candidates = track.kind === 'group' ? track.lines.toReversed() : [line];
  for (const { lane } of candidates) {
    const span = lane.nearest(view.place(at.x), reach_px * view.pixel);
    if (span >= 0) return spanHit(model.log, track, lane, span);
  }
  return null;
}

function hazardAt(
  model: Model,
  layout: Layout,
  view: Viewport,
  at: { readonly x: number; readonly y: number },
): Hit | null {
  for (const row of model.hazards) {
    const x = view.x(model.axis.ofRow(row));
    if (Math.abs(x - at.x) > HAZARD_PX / 2) continue;
    const anchor = anchorOf(model, layout, row);
    if (anchor !== null && Math.abs(anchor.y - at.y) <= HAZARD_PX / 2 + 2)
      return hazardHit(model.log, anchor.track.id, row, model.markOf(row));
  }
  return null;
}

/** Arrows of a flow: which of them are drawn, and from where to where. */
import { type Anchor, anchorOf, runAnchor, waitAnchor } from './anchors.ts';
import type { Model } from './model.ts';
import type { Layout } from './tracks.ts';
import type { Flow } from './types.ts';
import type { Viewport } from './viewport.ts';

export type Arrow = { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };

/** More arrows than this are a carpet, and slow. */
export const MAX_ARROWS = 150;

/**
 * The arrows that touch the view, in pixels of view and content. An event that puts an item somewhere, or takes it from
 * there, gets a second arrow between its function and the bar, so that the item is seen to go in and out.
 */
export function arrowsOf(
  model: Model,
  layout: Layout,
  view: Viewport,
  flows: readonly Flow[],
): { readonly arrows: Arrow[]; readonly left: number } {
  const arrows: Arrow[] = [];
  const bars = new Set<number>();
  let left = 0;
  const add = (from: Anchor | null, to: Anchor | null): void => {
    if (from === null || to === null || (from.y === to.y && from.span === to.span)) return;
    const arrow = { x0: view.x(from.place), y0: from.y, x1: view.x(to.place), y1: to.y };
    if (Math.max(arrow.x0, arrow.x1) < view.left || Math.min(arrow.x0, arrow.x1) > view.right) return;
    if (arrows.length < MAX_ARROWS) arrows.push(arrow);
    else left++;
  };
  for (const { from, to } of flows) {
    for (const row of [from, to]) {
      if (bars.has(row)) continue;
      bars.add(row);
      addBar(model, layout, row, add);
    }
    add(outOf(model, layout, from), into(model, layout, to));
  }
  return { arrows, left };
}

/** Between a Put and its bar, or the bar and its Take. */
function addBar(
  model: Model,
  layout: Layout,
  row: number,
  add: (from: Anchor | null, to: Anchor | null) => void,
): void {
  const bar = waitAnchor(model, layout, row);
  if (bar === null) return;
  const run = runAnchor(model, layout, row);
  const enters = bar.line !== null && bar.line.lane.row[bar.span] === row;
  if (enters) add(run, bar);
  else add(bar, run);
}

/** A flow goes on from the bar of what was put, and from the function of what was taken. */
function outOf(model: Model, layout: Layout, row: number): Anchor | null {
  const bar = waitAnchor(model, layout, row);
  if (bar !== null && bar.line?.lane.row[bar.span] === row) return bar;
  return runAnchor(model, layout, row) ?? anchorOf(model, layout, row);
}

/** It arrives at the function of what is put, and at the bar of what is taken. */
function into(model: Model, layout: Layout, row: number): Anchor | null {
  const bar = waitAnchor(model, layout, row);
  if (bar !== null && bar.line?.lane.row[bar.span] !== row) return bar;
  return runAnchor(model, layout, row) ?? anchorOf(model, layout, row);
}

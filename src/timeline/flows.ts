/** Arrows of a flow: which of them are drawn, and from where to where. */
import { NO_ROW, type ObjectId } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { type Anchor, anchorOf, runAnchor, waitAnchor } from './anchors.ts';
import { ioOf } from './describe.ts';
import type { Model } from './model.ts';
import type { Layout } from './tracks.ts';
import type { Flow } from './types.ts';
import type { Viewport } from './viewport.ts';

export type Arrow = { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };

/** More stays than this are not looked for. */
const MAX_STAYS = 150;
/** Where there are more arrows than one in so many pixels they would be a carpet: then each such cell shows one. */
const CELL_PX = 12;
/** Shorter arrows are only a head. */
const LEAST_PX = 3;

/** What is wanted: flows, and the I/O whose stays in waiting places belong to them. */
export type Wanted = { readonly flows: readonly Flow[]; readonly io: ObjectId | null };

/**
 * The arrows that touch the view, in pixels of view and content. Where an item waits, an arrow leads from the function
 * that put it to the bar, and one from the bar to the function that took it, instead of one past the bar: so that it is
 * seen to go in, to stay, and to come out.
 */
export function arrowsOf(
  model: Model,
  layout: Layout,
  view: Viewport,
  wanted: Wanted,
): { readonly arrows: Arrow[]; readonly left: number } {
  const arrows: Arrow[] = [];
  const add = (from: Anchor | null, to: Anchor | null): void => {
    if (from === null || to === null || (from.y === to.y && from.span === to.span)) return;
    const arrow = { x0: view.x(from.place), y0: from.y, x1: view.x(to.place), y1: to.y };
    if (Math.max(arrow.x0, arrow.x1) < view.left || Math.min(arrow.x0, arrow.x1) > view.right) return;
    if (Math.hypot(arrow.x1 - arrow.x0, arrow.y1 - arrow.y0) >= LEAST_PX) arrows.push(arrow);
  };
  const stays = staysOf(model, layout, view, wanted);
  for (const { put, take } of stays) {
    add(runAnchor(model, layout, put), waitAnchor(model, layout, put));
    if (take < model.log.rows) add(waitAnchor(model, layout, take), runAnchor(model, layout, take));
  }
  for (const flow of wanted.flows)
    if (!stays.some((stay) => replaces(model, layout, stay, flow)))
      add(anchorOf(model, layout, flow.from), anchorOf(model, layout, flow.to));
  const shown = arrows.length * CELL_PX > view.width ? thinned(arrows) : arrows;
  return { arrows: shown, left: arrows.length - shown.length };
}

/** The first arrow that begins in each cell, if it ends in one that has none either. */
function thinned(arrows: readonly Arrow[]): Arrow[] {
  const begun = new Set<number>();
  const ended = new Set<number>();
  return arrows.filter(({ x0, x1 }) => {
    const [from, to] = [Math.floor(x0 / CELL_PX), Math.floor(x1 / CELL_PX)];
    if (begun.has(from) || ended.has(to)) return false;
    begun.add(from);
    ended.add(to);
    return true;
  });
}

/** The time between a Put and its Take. */
type Stay = { readonly put: number; readonly take: number };

/** The stays that the flows name, and those of the I/O in view. */
function staysOf(model: Model, layout: Layout, view: Viewport, { flows, io }: Wanted): Stay[] {
  const { log } = model;
  const stays = new Map<number, Stay>();
  if (flows.length === 0) return [];
  for (const { to } of flows) {
    const put = to < log.rows && log.kind(to) === Ev.Take ? log.prev(to) : NO_ROW;
    if (put !== NO_ROW) stays.set(put, { put, take: to });
  }
  if (io === null) return [...stays.values()];
  for (const { place, lines } of layout.tracks)
    for (const { lane } of place === null ? [] : lines)
      for (let i = lane.firstAfter(view.from); i < lane.firstFrom(view.to) && stays.size < MAX_STAYS; i++)
        if (ioOf(log, lane.object[i]!) === io)
          stays.set(lane.row[i]!, { put: lane.row[i]!, take: lane.end[i]! });
  return [...stays.values()];
}

/** Does a stay tell what the flow would tell? It overlaps it, and both begin and end on the same tracks. */
function replaces(model: Model, layout: Layout, stay: Stay, { from, to }: Flow): boolean {
  if (from > stay.take || to < stay.put) return false;
  const track = (row: number): string | null =>
    row < model.log.rows ? (runAnchor(model, layout, row)?.track.id ?? null) : null;
  return track(from) === track(stay.put) && track(to) === track(stay.take);
}

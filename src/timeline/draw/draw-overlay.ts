/** The layer on top: cursor, selection, range, arrows. It is redrawn alone while the pointer or the run's cursor moves. */
import { anchorOf } from '../anchors.ts';
import { counted, duration } from '../format.ts';
import { type Arrow, arrowsOf } from '../flows.ts';
import type { Model } from '../model.ts';
import { coveredPx } from '../sticky.ts';
import { type Layout, LINE_PX } from '../tracks.ts';
import type { TimelineState } from '../types.ts';
import type { Viewport } from '../viewport.ts';
import { HEAD_PX, LABELS_PX, OVERVIEW_PX, overviewPort } from './draw-head.ts';
import { visibleLines } from './draw-tracks.ts';
import type { Ink, Painter } from './painter.ts';

export type OverlayScene = {
  readonly p: Painter;
  readonly ink: Ink;
  readonly view: Viewport;
  readonly model: Model;
  readonly layout: Layout;
  readonly scroll: number;
  readonly state: TimelineState;
  /** Where the pointer is, as a place; with whether it sits on an edge. Null when it is elsewhere. */
  readonly pointer: { readonly place: number; readonly snapped: boolean } | null;
};

export function drawOverlay(scene: OverlayScene): void {
  const { p, view, state } = scene;
  const { ctx } = p;
  ctx.save();
  ctx.beginPath();
  ctx.rect(view.left - 6, 0, view.width + 12, p.height);
  ctx.clip();
  if (state.range !== null) drawRange(scene, state.range.t0_ns, state.range.t1_ns);
  drawPointer(scene);
  ctx.save();
  ctx.beginPath();
  const top = HEAD_PX + coveredPx(scene.layout, scene.scroll);
  ctx.rect(view.left, top, view.width, p.height - top);
  ctx.clip();
  if (state.selection !== null) drawSelection(scene, state.selection);
  drawArrows(scene);
  ctx.restore();
  if (state.cursor !== null && state.cursor < scene.model.log.rows) drawCursor(scene, state.cursor);
  ctx.restore();
}

/** Where the pointer's time is, faintly; stronger where it would snap. */
function drawPointer(scene: OverlayScene): void {
  const { p, ink, view, pointer } = scene;
  if (pointer === null) return;
  const x = p.sharp(view.x(pointer.place));
  p.rect(x, OVERVIEW_PX, 1, p.height, pointer.snapped ? ink.theme.accent : `${ink.theme.muted}66`);
}

/** The moment at which the run stands: a line through all tracks with a handle on the ruler. On the axis of steps it is
 *  the right edge of the step's column: the step has happened. */
function drawCursor(scene: OverlayScene, row: number): void {
  const { p, ink, view, model } = scene;
  const place = cursorPlace(model, row);
  const overview = overviewPort(model, view);
  p.rect(p.sharp(overview.x(place)) - 0.75, 2, 1.5, OVERVIEW_PX - 4, ink.theme.cursor);
  const x = p.sharp(view.x(place));
  if (x < view.left - 1 || x > view.right + 1) return;
  p.rect(x - 2.5, HEAD_PX - 8, 5, p.height, `${ink.theme.ground}c0`);
  p.rect(x - 1.25, HEAD_PX - 8, 2.5, p.height, ink.theme.cursor);
  drawFlag(scene, x);
}

/** The cursor's handle, among the ticks and below their labels. */
function drawFlag({ p, ink }: OverlayScene, x: number): void {
  const { ctx } = p;
  const top = OVERVIEW_PX + LABELS_PX;
  ctx.fillStyle = ink.theme.cursor;
  ctx.strokeStyle = ink.theme.panel;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(x - 8, top);
  ctx.lineTo(x + 8, top);
  ctx.lineTo(x + 8, top + 4);
  ctx.lineTo(x, HEAD_PX);
  ctx.lineTo(x - 8, top + 4);
  ctx.closePath();
  ctx.fill();
  ctx.stroke();
}

/** Place of the cursor when it stands at `row`. */
export function cursorPlace(model: Model, row: number): number {
  if (row >= model.log.rows) return model.axis.end; // a rerun has not got there yet
  return model.axis.kind === 'steps' ? row + 1 : model.axis.ofRow(row);
}

/** The range is tinted through all tracks; its length is written on the ruler. */
function drawRange(scene: OverlayScene, t0_ns: number, t1_ns: number): void {
  const { p, ink, view, model } = scene;
  const { theme } = ink;
  const left = view.x(rangeStart(model, t0_ns));
  const right = view.x(model.axis.ofTime(t1_ns));
  const height = p.height - OVERVIEW_PX;
  p.rect(left, HEAD_PX, right - left, p.height - HEAD_PX, `${theme.accent}1f`);
  p.rect(left, HEAD_PX - 3, right - left, 3, theme.accent);
  for (const x of [left, right]) {
    p.rect(p.sharp(x) - 0.75, OVERVIEW_PX, 1.5, height, theme.accent);
    p.rect(x - 3, HEAD_PX - 16, 6, 14, theme.accent);
  }
  const overview = overviewPort(model, view);
  const [from, to] = [overview.x(rangeStart(model, t0_ns)), overview.x(model.axis.ofTime(t1_ns))];
  p.rect(from, OVERVIEW_PX - 4, Math.max(2, to - from), 3, theme.accent);
  drawRangeLabel(scene, left, right, duration(t1_ns - t0_ns));
}

/** Of the steps at the range's first instant all are inside. */
export function rangeStart(model: Model, t0_ns: number): number {
  return model.axis.kind === 'steps' ? model.axis.ofTime(t0_ns - 1) : model.axis.ofTime(t0_ns);
}

function drawRangeLabel(scene: OverlayScene, left: number, right: number, text: string): void {
  const { p, ink, view } = scene;
  const width = p.widthOf(text, true) + 12;
  const middle = (Math.max(left, view.left) + Math.min(right, view.right)) / 2;
  const x = Math.min(Math.max(middle - width / 2, view.left + 2), view.right - width - 2);
  if (right < view.left || left > view.right) return;
  p.rect(x, OVERVIEW_PX + 2, width, LABELS_PX - 2, ink.theme.accent);
  p.label(text, x + 6, OVERVIEW_PX + LABELS_PX / 2 + 1.5, width, ink.theme.ground, true);
}

/** Every visible piece of the selected thing is framed; an event inside a function gets a dot there. */
function drawSelection(scene: OverlayScene, row: number): void {
  const { p, ink, view, layout, scroll } = scene;
  let framed = false;
  for (const line of visibleLines(layout, scroll, p.height - HEAD_PX)) {
    const { lane } = line;
    const end = lane.firstFrom(view.to);
    const first = lane.firstAfter(view.from);
    for (let i = first; i < end && end - first < 5000; i++) {
      if (lane.row[i] !== row) continue;
      const left = Math.max(view.x(lane.p0[i]!), view.left - 4);
      const right = Math.min(Math.max(view.x(lane.p1[i]!), left + 1), view.right + 4);
      frame(p, left - 1, HEAD_PX + line.top - scroll - 1, right - left + 2, line.height + 2, ink);
      framed = true;
    }
  }
  const anchor = framed ? null : anchorOf(scene.model, layout, row);
  if (anchor !== null) drawDot(scene, view.x(anchor.place), HEAD_PX + anchor.y - scroll);
}

/** A frame around a bar with a light line inside, so that it stands out from the bar and hides little beside it. */
function frame(p: Painter, x: number, y: number, width: number, height: number, ink: Ink): void {
  p.ctx.lineJoin = 'miter';
  p.ctx.strokeStyle = ink.theme.ground;
  p.ctx.lineWidth = 1;
  if (width > 6) p.ctx.strokeRect(x + 1.5, y + 1.5, width - 3, height - 3);
  p.ctx.strokeStyle = ink.theme.accent;
  p.ctx.lineWidth = 2;
  p.ctx.strokeRect(x, y, width, height);
}

function drawDot(scene: OverlayScene, x: number, y: number): void {
  const { ctx } = scene.p;
  ctx.beginPath();
  ctx.arc(x, y, LINE_PX / 3, 0, 2 * Math.PI);
  ctx.fillStyle = scene.ink.theme.accent;
  ctx.strokeStyle = scene.ink.theme.ground;
  ctx.lineWidth = 2;
  ctx.fill();
  ctx.stroke();
}

function drawArrows(scene: OverlayScene): void {
  const { p, ink, view, model, layout, scroll, state } = scene;
  if (state.flows.length === 0) return;
  const { arrows, left } = arrowsOf(model, layout, view, state);
  const { ctx } = p;
  ctx.save();
  ctx.translate(0, HEAD_PX - scroll);
  ctx.lineCap = 'round';
  for (const [width, colour] of [
    [4, `${ink.theme.ground}c0`],
    [1.75, ink.theme.flow],
  ] as const) {
    ctx.lineWidth = width;
    ctx.strokeStyle = ctx.fillStyle = colour;
    for (const arrow of arrows) drawArrow(ctx, arrow);
  }
  ctx.restore();
  const more = `${counted(left, 'arrow')} more, zoom in`;
  if (left > 0) p.note(more, view.left + 6, p.height - 6, view.width - 12, ink.theme);
}

/** A curve that leaves and arrives upright where it goes far down or up, else sideways. */
function drawArrow(ctx: CanvasRenderingContext2D, arrow: Arrow): void {
  const { x0, y0, x1, y1 } = arrow;
  const upright = Math.abs(y1 - y0) > Math.abs(x1 - x0);
  const [dx, dy] = upright ? [0, Math.sign(y1 - y0)] : [1, 0];
  const bend = upright ? Math.abs(y1 - y0) / 2 : Math.max(12, Math.abs(x1 - x0) / 2);
  const [tx, ty] = [x1 - dx, y1 - dy * 4]; // the tip ends at the span's edge
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.bezierCurveTo(x0 + dx * bend, y0 + dy * bend, tx - dx * bend, ty - dy * bend, tx - dx * 5, ty - dy * 5);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(tx, ty);
  ctx.lineTo(tx - dx * 7 + dy * 4, ty - dy * 7 + dx * 4);
  ctx.lineTo(tx - dx * 7 - dy * 4, ty - dy * 7 - dx * 4);
  ctx.closePath();
  ctx.fill();
  ctx.beginPath();
  ctx.arc(x0, y0, 2.5, 0, 2 * Math.PI);
  ctx.fill();
}

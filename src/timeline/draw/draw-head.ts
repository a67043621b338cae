/** The head of the timeline: the overview of the whole run, and the ruler of what is visible. */
import { FOLD_SHOWN_NS, FoldedAxis } from '../axis.ts';
import type { Density } from '../density.ts';
import { counted, duration } from '../format.ts';
import type { Model } from '../model.ts';
import { foldMarks, ticks } from '../ticks.ts';
import type { Window } from '../types.ts';
import { Viewport } from '../viewport.ts';
import type { Overview } from './draw-overview.ts';
import { drawHazard, zigzag } from './draw-tracks.ts';
import type { Ink, Painter } from './painter.ts';

export const OVERVIEW_PX = 46;
export const RULER_PX = 30;
/** The ruler's upper part, with its labels; below them are ticks and handles. */
export const LABELS_PX = 19;
export const HEAD_PX = OVERVIEW_PX + RULER_PX;

export type HeadScene = {
  readonly p: Painter;
  readonly ink: Ink;
  readonly view: Viewport;
  readonly model: Model;
  readonly density: Density;
  readonly overview: Overview;
  /** Some pixel of the tracks hides spans: the corner says what the dots mean. */
  readonly hides: boolean;
};

/** The whole run over the width of the tracks. */
export function overviewPort(model: Model, view: Viewport): Viewport {
  return new Viewport({ from: 0, to: model.axis.end }, view.left, view.width);
}

export function drawHead(scene: HeadScene): void {
  const { view } = scene;
  drawDensity(scene);
  drawWindow(scene, view);
  drawGutter(scene);
  drawRuler(scene);
}

function drawGutter(scene: HeadScene): void {
  const { p, ink, view, model } = scene;
  const { theme } = ink;
  const room = view.left - 10;
  p.rect(0, 0, view.left, HEAD_PX, theme.panel);
  const length = model.axis.kind === 'steps' ? counted(model.log.rows, 'step') : duration(model.log.end_ns);
  p.label('whole run', 8, 15, room, theme.ink, true);
  p.label(length, 8, 32, room, theme.muted);
  const folded = room < 100 ? 'folded' : 'clock, gaps folded';
  const axis = { clock: 'clock', folded, steps: 'steps' }[model.axis.kind];
  const dots = room < 100 ? '··· zoom in' : '··· dots: zoom in';
  p.label(scene.hides ? dots : axis, 8, OVERVIEW_PX + RULER_PX / 2, room, theme.muted);
  p.rect(view.left - 1, 0, 1, HEAD_PX, theme.line);
  p.rect(0, OVERVIEW_PX, p.width, 1, theme.line);
}

/** Contexts stacked, hazards on top. */
function drawDensity(scene: HeadScene): void {
  const { p, ink, view, model, overview, density } = scene;
  overview.draw(p, ink, density, { x: view.left, y: 3, width: density.columns, height: OVERVIEW_PX - 6 });
  const port = overviewPort(model, view);
  let last = -Infinity;
  for (const row of model.hazards) {
    const x = port.x(model.axis.ofRow(row));
    if (x - last < 4) continue;
    last = x;
    drawHazard(p.ctx, { x, y: 11 }, ink.theme, model.severityAt(row));
  }
}

/** What is visible: the rest of the run is veiled, and the edges have grips. */
function drawWindow(scene: HeadScene, view: Viewport): void {
  const { p, ink, model } = scene;
  const { from, to } = windowBox(model, view, view);
  const veil = `${ink.theme.panel}c0`;
  p.rect(view.left, 3, from - view.left, OVERVIEW_PX - 6, veil);
  p.rect(to, 3, view.right - to, OVERVIEW_PX - 6, veil);
  p.ctx.strokeStyle = ink.theme.accent;
  p.ctx.lineWidth = 1.5;
  p.ctx.strokeRect(from, 2.5, to - from, OVERVIEW_PX - 5);
  for (const x of [from, to]) p.rect(x - 2.5, OVERVIEW_PX / 2 - 8, 5, 16, ink.theme.accent);
}

/** Edges of the visible window in the overview, at least a few pixels apart so that it can be grasped. */
export function windowBox(model: Model, view: Viewport, window: Window): { from: number; to: number } {
  const port = overviewPort(model, view);
  const [from, to] = [port.x(window.from), port.x(window.to)];
  const spare = Math.max(0, 8 - (to - from)) / 2;
  return { from: Math.max(view.left, from - spare), to: Math.min(view.right, to + spare) };
}

function drawRuler(scene: HeadScene): void {
  const { p, ink, view, model } = scene;
  const { theme } = ink;
  p.ctx.save();
  p.ctx.beginPath();
  p.ctx.rect(view.left, OVERVIEW_PX + 1, view.width, RULER_PX - 1);
  p.ctx.clip();
  const taken = drawFoldMarks(scene);
  for (const tick of ticks(model.axis, view)) {
    const x = p.sharp(view.x(tick.place));
    const major = tick.label !== '';
    p.rect(x, HEAD_PX - (major ? 9 : 4), 1, major ? 9 : 4, theme.muted);
    const end = x + 6 + p.text.width(tick.label);
    const free = taken.every((box) => end < box.from || x > box.to);
    if (major && free) p.label(tick.label, x + 4, OVERVIEW_PX + 11, 200, theme.ink);
  }
  p.ctx.restore();
  p.rect(0, HEAD_PX - 1, p.width, 1, theme.line);
}

type Box = { readonly from: number; readonly to: number };

/** A zigzag for each folded gap, with its true length where that fits. Returns what ticks must not write over. */
function drawFoldMarks(scene: HeadScene): Box[] {
  const { p, ink, view, model } = scene;
  const taken: Box[] = [];
  const width = FOLD_SHOWN_NS * view.scale;
  if (!(model.axis instanceof FoldedAxis) || width < 3) return taken;
  let last = -Infinity;
  for (const mark of foldMarks(model.axis, view)) {
    const [left, right] = [view.x(mark.place), view.x(mark.end)];
    p.rect(left, OVERVIEW_PX + 1, width, RULER_PX - 2, ink.chip);
    for (const x of [left, right]) zigzag(p.ctx, p.sharp(x), OVERVIEW_PX + 1, HEAD_PX, ink.theme.muted);
    const room = p.widthOf(mark.label, true) + 8;
    const start = Math.min(Math.max((left + right - room) / 2, view.left), view.right - room);
    const box = { from: start, to: start + room };
    taken.push({ from: left, to: right });
    if (box.from < last) continue;
    last = box.to + 4;
    taken.push(box);
    p.rect(box.from, OVERVIEW_PX + 2, room, LABELS_PX - 2, ink.chip);
    p.label(mark.label, box.from + 4, OVERVIEW_PX + 11, room, ink.theme.ink, true);
  }
  return taken;
}

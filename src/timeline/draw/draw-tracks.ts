/** The body: tracks with their spans, depths and hatches, and the gutter with their names. */
import { contextLevel } from '../../log/context.ts';
import { anchorOf } from '../anchors.ts';
import { FoldedAxis } from '../axis.ts';
import { HAZARD_PX } from '../hit.ts';
import type { Lane } from '../lane.ts';
import type { Model } from '../model.ts';
import { FOLD_SHOWN_NS } from '../axis.ts';
import type { JiffyMark } from '../jiffies.ts';
import type { PlaceTrack } from '../places.ts';
import { coveredPx, stickyHeader } from '../sticky.ts';
import { Kind, type Theme } from '../theme.ts';
import type { HazardMark } from '../types.ts';
import { DEPTH_PX, type Layout, LINE_PX, LOCK_TAG, type Line, type Track, showsDepth } from '../tracks.ts';
import { drawSpans, drawWideSpans, type LaneScene } from './draw-lane.ts';
import { levelFor, type Strips } from './strips.ts';

export type TracksScene = LaneScene & {
  readonly model: Model;
  readonly layout: Layout;
  readonly focused: string | null;
  readonly strips: Strips;
  readonly jiffies: readonly JiffyMark[];
};

/** Draws what is visible of the tracks. True where some pixel hides spans. */
export function drawTracks(scene: TracksScene): boolean {
  const { p, view, scroll, layout } = scene;
  const visible = layout.tracks.filter((t) => t.top + t.height > scroll && t.top < scroll + p.height);
  for (const track of visible) drawGround(scene, track);
  p.ctx.save();
  p.ctx.beginPath();
  p.ctx.rect(view.left, 0, view.width, p.height);
  p.ctx.clip();
  drawFolds(scene);
  drawJiffies(scene);
  for (const track of visible) if (track.place !== null && showsDepth(track.place)) drawDepth(scene, track);
  const hides = drawLines(scene, visibleLines(layout, scroll, p.height));
  for (const track of visible) drawInterrupted(scene, track);
  drawHazards(scene);
  drawJiffyNames(scene);
  p.ctx.restore();
  for (const track of visible) drawGutter(scene, track, track.top - scroll);
  drawSticky(scene);
  return hides;
}

/** Dense lanes first, all in one go, then the spans of the others. */
function drawLines(scene: TracksScene, lines: readonly Line[]): boolean {
  const { view, strips, ink } = scene;
  let hides = false;
  strips.begin(Math.floor(view.width), lines.length);
  const ranges = lines.map((line) => {
    const first = line.lane.firstAfter(view.from);
    const end = line.lane.firstFrom(view.to);
    const level = levelFor(line.lane, end - first, view);
    if (level !== null) hides = strips.add(line, level, view, ink) || hides;
    return { line, first, end, dense: level !== null };
  });
  strips.draw(scene.p, view.left, scene.scroll);
  for (const { line, first, end, dense } of ranges)
    if (dense) drawWideSpans(scene, line, first, end);
    else hides = drawSpans(scene, line, first, end) || hides;
  return hides;
}

function drawGround(scene: TracksScene, track: Track): void {
  const { p, ink, view } = scene;
  const y = track.top - scene.scroll;
  if (track.kind === 'group') p.rect(0, y, view.right, track.height, ink.theme.panel);
  p.rect(0, y + track.height - 1, view.right, 1, ink.theme.line);
}

/** While a group is scrolled its header stays, so that whose bands these are can always be read. */
function drawSticky(scene: TracksScene): void {
  const sticky = stickyHeader(scene.layout, scene.scroll);
  if (sticky === null) return;
  const { p, ink, view } = scene;
  p.rect(0, sticky.y, view.right, sticky.track.height, ink.theme.panel);
  drawGutter(scene, sticky.track, sticky.y);
  p.rect(0, sticky.y + sticky.track.height - 1, view.right, 1, ink.theme.line);
}

/** The names, over the gutter. Labels stay in sight, below the group's header, while their track is. */
function drawGutter(scene: TracksScene, track: Track, y: number): void {
  const { p, ink, view } = scene;
  const { theme } = ink;
  const room = view.left - 8;
  p.rect(0, y, view.left, track.height - 1, track.kind === 'group' ? theme.panel : theme.ground);
  p.rect(view.left - 1, y, 1, track.height, theme.line);
  if (track.kind === 'group') {
    const middle = y + track.height / 2;
    if (track.collapsed !== null) drawTriangle(scene, 11, middle, track.collapsed);
    const taken = p.label(track.label, 22, middle + 0.5, room - 18, theme.ink, true);
    if (track.collapsed === null) p.label('idle', 30 + taken, middle + 0.5, room - taken - 26, theme.muted);
  } else {
    const top = coveredPx(scene.layout, scene.scroll);
    const least = Math.min(y + track.height - LINE_PX / 2 - 2, top + LINE_PX / 2 + 4);
    const middle = Math.max(y + LINE_PX / 2 + 2, least);
    drawName(scene, track, middle, room);
  }
  if (scene.focused === track.id) focusRing(scene, y, track.height);
}

/** Tag and name. Where only one of them has room, a strip of colour stands for the tag. */
function drawName(scene: TracksScene, track: Track, y: number, room: number): void {
  const { p, ink } = scene;
  const { theme } = ink;
  const { context, place, height } = track;
  if (track.lock !== null) {
    const tag = room < 90 ? 0 : p.box(LOCK_TAG, 6, y, theme.muted, theme.ground) + 6;
    p.label(track.label, 6 + tag, y + 0.5, room - tag, theme.muted);
  }
  if (context === null) return;
  const [narrow, low] = [room < 90, height <= 34];
  if (narrow && low && place !== null) {
    p.rect(0, y - 8, 4, 16, theme.fill[context]);
    p.label(track.label, 8, y + 0.5, room - 2, theme.muted);
    return;
  }
  const taken = p.tag(context, 6, y, theme);
  if (!narrow) p.label(nameIn(track), 12 + taken, y + 0.5, room - taken - 6, theme.muted);
  if (place === null || low) return;
  p.label(narrow ? track.label : mostText(place), narrow ? 6 : 12, y + 17, room - 6, theme.muted);
}

/** In the group of its CPU a place need not name that again. */
const nameIn = ({ label, cpu }: Track): string => label.replace(` CPU ${cpu ?? ''}`, '');

function mostText({ depth, lanes }: PlaceTrack): string {
  return depth.max > lanes.length
    ? `max ${depth.max}, ${lanes.length} as bars`
    : `most at once: ${depth.max}`;
}

function drawTriangle(scene: TracksScene, x: number, y: number, collapsed: boolean): void {
  const { ctx } = scene.p;
  ctx.fillStyle = scene.ink.theme.muted;
  ctx.beginPath();
  const [dx, dy] = collapsed ? [3, 5] : [5, 3];
  ctx.moveTo(x - dx, y - dy);
  ctx.lineTo(collapsed ? x + 4 : x + dx, collapsed ? y : y - dy);
  ctx.lineTo(collapsed ? x - dx : x, collapsed ? y + dy : y + 4);
  ctx.fill();
}

function focusRing(scene: TracksScene, y: number, height: number): void {
  const { ctx } = scene.p;
  ctx.strokeStyle = scene.ink.theme.accent;
  ctx.lineWidth = 2;
  ctx.strokeRect(1, y + 1, scene.view.right - 2, height - 3);
}

/** Folded gaps: a faint band between two broken edges through all tracks; the ruler has the length. */
function drawFolds(scene: TracksScene): void {
  const { axis } = scene.model;
  const { p, ink, view, layout, scroll } = scene;
  const width = FOLD_SHOWN_NS * view.scale;
  if (!(axis instanceof FoldedAxis) || width < 3) return;
  const bottom = Math.min(p.height, layout.height - scroll);
  for (let i = axis.firstFoldAfter(view.from); i < axis.folds.length; i++) {
    const fold = axis.folds[i];
    if (fold === undefined || fold.place > view.to) break;
    p.rect(view.x(fold.place), 0, width, bottom, ink.theme.panel);
    for (const edge of [fold.place, fold.place + FOLD_SHOWN_NS])
      zigzag(p.ctx, p.sharp(view.x(edge)), 0, bottom, ink.theme.line);
  }
}

/** The grid of jiffies, behind everything. Its numbers are in `drawJiffyNames`. */
function drawJiffies(scene: TracksScene): void {
  const { p, ink, view, layout, scroll, jiffies } = scene;
  if (jiffies.length === 0) return;
  const bottom = Math.min(p.height, layout.height - scroll);
  p.ctx.strokeStyle = ink.theme.muted;
  p.ctx.lineWidth = 1;
  p.ctx.setLineDash([2, 4]);
  p.ctx.beginPath();
  for (const { place } of jiffies) {
    const x = p.sharp(view.x(place)) + 0.5;
    p.ctx.moveTo(x, 0);
    p.ctx.lineTo(x, bottom);
  }
  p.ctx.stroke();
  p.ctx.setLineDash([]);
}

/** Their numbers, at the foot of the tracks, where one does not touch the next. */
function drawJiffyNames(scene: TracksScene): void {
  const { p, ink, view, jiffies } = scene;
  let last = -Infinity;
  for (const { place, label } of jiffies) {
    const x = view.x(place);
    const width = p.text.width(label) + 8;
    if (x < last || x < view.left || x + width > view.right) continue;
    last = x + width + 8;
    p.rect(x, p.height - 18, width, 16, ink.theme.panel);
    p.label(label, x + 4, p.height - 9.5, width, ink.theme.muted);
  }
}

/** A vertical broken edge. */
export function zigzag(
  ctx: CanvasRenderingContext2D,
  x: number,
  from: number,
  to: number,
  colour: string,
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(x, from);
  for (let y = from, side = 1; y < to; y += 4, side = -side) ctx.lineTo(x + 2 * side, y + 2);
  ctx.stroke();
}

/** How many items are in a place: an area in steps, with the number where it fits. */
function drawDepth(scene: TracksScene, track: Track): void {
  const steps = track.place?.depth;
  if (steps === undefined || steps.count === 0) return;
  const { p, view } = scene;
  const kind = track.context ?? Kind.Waiting;
  const base = track.top - scene.scroll + 2 + DEPTH_PX - 4;
  const unit = (DEPTH_PX - 8) / steps.max;
  const first = Math.max(0, steps.indexAt(view.from));
  for (let i = first; i < steps.count;) {
    const from = steps.places[i]!;
    if (from > view.to) break;
    const x = p.sharp(Math.max(view.x(from), view.left - 1));
    let last = i;
    if (i + 1 < steps.count && view.x(steps.places[i + 1]!) < x + 1)
      last = Math.max(i, steps.indexAt(view.place(x + 1)));
    const end = last + 1 < steps.count ? view.x(steps.places[last + 1]!) : view.x(scene.model.axis.end);
    const right = p.sharp(Math.min(Math.max(end, x + 1), view.right + 1));
    // Points that share a pixel show their greatest depth there; the last of them holds from then on.
    if (last > i) drawStep(scene, kind, steps.maxOf(i, last), { x, right: x + 1, base, unit });
    drawStep(scene, kind, steps.depth[last]!, { x: last > i ? x + 1 : x, right, base, unit });
    i = last + 1;
  }
}

type StepBox = { readonly x: number; readonly right: number; readonly base: number; readonly unit: number };

function drawStep(scene: TracksScene, kind: Kind, depth: number, box: StepBox): void {
  if (depth === 0 || box.right <= box.x) return;
  const { p, ink } = scene;
  const { theme } = ink;
  const top = Math.round(box.base - Math.max(2, depth * box.unit));
  p.rect(box.x, top, box.right - box.x, box.base - top, ink.covered[kind]?.[0] ?? theme.ink);
  p.rect(box.x, top, box.right - box.x, 2, theme.fill[kind]);
  const text = String(depth);
  const width = p.text.width(text);
  if (box.right - box.x < width + 10) return;
  const x = Math.max(box.x, scene.view.left) + 3;
  const y = box.base - (DEPTH_PX - 8) / 2;
  p.rect(x, y - 7, width + 4, 14, theme.ground);
  p.label(text, x + 2, y + 0.5, 60, theme.ink, true);
}

/** What an interrupt on top keeps waiting is hatched. */
function drawInterrupted(scene: TracksScene, track: Track): void {
  const { p, view, ink } = scene;
  if (track.above.length === 0) return;
  const hatch = p.pattern('interrupted', `${ink.theme.ground}b0`);
  if (hatch === null) return;
  for (const above of track.above) {
    const end = above.firstFrom(view.to);
    const first = above.firstAfter(view.from);
    if (end - first > view.width) continue; // narrower than a pixel each: nothing to hatch
    for (let i = first; i < end; i++) hatchUnder(scene, track, above, i, hatch);
  }
}

function hatchUnder(scene: TracksScene, track: Track, above: Lane, i: number, hatch: CanvasPattern): void {
  const { p, view } = scene;
  const left = p.sharp(Math.max(view.x(above.p0[i]!), view.left));
  const right = p.sharp(Math.min(view.x(above.p1[i]!), view.right));
  if (right - left < 2) return;
  p.ctx.fillStyle = hatch;
  for (const line of track.lines) {
    const span = line.lane.nearest(above.p0[i]!, 0);
    if (span < 0 || line.lane.kind[span] === Kind.Idle || line.lane.p1[span] === above.p0[i]) continue;
    p.ctx.fillRect(left, line.top - scene.scroll, right - left, line.height);
  }
}

/** Hazards are never merged into a level of detail; those that touch share a triangle. */
function drawHazards(scene: TracksScene): void {
  const { model, layout, view, p, scroll } = scene;
  const last = new Map<number, number>(); // by CPU and level, so that finding the place is asked for few
  for (const row of model.hazards) {
    const x = view.x(model.axis.ofRow(row));
    if (x < view.left - HAZARD_PX || x > view.right + HAZARD_PX) continue;
    const where = model.log.cpu(row) * 4 + contextLevel(model.log.context(row));
    if (x - (last.get(where) ?? -Infinity) < 3) continue;
    last.set(where, x);
    const anchor = anchorOf(model, layout, row);
    if (anchor === null) continue;
    drawHazard(p.ctx, { x, y: anchor.y - scroll }, scene.ink.theme, model.severityAt(row));
  }
}

/** A mark with its middle at (x, y): a full triangle for what is broken, a hollow one for a warning, a ring for a note. */
export function drawHazard(
  ctx: CanvasRenderingContext2D,
  { x, y }: { readonly x: number; readonly y: number },
  theme: Theme,
  severity: HazardMark['severity'],
): void {
  const [ink, ground] = [theme.fill[Kind.Hazard], theme.ground];
  const isFull = severity === 'error';
  ctx.beginPath();
  if (severity === 'info') ctx.arc(x, y, HAZARD_PX / 2, 0, 2 * Math.PI);
  else triangle(ctx, x, y);
  ctx.closePath();
  ctx.lineWidth = isFull ? 3 : 4;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = ground;
  ctx.stroke();
  ctx.fillStyle = isFull ? ink : ground;
  ctx.fill();
  if (!isFull) {
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = ink;
    ctx.stroke();
  }
  ctx.fillStyle = isFull ? ground : ink;
  const [dot, line] = severity === 'info' ? [y - 4, y - 1.5] : [y + 3, y - 2.5];
  ctx.fillRect(x - 0.75, line, 1.5, 4.5);
  ctx.fillRect(x - 0.75, dot, 1.5, 1.5);
}

function triangle(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  const half = HAZARD_PX / 2 + 1;
  ctx.moveTo(x, y - half);
  ctx.lineTo(x + half, y + half - 1);
  ctx.lineTo(x - half, y + half - 1);
}

/** Lines of the tracks that are at least partly visible. */
export function visibleLines(layout: Layout, scroll: number, height: number): Line[] {
  return layout.tracks.flatMap((track) =>
    track.lines.filter((line) => line.top + line.height > scroll && line.top < scroll + height),
  );
}

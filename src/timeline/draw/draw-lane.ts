/** Draws one lane: real spans where they can be told apart, levels of detail where they cannot. */
import { Piece } from '../../analysis/stacks.ts';
import type { Lane } from '../lane.ts';
import { type Level, levelKind, levelStarts } from '../mips.ts';
import { Kind, KINDS } from '../theme.ts';
import type { Line } from '../tracks.ts';
import type { Viewport } from '../viewport.ts';
import { COVER_STEPS, type Ink, type Painter } from './painter.ts';

/** What a lane's drawing needs beside the lane. */
export type LaneScene = {
  readonly p: Painter;
  readonly ink: Ink;
  readonly view: Viewport;
  /** Canvas pixels above the content's top: subtracted from a line's `top`. */
  readonly scroll: number;
  readonly label: (lane: Lane, i: number) => string;
  /** Does this object belong to the followed I/O? */
  readonly followed: (object: number) => boolean;
};

/** More spans than this a pixel are drawn from levels of detail. */
const DENSE = 1.5;
/** Narrower spans have no room for pattern or text. */
const PATTERN_PX = 7;

/** Draws a line. True if some pixel hides spans: a dotted underline says where. */
export function drawLine(scene: LaneScene, line: Line): boolean {
  const { lane } = line;
  const { view } = scene;
  const first = lane.firstAfter(view.from);
  const end = lane.firstFrom(view.to);
  const level = end - first > DENSE * view.width ? lane.mips().level(view.pixel) : null;
  return level === null ? drawSpans(scene, line, first, end) : drawLevel(scene, line, level);
}

/** Spans one by one. Those that would end within a pixel that is taken are skipped, and the pixel gets a dot. */
function drawSpans(scene: LaneScene, line: Line, first: number, end: number): boolean {
  const { p, view } = scene;
  const { lane } = line;
  const y = line.top - scene.scroll;
  let hides = false;
  let taken = -Infinity;
  for (let i = first; i < end; i++) {
    const left = p.sharp(Math.max(view.x(lane.p0[i]!), view.left - 1));
    const right = p.sharp(Math.min(view.x(lane.p1[i]!), view.right + 1));
    if (right - left < 1 && left < taken) {
      p.rect(taken - 1, y + line.height - 2, 1, 2, scene.ink.theme.ink);
      hides = true;
      i = Math.max(i, lane.firstAfter(view.place(taken)) - 1);
      continue;
    }
    taken = drawSpan(scene, line, i, left, Math.max(right, left + 1));
  }
  return hides;
}

/** One span; returns its right edge. */
function drawSpan(scene: LaneScene, line: Line, i: number, left: number, right: number): number {
  const { p, ink } = scene;
  const { lane, height } = line;
  const kind = lane.kind[i]! as Kind;
  const y = line.top - scene.scroll;
  const gap = right - left > 4 ? 1 : 0; // parts neighbours of one colour
  const width = right - left - gap;
  if (kind === Kind.Idle) drawIdle(scene, line, left, width);
  else {
    p.rect(left, y, width, height, ink.theme.fill[kind]);
    if (ink.forced) outline(p, left, y, width, height, ink.theme.ink);
    if (width >= PATTERN_PX) drawInside(scene, line, i, kind, left, width);
    if (scene.followed(lane.object[i]!)) p.rect(left, y + height - 2, width, 2, ink.theme.ink);
  }
  return right;
}

/** Nobody is there: a thin line instead of a bar. */
function drawIdle(scene: LaneScene, line: Line, left: number, width: number): void {
  const { p, ink } = scene;
  const middle = line.top - scene.scroll + line.height / 2;
  p.rect(left, Math.floor(middle), width, 1, ink.theme.fill[Kind.Idle]);
  if (width < 60) return;
  const x = Math.max(left, scene.view.left) + 6;
  const text = p.text.width('idle');
  p.rect(x - 4, middle - 6, text + 8, 12, ink.theme.ground);
  p.label('idle', x, middle + 0.5, width, ink.theme.muted);
}

/** The context's pattern on frames and bars, and the name. */
function drawInside(scene: LaneScene, line: Line, i: number, kind: Kind, left: number, width: number): void {
  const { p, ink } = scene;
  const { lane, height } = line;
  const y = line.top - scene.scroll;
  const patterned = lane.piece[i] !== Piece.Function || kind === Kind.Waiting || kind === Kind.Device;
  const pattern = patterned ? p.pattern(KINDS[kind].pattern, `${ink.theme.text[kind]}38`) : null;
  if (pattern !== null) {
    p.ctx.fillStyle = pattern;
    p.ctx.fillRect(left, y, width, height);
  }
  const from = Math.max(left, scene.view.left);
  const room = Math.min(left + width, scene.view.right) - from - 6;
  const bold = lane.piece[i] === Piece.Frame;
  p.label(scene.label(lane, i), from + 3, y + height / 2 + 0.5, room, ink.theme.text[kind], bold);
}

function outline(p: Painter, x: number, y: number, width: number, height: number, colour: string): void {
  p.ctx.strokeStyle = colour;
  p.ctx.lineWidth = 1;
  if (width > 2) p.ctx.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  else p.rect(x, y, width, height, colour);
}

/** Coverage by pixel, equal neighbours in one rectangle. */
function drawLevel(scene: LaneScene, line: Line, level: Level): boolean {
  const { view } = scene;
  let hides = false;
  let runFrom = 0;
  let runLook = 0;
  for (let px = 0; px <= view.width; px++) {
    const look = px < view.width ? pixelLook(level, view.place(view.left + px), view.pixel) : 0;
    if (look === runLook && px < view.width) continue;
    if (runLook !== 0) hides = drawRun(scene, line, view.left + runFrom, px - runFrom, runLook) || hides;
    runFrom = px;
    runLook = look;
  }
  return hides;
}

const HIDES = 64;

/** How a pixel looks: 0 for empty, else kind, coverage step and whether it hides spans, in one number. */
export function pixelLook(level: Level, place: number, pixel: number): number {
  const first = Math.max(0, Math.floor(place / level.width));
  const last = Math.min(level.count - 1, Math.ceil((place + pixel) / level.width) - 1);
  let total = 0;
  let starts = 0;
  let best = -1;
  for (let b = first; b <= last; b++) {
    const cover = level.cover[b]!;
    if (cover === 0) continue;
    total += cover;
    starts += levelStarts(level.info[b]!);
    if (best < 0 || cover > level.cover[best]!) best = b;
  }
  if (best < 0) return 0;
  const share = total / (255 * (last - first + 1));
  const step = Math.min(COVER_STEPS - 1, Math.floor(share * COVER_STEPS));
  return 128 | (starts > 1 ? HIDES : 0) | (step << 4) | levelKind(level.info[best]!);
}

function drawRun(scene: LaneScene, line: Line, x: number, width: number, look: number): boolean {
  const { p, ink } = scene;
  const kind = (look & 15) as Kind;
  const y = line.top - scene.scroll;
  const colour = ink.covered[kind]?.[(look >> 4) & 3] ?? ink.theme.ink;
  if (kind === Kind.Idle) p.rect(x, y + Math.floor(line.height / 2), width, 1, colour);
  else p.rect(x, y, width, line.height, colour);
  if ((look & HIDES) === 0) return false;
  if (kind !== Kind.Idle)
    for (let dot = x; dot < x + width; dot += 3) p.rect(dot, y + line.height - 2, 1, 2, ink.theme.ink);
  return true;
}

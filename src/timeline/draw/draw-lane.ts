/** Draws the spans of one lane: bars with patterns and names. Dense lanes are in `strips.ts`. */
import { Piece } from '../../analysis/stacks.ts';
import type { Lane } from '../lane.ts';
import { LockPiece } from '../locks.ts';
import { Kind, KINDS } from '../theme.ts';
import { type Line, TEXT_PX } from '../tracks.ts';
import type { Viewport } from '../viewport.ts';
import { type Ink, type Painter } from './painter.ts';

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

/** Of a dense lane only spans this wide are drawn again, with their names. */
const NAMED_PX = 24;
/** In denser lanes nobody looks for them. */
const SEARCH_PER_PX = 12;
/** Narrower spans have no room for pattern or text. */
const PATTERN_PX = 7;

/** Draws a lane's spans one by one. True if some pixel hides spans: a dot says which. */
export function drawSpans(scene: LaneScene, line: Line, first: number, end: number): boolean {
  const { p, view } = scene;
  const { lane } = line;
  const y = line.top - scene.scroll;
  let hides = false;
  let taken = -Infinity;
  for (let i = first; i < end; i++) {
    const left = p.sharp(Math.max(view.x(lane.p0[i]!), view.left - 1));
    const right = p.sharp(Math.min(view.x(lane.p1[i]!), view.right + 1));
    if (right - left < 1 && left < taken) {
      if (lane.kind[i] === Kind.Idle) continue;
      p.rect(taken - 1, y + line.height - 2, 1, 2, scene.ink.theme.ink);
      hides = true;
      i = Math.max(i, lane.firstAfter(view.place(taken)) - 1); // the others that end within this pixel
      continue;
    }
    taken = drawSpan(scene, line, i, left, Math.max(right, left + 1));
  }
  return hides;
}

/** Over a lane drawn from a level of detail: the spans wide enough for a name, and idle time. */
export function drawWideSpans(scene: LaneScene, line: Line, first: number, end: number): void {
  const { p, view } = scene;
  const { lane } = line;
  if (end - first > SEARCH_PER_PX * view.width) return;
  const least = NAMED_PX * view.pixel;
  for (let i = first; i < end; i++) {
    if (lane.p1[i]! - lane.p0[i]! < least) continue;
    const left = p.sharp(Math.max(view.x(lane.p0[i]!), view.left - 1));
    drawSpan(scene, line, i, left, p.sharp(Math.min(view.x(lane.p1[i]!), view.right + 1)));
  }
}

/** One span; returns its right edge. */
function drawSpan(scene: LaneScene, line: Line, i: number, left: number, right: number): number {
  const { p, ink } = scene;
  const { lane, height } = line;
  const kind = lane.kind[i]! as Kind;
  const y = line.top - scene.scroll;
  const gap = right - left > 4 ? 1 : 0; // parts neighbours of one colour
  const width = right - left - gap;
  if (kind === Kind.Idle && lane.piece[i] === Piece.Frame) drawIdle(scene, line, left, width);
  else {
    p.rect(left, y, width, height, ink.theme.fill[kind]);
    if (ink.forced) outline(p, left, y, width, height, ink.theme.ink);
    if (width >= PATTERN_PX) drawInside(scene, line, i, kind, left, width);
    if (lane.piece[i] === LockPiece.IrqsOff) p.rect(left, y + height - 3, width, 3, ink.theme.ink);
    if (width >= 3 && scene.followed(lane.object[i]!))
      p.rect(left, y + height - 1, width, 1, ink.theme.text[kind]);
  }
  return right;
}

/** Nobody is there: a thin line instead of a bar. */
function drawIdle(scene: LaneScene, line: Line, left: number, width: number): void {
  const { p, ink } = scene;
  const middle = line.top - scene.scroll + line.height / 2;
  p.rect(left, Math.floor(middle), width, 1, ink.theme.fill[Kind.Idle]);
  if (width < 60 || line.height < TEXT_PX) return;
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
  const piece = lane.piece[i]!;
  const patterned = piece !== Piece.Function || kind === Kind.Waiting || kind === Kind.Device;
  const name = piece === LockPiece.IrqsOff ? 'diagonals' : KINDS[kind].pattern;
  const pattern = patterned ? p.pattern(name, `${ink.theme.text[kind]}38`) : null;
  if (pattern !== null) {
    p.ctx.fillStyle = pattern;
    p.ctx.fillRect(left, y, width, height);
  }
  if (height < TEXT_PX) return;
  const from = Math.max(left, scene.view.left);
  const room = Math.min(left + width, scene.view.right) - from - 6;
  const bold = piece === Piece.Frame;
  p.label(scene.label(lane, i), from + 3, y + height / 2 - 0.5, room, ink.theme.text[kind], bold);
}

function outline(p: Painter, x: number, y: number, width: number, height: number, colour: string): void {
  p.ctx.strokeStyle = colour;
  p.ctx.lineWidth = 1;
  if (width > 2) p.ctx.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  else p.rect(x, y, width, height, colour);
}

/**
 * Dense lanes, a pixel column at a time. Each lane is one row of a small bitmap that is then stretched to the lane's
 * height: one copy a lane instead of a rectangle a pixel, which is what keeps panning over a million spans smooth.
 */
import type { Lane } from '../lane.ts';
import { type Level, levelKind, levelStarts } from '../mips.ts';
import type { Line } from '../tracks.ts';
import type { Viewport } from '../viewport.ts';
import { COVER_STEPS, type Ink, type Painter } from './painter.ts';

/** Set in a look: some spans of the pixel are not drawn of their own. */
export const HIDES = 64;
/** Set in a look that is not empty. */
const FILLED = 128;
/** A dot each so many pixels marks where spans are hidden. */
const DOT_EVERY = 3;

/** How a pixel looks: 0 for empty, else kind, coverage step and whether it hides spans, in one number. */
export function pixelLook(level: Level, place: number, pixel: number): number {
  const first = Math.max(0, Math.floor(place / level.width));
  const end = Math.ceil((place + pixel) / level.width);
  const last = Math.min(level.count, end) - 1;
  const { cover, info } = level;
  let total = 0;
  let starts = 0;
  let most = 0;
  let best = 0;
  for (let b = first; b <= last; b++) {
    const covered = cover[b]!;
    if (covered === 0) continue;
    total += covered;
    starts += levelStarts(info[b]!);
    if (covered > most) {
      most = covered;
      best = b;
    }
  }
  if (most === 0) return 0;
  const step = Math.min(COVER_STEPS - 1, Math.floor((total * COVER_STEPS) / (255 * (end - first))));
  return FILLED | (starts > 1 ? HIDES : 0) | (step << 4) | levelKind(info[best]!);
}

/** Collects the dense lanes of one frame, then draws them. */
export class Strips {
  private readonly scratch: CanvasRenderingContext2D | null;
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);
  private width = 0;
  private readonly lines: Line[] = [];

  constructor(document: Document) {
    this.scratch = document.createElement('canvas').getContext('2d');
  }

  /** Starts a frame that has room for `lines` lanes. */
  begin(width: number, lines: number): void {
    this.lines.length = 0;
    const height = Math.max(2, lines * 2);
    if (this.scratch === null || (this.image?.width === width && this.image.height >= height)) return;
    this.scratch.canvas.width = width;
    this.scratch.canvas.height = height;
    this.image = this.scratch.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.width = width;
  }

  /** Adds a lane from a level of detail. True if some pixel hides spans. */
  add(line: Line, level: Level, view: Viewport, ink: Ink): boolean {
    const plain = this.lines.length * 2 * this.width;
    const dotted = plain + this.width;
    this.lines.push(line);
    let hides = false;
    for (let px = 0; px < this.width; px++) {
      const look = pixelLook(level, view.from + px * view.pixel, view.pixel);
      const kind = look & 15;
      const colour = look === 0 ? 0 : ink.packed[kind]![(look >> 4) & 3]!;
      const hidden = (look & HIDES) !== 0;
      hides ||= hidden;
      this.pixels[plain + px] = colour;
      this.pixels[dotted + px] = hidden && px % DOT_EVERY === 0 ? ink.packedInk : colour;
    }
    return hides;
  }

  /** Draws what was added, `scroll` pixels up. */
  draw(p: Painter, left: number, scroll: number): void {
    if (this.scratch === null || this.image === null || this.lines.length === 0) return;
    const { canvas } = this.scratch;
    this.scratch.putImageData(this.image, 0, 0, 0, 0, this.width, this.lines.length * 2);
    p.ctx.imageSmoothingEnabled = false;
    for (const [i, line] of this.lines.entries()) {
      const y = line.top - scroll;
      p.ctx.drawImage(canvas, 0, i * 2, this.width, 1, left, y, this.width, line.height - 2);
      p.ctx.drawImage(canvas, 0, i * 2 + 1, this.width, 1, left, y + line.height - 2, this.width, 2);
    }
  }
}

/** The lane's level of detail for these pixels, where spans are too many to draw one by one; else null. */
export function levelFor(lane: Lane, count: number, view: Viewport): Level | null {
  return count > DENSE * view.width ? lane.mips().level(view.pixel) : null;
}

/** Spans a pixel from which a lane counts as dense. */
const DENSE = 0.5;

import { type Density, STACKED } from '../density.ts';
import { type Kind, KINDS } from '../theme.ts';
import { type Ink, Painter } from './painter.ts';

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** The stacked density of the whole run. It changes with the run and not with the window, so it is kept as a picture. */
export class Overview {
  private readonly kept: Painter | null;
  private of: { readonly density: Density; readonly ink: Ink; readonly ratio: number } | null = null;

  constructor(document: Document) {
    const ctx = document.createElement('canvas').getContext('2d', { alpha: false });
    this.kept = ctx === null ? null : new Painter(ctx);
  }

  draw(p: Painter, ink: Ink, density: Density, box: Box): void {
    const { kept } = this;
    if (kept === null) {
      drawStack(p, ink, density, box);
      return;
    }
    const { ratio } = p;
    if (this.of?.density !== density || this.of.ink !== ink || this.of.ratio !== ratio) {
      kept.begin(box.width, box.height, ratio, ink.theme.ground);
      drawStack(kept, ink, density, { ...box, x: 0, y: 0 });
      this.of = { density, ink, ratio };
    }
    p.ctx.drawImage(kept.ctx.canvas, box.x, box.y, box.width, box.height);
  }
}

/** A column a pixel; a context that is there at all is a pixel high. */
function drawStack(p: Painter, ink: Ink, density: Density, box: Box): void {
  const unit = density.max === 0 ? 0 : (box.height - 4) / density.max;
  p.rect(box.x, box.y, box.width, box.height, ink.theme.ground);
  for (let c = 0; c < density.columns; c++) {
    let y = box.y + box.height;
    for (const kind of STACKED) {
      const share = density.share[kind][c]!;
      if (share <= 0) continue;
      const height = Math.max(1, share * unit);
      if (ink.forced) drawForced(p, ink, kind, { x: box.x + c, y: y - height, width: 1, height });
      else p.rect(box.x + c, y - height, 1, height, ink.covered[kind]?.[3] ?? ink.theme.ink);
      y -= height;
    }
  }
}

/** In the system's colours a context is told by its pattern, below a line; solid ones are parted by a gap. */
function drawForced(p: Painter, ink: Ink, kind: Kind, { x, y, width, height }: Box): void {
  const { pattern } = KINDS[kind];
  const made = p.pattern(pattern, ink.theme.ink);
  if (made === null) {
    p.rect(x, y + 1, width, height - 1, ink.theme.ink);
    return;
  }
  p.ctx.fillStyle = made;
  p.ctx.fillRect(x, y, width, height);
  p.rect(x, y, width, 1, ink.theme.ink);
}

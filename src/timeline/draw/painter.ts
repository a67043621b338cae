/** A canvas with what every layer needs at hand: theme, patterns, text measures, the scale of the screen. */
import { blend, type Hex, parseHex } from '../contrast.ts';
import { Kind, KINDS, type Pattern, type Theme } from '../theme.ts';
import { BOLD, FitText, FONT } from './fit-text.ts';

/** Coverage of a pixel is shown in so many steps. */
export const COVER_STEPS = 4;

/** How much wider bold text is. */
const BOLDER = 1.08;

/** The colours of one theme, ready to use. */
export class Ink {
  readonly theme: Theme;
  /** Fill by kind, then by coverage step: from a tint, never fainter than it can be seen, to the full colour. */
  readonly covered: readonly (readonly Hex[])[];
  /** Behind the labels of folds. */
  readonly chip: Hex;
  /** The same, and the ink, as the bytes of a bitmap. */
  readonly packed: readonly Uint32Array[];
  readonly packedInk: number;
  /** Forced colours: fills are outlines, and only the system's colours are used. */
  readonly forced: boolean;

  constructor(theme: Theme, forced: boolean) {
    this.theme = theme;
    this.forced = forced;
    this.chip = forced ? theme.ground : theme.line;
    this.covered = theme.fill.map((fill) =>
      [0.55, 0.7, 0.85, 1].map((share) => (forced ? theme.ink : blend(theme.ground, fill, share))),
    );
    this.packed = this.covered.map((steps) => Uint32Array.from(steps, packed));
    this.packedInk = packed(theme.ink);
  }
}

/** A colour as four bytes in the order of `ImageData`. */
function packed(colour: Hex): number {
  const bytes = new Uint8Array([...parseHex(colour).map((c) => Math.round(c * 255)), 255]);
  return new Uint32Array(bytes.buffer)[0]!;
}

/** Draws on one canvas. Coordinates are CSS pixels; edges are rounded to whole device pixels, so they are sharp. */
export class Painter {
  readonly ctx: CanvasRenderingContext2D;
  readonly text: FitText;
  width = 0;
  height = 0;
  /** Device pixels a CSS pixel. */
  ratio = 1;
  private readonly patterns = new Map<string, CanvasPattern | null>();

  constructor(ctx: CanvasRenderingContext2D) {
    this.ctx = ctx;
    this.text = new FitText((text) => {
      ctx.font = FONT;
      return ctx.measureText(text).width;
    });
  }

  /** Matches the canvas to its box and to the screen, and paints it over: with a colour, or clear. */
  begin(width: number, height: number, ratio: number, ground: string | null = null): void {
    const { canvas } = this.ctx;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      this.patterns.clear();
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    [this.width, this.height, this.ratio] = [width, height, ratio];
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ctx.clearRect(0, 0, width, height); // also where it is painted over: browsers then forget what was drawn before
    if (ground !== null) this.rect(0, 0, width, height, ground);
    this.ctx.textBaseline = 'middle';
    this.ctx.font = FONT;
  }

  /** Rounds to the edge of a device pixel. */
  sharp(x: number): number {
    return Math.round(x * this.ratio) / this.ratio;
  }

  rect(x: number, y: number, width: number, height: number, fill: string): void {
    this.ctx.fillStyle = fill;
    this.ctx.fillRect(x, y, width, height);
  }

  /** Text, its middle at `y`; shortened to `room_px`. Returns the width taken. */
  label(text: string, x: number, y: number, room_px: number, fill: string, bold = false): number {
    const shown = this.text.fit(text, bold ? room_px / BOLDER : room_px);
    if (shown === '') return 0;
    this.ctx.font = bold ? BOLD : FONT;
    this.ctx.fillStyle = fill;
    this.ctx.fillText(shown, x, y);
    return this.widthOf(shown, bold);
  }

  widthOf(text: string, bold = false): number {
    return this.text.width(text) * (bold ? BOLDER : 1);
  }

  /** A small box with two letters in the colour of a context. Returns its width. */
  tag(kind: Kind, x: number, y: number, theme: Theme): number {
    return this.box(KINDS[kind].tag, x, y, theme.fill[kind], theme.text[kind]);
  }

  /** The same with any letters and colours. */
  box(letters: string, x: number, y: number, fill: string, ink: string): number {
    const width = this.widthOf(letters, true) + 8;
    this.rect(x, y - 8, width, 16, fill);
    this.label(letters, x + 4, y + 0.5, width, ink, true);
    return width;
  }

  /** A remark in a box, its lower left corner at (x, bottom); left out where it has no room. */
  note(text: string, x: number, bottom: number, room_px: number, theme: Theme): void {
    const width = this.text.width(text) + 14;
    if (width > room_px) return;
    const y = bottom - 20;
    this.rect(x, y, width, 20, theme.panel);
    this.ctx.strokeStyle = theme.line;
    this.ctx.lineWidth = 1;
    this.ctx.strokeRect(x + 0.5, y + 0.5, width - 1, 19);
    this.label(text, x + 7, y + 10.5, width, theme.muted);
  }

  /** A pattern in one colour; null where there is none to draw. */
  pattern(pattern: Pattern | 'interrupted', colour: string): CanvasPattern | null {
    const key = `${pattern} ${colour}`;
    let made = this.patterns.get(key);
    if (made === undefined) {
      made = makePattern(this.ctx, pattern, colour, this.ratio);
      this.patterns.set(key, made);
    }
    return made;
  }
}

function makePattern(
  ctx: CanvasRenderingContext2D,
  pattern: Pattern | 'interrupted',
  colour: string,
  ratio: number,
): CanvasPattern | null {
  if (pattern === 'solid' || pattern === 'hollow') return null;
  const size = pattern === 'dots' ? 5 : 6;
  const tile = ctx.canvas.ownerDocument.createElement('canvas');
  tile.width = tile.height = Math.round(size * ratio);
  const t = tile.getContext('2d');
  if (t === null) return null;
  t.scale(tile.width / size, tile.height / size);
  t.fillStyle = t.strokeStyle = colour;
  drawTile(t, pattern, size);
  const made = ctx.createPattern(tile, 'repeat');
  made?.setTransform(new DOMMatrix([size / tile.width, 0, 0, size / tile.height, 0, 0]));
  return made;
}

function drawTile(
  t: CanvasRenderingContext2D,
  pattern: Exclude<Pattern, 'solid' | 'hollow'> | 'interrupted',
  size: number,
): void {
  if (pattern === 'dots') t.fillRect(1, 1, 1.5, 1.5);
  else if (pattern === 'verticals') t.fillRect(1, 0, 1, size);
  else if (pattern === 'horizontals') t.fillRect(0, 1, size, 1);
  else drawDiagonals(t, pattern, size);
}

function drawDiagonals(
  t: CanvasRenderingContext2D,
  pattern: 'diagonals' | 'interrupted',
  size: number,
): void {
  const back = pattern === 'interrupted';
  t.lineWidth = back ? 2.2 : 1.4;
  t.beginPath();
  for (const shift of [-size, 0, size]) {
    t.moveTo(shift - 1, back ? -1 : size + 1);
    t.lineTo(shift + size + 1, back ? size + 1 : -1);
  }
  t.stroke();
}

/** The timeline's elements and canvases: what is where on the screen, and drawing once a frame what has changed. */
import { type Density, densityOf } from './density.ts';
import { spanLabel, ioOf } from './describe.ts';
import { drawHead, HEAD_PX } from './draw/draw-head.ts';
import { Overview } from './draw/draw-overview.ts';
import { drawOverlay, type OverlayScene } from './draw/draw-overlay.ts';
import { drawTracks } from './draw/draw-tracks.ts';
import { Ink, Painter } from './draw/painter.ts';
import { Strips } from './draw/strips.ts';
import { jiffyMarks } from './jiffies.ts';
import type { Model } from './model.ts';
import { forcedTheme, isForced } from './forced.ts';
import { type ThemeName, THEMES } from './theme.ts';
import type { Layout } from './tracks.ts';
import type { TimelineState, Window } from './types.ts';
import { Viewport } from './viewport.ts';

/** What there is to draw; asked anew for each frame. */
export type Picture = {
  readonly model: Model;
  readonly layout: Layout;
  readonly window: Window;
  readonly state: TimelineState;
  readonly focused: string | null;
  readonly pointer: OverlayScene['pointer'];
};

type Painters = { readonly head: Painter; readonly body: Painter; readonly overlay: Painter };

/** Narrower hosts get the narrow gutter: tags without words. */
const NARROW_PX = 560;

export class Stage {
  readonly scroller: HTMLElement;
  readonly head: HTMLCanvasElement;
  readonly description: HTMLElement;
  width = 0;
  height = 0;
  private readonly host: HTMLElement;
  private readonly spacer: HTMLElement;
  private readonly body: HTMLCanvasElement;
  private readonly painters: Painters | null;
  private readonly observer: ResizeObserver;
  private readonly picture: () => Picture | null;
  private themeName: ThemeName = 'light';
  private ink = new Ink(THEMES.light, false);
  private frame = 0;
  /** Some pixel of the body hides spans. */
  private hides = false;
  private dirty = { body: true, head: true };
  private density: { readonly of: Model; readonly axis: unknown; readonly result: Density } | null = null;
  private readonly strips: Strips;
  private readonly overview: Overview;

  constructor(host: HTMLElement, picture: () => Picture | null, resized: () => void) {
    this.host = host;
    this.picture = picture;
    const document = host.ownerDocument;
    const canvas = (): HTMLCanvasElement => document.createElement('canvas');
    const [head, body, overlay] = [canvas(), canvas(), canvas()];
    this.head = head;
    this.body = body;
    this.scroller = document.createElement('div');
    this.spacer = document.createElement('div');
    this.description = document.createElement('div');
    this.strips = new Strips(document);
    this.overview = new Overview(document);
    this.build(body, overlay);
    this.painters = painters(head, body, overlay);
    this.observer = new ResizeObserver(() => this.resize(resized));
    this.observer.observe(host);
    this.setTheme('light');
  }

  get gutter(): number {
    return this.width < NARROW_PX ? 80 : 164;
  }
  get scroll(): number {
    return this.scroller.scrollTop;
  }
  /** Height in which tracks are seen. */
  get bodyHeight(): number {
    return Math.max(0, this.height - HEAD_PX);
  }
  viewport(window: Window): Viewport {
    return new Viewport(window, this.gutter, Math.max(10, this.width - this.gutter));
  }

  setTheme(name: ThemeName): void {
    this.themeName = name;
    const forced = isForced();
    this.ink = new Ink(forced ? forcedTheme(this.host, THEMES[name]) : THEMES[name], forced);
    this.host.style.background = this.ink.theme.ground;
    this.redraw();
  }
  /** After the system changed its colours. */
  refreshTheme(): void {
    this.setTheme(this.themeName);
  }

  /** The content is this high; the scroller follows at once, so that it can be scrolled before it is drawn. */
  setContentHeight(height: number): void {
    this.body.style.height = `${this.bodyHeight}px`;
    this.spacer.style.height = `${Math.max(0, height - this.bodyHeight)}px`;
  }

  /** Everything is to be drawn again. */
  redraw(): void {
    this.dirty = { body: true, head: true };
    this.schedule();
  }
  redrawOverlay(): void {
    this.schedule();
  }
  forgetDensity(): void {
    this.density = null;
  }

  /** Draws now what is due: for tests and for pictures. */
  draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const picture = this.picture();
    const painter = this.painters;
    if (painter === null || this.width === 0) return;
    const ratio = this.host.ownerDocument.defaultView?.devicePixelRatio ?? 1;
    if (picture === null) {
      for (const p of [painter.head, painter.body, painter.overlay]) p.begin(this.width, 0, ratio);
      return;
    }
    const view = this.viewport(picture.window);
    if (this.dirty.body) this.drawBody(painter.body, picture, view, ratio);
    if (this.dirty.head) this.drawHead(painter.head, picture, view, ratio);
    this.dirty = { body: false, head: false };
    painter.overlay.begin(this.width, this.height, ratio);
    const { ink, scroll } = this;
    drawOverlay({ p: painter.overlay, ink, view, scroll, ...picture });
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.host.replaceChildren();
  }

  private drawBody(p: Painter, picture: Picture, view: Viewport, ratio: number): void {
    const { model, layout, state, focused } = picture;
    const { log } = model;
    const { ink, scroll } = this;
    p.begin(this.width, this.bodyHeight, ratio, ink.theme.ground);
    const io = state.io;
    this.hides = drawTracks({
      ...{ p, ink, view, scroll, model, layout, focused, strips: this.strips },
      jiffies: state.jiffy_ns === null ? [] : jiffyMarks(model.axis, view, state.jiffy_ns),
      label: (lane, i) => spanLabel(log, lane, i),
      followed: (object) => io !== null && object !== 0 && ioOf(log, object) === io,
    });
  }

  private drawHead(p: Painter, picture: Picture, view: Viewport, ratio: number): void {
    const { model } = picture;
    const { ink } = this;
    p.begin(this.width, HEAD_PX, ratio, ink.theme.panel);
    const density = this.densityFor(model, Math.floor(view.width));
    drawHead({ p, ink, view, model, density, overview: this.overview, hides: this.hides });
  }

  private densityFor(model: Model, columns: number): Density {
    const known = this.density;
    if (known?.of === model && known.axis === model.axis && known.result.columns === columns)
      return known.result;
    const result = densityOf(model, columns);
    this.density = { of: model, axis: model.axis, result };
    return result;
  }

  private schedule(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  /** `laidOut` is called before the drawing, when the new height is known. */
  private resize(laidOut: () => void): void {
    const { clientWidth, clientHeight } = this.host;
    this.width = this.scroller.clientWidth || clientWidth;
    this.height = clientHeight;
    laidOut();
    this.width = this.scroller.clientWidth || clientWidth; // a scroll bar may have come or gone
    // A resized canvas is empty, so it is drawn before the browser paints.
    this.dirty = { body: true, head: true };
    this.draw();
  }

  /** Styles are set from here: the policy of the site forbids inline ones in HTML. */
  private build(body: HTMLCanvasElement, overlay: HTMLCanvasElement): void {
    const { host, head, scroller, spacer, description } = this;
    for (const canvas of [head, body, overlay]) canvas.setAttribute('aria-hidden', 'true');
    Object.assign(host.style, { position: 'relative', overflow: 'hidden' });
    const fill = { position: 'absolute', left: '0', width: '100%' };
    Object.assign(head.style, { ...fill, top: '0', height: `${HEAD_PX}px`, touchAction: 'none' });
    Object.assign(scroller.style, { ...fill, top: `${HEAD_PX}px`, bottom: '0' });
    Object.assign(scroller.style, {
      overflow: 'hidden auto',
      touchAction: 'pan-y',
      overscrollBehaviorX: 'none',
    });
    Object.assign(body.style, { position: 'sticky', top: '0', display: 'block' });
    Object.assign(overlay.style, { ...fill, top: '0', height: '100%', pointerEvents: 'none' });
    Object.assign(description.style, { ...fill, height: '1px', width: '1px', overflow: 'hidden' });
    Object.assign(description.style, { clipPath: 'inset(50%)' });
    scroller.append(body, spacer);
    host.append(head, scroller, overlay, description);
  }
}

/** Null where there is no canvas, as in a test without a browser. */
function painters(...canvases: [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement]): Painters | null {
  const [head, body, overlay] = canvases.map((canvas) => canvas.getContext('2d'));
  if (!head || !body || !overlay) return null;
  return { head: new Painter(head), body: new Painter(body), overlay: new Painter(overlay) };
}

/** What gestures do to the timeline: the target of `Gestures`, over the stage's geometry. */
import { cursorPlace, rangeStart } from './draw/draw-overlay.ts';
import { HEAD_PX, OVERVIEW_PX, overviewPort, windowBox } from './draw/draw-head.ts';
import { visibleLines } from './draw/draw-tracks.ts';
import type { GestureTarget, Zone } from './gestures.ts';
import { hitTest, REACH_PX } from './hit.ts';
import { snap } from './snap.ts';
import type { Picture, Stage } from './stage.ts';
import { contentAt } from './sticky.ts';
import { type Line, type Track, trackAt } from './tracks.ts';
import type { Hit, TimelineCallbacks, TimeRange } from './types.ts';
import type { Viewport } from './viewport.ts';
import { withMargin } from './viewport.ts';
import type { WindowControl } from './window-control.ts';

/** Half the width of what can be grasped. */
const GRIP_PX = { mouse: 6, touch: 14 } as const;

export type PilotParts = {
  readonly stage: Stage;
  readonly windows: WindowControl;
  readonly callbacks: TimelineCallbacks;
  readonly picture: () => Picture | null;
  readonly setPointer: (pointer: Picture['pointer']) => void;
  readonly focusTrack: (track: Track) => void;
  readonly toggle: (track: Track) => void;
};

export class Pilot implements GestureTarget {
  private readonly parts: PilotParts;
  private pendingRange: TimeRange | null = null;

  constructor(parts: PilotParts) {
    this.parts = parts;
  }

  zoneAt(x: number, y: number, touch: boolean): Zone {
    const picture = this.parts.picture();
    if (picture === null || x < this.parts.stage.gutter - GRIP_PX.mouse) return 'gutter';
    const grip = touch ? GRIP_PX.touch : GRIP_PX.mouse;
    if (y < OVERVIEW_PX) return this.overviewZone(picture, x, grip);
    const { model, state } = picture;
    const view = this.view(picture);
    const near = (place: number): boolean => Math.abs(view.x(place) - x) <= grip;
    const onRuler = y < HEAD_PX;
    if (onRuler && state.cursor !== null && near(cursorPlace(model, state.cursor))) return 'cursor';
    if (state.range !== null) {
      if (near(model.axis.ofTime(state.range.t1_ns))) return 'range-end';
      if (near(rangeStart(model, state.range.t0_ns))) return 'range-start';
    }
    return onRuler ? 'ruler' : 'tracks';
  }

  zoomAt(x: number, factor: number): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    this.parts.windows.zoom(this.view(picture).place(Math.max(x, this.parts.stage.gutter)), factor);
    this.parts.windows.settleSoon();
  }
  panPixels(dx: number): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    this.parts.windows.pan(-dx * this.view(picture).pixel);
    this.parts.windows.settleSoon();
  }
  panOverview(dx: number): void {
    const picture = this.parts.picture();
    if (picture !== null) this.parts.windows.pan(dx * this.overview(picture).pixel);
  }
  resizeWindow(edge: 'start' | 'end', x: number): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    const place = this.overview(picture).place(x);
    const { from, to } = picture.window;
    this.parts.windows.move(
      edge === 'start' ? { from: Math.min(place, to - 1), to } : { from, to: Math.max(place, from + 1) },
    );
  }
  jumpTo(x: number): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    const { from, to } = picture.window;
    this.parts.windows.pan(this.overview(picture).place(x) - (from + to) / 2);
  }

  drawRange(fromX: number, toX: number, alt: boolean, y: number): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    const [a, b] = [this.snapped(picture, fromX, y, alt), this.snapped(picture, toX, y, alt)];
    this.offerRange(this.rangeOf(picture, Math.min(a, b), Math.max(a, b)));
  }
  resizeRange(edge: 'start' | 'end', x: number, alt: boolean, y: number): void {
    const picture = this.parts.picture();
    const range = picture?.state.range;
    if (!picture || !range) return;
    const { model } = picture;
    const place = this.snapped(picture, x, y, alt);
    const [start, end] = [rangeStart(model, range.t0_ns), model.axis.ofTime(range.t1_ns)];
    this.offerRange(
      edge === 'start'
        ? this.rangeOf(picture, Math.min(place, end), end)
        : this.rangeOf(picture, start, Math.max(place, start)),
    );
  }
  moveCursor(x: number): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    const { model } = picture;
    const row = model.axis.toRow(this.view(picture).place(x));
    if (row < model.log.rows) this.parts.callbacks.cursor?.(row, model.log.time(row));
  }

  click(x: number, y: number, touch: boolean): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    const track = trackAt(picture.layout, this.contentY(picture, y));
    const hit = this.hit(picture, x, y, touch);
    if (track !== undefined) this.parts.focusTrack(track);
    if (hit === null && track?.kind === 'group') this.parts.toggle(track);
    else this.parts.callbacks.select?.(hit);
  }
  clickGutter(y: number): void {
    const picture = this.parts.picture();
    const track =
      picture === null || y < HEAD_PX ? undefined : trackAt(picture.layout, this.contentY(picture, y));
    if (track === undefined) return;
    this.parts.focusTrack(track);
    if (track.kind === 'group') this.parts.toggle(track);
  }
  doubleClick(x: number, y: number, zone: Zone): void {
    const picture = this.parts.picture();
    if (picture === null || zone === 'gutter') return;
    const hit = y < HEAD_PX ? null : this.hit(picture, x, y, false);
    if (y < HEAD_PX) this.parts.windows.glide(null);
    else if (hit !== null && hit.t1_ns > hit.t0_ns)
      this.parts.windows.glide(withMargin(windowOf(picture, hit)));
  }

  hover(x: number, y: number, zone: Zone): void {
    const { stage, callbacks, setPointer } = this.parts;
    const picture = this.parts.picture();
    stage.head.style.cursor = stage.scroller.style.cursor = CURSORS[zone];
    if (picture === null || zone === 'gutter' || y < OVERVIEW_PX) {
      setPointer(null);
      callbacks.hover?.(null);
      return;
    }
    const { place, snapped } = snap(this.linesNear(picture, y), this.view(picture), x);
    setPointer({ place: snapped ? place : this.view(picture).place(x), snapped });
    const hit = y < HEAD_PX ? null : this.hit(picture, x, y, false);
    callbacks.hover?.({ hit, t_ns: picture.model.axis.toTime(place), x, y });
  }
  scrollBy(dy: number): void {
    this.parts.stage.scroller.scrollTop += dy;
  }
  settle(): void {
    if (this.pendingRange !== null) this.parts.callbacks.range?.(this.pendingRange, true);
    this.pendingRange = null;
    this.parts.windows.settle();
  }

  /** What is at a point of the host. */
  hit(picture: Picture, x: number, y: number, touch: boolean): Hit | null {
    const { model, layout } = picture;
    const at = { x, y: this.contentY(picture, y) };
    return hitTest(model, layout, this.view(picture), at, touch ? REACH_PX.touch : REACH_PX.mouse);
  }

  private overviewZone(picture: Picture, x: number, grip: number): Zone {
    const { from, to } = windowBox(picture.model, this.view(picture), picture.window);
    if (Math.abs(x - from) <= grip) return 'window-start';
    if (Math.abs(x - to) <= grip) return 'window-end';
    return x > from && x < to && !this.parts.windows.isFitted ? 'window' : 'overview';
  }
  private view(picture: Picture): Viewport {
    return this.parts.stage.viewport(picture.window);
  }
  private overview(picture: Picture): Viewport {
    return overviewPort(picture.model, this.view(picture));
  }
  private contentY({ layout }: Picture, y: number): number {
    return contentAt(layout, this.parts.stage.scroll, y - HEAD_PX);
  }
  /** Lines whose edges attract: those of the track under the pointer, on the ruler all that are visible. */
  private linesNear(picture: Picture, y: number): readonly Line[] {
    const { scroll, bodyHeight } = this.parts.stage;
    if (y < HEAD_PX) return visibleLines(picture.layout, scroll, bodyHeight);
    return trackAt(picture.layout, this.contentY(picture, y))?.lines ?? [];
  }
  private snapped(picture: Picture, x: number, y: number, alt: boolean): number {
    const view = this.view(picture);
    return alt ? view.place(x) : snap(this.linesNear(picture, y), view, x).place;
  }
  private rangeOf({ model: { axis } }: Picture, from: number, to: number): TimeRange {
    const last = axis.kind === 'steps' ? Math.max(from, Math.ceil(to) - 1) : to;
    return { t0_ns: axis.toTime(from), t1_ns: axis.toTime(last) };
  }
  private offerRange(range: TimeRange): void {
    this.pendingRange = range;
    this.parts.callbacks.range?.(range, false);
  }
}

/** The part of the axis that a stretch of time takes. */
export function windowOf({ model }: Pick<Picture, 'model'>, range: TimeRange): { from: number; to: number } {
  const from = rangeStart(model, range.t0_ns);
  return { from, to: Math.max(model.axis.ofTime(range.t1_ns), from + 1) };
}

const CURSORS: Readonly<Record<Zone, string>> = {
  window: 'grab',
  'window-start': 'ew-resize',
  'window-end': 'ew-resize',
  overview: 'pointer',
  cursor: 'ew-resize',
  'range-start': 'ew-resize',
  'range-end': 'ew-resize',
  ruler: 'crosshair',
  gutter: 'default',
  tracks: 'default',
};

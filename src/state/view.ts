import { Moment } from '../analysis/moments.ts';
import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import type { Slice } from './app-state.ts';
import { FRESH, type Place, placeOf, rowsOf } from './place.ts';
import { iosOfLog } from './derived.ts';
import { ioOfRow, selectFamily } from './selectors.ts';
import { nextStep, type StepMode } from './stepping.ts';

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

export const TABS = ['events', 'findings', 'statistics'] as const;
export type Tab = (typeof TABS)[number];

export const PANELS = ['controls', 'inspector', 'drawer'] as const;
export type Panel = (typeof PANELS)[number];

export type Dialog = 'help' | 'palette' | 'share' | 'fio' | 'settings';

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
  readonly axis: Axis;
  readonly window: Window | null;
  readonly collapsed: ReadonlySet<string>;
  readonly flows: Flows;
  /** Timeline and lists scroll to the cursor when it moves. */
  readonly follow: boolean;
  readonly view: View;
  readonly tab: Tab;
  readonly panels: Readonly<Record<Panel, boolean>>;
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
  readonly goToStart: () => void;
  readonly goToEnd: () => void;
  readonly isAtEnd: () => boolean;
  /** Selects an event and the I/O that it belongs to; null clears both. */
  readonly select: (row: Row | null) => void;
  /** Follows one I/O without selecting an event. */
  readonly followIo: (io: ObjectId | null) => void;
  readonly setRange: (range: TimeRange | null) => void;
  readonly setWindow: (window: Window | null) => void;
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
  readonly setFollow: (follow: boolean) => void;
  readonly showView: (view: View) => void;
  readonly showTab: (tab: Tab) => void;
  readonly togglePanel: (panel: Panel) => void;
  readonly openDialog: (dialog: Dialog) => void;
  readonly closeDialog: () => void;
  readonly setSearch: (search: string) => void;
  readonly setLinkTitle: (title: string) => void;
  /** Leaves one thing: the selection, then the range. Popups and dialogs close by themselves before this is asked. */
  readonly escape: () => void;
  /** Before a rerun: remembers the place by meaning, unless one is pending already. */
  readonly keepPlace: () => void;
  /** Looks at the pending place as far as the log has it yet. */
  readonly restorePlace: () => void;
  /** The same once the log is complete; what it does not have is given up. */
  readonly settlePlace: () => void;
};

export const viewSlice: Slice<ViewSlice> = () => (set, get) => ({
  cursor: NO_ROW,
  selection: null,
  io: null,
  range: null,
  axis: 'folded',
  window: null,
  collapsed: new Set(),
  flows: 'selected',
  follow: true,
  view: 'timeline',
  tab: 'events',
  panels: { controls: true, inspector: true, drawer: true },
  dialog: null,
  search: '',
  linkTitle: '',
  pendingPlace: null,

  moveCursor: (row) => set({ cursor: row, playing: false }),
  stepBy: (steps, mode) => {
    const { recording, cursor, stepMode } = get();
    if (recording === null) return false;
    const wanted = mode ?? stepMode;
    const family = wanted === 'io' ? selectFamily(get()) : null;
    const by = steps < 0 ? -1 : 1;
    let at = cursor;
    let left = Math.abs(steps);
    for (; left > 0; left--) {
      const next = nextStep(recording.log, at, by, wanted, family);
      if (next === null) break;
      at = next;
    }
    if (at !== cursor) set({ cursor: at });
    return left === 0;
  },
  goToStart: () => set((s) => ({ cursor: (s.rows > 0 ? 0 : NO_ROW) as Row })),
  goToEnd: () => set((s) => ({ cursor: (s.rows > 0 ? s.rows - 1 : NO_ROW) as Row, playing: false })),
  isAtEnd: () => get().cursor === get().rows - 1,

  select: (row) => {
    const { recording, io } = get();
    if (row === null || recording === null) set({ selection: null, io: null });
    else set({ selection: row, io: ioOfRow(recording.log, row) ?? io });
  },
  followIo: (io) => set({ io }),
  setRange: (range) => set({ range }),
  setWindow: (window) => set({ window }),
  setAxis: (axis) => set({ axis, window: null }),
  setCollapsed: (track, collapsed) =>
    set((s) => {
      const next = new Set(s.collapsed);
      if (collapsed) next.add(track);
      else next.delete(track);
      return { collapsed: next };
    }),
  setFlows: (flows) => set({ flows }),
  nextFlows: () => set((s) => ({ flows: FLOWS[(FLOWS.indexOf(s.flows) + 1) % FLOWS.length] ?? 'selected' })),
  selectIoAtCursor: () => {
    const { recording, cursor } = get();
    const io = recording === null ? null : ioOfRow(recording.log, cursor);
    if (io !== null) set({ io });
  },
  goToCause: () => {
    const { recording, cursor } = get();
    if (recording === null || cursor === NO_ROW) return;
    const cause = recording.log.cause(cursor);
    if (cause !== NO_ROW) get().moveCursor(cause);
  },
  markRange: () => {
    const { recording, cursor, range } = get();
    if (recording === null || cursor === NO_ROW) return;
    const now = recording.log.time(cursor);
    const mark = range !== null && range.t0_ns === range.t1_ns ? range.t0_ns : now;
    set({ range: { t0_ns: Math.min(mark, now), t1_ns: Math.max(mark, now) } });
  },
  rangeFromSelection: () => {
    const { recording } = get();
    const range = recording === null ? null : selectedTime(recording.log, get());
    if (range !== null) set({ range });
  },
  setFollow: (follow) => set({ follow }),
  showView: (view) => {
    const panel = ({ timeline: null, events: 'drawer', state: 'inspector', controls: 'controls' } as const)[
      view
    ];
    set((s) => ({ view, panels: panel === null ? s.panels : { ...s.panels, [panel]: true } }));
  },
  showTab: (tab) => set((s) => ({ tab, view: 'events', panels: { ...s.panels, drawer: true } })),
  togglePanel: (panel) => set((s) => ({ panels: { ...s.panels, [panel]: !s.panels[panel] } })),
  openDialog: (dialog) => set({ dialog, playing: false }),
  closeDialog: () => set({ dialog: null }),
  setSearch: (search) => set({ search }),
  setLinkTitle: (linkTitle) => set({ linkTitle }),
  escape: () => {
    const { selection, io, range } = get();
    if (selection !== null || io !== null) set({ selection: null, io: null });
    else if (range !== null) set({ range: null });
  },

  keepPlace: () => {
    const { recording, pendingPlace } = get();
    if (pendingPlace === null && recording !== null) set({ pendingPlace: placeOf(recording.log, get()) });
  },
  restorePlace: () => {
    const { recording, pendingPlace } = get();
    if (recording === null) return;
    const { cursor, ...rest } = rowsOf(recording.log, pendingPlace ?? FRESH);
    set({ ...rest, cursor: cursor === NO_ROW ? firstSight(recording.log) : cursor });
  },
  settlePlace: () => {
    get().restorePlace();
    set({ pendingPlace: null });
  },
});

/** From the selected event to its end, or all that happens to the followed I/O. */
function selectedTime(log: LogView, { selection, io }: ViewSlice): TimeRange | null {
  if (selection !== null) {
    const t0_ns = log.time(selection);
    const end = endOf(log, selection);
    return { t0_ns, t1_ns: end === null ? t0_ns : log.time(end) };
  }
  const ios = iosOfLog(log);
  const index = io === null ? -1 : ios.ofObject(io);
  if (index < 0) return null;
  const first = ios.row(index, Moment.Submitted);
  const last = MOMENTS_BACKWARDS.map((m) => ios.row(index, m)).find((row) => row !== NO_ROW);
  return first === NO_ROW || last === undefined ? null : { t0_ns: log.time(first), t1_ns: log.time(last) };
}

const MOMENTS_BACKWARDS = Object.values(Moment).sort((a, b) => b - a);
const ENDS: readonly Ev[] = [Ev.Exit, Ev.IrqEnd, Ev.SoftirqEnd, Ev.Take];

/** The row that closes what `row` opened: the Exit of an Enter, the Take of a Put ... */
function endOf(log: LogView, row: Row): Row | null {
  for (let at = row + 1; at < log.rows; at++)
    if (log.prev(at) === row && ENDS.includes(log.kind(at))) return at as Row;
  return null;
}

/** Where a first look is worth most: the end of the first I/O, which is the subject of everything here. */
function firstSight(log: LogView): Row {
  const name = log.stringId('iomap_dio_complete');
  for (let row = 0; row < log.rows; row++)
    if (log.nameId(row) === name && log.kind(row) === Ev.Enter) return row as Row;
  return 0 as Row;
}

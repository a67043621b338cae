import { NO_ROW, type Row } from '../base/units.ts';
import type { Slice } from './app-state.ts';
import { firstSight, timeOfEvent, timeOfIo } from './event-times.ts';
import { FRESH, missingOf, PLACE_MISSING, placeOf, rowsOf } from './place.ts';
import { ioOfRow, nearestIo, selectFamily, selectHazards, selectIo } from './selectors.ts';
import { nextStep } from './stepping.ts';
import { FLOWS, type ViewSlice } from './view.ts';

const ALL_OPEN = { controls: true, inspector: true, drawer: true };
/** Below this a timeline beside open lists shows two or three tracks. */
const HIGH_PX = 1000;

export const viewSlice: Slice<ViewSlice> = () => (set, get) => ({
  cursor: NO_ROW,
  selection: null,
  io: null,
  range: null,
  isRangeKept: false,
  axis: 'folded',
  window: null,
  firstLook: null,
  collapsed: new Set(),
  flows: 'selected',
  follow: true,
  view: 'timeline',
  tab: 'events',
  panels: ALL_OPEN,
  usualPanels: ALL_OPEN,
  dialog: null,
  search: '',
  linkTitle: '',
  pendingPlace: null,

  moveCursor: (row) => {
    set({ cursor: row, playing: false });
    get().moved();
  },
  stepBy: (steps, mode) => {
    const { recording, cursor, stepMode } = get();
    if (recording === null) return false;
    const wanted = mode ?? stepMode;
    // An event of no I/O: follow the nearest rather than do nothing.
    if (wanted === 'io' && selectIo(get()) === null) set({ io: nearestIo(recording.log, cursor) });
    const family = wanted === 'io' ? selectFamily(get()) : null;
    const by = steps < 0 ? -1 : 1;
    let at = cursor;
    let left = Math.abs(steps);
    for (; left > 0; left--) {
      const next = nextStep(recording.log, at, by, wanted, family);
      if (next === null) break;
      at = next;
    }
    if (at !== cursor) {
      set({ cursor: at });
      get().moved();
    }
    return left === 0;
  },
  goToHazard: (by) => {
    const { cursor } = get();
    const rows = [...new Set(selectHazards(get()).map(({ row }) => row))].sort((a, b) => a - b);
    const ahead =
      by > 0 ? rows.find((row) => row > cursor || cursor === NO_ROW) : rows.findLast((row) => row < cursor);
    const row = ahead ?? rows.at(by > 0 ? 0 : -1);
    if (row === undefined) return;
    get().moveCursor(row);
    get().select(row);
  },
  goToStart: () => {
    if (get().rows > 0) get().moveCursor(0 as Row);
  },
  goToEnd: () => {
    if (get().rows > 0) get().moveCursor((get().rows - 1) as Row);
  },
  isAtEnd: () => get().cursor === get().rows - 1,

  select: (row) => {
    const { recording, io } = get();
    if (row === null || recording === null) set({ selection: null, io: null });
    else set({ selection: row, io: ioOfRow(recording.log, row) ?? io });
    get().moved();
  },
  followIo: (io) => set({ io }),
  setRange: (range) => set({ range, isRangeKept: false }),
  setWindow: (window) => set({ window }),
  setAxis: (axis) => set({ axis }),
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
    const io = recording === null ? null : nearestIo(recording.log, cursor);
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
    get().setRange({ t0_ns: Math.min(mark, now), t1_ns: Math.max(mark, now) });
  },
  rangeFromSelection: () => {
    const { recording, selection, io } = get();
    if (recording === null) return;
    if (selection !== null) get().setRange(timeOfEvent(recording.log, selection));
    else if (io !== null) get().setRange(timeOfIo(recording.log, io));
  },
  keepRange: () => {
    if (get().range === null) get().rangeFromSelection();
    if (get().range !== null) set((s) => ({ isRangeKept: !s.isRangeKept }));
  },
  rangeAll: () => {
    const { recording, rows } = get();
    if (recording !== null && rows > 0) get().setRange({ t0_ns: 0, t1_ns: recording.log.time(rows - 1) });
  },
  setFollow: (follow) => set({ follow }),
  showView: (view) => {
    const panel = ({ timeline: null, events: 'drawer', state: 'inspector', controls: 'controls' } as const)[
      view
    ];
    set((s) => ({ view, panels: panel === null ? s.panels : { ...s.panels, [panel]: true } }));
  },
  showTab: (tab) => {
    if (!get().panels.drawer) get().togglePanel('drawer');
    set({ tab, view: 'events' });
  },
  togglePanel: (panel) => {
    const open = !get().panels[panel];
    set((s) => ({ panels: { ...s.panels, [panel]: open } }));
    if (panel === 'drawer') get().changeSettings({ drawerOpen: open });
  },
  fitPanels: (height_px) => {
    const panels = { ...ALL_OPEN, drawer: get().settings.drawerOpen ?? height_px >= HIGH_PX };
    set({ panels, usualPanels: panels });
  },
  openDialog: (dialog) => set({ dialog, playing: false }),
  closeDialog: () => set({ dialog: null }),
  setSearch: (search) => set({ search }),
  setLinkTitle: (linkTitle) => set({ linkTitle }),
  escape: () => {
    const { selection, io, range, messages } = get();
    const newest = messages.at(-1);
    if (newest !== undefined) get().closeMessage(newest.id);
    else if (selection !== null || io !== null) set({ selection: null, io: null });
    else if (range !== null && !get().isRangeKept) set({ range: null });
  },

  takeFirstLook: () => {
    const { recording, window, pendingPlace } = get();
    const io = selectIo(get());
    if (recording === null || window !== null || io === null) return;
    // While a place is pending, the window that this leads to is no step of the reader's.
    set({ pendingPlace: pendingPlace ?? FRESH, firstLook: timeOfIo(recording.log, io) });
    set({ pendingPlace, firstLook: null });
  },
  keepPlace: () => {
    const { recording, pendingPlace } = get();
    if (pendingPlace === null)
      set({ pendingPlace: recording === null ? FRESH : placeOf(recording.log, get()) });
  },
  restorePlace: () => {
    const { recording, pendingPlace } = get();
    if (recording === null) return;
    const { cursor, ...rest } = rowsOf(recording.log, pendingPlace ?? FRESH);
    const last = recording.log.rows - 1; // a run that was cancelled may not have come as far as the cursor was
    set({ ...rest, cursor: cursor === NO_ROW ? firstSight(recording.log) : (Math.min(cursor, last) as Row) });
  },
  settlePlace: () => {
    const { pendingPlace } = get();
    if (pendingPlace !== null) get().restorePlace();
    set({ pendingPlace: null });
    get().tellMissing(pendingPlace);
  },
  tellMissing: (place) => {
    const { recording } = get();
    if (place?.isLinked !== true || recording === null) return;
    const missing = missingOf(recording.log, place);
    if (missing.length > 0) get().say('place', 'warning', PLACE_MISSING, missing);
  },
  moved: () => {
    const { recording, pendingPlace, runStatus } = get();
    if (pendingPlace === null || recording === null || runStatus !== 'running') return;
    set({ pendingPlace: recording.log.complete ? placeOf(recording.log, get()) : null });
  },
});

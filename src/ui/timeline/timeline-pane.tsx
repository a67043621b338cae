import { useEffect, useRef, useState, type ReactNode } from 'react';
import { NO_ROW } from '../../base/units.ts';
import { TimelineView } from '../../timeline/timeline-view.ts';
import type { Hover, TimelineCallbacks, TimelineState } from '../../timeline/types.ts';
import type { AppState } from '../../state/app-state.ts';
import { selectFlows, selectHazards, selectIo, selectJiffy_ns } from '../../state/selectors.ts';
import type { AppStore } from '../../state/store.ts';
import { usePage } from '../page.tsx';
import { useTheme } from '../theme.ts';
import { type MenuPlace, TimelineMenu } from './timeline-menu.tsx';
import { TimelineTable } from './timeline-table.tsx';
import { TimelineTools } from './timeline-tools.tsx';
import { Tooltip } from './tooltip.tsx';

/** The timeline with its tools, its tooltip, and the table that says the same in words. */
export function TimelinePane(): ReactNode {
  const { store, mountTimeline } = usePage();
  const host = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [view, setView] = useState<TimelineView | null>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const [tableOpen, setTableOpen] = useState(false);
  const [focusText, setFocusText] = useState('');

  useEffect(() => {
    if (host.current === null) return;
    const made = new TimelineView(
      host.current,
      callbacksOf(store, host.current, { setHover, setMenu, setFocusText }),
    );
    const stop = keepInStep(made, store);
    mountTimeline(made);
    setView(made);
    return () => {
      stop();
      mountTimeline(null);
      made.destroy();
    };
  }, [store, mountTimeline]);
  useEffect(() => view?.setTheme(theme), [view, theme]);

  return (
    <section className="panel-timeline" aria-label="Timeline" data-region="timeline" tabIndex={-1}>
      <TimelineTools table={{ isOpen: tableOpen, toggle: () => setTableOpen(!tableOpen) }} />
      <div className="timeline-stage">
        <div className="timeline-host" ref={host} tabIndex={-1} />
        <Tooltip hover={menu === null ? hover : null} />
        <TimelineMenu at={menu} onClose={() => setMenu(null)} />
      </div>
      <p className="unseen" role="status">
        {focusText}
      </p>
      {tableOpen && view !== null && <TimelineTable view={view} />}
    </section>
  );
}

/** What the timeline reports becomes verbs of the state. */
function callbacksOf(
  store: AppStore,
  host: HTMLElement,
  show: {
    setHover: (hover: Hover | null) => void;
    setMenu: (at: MenuPlace) => void;
    setFocusText: (text: string) => void;
  },
): TimelineCallbacks {
  const verbs = store.getState();
  return {
    select: (hit) => {
      if (hit !== null) verbs.moveCursor(hit.row);
      verbs.select(hit?.row ?? null);
    },
    cursor: (row) => verbs.moveCursor(row),
    range: (range) => verbs.setRange(range),
    window: (window) => verbs.setWindow(window),
    hover: show.setHover,
    collapse: (track, named) => verbs.setCollapsed(track, named),
    focus: (_, text) => show.setFocusText(text),
    menu: (at) => {
      if (at.hit !== null) {
        verbs.moveCursor(at.hit.row); // the menu speaks of the cursor, and means what was clicked
        verbs.select(at.hit.row);
      }
      const { left, top } = host.getBoundingClientRect();
      show.setMenu({ x: left + at.x, y: top + at.y });
    },
  };
}

/** Hands the timeline what has changed of the state, until the returned function is called. */
function keepInStep(view: TimelineView, store: AppStore): () => void {
  const show = (s: AppState, before: AppState | null): void => {
    view.readData(); // the log grows in place; the state changes for each part of it, with the progress of the run
    if (s.recording !== before?.recording || s.rows !== before.rows || s.findings !== before.findings) {
      if (s.recording === null) view.clear();
      else view.setData(s.recording.log, s.recording.spans, selectHazards(s));
    }
    const { window, ...rest } = timelineState(s);
    const onlyAxis = before !== null && s.axis !== before.axis && s.window === before.window;
    view.setView(onlyAxis ? rest : { ...rest, window });
    if (onlyAxis) s.setWindow(view.view.window); // the same times in the new axis' unit
    if (s.firstLook !== null && s.firstLook !== before?.firstLook) s.setWindow(view.windowOf(s.firstLook));
    const moved = s.cursor !== before?.cursor || s.recording !== before.recording;
    if (moved && s.follow && s.cursor !== NO_ROW) view.reveal(s.cursor);
  };
  show(store.getState(), null);
  return store.subscribe(show);
}

function timelineState(s: AppState): TimelineState {
  return {
    axis: s.axis,
    window: s.window,
    cursor: s.cursor === NO_ROW ? null : s.cursor,
    selection: s.selection,
    range: s.range,
    collapsed: s.collapsed,
    flows: selectFlows(s),
    io: selectIo(s),
    jiffy_ns: s.settings.jiffyGrid ? selectJiffy_ns(s) : null,
    wheelZooms: s.settings.wheelZooms,
  };
}

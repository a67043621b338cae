import { NO_ROW } from '../base/units.ts';
import { type LinkPreset, type LinkState, type LinkView } from '../link/state.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { AppState } from './app-state.ts';
import { placeOf, rowsOf } from './place.ts';
import { presetVersion, type Version } from './scenario.ts';
import { PANELS, PUBLISHED_DIALOGS, type PublishedDialog, TABS, VIEWS, type ViewSlice } from './view.ts';

/** The presets with their defaults filled in, as links tell differences from them. */
export const LINK_PRESETS: readonly LinkPreset[] = PRESETS.flatMap(({ id }) => {
  const version = presetVersion(id);
  return version === null ? [] : [{ id, scenario: version.scenario }];
});

/** Which of the dialogs that a link opens is open. */
export const publishedOf = ({ dialog }: Pick<AppState, 'dialog'>): PublishedDialog | null =>
  PUBLISHED_DIALOGS.find((name) => name === dialog) ?? null;

/** All of the state that a link holds. */
export function linkStateOf(s: AppState): LinkState {
  const { origin, scenario } = s.version;
  return {
    scenario: { preset: origin.kind === 'preset' ? origin.id : null, scenario },
    view: linkViewOf(s),
  };
}

function linkViewOf(s: AppState): LinkView {
  // While a run has not got to the place yet, the place is what was meant.
  const place = s.pendingPlace ?? (s.recording === null ? null : placeOf(s.recording.log, s));
  const open = PANELS.filter((panel) => s.panels[panel]);
  return {
    cursor_ns: place?.cursor_ns ?? 0,
    cursor_event: place?.cursor ?? null,
    selection: place?.selection ?? null,
    io: place?.io ?? null,
    range: s.range,
    axis: s.axis,
    window: s.window,
    flows: s.flows,
    follow: s.follow,
    panels: PANELS.every((panel) => s.panels[panel] === s.usualPanels[panel]) ? null : open,
    view: publishedOf(s) ?? (s.view === VIEWS[0] ? null : s.view),
    tab: s.tab === TABS[0] ? null : s.tab,
    collapsed: [...s.collapsed].sort(),
    search: s.search,
    title: s.linkTitle,
  };
}

/** The version of the scenario that a link opens. */
export function versionOfLink({ preset, scenario }: LinkState['scenario']): Version {
  const known = preset === null ? null : presetVersion(preset);
  if (known === null) return { scenario, origin: { kind: 'link' }, opened: scenario, label: 'link' };
  const same = JSON.stringify(known.scenario) === JSON.stringify(scenario);
  return same ? known : { ...known, scenario, label: 'link' };
}

/** What a link's view sets of the state. Its rows wait as a place until there is a log to find them in. */
export function viewOfLink(view: LinkView, usualPanels: ViewSlice['panels']): Partial<ViewSlice> {
  const { panels } = view;
  return {
    pendingPlace: {
      cursor: view.cursor_event,
      cursor_ns: view.cursor_ns === 0 ? null : view.cursor_ns,
      selection: view.selection,
      io: view.io,
      isLinked: true,
    },
    range: view.range,
    isRangeKept: false,
    axis: view.axis,
    window: view.window,
    flows: view.flows,
    follow: view.follow,
    panels: {
      controls: panels?.includes('controls') ?? usualPanels.controls,
      inspector: panels?.includes('inspector') ?? usualPanels.inspector,
      drawer: panels?.includes('drawer') ?? usualPanels.drawer,
    },
    view: VIEWS.find((v) => v === view.view) ?? VIEWS[0],
    dialog: PUBLISHED_DIALOGS.find((name) => name === view.view) ?? null,
    tab: TABS.find((t) => t === view.tab) ?? TABS[0],
    collapsed: new Set(view.collapsed),
    search: view.search,
    linkTitle: view.title,
  };
}

/** Whether a link says where to look; otherwise the page chooses. */
export const hasPlace = ({ cursor_event, cursor_ns, selection, io }: LinkView): boolean =>
  cursor_event !== null || cursor_ns > 0 || selection !== null || io !== null;

/** The rows of a pending place in a log that is there already: for a link into the run on screen. */
export function placedView(s: AppState, view: LinkView): Partial<ViewSlice> {
  const set = viewOfLink(view, s.usualPanels);
  const { pendingPlace, ...rest } = set;
  if (s.recording === null || pendingPlace === undefined || pendingPlace === null) return set;
  const rows = rowsOf(s.recording.log, pendingPlace);
  return { ...rest, ...rows, cursor: rows.cursor === NO_ROW ? s.cursor : rows.cursor, pendingPlace: null };
}

import { decodeLink } from '../link/link.ts';
import { type DecodedLink, problemText } from '../link/state.ts';
import type { AppState } from './app-state.ts';
import { hasPlace, LINK_PRESETS, placedView, versionOfLink, viewOfLink } from './link-view.ts';
import { firstVersion } from './scenario.ts';

type Store = { getState(): AppState; setState(change: Partial<AppState>): void };

/** Reads a link; it always gives something to show. */
export const readLink = (text: string): Promise<DecodedLink> => decodeLink(text, LINK_PRESETS);

/**
 * Shows what a link says. A link without a scenario shows the first preset on an empty page, and otherwise only moves
 * the view. Where the run on screen is the link's own, nothing runs again.
 */
export function applyLink(store: Store, { state, problems, hasScenario }: DecodedLink): void {
  const s = store.getState();
  const isEmptyPage = s.recording === null && s.runStatus === 'idle';
  const version = hasScenario ? versionOfLink(state.scenario) : isEmptyPage ? firstVersion() : s.version;
  if (!isEmptyPage && JSON.stringify(version.scenario) === JSON.stringify(s.version.scenario))
    store.setState({ ...placedView(s, state.view), dialog: null });
  else {
    const { pendingPlace, ...view } = viewOfLink(state.view);
    const place = hasPlace(state.view) ? (pendingPlace ?? null) : null;
    const past = isEmptyPage ? s.past : [...s.past, s.version];
    store.setState({
      ...view,
      version,
      past,
      future: [],
      pendingPlace: place,
      dialog: null,
      problems: [],
      followed: [],
    });
    store.getState().startRun();
  }
  if (problems.length > 0)
    s.say('warning', 'A part of the link could not be used; the rest is shown.', problems.map(problemText));
}

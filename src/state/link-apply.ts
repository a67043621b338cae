import { decodeLink } from '../link/link.ts';
import { type DecodedLink, DEFAULT_VIEW, problemText } from '../link/state.ts';
import type { AppState } from './app-state.ts';
import { hasPlace, LINK_PRESETS, placedView, versionOfLink, viewOfLink } from './link-view.ts';
import { firstVersion } from './scenario.ts';

type Store = { getState(): AppState; setState(change: Partial<AppState>): void };

/** Reads a link; it always gives something to show. */
export const readLink = (text: string): Promise<DecodedLink> => decodeLink(text, LINK_PRESETS);

/**
 * Shows what a link says. A link without a scenario shows the first preset on an empty page, and otherwise only moves
 * the view. A link whose scenario is lost says nothing of where to look: that was in another run. Where the run on screen is the link's own, nothing runs again.
 */
export function applyLink(store: Store, { state, problems, hasScenario }: DecodedLink): void {
  const s = store.getState();
  s.hush('place');
  const isLost = !hasScenario && problems.some((p) => p.kind === 'scenario');
  const isEmptyPage = s.recording === null && s.runStatus === 'idle';
  const version = hasScenario ? versionOfLink(state.scenario) : isEmptyPage ? firstVersion() : s.version;
  if (!isEmptyPage && JSON.stringify(version.scenario) === JSON.stringify(s.version.scenario)) {
    const { pendingPlace } = viewOfLink(state.view, s.usualPanels);
    store.setState({ dialog: null, ...(isLost ? {} : placedView(s, state.view)) });
    if (!isLost && s.recording !== null && s.runStatus !== 'running') s.tellMissing(pendingPlace ?? null);
  } else {
    const { pendingPlace, ...view } = viewOfLink(isLost ? DEFAULT_VIEW : state.view, s.usualPanels);
    const place = !isLost && hasPlace(state.view) ? (pendingPlace ?? null) : null;
    const past = isEmptyPage ? s.past : [...s.past, s.version];
    store.setState({
      ...view,
      version,
      past,
      future: [],
      pendingPlace: place,
      problems: [],
      followed: [],
    });
    store.getState().startRun();
  }
  s.hush('input', 'link');
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1 && first.kind === 'newer') s.say('link', 'warning', problemText(first));
  else
    s.say(
      'link',
      'warning',
      'A part of the link could not be used; the rest is shown.',
      // On an empty page the first preset stands in for a lost scenario, later what is on screen stays.
      problems.map((p) =>
        problemText(
          isLost && !isEmptyPage && p.kind === 'scenario' ? { ...p, instead: 'the scenario on screen' } : p,
        ),
      ),
    );
}

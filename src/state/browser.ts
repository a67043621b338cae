import { SweepClient } from '../worker/client-measure.ts';
import { RunClient } from '../worker/client.ts';
import type { Deps } from './app-state.ts';
import type { AddressBar } from './link-sync.ts';

/** The browser's own address bar and history. */
export function browserAddressBar(): AddressBar {
  const urlOf = (fragment: string): string =>
    fragment === '' ? location.pathname + location.search : `#${fragment}`;
  return {
    fragment: () => location.hash.slice(1),
    push: (fragment) => history.pushState(null, '', urlOf(fragment)),
    replace: (fragment) => history.replaceState(null, '', urlOf(fragment)),
    onNavigate: (listener) => {
      addEventListener('popstate', listener);
      return () => removeEventListener('popstate', listener);
    },
  };
}

/** What the state reaches in a browser: the Workers and the storage. */
export const browserDeps = (): Deps => ({
  host: new RunClient(),
  sweeps: new SweepClient(),
  storage: guardedStorage(),
});

/** The browser's storage, or null where it forbids even to look at it. */
function guardedStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // blocked by the user or by an embedding page: settings then last as long as the page
  }
}

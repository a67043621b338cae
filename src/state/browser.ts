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

/** The browser's storage, or null where it forbids even to look at it. */
export function guardedStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // blocked by the user or by an embedding page: settings then last as long as the page
  }
}

import { createContext, use, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import { present } from '../base/assert.ts';
import type { AppState } from '../state/app-state.ts';
import type { AppStore } from '../state/store.ts';
import type { Command, PageVerbs, TimelineVerbs } from './commands/command.ts';
import { COMMANDS } from './commands/registry.ts';

/** What every component can reach: the state, the drawn timeline, and what needs the browser. */
export type Page = {
  readonly store: AppStore;
  /** The drawn timeline, where there is one. */
  readonly timeline: () => TimelineVerbs | null;
  readonly mountTimeline: (timeline: TimelineVerbs | null) => void;
  readonly verbs: PageVerbs;
  /** The fragment of the address for what is on screen now. */
  readonly currentLink: () => Promise<string>;
};

export const PageContext = createContext<Page | null>(null);

export const usePage = (): Page => present(use(PageContext), 'components are shown inside the page');

/** Reads the state; the component shows again when what `select` gives has changed. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(usePage().store, select);
}

/** The verbs of the state. They never change, so reading them shows nothing again. */
export const useVerbs = (): AppState => usePage().store.getState();

const BY_ID: ReadonlyMap<string, Command> = new Map(COMMANDS.map((command) => [command.id, command]));

/** A command of the registry; its id is known when the code is written. */
export const commandOf = (id: string): Command => present(BY_ID.get(id), `there is a command ${id}`);

/** Runs a command now. */
export function runCommand(page: Page, command: Command): void {
  const state = page.store.getState();
  if (command.enabled(state)) command.run({ state, timeline: page.timeline(), page: page.verbs });
}

/** Whether a media query holds, followed as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => matchMedia(query).matches,
  );
}

/** Whether the page is shown on a narrow screen, one view at a time. The same width is in `layout.css`. */
export const useNarrow = (): boolean => useMedia('(max-width: 959px)');

export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent);

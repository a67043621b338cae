import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppState, Deps } from './app-state.ts';
import { inputSlice } from './input.ts';
import { messagesSlice } from './messages.ts';
import { playbackSlice } from './playback.ts';
import { runSlice } from './run.ts';
import { scenarioSlice, type Version } from './scenario.ts';
import { settingsSlice } from './settings.ts';
import { viewSlice } from './view.ts';

export type AppStore = StoreApi<AppState>;

/** The page's state, showing `first` and not running yet. */
export function createAppStore(deps: Deps, first: Version): AppStore {
  return createStore<AppState>()((...a) => ({
    ...settingsSlice(deps)(...a),
    ...messagesSlice(deps)(...a),
    ...inputSlice(deps)(...a),
    ...scenarioSlice(first)(deps)(...a),
    ...runSlice(deps)(...a),
    ...viewSlice(deps)(...a),
    ...playbackSlice(deps)(...a),
  }));
}

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppState, Deps } from './app-state.ts';
import { experimentSlice } from './experiment-slice.ts';
import { inputSlice } from './input-slice.ts';
import { messagesSlice } from './messages-slice.ts';
import { playbackSlice } from './playback-slice.ts';
import { runSlice } from './run-slice.ts';
import type { Version } from './scenario.ts';
import { scenarioSlice } from './scenario-slice.ts';
import { settingsSlice } from './settings-slice.ts';
import { viewSlice } from './view-slice.ts';

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
    ...experimentSlice(deps)(...a),
  }));
}

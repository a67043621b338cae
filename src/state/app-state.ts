import type { StateCreator } from 'zustand/vanilla';
import type { ExperimentSlice, SweepHost } from './experiment.ts';
import type { InputSlice } from './input.ts';
import type { MessagesSlice } from './messages.ts';
import type { PlaybackSlice } from './playback.ts';
import type { RunHost } from './run-host.ts';
import type { RunSlice } from './run.ts';
import type { ScenarioSlice } from './scenario.ts';
import type { SettingsSlice } from './settings.ts';
import type { ViewSlice } from './view.ts';

/** All that the session needs: slices of data with their verbs. What can be derived is a selector, see `selectors.ts`. */
export type AppState = InputSlice &
  SettingsSlice &
  MessagesSlice &
  ScenarioSlice &
  RunSlice &
  ViewSlice &
  PlaybackSlice &
  ExperimentSlice;

/** What the state reaches outside itself; tests hand in their own. */
export type Deps = {
  /** Runs scenarios, in the page a Web Worker. */
  readonly host: RunHost;
  /** Runs experiments, in the page several Web Workers. */
  readonly sweeps: SweepHost;
  /** Where settings are kept; null where the browser forbids it. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'> | null;
};

/** A slice of the state, made with its dependencies. */
export type Slice<S> = (deps: Deps) => StateCreator<AppState, [], [], S>;

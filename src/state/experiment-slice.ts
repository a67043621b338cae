import type { Slice } from './app-state.ts';
import type { ExperimentSlice } from './experiment.ts';

export const experimentSlice: Slice<ExperimentSlice> =
  ({ sweeps }) =>
  (set, get) => ({
    experiment: { kind: 'idle' },
    experimentResult: null,

    startExperiment: (options) => {
      sweeps.start(options, {
        progress: (done, total) => set({ experiment: { kind: 'running', done, total } }),
        done: (experimentResult) => set({ experiment: { kind: 'idle' }, experimentResult }),
        failed: (message) => set({ experiment: { kind: 'failed', message } }),
      });
    },
    cancelExperiment: () => {
      if (get().experiment.kind !== 'running') return;
      sweeps.cancel();
      set({ experiment: { kind: 'idle' } });
    },
  });

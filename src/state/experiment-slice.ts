import type { Slice } from './app-state.ts';
import type { ExperimentSlice } from './experiment.ts';

export const experimentSlice: Slice<ExperimentSlice> =
  ({ sweeps }) =>
  (set, get) => ({
    experiment: { kind: 'idle' },
    experimentResult: null,
    delayResult: null,

    startExperiment: (job) => {
      const { experiment } = job;
      sweeps.start(job, {
        progress: (done, total) => set({ experiment: { kind: 'running', experiment, done, total } }),
        done: (result) =>
          set({
            experiment: { kind: 'idle' },
            ...(result.experiment === 'caller-comp' ? { experimentResult: result } : { delayResult: result }),
          }),
        failed: (message) => set({ experiment: { kind: 'failed', experiment, message } }),
      });
    },
    cancelExperiment: () => {
      if (get().experiment.kind !== 'running') return;
      sweeps.cancel();
      set({ experiment: { kind: 'idle' } });
    },
  });

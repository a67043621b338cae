import type { DelaySweepResult } from '../experiment/delay-sweep.ts';
import type { Job } from '../experiment/job.ts';
import type { ExperimentResult } from '../experiment/result.ts';
import type { SweepClient } from '../worker/client-measure.ts';

/** What the state uses of the client that runs experiments; tests script their own. */
export type SweepHost = Pick<SweepClient, 'start' | 'cancel'>;

export type ExperimentStatus =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly experiment: ExperimentId;
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'failed'; readonly experiment: ExperimentId; readonly message: string };

export type ExperimentId = Job['experiment'];

export type ExperimentSlice = {
  readonly experiment: ExperimentStatus;
  /** The last of each that ended; it stays while another runs. */
  readonly experimentResult: ExperimentResult | null;
  readonly delayResult: DelaySweepResult | null;
  /** Starts an experiment; one that is under way is cancelled. */
  readonly startExperiment: (job: Job) => void;
  readonly cancelExperiment: () => void;
};

import type { Options } from '../experiment/plan.ts';
import type { ExperimentResult } from '../experiment/result.ts';
import type { SweepClient } from '../worker/client-measure.ts';

/** What the state uses of the client that runs experiments; tests script their own. */
export type SweepHost = Pick<SweepClient, 'start' | 'cancel'>;

export type ExperimentStatus =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly done: number; readonly total: number }
  | { readonly kind: 'failed'; readonly message: string };

export type ExperimentSlice = {
  readonly experiment: ExperimentStatus;
  /** The last that ended; it stays while another runs. */
  readonly experimentResult: ExperimentResult | null;
  readonly startExperiment: (options: Options) => void;
  readonly cancelExperiment: () => void;
};

/** The experiments as their hosts see them: something that gives points, takes their figures, and has a result in the end. */
import type { BatchFigures } from '../analysis/batch-figures.ts';
import type { Figures } from '../analysis/meter.ts';
import { assert } from '../base/assert.ts';
import { DelaySweep, type DelaySweepOptions, type DelaySweepResult, type DelayTask } from './delay-sweep.ts';
import type { Options } from './plan.ts';
import type { ExperimentResult } from './result.ts';
import { Sweep, type Task } from './sweep.ts';

/** What somebody wants simulated. */
export type Job =
  | { readonly experiment: 'caller-comp'; readonly options: Options }
  | { readonly experiment: 'in-task-delay'; readonly options: DelaySweepOptions };
/** One simulation of it. */
export type JobTask =
  ({ readonly experiment: 'caller-comp' } & Task) | ({ readonly experiment: 'in-task-delay' } & DelayTask);
/** What the simulation gave. */
export type JobFigures =
  | { readonly experiment: 'caller-comp'; readonly id: number; readonly figures: Figures }
  | { readonly experiment: 'in-task-delay'; readonly id: number; readonly figures: BatchFigures };
export type JobResult = ExperimentResult | DelaySweepResult;

/** A job under way. */
export type Work = {
  readonly total: () => number;
  readonly done: () => number;
  readonly finished: () => boolean;
  /** The next simulation; null when all that can be done now is being done. */
  readonly take: () => JobTask | null;
  readonly deliver: (figures: JobFigures) => void;
  readonly result: (model: string) => JobResult;
};

/** Begins a job. */
export function workOf(job: Job): Work {
  switch (job.experiment) {
    case 'caller-comp': {
      const sweep = new Sweep(job.options);
      return {
        ...common(sweep),
        take: () => named('caller-comp', sweep.take()),
        deliver: (answer) => {
          assert(answer.experiment === 'caller-comp', 'figures are of the experiment that asked for them');
          sweep.deliver(answer.id, answer.figures);
        },
      };
    }
    case 'in-task-delay': {
      const sweep = new DelaySweep(job.options);
      return {
        ...common(sweep),
        take: () => named('in-task-delay', sweep.take()),
        deliver: (answer) => {
          assert(answer.experiment === 'in-task-delay', 'figures are of the experiment that asked for them');
          sweep.deliver(answer.id, answer.figures);
        },
      };
    }
  }
}

const common = (sweep: Sweep | DelaySweep): Pick<Work, 'total' | 'done' | 'finished' | 'result'> => ({
  total: () => sweep.total,
  done: () => sweep.done,
  finished: () => sweep.finished,
  result: (model) => sweep.result(model),
});

const named = <N extends string, T extends object>(experiment: N, task: T | null) =>
  task === null ? null : { experiment, ...task };

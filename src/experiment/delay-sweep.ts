/** The experiment on the delay for several HZ at once, each fitted for itself, as points that any number of workers can take. */
import type { BatchFigures } from '../analysis/batch-figures.ts';
import { assert } from '../base/assert.ts';
import {
  DELAY_DEFAULTS,
  DELAY_HZ,
  DELAY_MOST_POINTS,
  type DelayOptions,
  type DelayPoint,
  type DelayResult,
  fitDelay,
} from './delay.ts';

/** The mail does not say how often the machine ticks: look at several. */
export type DelaySweepOptions = {
  /** Ticks a second, ascending. */
  readonly hz: readonly DelayOptions['hz'][];
  readonly ios: number;
  readonly seed: number;
};
export const DELAY_SWEEP_DEFAULTS: DelaySweepOptions = { ...DELAY_DEFAULTS, hz: DELAY_HZ };

export type DelaySweepResult = {
  readonly experiment: 'in-task-delay';
  /** Digest of the sources that a run depends on. */
  readonly model: string;
  readonly options: DelaySweepOptions;
  /** One for each HZ, in their order. */
  readonly fits: readonly DelayResult[];
};

/** A point that somebody is to simulate. */
export type DelayTask = { readonly id: number; readonly point: DelayPoint };

type Fit = {
  readonly steps: ReturnType<typeof fitDelay>;
  points: number;
  result: DelayResult | null;
};

/** Hands out the points of all fits; each fit has one point open at a time, as the next depends on it. */
export class DelaySweep {
  readonly total: number;
  private readonly options: DelaySweepOptions;
  private readonly fits: readonly Fit[];
  private readonly waiting: DelayTask[] = [];

  constructor(options: DelaySweepOptions) {
    this.options = options;
    this.total = options.hz.length * DELAY_MOST_POINTS;
    this.fits = options.hz.map((hz) => ({
      steps: fitDelay({ hz, ios: options.ios, seed: options.seed }),
      points: 0,
      result: null,
    }));
    this.fits.forEach((fit, id) => this.follow(id, fit, fit.steps.next()));
  }

  /** Points that need no simulation any more: a fit that is near enough early spares the rest of its rounds. */
  get done(): number {
    return this.fits.reduce(
      (sum, { points, result }) => sum + (result === null ? points : DELAY_MOST_POINTS),
      0,
    );
  }

  get finished(): boolean {
    return this.fits.every(({ result }) => result !== null);
  }

  /** The next point to simulate; null when all that can be done now is being done. */
  take(): DelayTask | null {
    return this.waiting.shift() ?? null;
  }

  /** The figures of a point that was taken. They may come in any order: the result is the same. */
  deliver(id: number, figures: BatchFigures): void {
    const fit = this.fits[id];
    assert(fit !== undefined && fit.result === null, 'figures belong to a fit under way');
    fit.points++;
    this.follow(id, fit, fit.steps.next(figures));
  }

  /** `model` is the version of the model that simulated. */
  result(model: string): DelaySweepResult {
    const fits = this.fits.map(({ result }) => result).filter((result) => result !== null);
    assert(fits.length === this.fits.length, 'a result exists once all points are delivered');
    return { experiment: 'in-task-delay', model, options: this.options, fits };
  }

  private follow(id: number, fit: Fit, step: ReturnType<Fit['steps']['next']>): void {
    if (step.done === true) fit.result = step.value;
    else this.waiting.push({ id, point: step.value });
  }
}

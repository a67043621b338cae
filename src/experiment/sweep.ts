/** All coefficients of variation of a shard, as points that any number of workers can take. Nothing here waits. */
import type { Figures } from '../analysis/meter.ts';
import { assert } from '../base/assert.ts';
import { type CvRun, fitCv, pointsPerCv } from './fit.ts';
import { cvsOf, type Options, type Shard } from './plan.ts';
import type { Point } from './point.ts';
import type { CvResult, ExperimentResult } from './result.ts';

/** A point that somebody is to simulate. */
export type Task = { readonly id: number; readonly point: Point };

type Batch = { readonly cv: number; readonly figures: (Figures | null)[]; open: number };

export class Sweep {
  readonly total: number;
  /** Points that have been simulated. */
  done = 0;
  private readonly options: Options;
  private readonly shard: Shard | null;
  private readonly runs: readonly CvRun[];
  private readonly results: (CvResult | null)[];
  private readonly waiting: Task[] = [];
  /** Where the figures of a task belong. */
  private readonly places = new Map<number, { readonly batch: Batch; readonly at: number }>();
  private nextId = 0;

  constructor(options: Options, shard: Shard | null = null) {
    this.options = options;
    this.shard = shard;
    const cvs = cvsOf(options, shard);
    this.total = cvs.length * pointsPerCv(options.seeds);
    this.results = cvs.map(() => null);
    this.runs = cvs.map((cv) => fitCv(cv, options));
    this.runs.forEach((run, cv) => {
      const first = run.next([]);
      if (first.done !== true) this.add(cv, first.value);
    });
  }

  get finished(): boolean {
    return this.results.every((result) => result !== null);
  }

  /** The next point to simulate; null when all that can be done now is being done. */
  take(): Task | null {
    return this.waiting.shift() ?? null;
  }

  /** The figures of a point. They may come in any order: the result is the same. */
  deliver(id: number, figures: Figures): void {
    const place = this.places.get(id);
    assert(place !== undefined, 'a task is delivered once');
    this.places.delete(id);
    this.done++;
    const { batch, at } = place;
    batch.figures[at] = figures;
    batch.open--;
    if (batch.open > 0) return;
    const step = this.runs[batch.cv]?.next(batch.figures.filter((f) => f !== null));
    assert(step !== undefined, 'a batch belongs to a run');
    if (step.done === true) this.results[batch.cv] = step.value;
    else this.add(batch.cv, step.value);
  }

  /** `model` is the version of the model that simulated. */
  result(model: string): ExperimentResult {
    const sweep = this.results.filter((result) => result !== null);
    assert(sweep.length === this.results.length, 'a result exists once all points are delivered');
    const { options, shard } = this;
    return {
      format: 'bioscope-experiment',
      version: 1,
      experiment: 'caller-comp',
      model,
      options,
      shard,
      sweep,
    };
  }

  private add(cv: number, points: readonly Point[]): void {
    const batch: Batch = { cv, figures: points.map(() => null), open: points.length };
    points.forEach((point, at) => {
      const id = this.nextId++;
      this.places.set(id, { batch, at });
      this.waiting.push({ id, point });
    });
  }
}

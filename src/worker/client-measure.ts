/** The page's side of an experiment: shares its points out to Web Workers, one for each core. */
import { type Job, type JobResult, type Work, workOf } from '../experiment/job.ts';
import type { FromMeasurer, ToMeasurer } from './client-measure-messages.ts';

/** What an experiment tells while it runs. After `done` or `failed` nothing more comes. */
export type SweepEvents = {
  progress(done: number, total: number): void;
  done(result: JobResult): void;
  failed(message: string): void;
};

/** What the client needs of a Worker; tests give it scripted ones. */
export type MeasurerLike = {
  onmessage: ((event: MessageEvent<FromMeasurer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToMeasurer): void;
  terminate(): void;
};

const startWorker = (): MeasurerLike =>
  new Worker(new URL('./worker-measure.ts', import.meta.url), { type: 'module' });
/** More Workers would take memory and wait for each other's fits. */
const MOST_WORKERS = 16;

export class SweepClient {
  private readonly make: () => MeasurerLike;
  private workers: MeasurerLike[] = [];
  private idle: MeasurerLike[] = [];

  constructor(make: () => MeasurerLike = startWorker) {
    this.make = make;
  }

  /** Starts an experiment; one that is under way is cancelled, and its events never arrive. */
  start(job: Job, events: SweepEvents, cores = navigator.hardwareConcurrency): void {
    this.cancel();
    const work = workOf(job);
    const workers = Array.from({ length: Math.max(1, Math.min(cores, MOST_WORKERS)) }, this.make);
    this.workers = workers;
    this.idle = [...workers];
    const fail = (message: string): void => {
      if (this.workers !== workers) return; // cancelled meanwhile, and perhaps another one is under way
      this.cancel();
      events.failed(message);
    };
    for (const worker of workers) {
      worker.onerror = (event) => {
        fail(event.message || 'a Worker of the experiment could not be started');
      };
      worker.onmessage = ({ data }) => {
        if (this.workers !== workers) return; // cancelled meanwhile
        if (data.kind === 'failed') {
          fail(data.message);
          return;
        }
        work.deliver(data.answer);
        this.idle.push(worker);
        events.progress(work.done(), work.total());
        if (work.finished()) {
          this.cancel();
          events.done(work.result(data.model));
        } else this.feed(work);
      };
    }
    events.progress(0, work.total());
    this.feed(work);
  }

  /** Stops the experiment under way. */
  cancel(): void {
    for (const worker of this.workers) worker.terminate();
    this.workers = [];
    this.idle = [];
  }

  private feed(work: Work): void {
    while (this.idle.length > 0) {
      const task = work.take();
      if (task === null) return;
      this.idle.pop()?.postMessage(task);
    }
  }
}

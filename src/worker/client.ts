/**
 * The page's side of the Worker. It starts and cancels runs, takes over chunks and gives credit for them, and starts a new
 * Worker when the old one has crashed or says nothing for too long; the scenario stays with the caller.
 */
import type { SpanChunk } from '../analysis/spans.ts';
import type { Chunk } from '../log/columns.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { FromWorker, RunSummary, ToWorker } from './client-messages.ts';

export type { RunSummary } from './client-messages.ts';
export type { Fingerprint } from '../run/run.ts';
export type Progress = { readonly rows: number; readonly time_ns: number };

/** What a run tells while it runs. After `done` or `failed` nothing more comes. */
export type RunEvents = {
  chunk(chunk: Chunk, spans: SpanChunk): void;
  progress(progress: Progress): void;
  done(summary: RunSummary): void;
  failed(message: string): void;
};

/** A Worker that says nothing for so long while it runs is taken for hung. A slice takes milliseconds. */
const HUNG_AFTER_MS = 15_000;

/** What the client needs of a Worker; tests give it a scripted one. */
export type WorkerLike = {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  postMessage(message: ToWorker): void;
  terminate(): void;
};

const startWorker = (): WorkerLike => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

export class RunClient {
  private worker: WorkerLike | null = null;
  private run = 0;
  private events: RunEvents | null = null;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private readonly make: () => WorkerLike;

  constructor(make: () => WorkerLike = startWorker) {
    this.make = make;
  }

  /** Starts a run; one that is under way is cancelled, and its events never arrive. */
  start(scenario: Scenario, events: RunEvents): void {
    this.cancel();
    this.events = events;
    this.worker ??= this.connect();
    this.worker.postMessage({ kind: 'run', run: ++this.run, scenario });
    this.watch();
  }

  /** Cancels the run under way. */
  cancel(): void {
    if (this.events === null) return;
    this.events = null;
    clearTimeout(this.watchdog);
    this.worker?.postMessage({ kind: 'cancel', run: this.run });
  }

  dispose(): void {
    this.cancel();
    this.worker?.terminate();
    this.worker = null;
  }

  private connect(): WorkerLike {
    const worker = this.make();
    worker.onmessage = (event) => {
      this.receive(event.data);
    };
    worker.onerror = (event) => {
      this.broken(event.message || 'the simulation’s Worker could not be started');
    };
    worker.onmessageerror = () => {
      this.broken('a message of the simulation’s Worker could not be read');
    };
    return worker;
  }

  private receive(message: FromWorker): void {
    const { events } = this;
    if (message.run !== this.run || events === null) return;
    this.watch();
    switch (message.kind) {
      case 'chunk':
        events.chunk(message.chunk, message.spans);
        this.worker?.postMessage({ kind: 'credit', run: this.run });
        break;
      case 'progress':
        events.progress({ rows: message.rows, time_ns: message.time_ns });
        break;
      case 'done':
        this.end().done(message.summary);
        break;
      case 'failed':
        this.end().failed(message.message);
        break;
    }
  }

  /** The run is over: forgets it and gives its listener for a last call. */
  private end(): RunEvents {
    const { events } = this;
    if (events === null) throw new Error('bioscope is wrong here: a run ends once');
    this.events = null;
    clearTimeout(this.watchdog);
    return events;
  }

  private watch(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.broken(`the simulation has said nothing for ${HUNG_AFTER_MS / 1000} seconds and was stopped`);
    }, HUNG_AFTER_MS);
  }

  /** The Worker is of no use any more: the next run gets a new one. */
  private broken(message: string): void {
    this.worker?.terminate();
    this.worker = null;
    if (this.events !== null) this.end().failed(message);
  }
}

import type { SpanChunk } from '../analysis/spans.ts';
import type { Chunk } from '../log/columns.ts';
import type { Scenario } from '../scenario/schema.ts';

/** Model version, scenario hash, seed and log digest: two people with the same one have seen the same run. */
export type Fingerprint = {
  readonly model: string;
  readonly scenario: string;
  readonly seed: number;
  readonly log: string;
};
export type RunSummary = {
  readonly rows: number;
  readonly end_ns: number;
  /** Why the run ended, from the Stop row: "done", "limit: events" ... */
  readonly stop: string;
  readonly fingerprint: Fingerprint;
};
export type Progress = { readonly rows: number; readonly time_ns: number };

/** What a run tells while it runs. */
export interface RunEvents {
  chunk(chunk: Chunk, spans: SpanChunk): void;
  progress(progress: Progress): void;
  done(summary: RunSummary): void;
  failed(message: string): void;
}

/** Whoever runs scenarios: in the page the Worker's client, in tests a script. */
export interface RunHost {
  /** Starts a run and cancels one that is under way; the events of a cancelled run never arrive. */
  start(scenario: Scenario, events: RunEvents): void;
  cancel(): void;
}

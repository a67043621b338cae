import type { Finding } from '../analysis/monitor.ts';
import type { SpanView } from '../analysis/spans.ts';
import type { LogView } from '../log/view.ts';
import type { Progress, RunSummary } from '../worker/client.ts';
import type { Version } from './scenario.ts';

export type RunStatus = 'idle' | 'running' | 'done' | 'failed' | 'cancelled';

/** A log with what it is the log of. The views grow in place while the run streams. */
export type Recording = {
  readonly version: Version;
  readonly log: LogView;
  readonly spans: SpanView;
  /** Null until the run has ended. */
  readonly summary: RunSummary | null;
};

export type RunSlice = {
  readonly runStatus: RunStatus;
  readonly progress: Progress;
  /** What is on screen: the last run until the first chunk of the next one is here, so that nothing flickers. */
  readonly recording: Recording | null;
  /** Rows of `recording.log` so far: it changes when the log has grown. */
  readonly rows: number;
  /** The run before, for "what changed". */
  readonly previous: Recording | null;
  /** What the monitors found in `recording`; null while they have not read it. */
  readonly findings: readonly Finding[] | null;
  /** Why the run failed. */
  readonly failure: string | null;
  /** Runs the present scenario. */
  readonly startRun: () => void;
  /** Stops the run and keeps what it has. */
  readonly cancelRun: () => void;
  /** Forgets the run before, and with it what changed. */
  readonly dismissChange: () => void;
};

import type { Finding } from '../analysis/monitor.ts';
import { SpanView } from '../analysis/spans.ts';
import { LogView } from '../log/view.ts';
import type { Slice } from './app-state.ts';
import type { Progress, RunSummary } from '../worker/client.ts';
import { findFindings } from './findings.ts';
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

/** A growing log is shown so often. */
const SHOW_MS = 250;

const NO_PROGRESS: Progress = { rows: 0, time_ns: 0 };

export const runSlice: Slice<RunSlice> = (deps) => (set, get) => ({
  runStatus: 'idle',
  progress: NO_PROGRESS,
  recording: null,
  rows: 0,
  previous: null,
  findings: null,
  failure: null,

  startRun: () => {
    const { version } = get();
    const log = new LogView();
    let shown_ms = 0;
    const spans = new SpanView();
    get().keepPlace();
    set({ runStatus: 'running', progress: NO_PROGRESS, failure: null, playing: false });
    deps.host.start(version.scenario, {
      chunk: (chunk, spanChunk) => {
        const isFirst = log.rows === 0;
        log.add(chunk);
        spans.add(spanChunk);
        if (isFirst) {
          set((s) => ({
            recording: { version, log, spans, summary: null },
            previous: comparable(s),
            findings: null,
          }));
          get().restorePlace();
        }
        if (isFirst || performance.now() - shown_ms > SHOW_MS) {
          set({ rows: log.rows });
          shown_ms = performance.now(); // after showing, so that drawing never takes all of the time
        }
      },
      progress: (progress) => set({ progress }),
      done: (summary) => {
        set({ runStatus: 'done', rows: log.rows, recording: { version, log, spans, summary } });
        get().settlePlace();
        findFindings(
          log,
          () => get().recording?.log === log,
          (findings) => set({ findings }),
        );
      },
      failed: (failure) => {
        set({ runStatus: 'failed', failure, ...(get().recording?.log === log ? { rows: log.rows } : {}) });
        get().settlePlace();
      },
    });
  },

  cancelRun: () => {
    if (get().runStatus !== 'running') return;
    deps.host.cancel();
    set({ runStatus: 'cancelled' });
    get().settlePlace();
  },

  dismissChange: () => set({ previous: null }),
});

/** Beyond this, holding two logs at once costs more memory than knowing what changed is worth. */
const COMPARABLE_ROWS = 1_000_000;

/** The recording that the next one is compared with: the last that ended and is not too large. */
function comparable(s: RunSlice): Recording | null {
  const last = s.recording;
  if (last === null || last.summary === null) return s.previous;
  return last.log.rows <= COMPARABLE_ROWS ? last : null;
}

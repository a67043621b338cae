import { SpanView } from '../analysis/spans.ts';
import { LogView } from '../log/view.ts';
import type { Progress } from '../worker/client.ts';
import { FRESH } from './place.ts';
import type { Slice } from './app-state.ts';
import { findFindings } from './findings.ts';
import type { Recording, RunSlice } from './run.ts';

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
    const { version, recording, pendingPlace, window } = get();
    const isFresh = window === null && (recording === null ? pendingPlace === null : pendingPlace === FRESH);
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
        if (isFresh) get().takeFirstLook(); // at the cursor, which what is worth seeing may have moved
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
    set((s) => ({ runStatus: 'cancelled', rows: s.recording?.log.rows ?? 0 }));
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

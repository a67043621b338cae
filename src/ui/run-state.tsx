import { CircleX, LoaderCircle, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { totals } from '../analysis/statistics.ts';
import type { LogView } from '../log/view.ts';
import { LIMITS } from '../scenario/limits.ts';
import { iosOfLog } from '../state/derived.ts';
import { count, duration } from './format.ts';
import { useApp, useNarrow, useVerbs } from './page.tsx';
import { useSlowRun } from './use-slow-run.ts';

/** How the run goes, when there is something to say: loading, running long, failed, cancelled, stopped early. Each
 *  names one thing to do. */
export function RunState(): ReactNode {
  const status = useApp((s) => s.runStatus);
  const stop = useApp((s) => s.recording?.summary?.stop ?? 'done');
  const hintSeen = useApp((s) => s.settings.hintSeen);
  const edits = useApp((s) => s.past.length);
  const view = useApp((s) => s.view);
  const isElsewhere = useNarrow() && view !== 'timeline'; // the hint speaks of the timeline
  const slow = useSlowRun();
  if (slow) return <Running />;
  if (status === 'failed') return <Failed />;
  if (status === 'cancelled') return <Cancelled />;
  if (status === 'done' && stop !== 'done') return <StoppedEarly stop={stop} />;
  return hintSeen || edits > 0 || isElsewhere ? null : <FirstHint />;
}

function Running(): ReactNode {
  const progress = useApp((s) => s.progress);
  const most = useApp((s) => s.version.scenario.limits.events);
  const { cancelRun } = useVerbs();
  return (
    <div className="strip" role="status">
      <LoaderCircle aria-hidden size={16} className="spin" />
      <span>
        Running: {count(progress.rows)} events, {duration(progress.time_ns)} of simulated time
      </span>
      <progress
        className="strip-progress"
        aria-label="Events of the limit"
        max={most}
        value={progress.rows}
      />
      <button type="button" className="button button-edged" onClick={cancelRun}>
        Cancel
      </button>
    </div>
  );
}

function Failed(): ReactNode {
  const failure = useApp((s) => s.failure);
  const canUndo = useApp((s) => s.past.length > 0);
  const { startRun, undo } = useVerbs();
  return (
    <div className="strip strip-error" role="alert">
      <CircleX aria-hidden size={16} />
      <span>The run failed: {failure ?? 'no reason was given'}. The scenario is kept.</span>
      <button type="button" className="button button-edged" onClick={startRun}>
        Run again
      </button>
      {canUndo && (
        <button type="button" className="button button-edged" onClick={undo}>
          Undo the last change
        </button>
      )}
    </div>
  );
}

function Cancelled(): ReactNode {
  const rows = useApp((s) => s.rows);
  const { startRun } = useVerbs();
  return (
    <div className="strip strip-warning" role="status">
      <TriangleAlert aria-hidden size={16} />
      <span>You cancelled the run; its first {count(rows)} events are here.</span>
      <button type="button" className="button button-edged" onClick={startRun}>
        Run again
      </button>
    </div>
  );
}

function StoppedEarly({ stop }: { readonly stop: string }): ReactNode {
  const isLimit = stop.startsWith('limit');
  return (
    <div className="strip strip-warning" role="status">
      <TriangleAlert aria-hidden size={16} />
      <span>
        {isLimit
          ? `The run stopped at its ${stop}. What it has is shown.`
          : `The run ended early: ${stop}. The findings say who waits for whom.`}
      </span>
      {isLimit && <LimitWays />}
    </div>
  );
}

/** The two ways out of a limit: more room, or less to do. */
function LimitWays(): ReactNode {
  const { limits, actors } = useApp((s) => s.version.scenario);
  const stop = useApp((s) => s.recording?.summary?.stop ?? '');
  const finished = useApp((s) => (s.recording === null ? 0 : finishedOf(s.recording.log)));
  const { edit } = useVerbs();
  const field = stop.includes('event') ? 'events' : 'sim_ns';
  const higher = Math.min(limits[field] * 10, LIMITS[field]);
  const each = Math.floor(finished / actors.length);
  return (
    <>
      {higher > limits[field] && (
        <button type="button" className="button button-edged" onClick={() => edit(['limits', field], higher)}>
          Raise the limit to {field === 'events' ? `${count(higher)} events` : duration(higher)}
        </button>
      )}
      {each > 0 && (
        <button
          type="button"
          className="button button-edged"
          onClick={() =>
            edit(
              ['actors'],
              actors.map((actor) => ({ ...actor, ios: Math.min(actor.ios, each) })),
            )
          }
        >
          Simulate {count(each * actors.length)} I/Os
        </button>
      )}
    </>
  );
}

/** I/Os of which the application has the result. */
function finishedOf(log: LogView): number {
  return totals(iosOfLog(log)).reduce((n, ns) => n + (Number.isNaN(ns) ? 0 : 1), 0);
}

/** For who is here for the first time: one line, and a way to close it for good. */
function FirstHint(): ReactNode {
  const isBuffered = useApp((s) => s.version.scenario.actors.some(({ direct }) => !direct));
  const { changeSettings } = useVerbs();
  return (
    <div className="strip strip-hint">
      <span>
        How Linux completes this I/O, simulated. <kbd>←</kbd> <kbd>→</kbd> step, <kbd>?</kbd> shows all keys.{' '}
        {isBuffered ? (
          <>
            Choose another <b>kernel</b>, or flip a switch of <b>Completion in a task</b>,
          </>
        ) : (
          <>
            Flip <b>IOCB_DIO_CALLER_COMP</b>
          </>
        )}{' '}
        and watch the path change, or paste your own fio job.
      </span>
      <button
        type="button"
        className="button button-icon"
        aria-label="Close this hint"
        onClick={() => changeSettings({ hintSeen: true })}
      >
        <X aria-hidden size={15} />
      </button>
    </div>
  );
}

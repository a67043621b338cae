import {
  ChevronFirst,
  ChevronLast,
  ChevronLeft,
  ChevronRight,
  Pause,
  Play,
  SkipBack,
  SkipForward,
  StepBack,
  StepForward,
} from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { NO_ROW } from '../../base/units.ts';
import { contextFlags, contextWords } from '../../log/context.ts';
import { NO_CPU } from '../../log/events.ts';
import { SPEEDS } from '../../state/playback.ts';
import { STEP_MODES, type StepMode } from '../../state/stepping.ts';
import { CommandButton } from '../command-button.tsx';
import { count, instant } from '../format.ts';
import { useApp, usePage, useVerbs } from '../page.tsx';

const MODE_LABELS: Readonly<Record<StepMode, string>> = {
  event: 'event',
  decision: 'decision',
  io: 'event of the I/O',
};

/** Play, pause and step, and where the run stands. */
export function Transport(): ReactNode {
  const playing = useApp((s) => s.playing);
  usePlayback(playing);
  return (
    <div className="transport" role="toolbar" aria-label="Step and play">
      <CommandButton id="cursor.start" icon={ChevronFirst} />
      <CommandButton id="step.previous-decision" icon={SkipBack} />
      <CommandButton id="step.back" icon={ChevronLeft} className="button-edged" />
      <CommandButton
        id="play.toggle"
        icon={playing ? Pause : Play}
        className="button-edged transport-play"
        pressed={playing}
      />
      <CommandButton id="step.forward" icon={ChevronRight} className="button-edged" />
      <CommandButton id="step.next-decision" icon={SkipForward} />
      <CommandButton id="cursor.end" icon={ChevronLast} />
      <span className="transport-io">
        <CommandButton id="step.previous-of-io" icon={StepBack} />
        <span className="header-label muted">this I/O</span>
        <CommandButton id="step.next-of-io" icon={StepForward} />
      </span>
      <PlayChoices />
      <WhereAmI />
    </div>
  );
}

function PlayChoices(): ReactNode {
  const speed = useApp((s) => s.speed);
  const stepMode = useApp((s) => s.stepMode);
  const verbs = useVerbs();
  return (
    <>
      <label className="tool-choice">
        <span>by</span>
        <select
          aria-label="A step is"
          value={stepMode}
          onChange={(event) => verbs.setStepMode(STEP_MODES.find((m) => m === event.target.value) ?? 'event')}
        >
          {STEP_MODES.map((mode) => (
            <option key={mode} value={mode}>
              {MODE_LABELS[mode]}
            </option>
          ))}
        </select>
      </label>
      <label className="tool-choice">
        <select
          aria-label="Speed of play"
          value={speed}
          onChange={(event) => verbs.setSpeed(Number(event.target.value))}
        >
          {SPEEDS.map((steps) => (
            <option key={steps} value={steps}>
              {steps}/s
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** Row n of N, time, CPU, and the context in ftrace's notation. */
function WhereAmI(): ReactNode {
  const recording = useApp((s) => s.recording);
  const rows = useApp((s) => s.rows);
  const cursor = useApp((s) => s.cursor);
  if (recording === null || cursor === NO_ROW || cursor >= rows) return null;
  const { log } = recording;
  const cpu = log.cpu(cursor);
  const context = log.context(cursor);
  return (
    <span className="where">
      <span>
        row <strong>{count(cursor)}</strong> of {count(rows - 1)}
      </span>
      <span>{instant(log.time(cursor))}</span>
      <span>{cpu === NO_CPU ? 'no CPU' : `CPU ${cpu}`}</span>
      {cpu !== NO_CPU && (
        <code title={contextWords(context)} aria-label={contextWords(context)} role="img">
          {contextFlags(context)}
        </code>
      )}
    </span>
  );
}

/** Steps on once a frame while the run plays. */
function usePlayback(playing: boolean): void {
  const { store } = usePage();
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function next(now) {
      store.getState().advance(Math.min(now - last, 1000)); // a tab that slept does not catch up
      last = now;
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, store]);
}

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
import { SPEEDS } from '../../state/playback.ts';
import { STEP_MODES, type StepMode } from '../../state/stepping.ts';
import { CommandButton } from '../command-button.tsx';
import { useApp, usePage, useVerbs } from '../page.tsx';

const MODE_LABELS: Readonly<Record<StepMode, string>> = {
  event: 'event',
  decision: 'decision',
  io: 'event of the I/O',
};

/** Play, pause and step. */
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

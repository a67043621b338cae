import type { Slice } from './app-state.ts';
import type { StepMode } from './stepping.ts';

/** Steps a second. Log spaced, from "read along" to "see the shape". */
export const SPEEDS = [1, 2, 5, 10, 25, 100, 500] as const;

export type PlaybackSlice = {
  readonly playing: boolean;
  /** Steps a second. */
  readonly speed: number;
  /** What a step is for play and for the arrow keys. */
  readonly stepMode: StepMode;
  readonly play: () => void;
  readonly pause: () => void;
  readonly setSpeed: (speed: number) => void;
  /** The next faster (1) or slower (-1) of `SPEEDS`. */
  readonly changeSpeed: (by: 1 | -1) => void;
  readonly setStepMode: (mode: StepMode) => void;
  /** Plays `elapsed_ms` of wall clock further; the page calls it once a frame while `playing`. */
  readonly advance: (elapsed_ms: number) => void;
};

export const playbackSlice: Slice<PlaybackSlice> = () => (set, get) => {
  let owed = 0; // part of a step that has not been shown yet
  return {
    playing: false,
    speed: 5,
    stepMode: 'event',
    play: () => {
      owed = 0;
      if (get().isAtEnd()) get().goToStart(); // as players do: play at the end starts over
      set({ playing: get().rows > 0 });
    },
    pause: () => set({ playing: false }),
    setSpeed: (speed) => set({ speed }),
    changeSpeed: (by) => {
      const at = SPEEDS.findIndex((speed) => speed >= get().speed);
      set({ speed: SPEEDS[Math.min(Math.max(at + by, 0), SPEEDS.length - 1)] ?? get().speed });
    },
    setStepMode: (stepMode) => set({ stepMode }),
    advance: (elapsed_ms) => {
      if (!get().playing) return;
      owed += (elapsed_ms * get().speed) / 1000;
      const steps = Math.floor(owed);
      owed -= steps;
      if (!get().stepBy(steps)) set({ playing: false });
    },
  };
};

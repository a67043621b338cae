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

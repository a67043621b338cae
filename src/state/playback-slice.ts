import type { Slice } from './app-state.ts';
import { type PlaybackSlice, SPEEDS } from './playback.ts';

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

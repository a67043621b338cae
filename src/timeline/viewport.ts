import type { Window } from './types.ts';

/** Places of an axis (its own unit, see `Window`) to CSS pixels and back. Everything on the canvas goes through one. */
export class Viewport {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly width: number;
  /** Pixels a unit. */
  readonly scale: number;

  constructor(window: Window, left: number, width: number) {
    this.from = window.from;
    this.to = window.to;
    this.left = left;
    this.width = width;
    this.scale = width / (window.to - window.from);
  }

  x(place: number): number {
    return this.left + (place - this.from) * this.scale;
  }
  place(x: number): number {
    return this.from + (x - this.left) / this.scale;
  }
  get right(): number {
    return this.left + this.width;
  }
  /** Units a pixel. */
  get pixel(): number {
    return 1 / this.scale;
  }
}

/** Smallest window: so many units over the whole width. Ten nanoseconds, or three columns, are enough to read. */
export const MIN_WINDOW: Readonly<Record<'clock' | 'folded' | 'steps', number>> = {
  clock: 10,
  folded: 10,
  steps: 3,
};

/** The window zoomed by `factor` (below 1 zooms in) around a place that stays where it is. */
export function zoomed(window: Window, around: number, factor: number): Window {
  return { from: around + (window.from - around) * factor, to: around + (window.to - around) * factor };
}

export function panned(window: Window, by: number): Window {
  return { from: window.from + by, to: window.to + by };
}

/** The nearest window that is no smaller than `min`, no larger than the run and does not leave it. */
export function clampWindow(window: Window, end: number, min: number): Window {
  const size = Math.min(Math.max(window.to - window.from, Math.min(min, end)), end);
  const middle = (window.from + window.to) / 2;
  const from = Math.min(Math.max(middle - size / 2, 0), end - size);
  return { from, to: from + size };
}

/** The window with a margin on both sides, so that what was fitted does not touch the edges. */
export function withMargin(window: Window, share = 0.06): Window {
  const margin = (window.to - window.from) * share;
  return { from: window.from - margin, to: window.to + margin };
}

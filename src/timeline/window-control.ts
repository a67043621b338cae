/** The visible part of the axis: its limits, its movements, and telling the owner. */
import type { Axis } from './axis.ts';
import type { TimeRange, Window } from './types.ts';
import { clampWindow, MIN_WINDOW, panned, zoomed } from './viewport.ts';

const ANIMATION_MS = 160;

export type WindowListener = {
  /** The window is another: draw. */
  moved(): void;
  /** Tell the owner; null means "everything". */
  report(window: Window | null, times: TimeRange, done: boolean): void;
};

export class WindowControl {
  private axis: Axis | null = null;
  /** Null while everything is shown, also when the run grows. */
  private chosen: Window | null = null;
  /** What was asked for, which a run that is still short may not reach yet. */
  private wanted: Window | null = null;
  /** Where a glide under way will end. */
  private target: Window | null = null;
  private frame = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private unsettled = false;
  private readonly listener: WindowListener;
  private readonly still: () => boolean;

  /** `still` says whether motion is unwelcome. */
  constructor(listener: WindowListener, still: () => boolean) {
    this.listener = listener;
    this.still = still;
  }

  /** What is shown now. */
  get shown(): Window {
    return this.chosen ?? { from: 0, to: this.axis?.end ?? 1 };
  }
  /** What will be shown when nothing moves any more: keys in quick succession add up. */
  get goal(): Window {
    return this.target ?? this.shown;
  }
  get isFitted(): boolean {
    return this.chosen === null;
  }

  /** Another axis, or the same one longer. With another one the times in view are kept. */
  setAxis(axis: Axis): void {
    if (this.axis !== null && this.axis.kind !== axis.kind && this.chosen !== null) {
      const [t0, t1] = [this.axis.toTime(this.chosen.from), this.axis.toTime(this.chosen.to)];
      this.wanted = { from: axis.ofTime(t0), to: Math.max(axis.ofTime(t1), axis.ofTime(t0) + 1) };
    }
    this.axis = axis;
    if (this.wanted !== null) this.chosen = this.clamped(this.wanted);
  }

  /** The owner says what to show; it is not told back. */
  set(window: Window | null): void {
    if (same(window, this.chosen)) return;
    this.stop();
    this.wanted = window;
    this.chosen = window === null ? null : this.clamped(window);
    this.listener.moved();
  }

  /** Moves at once, as the hand does. */
  move(window: Window): void {
    this.stop();
    this.show(this.clamped(window));
    this.unsettled = true;
    this.report(false);
  }

  zoom(around: number, factor: number): void {
    const { from, to } = this.shown;
    const least = MIN_WINDOW[this.axis?.kind ?? 'clock'] / (to - from);
    this.move(zoomed(this.shown, around, Math.max(factor, least)));
  }

  pan(by: number): void {
    this.move(panned(this.shown, by));
  }

  /** Glides there and then settles; null is everything. */
  glide(window: Window | null): void {
    this.stop();
    const target = window === null ? null : this.clamped(window);
    const from = this.shown;
    const to = target ?? { from: 0, to: this.axis?.end ?? 1 };
    const finish = (): void => {
      this.target = null;
      this.show(target);
      this.unsettled = true;
      this.settle();
    };
    if (this.still() || same(from, to)) {
      finish();
      return;
    }
    this.target = to;
    const start = performance.now();
    const step = (now: number): void => {
      const t = Math.min(1, Math.max(0, (now - start) / ANIMATION_MS));
      if (t >= 1) {
        finish();
        return;
      }
      const eased = 1 - (1 - t) ** 3;
      this.show({ from: mix(from.from, to.from, eased), to: mix(from.to, to.to, eased) });
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /** What was moved is final. */
  settle(): void {
    clearTimeout(this.rest);
    if (!this.unsettled) return;
    this.unsettled = false;
    this.report(true);
  }

  /** Settles once nothing has moved for a while: the wheel has no end of its own. */
  settleSoon(): void {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(), 250);
  }

  stop(): void {
    this.target = null;
    cancelAnimationFrame(this.frame);
  }
  destroy(): void {
    this.stop();
    clearTimeout(this.rest);
  }

  private show(window: Window | null): void {
    this.wanted = window;
    this.chosen = window;
    this.listener.moved();
  }

  private clamped(window: Window): Window {
    if (this.axis === null) return window;
    return clampWindow(window, this.axis.end, MIN_WINDOW[this.axis.kind]);
  }

  private report(done: boolean): void {
    const { from, to } = this.shown;
    if (this.axis === null) return;
    this.listener.report(this.chosen, { t0_ns: this.axis.toTime(from), t1_ns: this.axis.toTime(to) }, done);
  }
}

const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
const same = (a: Window | null, b: Window | null): boolean =>
  a === b || (a?.from === b?.from && a?.to === b?.to);

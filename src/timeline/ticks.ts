import { type Axis, FOLD_SHOWN_NS, FoldedAxis } from './axis.ts';
import { clockTime, duration, grouped } from './format.ts';
import type { Viewport } from './viewport.ts';

/** A mark on the ruler. */
export type Tick = {
  readonly place: number;
  /** '' for a minor tick. */
  readonly label: string;
};

/** A folded gap on the ruler, with its true length. */
export type FoldMark = { readonly place: number; readonly end: number; readonly label: string };

/** Room a label needs, in CSS pixels a character and around it. */
const CHARACTER_PX = 6.6;
const AROUND_PX = 24;

/** 1, 2 or 5 times a power of ten, at least `least`. */
export function niceStep(least: number): number {
  let power = 1;
  while (power * 10 <= least) power *= 10;
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? power * 10;
}

/** Labelled ticks and, between them, minor ones; at most a few hundred. */
export function ticks(axis: Axis, view: Viewport): Tick[] {
  if (axis.kind === 'steps') return evenTicks(view, 0, axis.end, stepFor(view, axis), 0, (at) => grouped(at));
  const step = stepFor(view, axis);
  const largest = axis.toTime(view.to);
  const label = (at: number): string => clockTime(at, step, largest);
  if (!(axis instanceof FoldedAxis)) return evenTicks(view, 0, axis.end, step, 0, label);
  return foldedTicks(axis, view, step, label);
}

/** Distance of labelled ticks such that the longest label fits. */
function stepFor(view: Viewport, axis: Axis): number {
  const last = axis.kind === 'steps' ? view.to : axis.toTime(view.to);
  let step = niceStep(Math.max(1, 48 * view.pixel));
  for (let tries = 0; tries < 3; tries++) {
    const text = axis.kind === 'steps' ? grouped(Math.round(last)) : clockTime(last, step);
    const room = (text.length * CHARACTER_PX + AROUND_PX) * view.pixel;
    if (room <= step) return step;
    step = niceStep(room);
  }
  return step;
}

/** Ticks at the multiples of `step` in one stretch in which place and time differ by `shift`. */
function evenTicks(
  view: Viewport,
  from: number,
  to: number,
  step: number,
  shift: number,
  label: (at: number) => string,
): Tick[] {
  const found: Tick[] = [];
  const minor = step >= 5 && step * view.scale > 60 ? step / 5 : step;
  const first = Math.ceil((Math.max(from, view.from) + shift) / minor);
  const last = Math.floor((Math.min(to, view.to) + shift) / minor);
  for (let i = first; i <= last; i++) {
    const at = i * minor;
    found.push({
      place: at - shift,
      label: Math.round(at) % Math.round(step) === 0 ? label(Math.round(at)) : '',
    });
  }
  return found;
}

/** Each stretch between folds has its own ticks; a label that would touch the one before is left out. */
function foldedTicks(axis: FoldedAxis, view: Viewport, step: number, label: (at: number) => string): Tick[] {
  const found: Tick[] = [];
  let lastLabel = -Infinity;
  let from = 0;
  const add = (to: number, shift: number): void => {
    if ((to - from) * view.scale < 2) return;
    for (const tick of evenTicks(view, from, to, step, shift, label)) {
      const fits = (tick.place - lastLabel) * view.scale > tick.label.length * CHARACTER_PX + AROUND_PX / 2;
      if (tick.label !== '' && fits) lastLabel = tick.place;
      found.push(fits ? tick : { place: tick.place, label: '' });
    }
  };
  const first = axis.firstFoldAfter(view.from);
  let shift = 0;
  const before = axis.folds[first - 1];
  if (before !== undefined) [from, shift] = afterFold(before);
  for (let i = first; i < axis.folds.length; i++) {
    const fold = axis.folds[i]!;
    if (fold.place > view.to) break;
    add(fold.place, shift);
    [from, shift] = afterFold(fold);
  }
  add(axis.end, shift);
  return found;
}

/** Where the stretch after a fold begins, and by how much its times exceed its places. */
function afterFold(fold: { readonly t1_ns: number; readonly place: number }): [from: number, shift: number] {
  const from = fold.place + FOLD_SHOWN_NS;
  return [from, fold.t1_ns - from];
}

/** The folded gaps in view; the label is the gap's real length. */
export function foldMarks(axis: Axis, view: Viewport): FoldMark[] {
  if (!(axis instanceof FoldedAxis)) return [];
  const marks: FoldMark[] = [];
  for (let i = axis.firstFoldAfter(view.from); i < axis.folds.length; i++) {
    const { t0_ns, t1_ns, place } = axis.folds[i]!;
    if (place > view.to) break;
    marks.push({ place, end: place + FOLD_SHOWN_NS, label: duration(t1_ns - t0_ns) });
  }
  return marks;
}

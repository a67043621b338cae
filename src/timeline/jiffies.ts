/** The grid of jiffies: where the ticks of the run's clock are, on any axis. */
import { type Axis, FOLD_SHOWN_NS, FoldedAxis } from './axis.ts';
import type { Viewport } from './viewport.ts';

/** One tick, or several in a folded gap; the label is the number of the last, counted from the start of the run. */
export type JiffyMark = { readonly place: number; readonly label: string };

/** Closer ticks would be a carpet. */
const LEAST_PX = 8;
/** More are not looked for: they are too close anyway. */
const MOST_MARKS = 2000;

/** The ticks in view, where they are far enough apart to be told. */
export function jiffyMarks(axis: Axis, view: Viewport, jiffy_ns: number): JiffyMark[] {
  if (axis instanceof FoldedAxis) return foldedMarks(axis, view, jiffy_ns);
  if (axis.kind === 'clock')
    return jiffy_ns * view.scale < LEAST_PX ? [] : marksBetween(axis, view.from, view.to, jiffy_ns);
  return stepMarks(axis, view, jiffy_ns);
}

/** Each tick of a stretch of time; the first jiffy begins at 0 and is no tick. */
function marksBetween(axis: Axis, from_ns: number, to_ns: number, jiffy_ns: number): JiffyMark[] {
  const marks: JiffyMark[] = [];
  const last = Math.floor(to_ns / jiffy_ns);
  for (let k = Math.max(1, Math.ceil(from_ns / jiffy_ns)); k <= last && marks.length < MOST_MARKS; k++)
    marks.push({ place: axis.ofTime(k * jiffy_ns), label: `jiffy ${k}` });
  return marks;
}

/** Between folds as on the clock; a fold tells all of its ticks at once. */
function foldedMarks(axis: FoldedAxis, view: Viewport, jiffy_ns: number): JiffyMark[] {
  const marks: JiffyMark[] = [];
  const isClose = jiffy_ns * view.scale < LEAST_PX;
  let from_ns = axis.toTime(view.from) as number;
  const stretch = (to_ns: number): void => {
    if (!isClose) marks.push(...marksBetween(axis, from_ns, to_ns, jiffy_ns));
  };
  for (let i = axis.firstFoldAfter(view.from); i < axis.folds.length; i++) {
    const { t0_ns, t1_ns, place } = axis.folds[i]!;
    if (place > view.to) break;
    stretch(t0_ns);
    const mark = FOLD_SHOWN_NS * view.scale < LEAST_PX ? null : foldMark(axis, t0_ns, t1_ns, jiffy_ns);
    if (mark !== null) marks.push(mark);
    from_ns = t1_ns;
  }
  stretch(axis.toTime(view.to));
  return marks;
}

function foldMark(axis: FoldedAxis, t0_ns: number, t1_ns: number, jiffy_ns: number): JiffyMark | null {
  const first = Math.max(1, Math.floor(t0_ns / jiffy_ns) + 1);
  const last = Math.ceil(t1_ns / jiffy_ns) - 1;
  if (last < first) return null;
  const label = first === last ? `jiffy ${last}` : `jiffies ${first}–${last}`;
  return { place: axis.ofTime(last * jiffy_ns), label };
}

/** On the axis of steps a tick is before the first event at or after it; ticks without events between them are one mark. */
function stepMarks(axis: Axis, view: Viewport, jiffy_ns: number): JiffyMark[] {
  const marks: JiffyMark[] = [];
  const last = Math.floor(axis.toTime(view.to) / jiffy_ns);
  let k = Math.max(1, Math.ceil(axis.toTime(view.from) / jiffy_ns));
  while (k <= last && marks.length < MOST_MARKS) {
    const place = axis.ofTime(k * jiffy_ns - 1); // the last event before it
    const next_ns = axis.toTime(place);
    const until = Math.max(k, Math.min(last, Math.floor(next_ns / jiffy_ns)));
    const label = until === k ? `jiffy ${k}` : `jiffies ${k}–${until}`;
    const before = marks.at(-1);
    if (before === undefined || (place - before.place) * view.scale >= LEAST_PX) marks.push({ place, label });
    k = until + 1;
  }
  return marks;
}

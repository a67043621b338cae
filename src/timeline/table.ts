/** The tracks in words: for the table beside the canvas, the focus announcement and the description of the whole. */
import { spanHit } from './describe.ts';
import { counted, duration, grouped } from './format.ts';
import type { Model } from './model.ts';
import { Kind, KINDS } from './theme.ts';
import { type Track, trackTag } from './tracks.ts';
import { type Hit, MAX_TABLE_EVENTS, type TrackInfo, type Window } from './types.ts';

/** One track as a row of the table. */
export function trackInfo(model: Model, track: Track, window: Window, focused: boolean): TrackInfo {
  const spans = spansIn(track, window);
  return {
    id: track.id,
    kind: track.kind,
    group: track.group,
    label: track.label,
    tag: trackTag(track),
    collapsed: track.collapsed,
    focused,
    count: spans.count,
    text: trackText(track, spans.count, window),
    events: eventsIn(model, track, window),
  };
}

/** "CPU 0, tasks: 12 spans in view." */
export function trackText(track: Track, count: number, window: Window): string {
  const cpu = track.kind === 'band' ? `CPU ${track.cpu ?? 0}, ` : '';
  if (track.place !== null) {
    const { depth } = track.place;
    const first = Math.max(0, depth.indexAt(window.from));
    const most = depth.maxOf(first, Math.max(first, depth.indexAt(window.to)));
    return `${track.label}: ${counted(count, 'item')} in view, at most ${most} at once`;
  }
  if (track.lock !== null) {
    const { taken, irqsOff, waits } = track.lock.counts;
    const spun = waits === 0 ? 'nobody spun for it' : `${counted(waits, 'time')} somebody spun for it`;
    return `${track.label}: ${counted(count, 'span')} in view; taken ${counted(taken, 'time')}, ${grouped(irqsOff)} with interrupts off; ${spun}`;
  }
  if (track.kind !== 'group') return `${cpu}${track.label}: ${counted(count, 'span')} in view`;
  if (track.collapsed === null) return `${track.label}: idle`;
  return `${track.label}, group, ${track.collapsed ? 'collapsed' : 'expanded'}`;
}

function spansIn(track: Track, window: Window): { readonly count: number } {
  let count = 0;
  for (const { lane } of track.lines) {
    const [first, end] = [lane.firstAfter(window.from), lane.firstFrom(window.to)];
    if (end - first > MAX_TABLE_EVENTS) count += end - first;
    else for (let i = first; i < end; i++) if (lane.kind[i] !== Kind.Idle) count++;
  }
  return { count };
}

/** The first spans in the window in the order of time, outer before inner. */
function eventsIn(model: Model, track: Track, window: Window): Hit[] {
  if (track.kind === 'group') return [];
  const found: { readonly place: number; readonly depth: number; readonly hit: Hit }[] = [];
  for (const { lane, depth } of track.lines) {
    const end = lane.firstFrom(window.to);
    for (let i = lane.firstAfter(window.from), n = 0; i < end && n < MAX_TABLE_EVENTS; i++) {
      if (lane.kind[i] === Kind.Idle) continue;
      found.push({ place: lane.p0[i]!, depth, hit: spanHit(model.log, track, lane, i) });
      n++;
    }
  }
  found.sort((a, b) => a.place - b.place || a.depth - b.depth);
  return found.slice(0, MAX_TABLE_EVENTS).map(({ hit }) => hit);
}

/** The whole in one sentence: "4 CPUs, 12 hazards ..., 1.25 ms." */
export function summary(model: Model): string {
  const { flames, places, hazards, log } = model;
  const of = (severity: string): number => hazards.filter((row) => model.severityAt(row) === severity).length;
  const parts = [
    counted(flames.cpus.length, 'CPU'),
    counted(places.tracks.filter((t) => t.kind === 'queue').length, 'device queue'),
    counted(places.tracks.filter((t) => t.kind === 'place').length, 'waiting place'),
    counted(flames.count, 'span'),
    counted(of('error'), 'hazard'),
    ...(of('warning') > 0 ? [counted(of('warning'), 'warning')] : []),
    ...(of('info') > 0 ? [counted(of('info'), 'note')] : []),
  ];
  return `${parts.join(', ')} in ${duration(log.end_ns)}.`;
}

/** The legend: every context with its tag, for whoever shows it. */
export const LEGEND = KINDS.map(({ key, tag, label }) => ({ key, tag, label }));

/** Where an event is in the picture. */
import { bandOf } from '../analysis/bands.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { Model } from './model.ts';
import type { Layout, Line, Track } from './tracks.ts';

/** A place on the axis and a height of the content. */
export type Anchor = {
  readonly place: number;
  readonly y: number;
  readonly track: Track;
  readonly line: Line | null;
  /** Index of the span in the line's lane; -1 for none. */
  readonly span: number;
};

/** Where the event in `row` is drawn: on its function, frame or bar; on the header of a collapsed group; null for what
 *  happens on no track. */
export function anchorOf(model: Model, layout: Layout, row: number): Anchor | null {
  return waitAnchor(model, layout, row) ?? runAnchor(model, layout, row) ?? deviceAnchor(model, layout, row);
}

/** The bar of a Put or Take. */
export function waitAnchor(model: Model, layout: Layout, row: number): Anchor | null {
  const { log } = model;
  if (row >= log.rows) return null;
  const kind = log.kind(row);
  if (kind !== Ev.Put && kind !== Ev.Take) return null;
  const put = kind === Ev.Put ? row : log.prev(row);
  const track = layout.tracks.find((t) => t.place?.object === log.value(row));
  if (track === undefined) return null;
  const place = model.axis.ofRow(row);
  const line =
    put < log.rows ? track.lines.find((l) => l.lane.indexOfRow(put, log.time(put)) >= 0) : undefined;
  if (line === undefined) return { place, y: track.top + track.height / 2, track, line: null, span: -1 };
  return { ...onLine(track, line, line.lane.indexOfRow(put, log.time(put))), place };
}

/** The function, interrupt or task that the event happened in; for what begins one, that one itself. */
export function runAnchor(model: Model, layout: Layout, row: number): Anchor | null {
  const { log } = model;
  if (row >= log.rows) return null;
  const cpu = log.cpu(row);
  if (cpu === NO_CPU) return null;
  const place = model.axis.ofRow(row);
  const band = bandOf(log.context(row));
  const track =
    layout.tracks.find((t) => t.cpu === cpu && t.band === band) ??
    layout.tracks.find((t) => t.cpu === cpu && t.kind === 'group');
  if (track === undefined) return null;
  for (const line of track.lines) {
    const span = line.lane.indexOfRow(row, log.time(row));
    if (span >= 0) return { ...onLine(track, line, span), place };
  }
  for (const line of track.lines.toReversed()) {
    const span = line.lane.nearest(place, 0);
    if (span >= 0) return { ...onLine(track, line, span), place };
  }
  return { place, y: track.top + Math.min(track.height / 2, 12), track, line: null, span: -1 };
}

/** What happens in the device is shown where the request is in flight. */
function deviceAnchor(model: Model, layout: Layout, row: number): Anchor | null {
  const { log } = model;
  if (row >= log.rows) return null;
  const object = log.object(row);
  const place = model.axis.ofRow(row);
  for (const track of layout.tracks) {
    if (track.kind !== 'queue') continue;
    for (const line of track.lines) {
      const span = line.lane.nearest(place, 0);
      if (span >= 0 && line.lane.object[span] === object) return { ...onLine(track, line, span), place };
    }
  }
  return null;
}

function onLine(track: Track, line: Line, span: number): Omit<Anchor, 'place'> {
  return { y: line.top + line.height / 2, track, line, span };
}

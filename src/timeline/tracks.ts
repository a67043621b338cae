/** Which tracks there are and where: pure layout, in CSS pixels from the top of the scrolled content. */
import { Band } from '../analysis/bands.ts';
import type { CpuFlames } from './flames.ts';
import type { Lane } from './lane.ts';
import type { Locks, LockTrack } from './locks.ts';
import type { Model } from './model.ts';
import type { PlaceTrack } from './places.ts';
import { Kind, KINDS } from './theme.ts';

/** One lane on the screen. */
export type Line = {
  readonly lane: Lane;
  readonly top: number;
  readonly height: number;
  /** In a band: 0 for frames, 1 for the outermost functions. In a place: the lane. */
  readonly depth: number;
};

export type Track = {
  readonly id: string;
  readonly kind: 'group' | 'band' | 'queue' | 'place' | 'lock';
  /** Id of the group's header; null for the header itself. */
  readonly group: string | null;
  readonly label: string;
  readonly context: Kind | null;
  readonly cpu: number | null;
  readonly band: Band | null;
  readonly top: number;
  readonly height: number;
  /** Null where there is nothing to collapse. */
  readonly collapsed: boolean | null;
  /** A group that is collapsed until somebody opens it: it is open while `collapsed` of the state names it. */
  readonly startsCollapsed: boolean;
  readonly lines: readonly Line[];
  /** Lanes of frames that interrupt this band. */
  readonly above: readonly Lane[];
  readonly place: PlaceTrack | null;
  readonly lock: LockTrack | null;
};

export type Layout = {
  readonly tracks: readonly Track[];
  readonly height: number;
  /** Height of a line in a track with several. */
  readonly line_px: number;
};

/** A line where there is room; `layOut` may be asked for lower ones. */
export const LINE_PX = 15;
/** Lines at least this high, without their gap, have room for text. */
export const TEXT_PX = 12;
/** A header can be clicked, so it is as high as a target should be at least. */
export const HEADER_PX = 24;
/** One of a CPU that only idles does nothing. */
const QUIET_PX = 18;
/** Height of the depth over time. */
export const DEPTH_PX = 24;
/** Between tracks. */
const PAD_PX = 4;

const BANDS = [
  { band: Band.Hardirq, name: 'hardirq', label: 'hard irq', context: Kind.HardIrq },
  { band: Band.Softirq, name: 'softirq', label: 'softirq', context: Kind.SoftIrq },
  { band: Band.Task, name: 'task', label: 'tasks', context: Kind.Task },
] as const;

/** Lays out all tracks. Those that never hold anything are left out. */
export function layOut(model: Model, collapsed: ReadonlySet<string>, line_px: number = LINE_PX): Layout {
  const out = new Stacker(collapsed, line_px);
  const places = model.places.tracks;
  const { cpus } = model.flames;
  for (let cpu = 0; cpu < cpus.length; cpu++) {
    const quiet = quietFrom(cpus, places, cpu);
    if (quiet > 0) addQuiet(out, cpu, cpu + quiet - 1, cpus[cpu]);
    else addCpu(out, cpu, cpus[cpu] ?? [[], [], []], placesOf(places, cpu));
    cpu += Math.max(0, quiet - 1);
  }
  const shared = places.filter((place) => place.cpu === null || place.cpu >= cpus.length);
  addSection(out, 'queues', 'Device queues', 'queue', shared);
  addSection(out, 'places', 'Waiting places', 'place', shared);
  addLocks(out, model.locks);
  return { tracks: out.tracks, height: out.top, line_px };
}

/** Puts one track below the other. */
class Stacker {
  readonly tracks: Track[] = [];
  top = 0;
  private readonly collapsed: ReadonlySet<string>;
  private readonly line_px: number;

  constructor(collapsed: ReadonlySet<string>, line_px: number) {
    this.collapsed = collapsed;
    this.line_px = line_px;
  }

  /** Adds a header; says whether its tracks are to follow. */
  header(
    id: string,
    label: string,
    cpu: number | null,
    lanes: readonly Lane[],
    foldable: boolean,
    startsCollapsed = false,
  ): boolean {
    const collapsed = this.collapsed.has(id) !== startsCollapsed;
    const shown = collapsed || !foldable ? lanes : [];
    const height = foldable ? HEADER_PX : QUIET_PX;
    const lines = shown.map((lane) => ({ lane, top: this.top + 4, height: height - 8, depth: 0 }));
    this.tracks.push({
      ...{ id, kind: 'group', group: null, label, context: null, cpu, band: null },
      ...{ top: this.top, height, collapsed: foldable ? collapsed : null, startsCollapsed },
      ...{ lines, above: [], place: null, lock: null },
    });
    this.top += height;
    return foldable && !collapsed;
  }

  track(
    track: Omit<Track, 'top' | 'height' | 'lines' | 'collapsed' | 'startsCollapsed'>,
    lanes: readonly Lane[],
    lead_px = 0,
  ): void {
    const top = this.top + PAD_PX / 2;
    const line_px = lanes.length > 1 ? this.line_px : LINE_PX; // the track's own name needs that room
    const lines = lanes.map((lane, depth) => ({
      lane,
      depth,
      top: top + lead_px + depth * line_px,
      height: line_px - 1,
    }));
    const height = lead_px + lanes.length * line_px + PAD_PX;
    this.tracks.push({ ...track, top: this.top, height, collapsed: null, startsCollapsed: false, lines });
    this.top += height;
  }
}

/** A CPU from the device down to its tasks: queues whose interrupts come here, interrupts, the places that this CPU
 *  empties, and the tasks that empty them. So what moves on moves to a neighbour. */
function addCpu(out: Stacker, cpu: number, bands: CpuFlames, places: readonly PlaceTrack[]): void {
  const id = `cpu${cpu}`;
  const frames = [bands[2], bands[1], bands[0]].flatMap((lanes) => lanes.slice(0, 1)); // interrupts are drawn last
  if (!out.header(id, `CPU ${cpu}`, cpu, frames, true)) return;
  for (const place of places) if (place.kind === 'queue') addPlace(out, id, place);
  for (const { band, name, label, context } of BANDS) {
    if (band === Band.Task) for (const place of places) if (place.kind === 'place') addPlace(out, id, place);
    const lanes = bands[band];
    if (!lanes.some((lane) => lane.count > 0)) continue;
    const above = bands.slice(0, band).flatMap((higher) => higher.slice(0, 1));
    const track = { id: `${id}/${name}`, kind: 'band', group: id, label, context, cpu, band } as const;
    out.track({ ...track, above, place: null, lock: null }, lanes);
  }
}

const placesOf = (places: readonly PlaceTrack[], cpu: number): PlaceTrack[] =>
  places.filter((place) => place.cpu === cpu);

/** How many CPUs from this one on only ever idle: they need no bands, and one line does for all of them. */
function quietFrom(cpus: readonly CpuFlames[], places: readonly PlaceTrack[], from: number): number {
  let at = from;
  for (
    let bands = cpus[at];
    bands !== undefined && isQuiet(bands) && placesOf(places, at).length === 0;
    bands = cpus[at]
  )
    at++;
  return at - from;
}

function isQuiet([hardirq, softirq, task]: CpuFlames): boolean {
  return (
    hardirq.length === 0 && softirq.length === 0 && task.length <= 1 && (task[0]?.isOnly(Kind.Idle) ?? true)
  );
}

function addQuiet(out: Stacker, first: number, last: number, bands: CpuFlames | undefined): void {
  const label = first === last ? `CPU ${first}` : `CPUs ${first}–${last}`;
  out.header(`cpu${first}`, label, first, bands?.[2] ?? [], false);
}

/** Places that several CPUs empty. */
function addSection(
  out: Stacker,
  id: string,
  label: string,
  kind: 'queue' | 'place',
  all: readonly PlaceTrack[],
): void {
  const places = all.filter((place) => place.kind === kind);
  if (places.length === 0 || !out.header(id, label, null, [], true)) return;
  for (const place of places) addPlace(out, id, place);
}

function addPlace(out: Stacker, group: string, place: PlaceTrack): void {
  const { kind, label, cpu } = place;
  const context = kind === 'queue' ? Kind.Device : Kind.Waiting;
  const id = `${kind}:${label}.${place.object}`;
  const track = { id, kind, group, label, context, cpu, band: null, above: [], place, lock: null };
  out.track(track, place.lanes, showsDepth(place) ? DEPTH_PX : 0);
}

/** The id of the group of locks: open from the start where there is a page cache. */
export const LOCKS_ID = 'locks';

function addLocks(out: Stacker, locks: Locks): void {
  const { tracks } = locks;
  if (tracks.length === 0 || !out.header(LOCKS_ID, 'Locks', null, [], true, !locks.hasFolios)) return;
  for (const lock of tracks) {
    const { label, lanes } = lock;
    const id = `lock:${label}.${lock.object}`;
    const track = { id, kind: 'lock', group: LOCKS_ID, label, context: null, cpu: null, band: null } as const;
    out.track({ ...track, above: [], place: null, lock }, lanes);
  }
}

/** Where there is never more than one item, the bars themselves are the depth. */
export const showsDepth = (place: PlaceTrack): boolean => place.depth.max > 1;

/** Two letters for the track's context; a lock has those of nobody's. */
export const trackTag = (track: Track): string =>
  track.kind === 'lock' ? LOCK_TAG : track.context === null ? '' : KINDS[track.context].tag;
export const LOCK_TAG = 'LK';

/** The track at a height of the content, or undefined below the last. */
export function trackAt(layout: Layout, y: number): Track | undefined {
  return layout.tracks.find((track) => y >= track.top && y < track.top + track.height);
}

/** The line of a track at a height. */
export function lineAt(track: Track, y: number): Line | undefined {
  return track.lines.findLast((line) => y >= line.top - 1 && y < line.top + line.height);
}

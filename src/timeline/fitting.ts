/** How high a line is, so that what belongs together is seen together, and where a new run is scrolled to. */
import { type Anchor, anchorOf } from './anchors.ts';
import { ioOf } from './describe.ts';
import type { Model } from './model.ts';
import { HEADER_PX, layOut, type Layout, LINE_PX, type Track } from './tracks.ts';
import type { TimelineState } from './types.ts';

/** Lower lines could not be told apart or pointed at. */
export const LEAST_LINE_PX = 9;
/** Lower ones have no room for the functions' names, which are worth more than a picture of everything. */
const LEAST_NAMED_PX = 13;
/** Kept free around the cursor's line. */
const AROUND_PX = 24;

/** Ids of the tracks that the cursor's I/O passes; the cursor's own is the first. */
export type Followed = readonly string[];

/** The tracks of the cursor and of the arrows of its I/O. */
export function followedTracks(
  model: Model,
  layout: Layout,
  { cursor, io, flows }: Pick<TimelineState, 'cursor' | 'io' | 'flows'>,
): Followed {
  const ids = new Set<string>();
  const add = (row: number): void => {
    const anchor = anchorOf(model, layout, row);
    if (anchor !== null) ids.add(anchor.track.id);
  };
  if (cursor !== null) add(cursor);
  const { log } = model;
  const isOfIo = (row: number): boolean => row < log.rows && ioOf(log, log.object(row)) === io;
  for (const { from, to } of io === null ? [] : flows)
    if (isOfIo(from) || isOfIo(to)) for (const row of [from, to]) add(row);
  return [...ids];
}

/** The layout with the highest lines with which everything fits; else the groups that the followed I/O passes; else its
 *  tracks; else those down to the cursor; else each group. Lines without names only if none of that fits with names. */
export function layOutToFit(
  model: Model,
  collapsed: ReadonlySet<string>,
  room_px: number,
  followed: Followed,
): Layout {
  const made = new Map<number, Layout>();
  const at = (line_px: number): Layout => {
    const layout = made.get(line_px) ?? layOut(model, collapsed, line_px);
    made.set(line_px, layout);
    return layout;
  };
  const goals: readonly ((layout: Layout) => number)[] = [
    (layout) => layout.height,
    (layout) => heightOf(groupsOf(layout, followed)),
    (layout) => heightOf(tracksOf(layout, followed)) + HEADER_PX,
    (layout) => heightOf(tracksToCursor(layout, followed)) + HEADER_PX,
    (layout) => heightOf(groupsOf(layout, followed.slice(0, 1))),
    highestGroup,
  ];
  if (room_px <= 0 || at(LINE_PX).height <= room_px) return at(LINE_PX);
  for (const [highest, least] of [
    [LINE_PX, LEAST_NAMED_PX],
    [LEAST_NAMED_PX - 1, LEAST_LINE_PX],
  ] as const)
    for (const height of goals)
      for (let line_px = highest; line_px >= least; line_px--)
        if (height(at(line_px)) <= room_px) return at(line_px);
  return at(LEAST_LINE_PX);
}

/** Where to scroll so that the cursor is seen with as much of what belongs to it as possible; null where it is on no track. */
export function firstScroll(
  model: Model,
  layout: Layout,
  room_px: number,
  { cursor, followed }: { readonly cursor: number; readonly followed: Followed },
): number | null {
  const anchor = anchorOf(model, layout, cursor);
  if (anchor === null) return null;
  const own = followed.slice(0, 1);
  const wishes = [groupsOf(layout, followed), tracksOf(layout, followed), tracksToCursor(layout, followed)];
  for (const tracks of [...wishes, groupsOf(layout, own)]) {
    const top = topBelowHeader(tracks);
    if (bottomOf(tracks) - top <= room_px) return top;
  }
  return scrollWithin(anchor, groupsOf(layout, own), room_px);
}

/** The group is too high: from its top if that shows the cursor, else from its first band, else up to the cursor's track. */
function scrollWithin(anchor: Anchor, group: readonly Track[], room_px: number): number {
  const bottom = anchor.y + AROUND_PX;
  const band = group.find((track) => track.kind === 'band') ?? anchor.track;
  for (const top of [topBelowHeader(group), band.top - HEADER_PX]) if (bottom - top <= room_px) return top;
  const track = anchor.track;
  const end = track.height <= room_px - HEADER_PX ? Math.max(track.top + track.height, bottom) : bottom;
  return end - room_px;
}

/** All tracks from the first to the last of these groups. */
function groupsOf(layout: Layout, followed: Followed): Track[] {
  const wanted = new Set(followed);
  const groups = new Set(layout.tracks.filter((t) => wanted.has(t.id)).map((t) => t.group ?? t.id));
  return stretch(layout, (track) => groups.has(track.group ?? track.id));
}
const tracksOf = (layout: Layout, followed: Followed): Track[] =>
  stretch(layout, (track) => followed.includes(track.id));
/** From where the I/O comes, such as another CPU's interrupt, to where it is. */
function tracksToCursor(layout: Layout, followed: Followed): Track[] {
  const tracks = tracksOf(layout, followed);
  return tracks.slice(0, tracks.findIndex((track) => track.id === followed[0]) + 1);
}

function stretch(layout: Layout, belongs: (track: Track) => boolean): Track[] {
  const first = layout.tracks.findIndex(belongs);
  return first < 0 ? [] : layout.tracks.slice(first, layout.tracks.findLastIndex(belongs) + 1);
}

const bottomOf = (tracks: readonly Track[]): number => {
  const last = tracks.at(-1);
  return last === undefined ? 0 : last.top + last.height;
};
const heightOf = (tracks: readonly Track[]): number =>
  tracks.length === 0 ? Infinity : bottomOf(tracks) - (tracks[0]?.top ?? 0);

/** The top of the first, with room for the header above it if it is none itself. */
function topBelowHeader(tracks: readonly Track[]): number {
  const first = tracks[0];
  if (first === undefined) return -Infinity;
  return first.kind === 'group' ? first.top : first.top - HEADER_PX;
}

function highestGroup(layout: Layout): number {
  const heights = new Map<string, number>();
  for (const { group, id, height } of layout.tracks)
    heights.set(group ?? id, (heights.get(group ?? id) ?? 0) + height);
  return Math.max(0, ...heights.values());
}

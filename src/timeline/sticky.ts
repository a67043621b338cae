/** The header of the group that is scrolled: it stays at the top until the next group pushes it out. */
import { HEADER_PX, type Layout, type Track } from './tracks.ts';

export type StickyHeader = {
  readonly track: Track;
  /** Its top, from the top of what is visible; negative while it is pushed out. */
  readonly y: number;
};

/** The header that is drawn over the tracks at this scroll; null while the group's own place is visible. */
export function stickyHeader(layout: Layout, scroll: number): StickyHeader | null {
  const { tracks } = layout;
  const at = tracks.findLastIndex((track) => track.kind === 'group' && track.top < scroll);
  const track = tracks[at];
  if (track?.collapsed !== false) return null; // nothing of the group is below the header
  const next = tracks.find((later, i) => i > at && later.kind === 'group');
  const end = (next?.top ?? layout.height) - scroll;
  return { track, y: Math.min(0, end - track.height) };
}

/** How much of the top the header covers. */
export function coveredPx(layout: Layout, scroll: number): number {
  const sticky = stickyHeader(layout, scroll);
  return sticky === null ? 0 : Math.max(0, sticky.y + HEADER_PX);
}

/** Height of the content at `y` of what is visible: on the sticky header that header's own. */
export function contentAt(layout: Layout, scroll: number, y: number): number {
  const sticky = stickyHeader(layout, scroll);
  if (sticky === null || y < 0 || y >= sticky.y + sticky.track.height) return y + scroll;
  return sticky.track.top + (y - sticky.y);
}

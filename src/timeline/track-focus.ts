/** The keyboard on the timeline: which track has the focus, and going from span to span on it. */
import { anchorOf, runAnchor } from './anchors.ts';
import { spanHit } from './describe.ts';
import { cursorPlace } from './draw/draw-overlay.ts';
import type { Picture } from './stage.ts';
import { trackInfo } from './table.ts';
import type { Track } from './tracks.ts';
import type { Hit } from './types.ts';
import { nextSpot, type Spot } from './walk.ts';

export type FocusParts = {
  readonly picture: () => Picture | null;
  /** Another track has the focus: draw. */
  readonly changed: () => void;
  readonly scrollTo: (top: number, bottom: number) => void;
  readonly announce: (track: string, text: string) => void;
};

export class TrackFocus {
  /** Id of the focused track. */
  id: string | null = null;
  private readonly parts: FocusParts;

  constructor(parts: FocusParts) {
    this.parts = parts;
  }

  set(track: Track): void {
    this.id = track.id;
    this.parts.changed();
  }

  /** The focused track; without one that of the selection or of the cursor. */
  track(): Track | null {
    const picture = this.parts.picture();
    if (picture === null) return null;
    const { model, layout, state } = picture;
    const known = layout.tracks.find((track) => track.id === this.id);
    if (known !== undefined) return known;
    const chosen = state.selection === null ? null : anchorOf(model, layout, state.selection);
    const running = state.cursor === null ? null : runAnchor(model, layout, state.cursor);
    return chosen?.track ?? running?.track ?? layout.tracks.find((track) => track.kind === 'band') ?? null;
  }

  /** Focuses the next or previous track and says what it shows. */
  move(by: 1 | -1): void {
    const picture = this.parts.picture();
    if (picture === null) return;
    const { tracks } = picture.layout;
    const at = tracks.findIndex((track) => track.id === this.id);
    const last = tracks.length - 1;
    const next = tracks[at < 0 ? (by > 0 ? 0 : last) : Math.min(Math.max(at + by, 0), last)];
    if (next === undefined) return;
    this.set(next);
    this.parts.scrollTo(next.top, next.top + next.height);
    this.parts.announce(next.id, trackInfo(picture.model, next, picture.window, true).text);
  }

  /** The span before or after the selected one on the focused track. */
  step(by: 1 | -1): Hit | null {
    const picture = this.parts.picture();
    const track = this.track();
    if (picture === null || track === null) return null;
    const next = nextSpot(track, selectedSpot(picture, track), startPlace(picture, by), by);
    if (next === null) return null;
    const hit = spanHit(picture.model.log, track, next.line.lane, next.span);
    this.parts.announce(track.id, hit.text);
    return hit;
  }

  /** The header of the focused track's group. */
  header(): Track | null {
    const track = this.track();
    const id = track?.group ?? track?.id;
    return this.parts.picture()?.layout.tracks.find((found) => found.id === id) ?? null;
  }
}

/** Where a walk begins that nothing selected leads: at the cursor if it can be seen, else at the window's edge. */
function startPlace({ model, window, state }: Picture, by: 1 | -1): number {
  const place = state.cursor === null ? -1 : cursorPlace(model, state.cursor);
  return place >= window.from && place <= window.to ? place : by > 0 ? window.from : window.to;
}

/** The selected span, if it is on this track. */
function selectedSpot({ model, layout, state }: Picture, track: Track): Spot | null {
  const anchor = state.selection === null ? null : anchorOf(model, layout, state.selection);
  if (!anchor?.line || anchor.track.id !== track.id) return null;
  return { line: anchor.line, span: anchor.span };
}

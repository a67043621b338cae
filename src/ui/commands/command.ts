import type { AppState } from '../../state/app-state.ts';
import type { View } from '../../state/view.ts';
import type { TimelineView } from '../../timeline/timeline-view.ts';
import type { Chord } from './chord.ts';

/** The sections of the help page, in its order. */
export const GROUPS = ['Steps', 'Timeline', 'Selection', 'Views', 'Scenario', 'Page'] as const;
export type Group = (typeof GROUPS)[number];

/** Where the focus must be for a command's keys to work. A key of the timeline may be the browser's elsewhere. */
export type Context = 'page' | 'timeline';

/** What a command acts on. */
export type Target = {
  readonly state: AppState;
  /** The timeline on screen; null where it is hidden. It knows its axis and its tracks, so it zooms and pans itself. */
  readonly timeline: TimelineVerbs | null;
  readonly page: PageVerbs;
};

/** What the commands use of the drawn timeline. */
export type TimelineVerbs = Pick<
  TimelineView,
  'zoomIn' | 'zoomOut' | 'pan' | 'fitAll' | 'fitSelection' | 'stepOnTrack' | 'moveFocus' | 'toggleGroup'
>;

/** What needs the browser. */
export type PageVerbs = {
  openFile(): void;
  saveScenario(): void;
  /** Shows the event list and puts the focus into its search field. */
  openSearch(): void;
  /** Shows a view and moves the focus there. */
  showView(view: View): void;
};

/**
 * One thing that a person can do. Keyboard, help page, palette and tooltips are all made from these, so that none of
 * them can know a command that another does not.
 */
export type Command = {
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  readonly keys: readonly Chord[];
  readonly context: Context;
  /** Whether it can do anything now; a button of it is disabled otherwise. */
  enabled(state: AppState): boolean;
  run(target: Target): void;
};

import type { Scenario, ScenarioInput } from '../scenario/schema.ts';

/**
 * What a link restores: the scenario, and where in its run the sender was looking. Events and objects are named by
 * meaning (see `src/analysis/identity.ts`); this folder treats the names as opaque texts.
 */
export type LinkState = { readonly scenario: LinkScenario; readonly view: LinkView };

/** A scenario, with the preset that the link tells its differences from; without one, the link carries the whole. */
export type LinkScenario = { readonly preset: string | null; readonly scenario: Scenario };

/** A named scenario that links may refer to. The list is a parameter of this folder, so that tests bring their own. */
export type LinkPreset = { readonly id: string; readonly scenario: ScenarioInput };

/** How time runs along the timeline: as on a clock, with idle gaps folded, or one column a step. */
export const AXES = ['clock', 'folded', 'steps'] as const;
export type Axis = (typeof AXES)[number];

/** Which flow arrows are drawn. */
export const FLOWS = ['selected', 'all', 'none'] as const;
export type Flows = (typeof FLOWS)[number];

/** Where the reader is looking. Cursor, selection and range are three things. */
export type LinkView = {
  /** How far the run has come. The event says it exactly; the time is what remains when a rerun has no such event. */
  readonly cursor_ns: number;
  readonly cursor_event: string | null;
  /** Id of an event or of an object. */
  readonly selection: string | null;
  /** Id of the object whose I/O is followed. */
  readonly io: string | null;
  /** The measured stretch of time. */
  readonly range: { readonly t0_ns: number; readonly t1_ns: number } | null;
  readonly axis: Axis;
  /** What the timeline shows, in the unit of its axis, kept to thousandths; null is all of it. */
  readonly window: { readonly from: number; readonly to: number } | null;
  readonly flows: Flows;
  /** Timeline and lists scroll to the cursor when it moves. */
  readonly follow: boolean;
  /** Short ids (letters, digits, `_`, `-`) of what is open; null is what the page opens by default. */
  readonly panels: readonly string[] | null;
  /** Short ids of the main view and of the tab in front; null as above. */
  readonly view: string | null;
  readonly tab: string | null;
  /** Names of the tracks that are collapsed. */
  readonly collapsed: readonly string[];
  /** Text that the event list is filtered by. */
  readonly search: string;
  /** Name of the link, shown as the page's title. */
  readonly title: string;
};

/** The view that a link without any field means. Part of format 1: never edited. */
export const DEFAULT_VIEW: LinkView = {
  cursor_ns: 0,
  cursor_event: null,
  selection: null,
  io: null,
  range: null,
  axis: 'folded',
  window: null,
  flows: 'selected',
  follow: true,
  panels: null,
  view: null,
  tab: null,
  collapsed: [],
  search: '',
  title: '',
};

/** Whether a selection names an event; otherwise it names an object. */
export const isEventId = (id: string): boolean => id.includes('~');

/** One thing wrong with a link. Nothing in it is fatal: `instead` says what was used. */
export type LinkProblem = {
  readonly kind: 'length' | 'version' | 'newer' | 'field' | 'unknown' | 'scenario';
  /** The field's key as it stands in the link, or '' for the link as a whole. */
  readonly field: string;
  /** The offending text, shortened. */
  readonly text: string;
  /** What is wrong, to be read after the text: "is not a time". */
  readonly message: string;
  /** What was used instead: "the start of the run". */
  readonly instead: string;
};

/** What could be read of a link. The state is always usable. */
export type DecodedLink = {
  readonly state: LinkState;
  readonly problems: readonly LinkProblem[];
  /** False when the scenario is only a stand-in, because the link named none or none that could be read. */
  readonly hasScenario: boolean;
};

/** A problem as one sentence. */
export function problemText(p: LinkProblem): string {
  if (p.kind === 'newer') return `This link ${p.message}. What is understood of it is shown.`;
  const subject = p.field === '' ? 'The link' : `“${p.field}” in the link`;
  const what = p.text === '' ? p.message : `(“${p.text}”) ${p.message}`;
  return `${subject} ${what}${p.instead === '' ? '' : `; used instead: ${p.instead}`}.`;
}

/** An offending text, short enough to show and without what would disturb the line. */
export function shorten(text: string): string {
  const clean = text.slice(0, 100).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?');
  return clean.length > 60 ? `${clean.slice(0, 57)}...` : clean;
}

import { type Codec, flag, identity, line, list, maybe, oneOf, pair, place, shortId, time } from './codec.ts';
import type { Fields } from './fragment.ts';
import { AXES, DEFAULT_VIEW, FLOWS, type LinkProblem, type LinkView, shorten } from './state.ts';

type ViewField<T> = {
  readonly key: string;
  readonly codec: Codec<T>;
  /** What a link gets whose field cannot be read, in words; its value is that of `DEFAULT_VIEW`. */
  readonly instead: string;
};

const field = <T>(key: string, codec: Codec<T>, instead: string): ViewField<T> => ({ key, codec, instead });

const range = pair(
  time,
  (t0_ns, t1_ns) => ({ t0_ns, t1_ns }),
  (r) => [r.t0_ns, r.t1_ns],
);
const window = pair(
  place,
  (from, to) => ({ from, to }),
  (w) => [w.from, w.to],
);

/** The fields of the view in format 1, in the order in which they are written. A released key is never given away or
 *  read in another way; the next format starts from a copy. */
const VIEW_FIELDS: { readonly [K in keyof LinkView]: ViewField<LinkView[K]> } = {
  cursor_ns: field('t', time, 'the first look at the run'),
  cursor_event: field('e', maybe(identity), 'the time “t”, or else the first look at the run'),
  selection: field('sel', maybe(identity), 'no selection'),
  io: field('io', maybe(identity), 'the I/O at the cursor'),
  range: field('r', maybe(range), 'no range'),
  axis: field('x', oneOf(AXES), DEFAULT_VIEW.axis),
  window: field('w', maybe(window), 'the usual part of the run'),
  flows: field('flows', oneOf(FLOWS), DEFAULT_VIEW.flows),
  follow: field('follow', flag, 'following'),
  panels: field('p', maybe(list(shortId)), 'the usual panels'),
  view: field('view', maybe(shortId), 'the usual view'),
  tab: field('tab', maybe(shortId), 'the usual tab'),
  collapsed: field('fold', list(line(80)), 'nothing collapsed'),
  search: field('q', line(200), 'no filter'),
  title: field('title', line(120), 'the title of the scenario'),
};
const NAMES = Object.keys(VIEW_FIELDS) as (keyof LinkView)[];

export const VIEW_KEYS: ReadonlySet<string> = new Set(NAMES.map((name) => VIEW_FIELDS[name].key));

/** The fields of a view, as keys and texts. What is as in `DEFAULT_VIEW` is left out, but for the time of the cursor:
 *  it ends in a digit, so a link never ends in the punctuation that a blob may have at its end. */
export function writeView(view: LinkView): [string, string][] {
  return NAMES.flatMap((name): [string, string][] => {
    const { key } = VIEW_FIELDS[name];
    const text = textOf(name, view);
    return name !== 'cursor_ns' && text === textOf(name, DEFAULT_VIEW) ? [] : [[key, text]];
  });
}

function textOf<K extends keyof LinkView>(name: K, view: Pick<LinkView, K>): string {
  return VIEW_FIELDS[name].codec.write(view[name]);
}

/** The view in the fields of a link; a field that cannot be read is as in `DEFAULT_VIEW` and leaves a problem. */
export function readView(fields: Fields): { view: LinkView; problems: LinkProblem[] } {
  const problems: LinkProblem[] = [];
  const read = <K extends keyof LinkView>(name: K): LinkView[K] => {
    const { key, codec, instead } = VIEW_FIELDS[name];
    const text = fields.get(key);
    if (text === undefined) return DEFAULT_VIEW[name];
    const value = codec.read(text);
    if (value.ok) return value.value;
    problems.push({ kind: 'field', field: key, text: shorten(text), message: value.error, instead });
    return DEFAULT_VIEW[name];
  };
  const view = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as unknown as LinkView; // every name is read
  return { view, problems };
}

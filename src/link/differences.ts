import { err, ok, type Result } from '../base/result.ts';
import { escapeText, unescapeText } from '../base/url-text.ts';

/**
 * A scenario as its differences from another: the path of a field and its new value. Arrays of one length are compared
 * element by element, others are replaced as a whole. Differences from `{}` are the whole.
 *
 * A difference has a key, which names its path, and unless it holds a structure also a text, so that a link says
 * `cpus=4&CALLER_FLAG=none`.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Difference = { readonly path: readonly string[]; readonly value: Json };

/** What makes `base` into `target`; a value of null removes the field. Sorted by path, so that order says nothing. */
export function differences(
  base: Json | undefined,
  target: Json | undefined,
  path: readonly string[] = [],
): Difference[] {
  if (target === undefined) return base === undefined ? [] : [{ path, value: null }];
  if (isTree(base) && isTree(target) && sameShape(base, target)) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(target)])].sort();
    return keys.flatMap((key) => differences(own(base, key), own(target, key), [...path, key]));
  }
  return base === target ? [] : [{ path, value: target }];
}

/** `base` with one difference applied, or null when the path leads through something that has no fields. */
export function applied(base: Json | undefined, { path, value }: Difference): Json | null {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (!isTree(base)) return null;
  const inner = rest.length === 0 ? value : applied(own(base, key), { path: rest, value });
  if (rest.length > 0 && inner === null) return null;
  return isList(base) ? withElement(base, key, inner) : withField(base, key, inner);
}

/** A plain copy as it would be after a trip through a file: fields that are undefined are gone, the others sorted. */
export function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value, (_, part: unknown) => sorted(part))) as Json;
}

function sorted(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Tree = readonly Json[] | { readonly [key: string]: Json };

const isTree = (value: Json | undefined): value is Tree => typeof value === 'object' && value !== null;
const isList = (value: Tree): value is readonly Json[] => Array.isArray(value);
const sameShape = (a: Tree, b: Tree): boolean =>
  isList(a) ? isList(b) && a.length === b.length : !isList(b);
const own = (tree: Tree, key: string): Json | undefined =>
  Object.hasOwn(tree, key) ? (tree as Record<string, Json>)[key] : undefined;

function withElement(base: readonly Json[], key: string, value: Json): Json | null {
  return Object.hasOwn(base, key) && /^[0-9]+$/.test(key) ? base.with(Number(key), value) : null;
}

function withField(base: Tree, key: string, value: Json): Json {
  const { [key]: _, ...others } = base as Record<string, Json>;
  return value === null ? others : { ...others, [key]: value };
}

/** Short keys of the fields that people change most. Part of format 1: entries are only ever added. */
const ALIASES: Readonly<Record<string, string>> = {
  kernel: 'kernel~name',
  seed: 'seed',
  cpus: 'machine~cpus',
  cpus_per_llc: 'machine~cpus_per_llc',
  hz: 'machine~hz',
  preempt: 'machine~preempt',
  wake_preempts: 'machine~wake_preempts',
  rq_affinity: 'machine~rq_affinity',
  queues: 'machine~nvme~queues',
  poll_queues: 'machine~nvme~poll_queues',
  queue_depth: 'machine~nvme~queue_depth',
  read_ns: 'machine~nvme~read~mean_ns',
  write_ns: 'machine~nvme~write~mean_ns',
  rw: 'actors~0~rw',
  ioengine: 'actors~0~ioengine',
  hipri: 'actors~0~hipri',
  iodepth: 'actors~0~iodepth',
  ios: 'actors~0~ios',
  bs_read: 'actors~0~bs_read~0~bytes',
  bs_write: 'actors~0~bs_write~0~bytes',
  rwmixread: 'actors~0~rwmixread',
  thinktime_ns: 'actors~0~thinktime_ns',
  rate_iops: 'actors~0~rate_iops',
};
const ALIAS_OF_PATH: ReadonlyMap<string, string> = new Map(Object.entries(ALIASES).map(([k, p]) => [p, k]));

/** The key of a path: an alias, the name of a switch, `cost.` and the name of a cost, or the steps around `~`. */
export function keyOfPath(path: readonly string[]): string {
  const [first, second, last, ...deeper] = path;
  const long = path.map((step) => escapeText(step, '_.-')).join('~');
  const alias = ALIAS_OF_PATH.get(long);
  if (alias !== undefined) return alias;
  if (
    first === 'kernel' &&
    second === 'switches' &&
    last !== undefined &&
    deeper.length === 0 &&
    isSwitch(last)
  )
    return last;
  if (first === 'costs' && second !== undefined && last === undefined && isCost(second))
    return `cost.${second}`;
  return path.length === 1 ? `~${long}` : long;
}

/** The path that a key names, or null for a key that names none. */
export function pathOfKey(key: string): readonly string[] | null {
  if (Object.hasOwn(ALIASES, key)) return (ALIASES[key] ?? '').split('~');
  if (isSwitch(key)) return ['kernel', 'switches', key];
  const cost = key.startsWith('cost.') ? key.slice('cost.'.length) : '';
  if (isCost(cost)) return ['costs', cost];
  if (!/^[A-Za-z0-9._~-]{2,200}$/.test(key) || !key.includes('~')) return null;
  const path = key
    .replace(/^~/, '')
    .split('~')
    .map((step) => unescapeText(step) ?? '');
  // A name that every object has would look like a field that is there.
  const sound = path.every((step) => step !== '' && !(step in Object.prototype));
  return sound && path.length <= 8 ? path : null;
}

const isSwitch = (text: string): boolean => /^[A-Z][A-Z0-9_]{1,60}$/.test(text);
const isCost = (text: string): boolean => /^[a-z][a-z0-9._]{0,59}[a-z0-9]$/.test(text);

/** A value as text, or null when it is a structure. `~` leads a text that would read as something else. */
export function textOfValue(value: Json): string | null {
  if (typeof value === 'string') {
    const text = escapeText(value, '_.-');
    return WORD.test(text) || NUMBER.test(text) ? `~${text}` : text;
  }
  if (typeof value === 'object' && value !== null) return null;
  const text = String(value);
  return WORD.test(text) || NUMBER.test(text) ? text : null;
}

/** The value that a text stands for. */
export function valueOfText(text: string): Result<Json, string> {
  if (WORD.test(text)) return ok(text === 'null' ? null : text === 'true');
  if (NUMBER.test(text)) return ok(Number(text));
  const value = /^~?[A-Za-z0-9._-]*$/.test(text) ? unescapeText(text.replace(/^~/, '')) : null;
  return value === null ? err('is not a value as links write it') : ok(value);
}

const WORD = /^(?:null|true|false)$/;
const NUMBER = /^-?[0-9]{1,17}(?:\.[0-9]{1,17})?$/;

import { err, ok } from '../../base/result.ts';
import { LIMITS } from '../limits.ts';
import type { Entry } from './fio-text.ts';
import {
  type Amount,
  numberSeparator,
  type Range,
  type Read,
  readAmount,
  readBoolean,
  readBytes,
  readCpuMask,
  readCpus,
  readInteger,
  readRange,
  readSize,
  readTime,
  readTriple,
  type Triple,
  type ValueContext,
  wrong,
} from './values.ts';

/** The options that shape the simulation, by fio's name, with the type of their value. Sizes are bytes, times nanoseconds. */
export type Values = {
  name: string;
  filename: readonly string[];
  rw: Direction;
  ioengine: string;
  iodepth: number;
  iodepth_batch: number;
  iodepth_batch_complete_min: number;
  iodepth_batch_complete_max: number;
  iodepth_low: number;
  hipri: boolean;
  sync: 'none' | 'dsync' | 'sync';
  sqthread_poll: boolean;
  sqthread_poll_cpu: number;
  direct: boolean;
  uncached: boolean;
  fsync: number;
  fdatasync: number;
  end_fsync: boolean;
  fsync_on_close: boolean;
  bs: Triple<number>;
  bsrange: Triple<Range | null>;
  bssplit: Triple<Split | null>;
  bs_unaligned: boolean;
  size: Amount;
  io_size: Amount;
  filesize: Range;
  offset: Amount;
  offset_increment: Amount;
  nrfiles: number;
  number_ios: number;
  loops: number;
  fill_device: boolean;
  runtime: number;
  time_based: boolean;
  startdelay: Range;
  rate: Triple<number>;
  rate_iops: Triple<number>;
  thinktime: number;
  thinktime_blocks: number;
  rwmixread: number;
  norandommap: boolean;
  randseed: number;
  numjobs: number;
  cpus_allowed: readonly number[];
  cpus_allowed_policy: 'shared' | 'split';
  stonewall: boolean;
  wait_for: string;
  kb_base: 1000 | 1024;
};
export type SettingName = keyof Values;

/** What a job does, before a suffix such as `:8`. */
export type Direction = { readonly pattern: Pattern; readonly suffix: string | null };
const PATTERNS = [
  'read',
  'write',
  'trim',
  'randread',
  'randwrite',
  'randtrim',
  'rw',
  'randrw',
  'trimwrite',
  'randtrimwrite',
] as const;
export type Pattern = (typeof PATTERNS)[number];

/** Sizes with their share in percent; null shares what is left. */
export type Split = readonly { readonly bytes: number; readonly percent: number | null }[];

/** A value and where it was written. */
export type Setting<T> = { readonly value: T; readonly entry: Entry };
/** What a job has set itself or inherited. */
export type Settings = { readonly [K in SettingName]?: Setting<Values[K]> };

const SAME_FOR_ALL = <T>(value: T): Triple<T> => ({ read: value, write: value, trim: value });
const NUMBER_TRIPLE = SAME_FOR_ALL(0);
/** Of a block size, before any is set. */
export const DEFAULT_BS = SAME_FOR_ALL(4096);

type Reader<T> = (text: string, context: ValueContext, before: T | undefined) => Read<T>;

const integer =
  (low: number, high: number): Reader<number> =>
  (text, context) =>
    readInteger(text, context, low, high);
const boolean: Reader<boolean> = (text) => readBoolean(text);
const time =
  (unit: 's' | 'us'): Reader<number> =>
  (text, context) =>
    readTime(text, context, unit);
const words: Reader<string> = (text) => (text === '' ? wrong('has no value') : ok(text));
const amount: Reader<Amount> = (text, context) => readAmount(text, context);
const rates: Reader<Triple<number>> = (text, context, before = NUMBER_TRIPLE) =>
  readTriple(text, before, numberSeparator(text), (one) =>
    readInteger(one, context, 0, Number.MAX_SAFE_INTEGER),
  );

const COUNT = 4_294_967_295;
const SYNC_WORDS = new Map<string, Values['sync']>([
  ['none', 'none'],
  ['0', 'none'],
  ['1', 'sync'],
  ['sync', 'sync'],
  ['dsync', 'dsync'],
]);

/** How each option's text is read. `before` is the inherited value, which an empty part of a list keeps. */
const READERS: { readonly [K in SettingName]: Reader<Values[K]> } = {
  name: words,
  // A colon parts file names unless a backslash stands before it.
  filename: (text) =>
    text === '' ? wrong('has no value') : ok(text.split(/(?<!\\):/).filter((name) => name !== '')),
  rw: readDirection,
  ioengine: words,
  iodepth: integer(1, COUNT),
  iodepth_batch: integer(0, COUNT),
  iodepth_batch_complete_min: integer(0, COUNT),
  iodepth_batch_complete_max: integer(0, COUNT),
  iodepth_low: integer(0, COUNT),
  hipri: boolean,
  sync: (text) => {
    const known = SYNC_WORDS.get(text.trim().toLowerCase());
    return known === undefined ? wrong('is none of none, 0, sync, 1, dsync') : ok(known);
  },
  sqthread_poll: boolean,
  sqthread_poll_cpu: (text, context) => readInteger(text, context, 0, (context.ncpus ?? LIMITS.cpus) - 1),
  direct: boolean,
  uncached: boolean,
  fsync: integer(0, COUNT),
  fdatasync: integer(0, COUNT),
  end_fsync: boolean,
  fsync_on_close: boolean,
  bs: (text, context, before = DEFAULT_BS) =>
    readTriple(text, before, numberSeparator(text), (one) => readSize(one, context)),
  bsrange: (text, context, before = SAME_FOR_ALL(null)) =>
    readTriple(text, before, /[,/]/, (one) => readRange(one, (size) => readSize(size, context), false)),
  bssplit: (text, context, before = SAME_FOR_ALL(null)) =>
    readTriple(text, before, /,/, (one) => readSplit(one, context)),
  bs_unaligned: boolean,
  size: amount,
  io_size: amount,
  filesize: (text, context) => readRange(text, (one) => readSize(one, context), true),
  offset: amount,
  offset_increment: amount,
  nrfiles: integer(1, COUNT),
  number_ios: integer(0, Number.MAX_SAFE_INTEGER),
  loops: integer(0, COUNT),
  fill_device: boolean,
  runtime: time('s'),
  time_based: boolean,
  startdelay: (text, context) => readRange(text, (one) => readTime(one, context, 's'), true),
  rate: rates,
  rate_iops: rates,
  thinktime: time('us'),
  thinktime_blocks: integer(0, COUNT),
  rwmixread: integer(0, 100),
  norandommap: boolean,
  randseed: integer(0, Number.MAX_SAFE_INTEGER),
  numjobs: integer(1, COUNT),
  cpus_allowed: (text, { ncpus }) => readCpus(text, ncpus ?? LIMITS.cpus),
  cpus_allowed_policy: (text) =>
    text === 'shared' || text === 'split' ? ok(text) : wrong('is neither "shared" nor "split"'),
  stonewall: boolean,
  wait_for: words,
  kb_base: (text) =>
    text === '1000' ? ok(1000) : text === '1024' ? ok(1024) : wrong('is neither 1000 nor 1024'),
};

/** Options that are another way to set one of the above. */
const TRANSLATED: Readonly<Record<string, SettingName>> = {
  buffered: 'direct',
  rwmixwrite: 'rwmixread',
  cpumask: 'cpus_allowed',
};

/** Which setting an option with this name sets, or null. */
export function settingOf(option: string): SettingName | null {
  return TRANSLATED[option] ?? (Object.hasOwn(READERS, option) ? (option as SettingName) : null);
}

/** `settings` with the option's text read into it, or what is wrong with the text. */
export function withOption(
  settings: Settings,
  option: string,
  text: string,
  entry: Entry,
  context: ValueContext,
): Read<Settings> {
  const name = settingOf(option);
  if (name === null) return ok(settings);
  if (option === 'buffered') return store(settings, 'direct', entry, negate(readBoolean(text)));
  if (option === 'rwmixwrite')
    return store(settings, name, entry, complement(readInteger(text, context, 0, 100)));
  if (option === 'cpumask')
    return store(settings, name, entry, readCpuMask(text, context, context.ncpus ?? LIMITS.cpus));
  return store(settings, name, entry, readAs(name, text, context, settings[name]));
}

function readAs<K extends SettingName>(
  name: K,
  text: string,
  context: ValueContext,
  before: Settings[K],
): Read<Values[K]> {
  return READERS[name](text, context, before?.value);
}

function store(
  settings: Settings,
  name: SettingName,
  entry: Entry,
  value: Read<Values[SettingName]>,
): Read<Settings> {
  return value.ok ? ok({ ...settings, [name]: { value: value.value, entry } }) : err(value.error);
}

const negate = (value: Read<boolean>): Read<boolean> => (value.ok ? ok(!value.value) : value);
const complement = (value: Read<number>): Read<number> => (value.ok ? ok(100 - value.value) : value);

function readDirection(text: string): Read<Direction> {
  const colon = text.indexOf(':');
  const word = colon < 0 ? text : text.slice(0, colon);
  const name = word === 'readwrite' ? 'rw' : word;
  const pattern = PATTERNS.find((known) => known === name);
  if (pattern === undefined) return wrong(`is none of ${PATTERNS.join(', ')}`);
  const suffix = colon < 0 ? null : text.slice(colon + 1);
  return ok({ pattern, suffix });
}

/** `4k/50:8k/30:16k/`: sizes with percentages; more than 100 counts as 100, 0 as none given. */
function readSplit(text: string, context: ValueContext): Read<Split> {
  const split: { bytes: number; percent: number | null }[] = [];
  let offset = 0;
  for (const part of text.split(':')) {
    if (part === '') break; // fio stops reading at an empty part
    if (split.length === 64) return wrong('has more than 64 sizes', offset);
    const [size = '', percent = ''] = part.split('/');
    const bytes = readSize(size, context);
    if (!bytes.ok) return wrong(bytes.error.message, offset);
    const share = percent === '' ? ok(0) : readBytes(percent, context);
    if (!share.ok || share.value < 0)
      return wrong('has a share that is not a percentage', offset + size.length + 1);
    split.push({ bytes: bytes.value, percent: share.value === 0 ? null : Math.min(100, share.value) });
    offset += part.length + 1;
  }
  return ok(split);
}

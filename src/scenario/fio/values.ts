import { err, ok, type Result } from '../../base/result.ts';
import { evaluate } from './arithmetic.ts';

/** What is wrong with a value, and at which of its characters. */
export type ValueError = { readonly message: string; readonly offset: number };
export type Read<T> = Result<T, ValueError>;

/** What reading a value may depend on, and where it leaves a remark for the user. */
export type ValueContext = {
  readonly kb_base: 1000 | 1024;
  readonly ncpus: number | null;
  remark(message: string): void;
};

export const wrong = (message: string, offset = 0): Read<never> => err({ message, offset });

const SIZE = /^([+-]?)(?:(0x[0-9a-f]+)|(\d+)([kmgtp]?)(i?)(b?))$/i;
/** Where a letter stands is the power it means; none is found at 0. */
const POWERS = ' kmgtp';

/**
 * A size or a plain number. With kb_base=1024, the default, k, m, g count in 1024s and ki, mi, gi in 1000s; with
 * kb_base=1000 it is the other way round.
 */
export function readBytes(text: string, context: ValueContext): Read<number> {
  if (text.startsWith('(')) return readExpression(text, context);
  const match = SIZE.exec(text);
  if (match === null) return wrong(whyNotANumber(text));
  const [, sign = '', hex, digits = '', prefix = '', i = '', b = ''] = match;
  if (prefix === '' && i !== '') return wrong(whyNotANumber(text));
  if (i !== '' && b === '')
    context.remark(
      `${text} is read as fio’s manual says; its parser takes ${prefix}i without b for ${prefix}. Write ${prefix}ib or ${prefix}`,
    );
  const other = context.kb_base === 1024 ? 1000 : 1024;
  let value = Number(hex ?? digits);
  for (let power = POWERS.indexOf(prefix.toLowerCase()); power > 0; power--)
    value *= i === '' ? context.kb_base : other;
  if (value > Number.MAX_SAFE_INTEGER) return wrong('is too large');
  return ok(sign === '-' ? -value : value);
}

function whyNotANumber(text: string): string {
  if (text === '') return 'has no value';
  if (/[$`]/.test(text))
    return 'has a variable or a command of the shell in it, which bioscope cannot replace';
  if (/^\d+\.\d/.test(text))
    return `has a fraction, and fio reads whole numbers only: it would take this for ${parseInt(text, 10)}`;
  if (/^0x/i.test(text)) return 'is not a hexadecimal number; fio takes no suffix behind one';
  return 'is not a number with an optional suffix (k, m, g, t, p, and with i for the other base)';
}

function readExpression(text: string, context: ValueContext): Read<number> {
  const value = evaluate(text, (word) => {
    const read = readBytes(word, context);
    return read.ok ? read.value : null;
  });
  if (value === null) return wrong('is not an arithmetic expression in parentheses');
  return Math.abs(value) > Number.MAX_SAFE_INTEGER ? wrong('is too large') : ok(Math.trunc(value));
}

/** A whole number in a range. */
export function readInteger(text: string, context: ValueContext, low: number, high: number): Read<number> {
  const read = readBytes(text, context);
  if (!read.ok) return read;
  if (read.value < low) return wrong(`is below ${low}`);
  if (read.value > high) return wrong(`is above ${high}`);
  return read;
}

/** A size of at least 1 byte. */
export function readSize(text: string, context: ValueContext): Read<number> {
  return readInteger(text, context, 1, Number.MAX_SAFE_INTEGER);
}

/** A size, a share of the file, or zones. */
export type Amount = { readonly kind: 'bytes' | 'percent' | 'zones'; readonly count: number };

export function readAmount(text: string, context: ValueContext): Read<Amount> {
  const special = /^(\d+)([%z])$/.exec(text);
  if (special !== null) {
    const count = Number(special[1]);
    if (special[2] === '%' && count > 100) return wrong('is above 100 %');
    return ok({ kind: special[2] === '%' ? 'percent' : 'zones', count });
  }
  const read = readInteger(text, context, 0, Number.MAX_SAFE_INTEGER);
  return read.ok ? ok({ kind: 'bytes', count: read.value }) : read;
}

const TIME = /^(\d+)(d|h|m|s|sec|secs|ms|msec|msecs|us|usec|usecs)?$/i;
const TIME_NS: Readonly<Record<string, number>> = {
  d: 86_400e9,
  h: 3_600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
};

/** A time in nanoseconds; `plain` is the unit of a number without one. `m` is minutes here. */
export function readTime(text: string, context: ValueContext, plain: 's' | 'us'): Read<number> {
  if (text.startsWith('(')) {
    const value = readExpression(text, context);
    return value.ok ? ok(value.value * (TIME_NS[plain] ?? 1)) : value;
  }
  const match = TIME.exec(text);
  if (match === null)
    return wrong(
      text === '' ? 'has no value' : 'is not a whole number with an optional d, h, m, s, ms or us',
    );
  const unit = (match[2] ?? plain).toLowerCase().replace(/ecs?$/, '');
  return ok(Number(match[1]) * (TIME_NS[unit] ?? 1));
}

/** fio’s booleans are numbers. A bare key is true where fio allows it. */
export function readBoolean(text: string | null): Read<boolean> {
  if (text === null) return ok(true);
  return /^\d+$/.test(text) ? ok(Number(text) !== 0) : wrong('is neither 0 nor 1');
}

/** Values for reads, writes and trims. */
export type Triple<T> = { readonly read: T; readonly write: T; readonly trim: T };

/**
 * Up to three values, separated by commas (some options also take `:` or `-`). The last also counts for what comes after
 * it, unless a comma closes it; an empty one leaves what was there before.
 */
export function readTriple<T>(
  text: string,
  before: Triple<T>,
  separator: RegExp,
  readOne: (text: string) => Read<T>,
): Read<Triple<T>> {
  const parts = text.split(separator);
  if (parts.length > 3) return wrong('has more than three values, for reads, writes and trims');
  const values: T[] = [before.read, before.write, before.trim];
  let offset = 0;
  for (const [i, part] of parts.entries()) {
    if (part !== '') {
      const read = readOne(part);
      if (!read.ok) return wrong(read.error.message, offset + read.error.offset);
      const last = i === parts.length - 1;
      values.fill(read.value, i, last ? 3 : i + 1);
    } else if (parts.length === 1) return wrong('has no value');
    offset += part.length + 1;
  }
  const [read = before.read, write = before.write, trim = before.trim] = values;
  return ok({ read, write, trim });
}

/** Where numbers are separated: by commas, or without any comma by `:`, or else by `-`. */
export function numberSeparator(text: string): RegExp {
  if (text.includes(',')) return /,/;
  return text.includes(':') ? /:/ : /(?!^)-/;
}

export type Range = { readonly low: number; readonly high: number };

/** `a-b` or `a:b`, swapped if reversed; one value alone is both ends if `single`. */
export function readRange(
  text: string,
  readOne: (text: string) => Read<number>,
  single: boolean,
): Read<Range> {
  const parts = text.split(text.includes('-') ? '-' : ':');
  const [from = '', to = from] = parts;
  if (parts.length > 2 || (parts.length < 2 && !single)) return wrong('is not a range such as 4k-64k');
  const low = readOne(from);
  if (!low.ok) return low;
  const high = readOne(to);
  if (!high.ok) return wrong(high.error.message, from.length + 1 + high.error.offset);
  return ok({ low: Math.min(low.value, high.value), high: Math.max(low.value, high.value) });
}

/** `0-3,7` as ascending CPU numbers. */
export function readCpus(text: string, limit: number): Read<readonly number[]> {
  const cpus = new Set<number>();
  let offset = 0;
  for (const part of text.split(',')) {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (match === null) return wrong('is not a list of CPUs such as 0-3,7', offset);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return wrong(`is an empty range of CPUs, ${part}`, offset);
    if (last >= limit) return wrong(`names CPU ${last}, but the last one is ${limit - 1}`, offset);
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
    offset += part.length + 1;
  }
  return ok([...cpus].sort((a, b) => a - b));
}

/** The CPUs whose bits are set. */
export function readCpuMask(text: string, context: ValueContext, limit: number): Read<readonly number[]> {
  const read = readInteger(text, context, 1, 2 ** 32 - 1);
  if (!read.ok) return read;
  const cpus = Array.from({ length: 32 }, (_, bit) => bit).filter(
    (bit) => Math.floor(read.value / 2 ** bit) % 2 === 1,
  );
  const highest = cpus.at(-1) ?? 0;
  return highest < limit ? ok(cpus) : wrong(`names CPU ${highest}, but the last one is ${limit - 1}`);
}

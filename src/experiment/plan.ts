/** What is asked of the experiment, and which part of it a shard does. */
import { err, ok, type Result } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';

export type Options = {
  /** Coefficients of variation of the device, in percent, ascending. */
  readonly cv_percent: readonly number[];
  /** Seeds 1 to this. */
  readonly seeds: number;
  /** I/Os of each simulation. */
  readonly ios: number;
};

/** Part `index` of `count`, counted from 1. */
export type Shard = { readonly index: number; readonly count: number };

export const DEFAULTS: Options = { cv_percent: [0, 25, 50, 75, 100], seeds: 3, ios: 3000 };
/** An I/O takes less than 300 events of a log, which has a limit. */
export const BOUNDS = {
  seeds: [1, 100],
  ios: [200, Math.floor(LIMITS.events / 400)],
  shards: [1, 10_000],
} as const;
const MOST_CVS = 1001;

/** The coefficients of variation that a shard does: every `count`-th, so that shards take about equally long. */
export function cvsOf({ cv_percent }: Options, shard: Shard | null): readonly number[] {
  if (shard === null) return cv_percent;
  return cv_percent.filter((_, i) => i % shard.count === shard.index - 1);
}

/** "0,0.25,0.5" or "0:1:0.1" (from, to, step), from 0 to 1 with at most two decimals. Percent, ascending, each once. */
export function readCvs(text: string): Result<readonly number[], string> {
  const range = /^([^:,]+):([^:,]+):([^:,]+)$/.exec(text);
  const parts = (range === null ? text.split(',') : range.slice(1)).map(percentOf);
  const values = parts.filter((value) => value !== null);
  if (values.length < parts.length)
    return err(
      'is not a list like 0,0.25,0.5 or a range like 0:1:0.1, of numbers from 0 to 1 with at most two decimals',
    );
  const cvs = range === null ? values : between(values);
  if (cvs.length === 0) return err('is a range without numbers: from, to and a step above 0');
  if (cvs.length > MOST_CVS) return err(`has more than ${MOST_CVS} numbers`);
  return ok([...new Set(cvs)].sort((a, b) => a - b));
}

function between([from = 0, to = 0, step = 0]: readonly number[]): number[] {
  if (step <= 0 || to < from) return [];
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

function percentOf(text: string): number | null {
  const match = /^(0|1)?(?:[.](\d{1,2}))?$/.exec(text.trim());
  if (match === null || (match[1] === undefined && match[2] === undefined)) return null;
  const percent = Number(match[1] ?? 0) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return percent <= 100 ? percent : null;
}

/** "2/8". */
export function readShard(text: string): Result<Shard, string> {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const shard = { index: Number(match?.[1]), count: Number(match?.[2]) };
  const [, most] = BOUNDS.shards;
  if (match === null || shard.count < 1 || shard.count > most || shard.index < 1 || shard.index > shard.count)
    return err(`is not i/n with i from 1 to n and n up to ${most}, as in 2/8`);
  return ok(shard);
}

import { assert } from './assert.ts';
import { GAMMA, LONG_TAIL, NORMAL } from './distribution-tables.ts';
import type { Prng } from './prng.ts';

/**
 * Service times of a device. Logarithm and exponential may differ between engines, so the inverse distribution functions
 * are committed tables of integers (made by tools/make-distributions.ts), read with additions, multiplications and floors
 * only: every engine draws the same nanoseconds.
 *
 * A table has its quantiles at shares 0, 1/32, 2/32, ...; the last 32nd is divided into 32 again, and so on `LEVELS` times, so
 * that a tail of one in a million is there. Between knots, and between the tables of neighbouring cv, values are interpolated
 * linearly; that keeps the mean exactly and the cv to about 2 % of itself.
 */
export const RADIX_BITS = 5;
export const RADIX = 1 << RADIX_BITS;
export const LEVELS = 4;
export const KNOTS = LEVELS * (RADIX - 1) + 2;
/** The mean of a table. */
export const UNIT = 65_536;
export const CV_STEP_PERCENT = 25;
export const CV_MAX_PERCENT = 200;

export type Distribution = {
  /**
   * fixed: always the mean.
   * normal: clamped at 5 % of the mean, then rescaled so that mean and cv hold; far from a bell above a cv of 50 %.
   * gamma: skewed to the right; a cv of 100 % is the exponential distribution.
   * long-tail: lognormal: the same cv as gamma with more of it in rare, much longer times.
   */
  readonly kind: 'fixed' | 'normal' | 'gamma' | 'long-tail';
  readonly mean_ns: number;
  /** Standard deviation in percent of the mean, 0 to 200. */
  readonly cv_percent: number;
};

const TABLES = { normal: NORMAL, gamma: GAMMA, 'long-tail': LONG_TAIL } as const;

/** Draws one service time: whole nanoseconds, at least 1. Takes one number from `prng`, none where nothing is random. */
export function sampleService(latency: Distribution, prng: Prng): number {
  const { kind, mean_ns, cv_percent } = latency;
  assert(cv_percent >= 0 && cv_percent <= CV_MAX_PERCENT, `a cv of ${cv_percent} % is outside the tables`);
  if (kind === 'fixed' || cv_percent === 0) return Math.max(1, Math.round(mean_ns));
  const unit = quantile(TABLES[kind], cv_percent, prng.u32());
  return Math.max(1, Math.floor((mean_ns * unit) / UNIT + 0.5));
}

/** The value, in `UNIT`s, at the share `u32` / 2^32 of the distribution with the given cv. */
function quantile(tables: readonly (readonly number[])[], cv_percent: number, u32: number): number {
  let rest = u32;
  let level = 0;
  while (level + 1 < LEVELS && rest >>> (32 - RADIX_BITS) === RADIX - 1) {
    rest = (rest << RADIX_BITS) >>> 0;
    level++;
  }
  const knot = level * (RADIX - 1) + (rest >>> (32 - RADIX_BITS));
  const beyond = ((rest << RADIX_BITS) >>> 0) / 4_294_967_296;
  const step = Math.min(Math.floor(cv_percent / CV_STEP_PERCENT), tables.length - 1);
  const low = step === 0 ? UNIT : between(tables[step - 1]!, knot, beyond); // below the first table nothing varies
  const high = between(tables[step]!, knot, beyond);
  return low + ((high - low) * (cv_percent - step * CV_STEP_PERCENT)) / CV_STEP_PERCENT;
}

function between(table: readonly number[], knot: number, beyond: number): number {
  const low = table[knot]!;
  return low + (table[knot + 1]! - low) * beyond;
}

/**
 * Makes src/base/distribution-tables.ts: inverse distribution functions as integers, so that a run needs neither logarithm
 * nor exponential, whose last bits differ between engines. Here they are allowed: the file is made once and committed, and a
 * test makes it again and compares. `npx tsx tools/make-distributions.ts` writes it.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { CV_STEP_PERCENT, KNOTS, LEVELS, RADIX, UNIT } from '../src/base/distribution.ts';

/** A positive distribution of mean 1. */
type Shape = {
  /** The value below which a share `p` of all values lies, 0 < p < 1. */
  quantile: (p: number) => number;
  /** The integral of the quantile from 0 to `p`: how much of the mean lies below. */
  partialMean: (p: number) => number;
};

const CVS = [1, 2, 3, 4, 5, 6, 7, 8].map((step) => (step * CV_STEP_PERCENT) / 100);

/** The shares at which the quantiles are taken: 32 steps, the last of them again in 32, and so on, for the long tail. */
export function knotShares(): number[] {
  const shares: number[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const width = RADIX ** -level;
    for (let bin = 0; bin < RADIX - 1; bin++) shares.push(1 - width + (bin * width) / RADIX);
  }
  shares.push(1 - RADIX ** -LEVELS, 1);
  return shares;
}

/** Quantiles at the knots. The two outermost are chosen so that linear interpolation keeps the mean of their bins; what
 *  interpolation adds elsewhere (the quantile function is mostly convex) is divided out at the end. */
function knotsOf(shape: Shape): number[] {
  const shares = knotShares();
  const last = shares.length - 1;
  const knots = shares.map((p, i) => (i === 0 || i === last ? 0 : shape.quantile(p)));
  const meanOfBin = (i: number): number =>
    ((i + 1 === last ? 1 : shape.partialMean(at(shares, i + 1))) -
      (i === 0 ? 0 : shape.partialMean(at(shares, i)))) /
    (at(shares, i + 1) - at(shares, i));
  knots[0] = Math.max(0, 2 * meanOfBin(0) - at(knots, 1));
  knots[last] = Math.max(at(knots, last - 1), 2 * meanOfBin(last - 1) - at(knots, last - 1));
  const mean = interpolatedMean(knots, shares);
  return knots.map((knot) => Math.round((knot / mean) * UNIT));
}

/** The mean of what linear interpolation between the knots gives. */
export function interpolatedMean(knots: readonly number[], shares: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i + 1 < knots.length; i++)
    sum += ((at(knots, i) + at(knots, i + 1)) / 2) * (at(shares, i + 1) - at(shares, i));
  return sum;
}

/** Gamma of mean 1: shape 1/cv², scale cv². Part of the mean below q is the distribution function of shape + 1. */
function gamma(cv: number): Shape {
  const shape = 1 / (cv * cv);
  const quantile = (p: number): number => solve((x) => gammaCdf(shape, x * shape), p, 0, 400);
  return { quantile, partialMean: (p) => gammaCdf(shape + 1, quantile(p) * shape) };
}

/** Lognormal of mean 1: the logarithm has variance ln(1 + cv²). */
function longTail(cv: number): Shape {
  const sigma = Math.sqrt(Math.log(1 + cv * cv));
  return {
    quantile: (p) => Math.exp(sigma * normalQuantile(p) - (sigma * sigma) / 2),
    partialMean: (p) => normalCdf(normalQuantile(p) - sigma),
  };
}

/** What a normal distribution is clamped to at least, as a share of the mean: no command takes no time. */
const NORMAL_MINIMUM = 0.05;

/** A normal distribution clamped from below, location and spread chosen so that mean 1 and cv hold after clamping. */
function clampedNormal(cv: number): Shape {
  const floorAt = (location: number, spread: number): number => (NORMAL_MINIMUM - location) / spread;
  const meanOf = (location: number, spread: number): number => {
    const a = floorAt(location, spread);
    return NORMAL_MINIMUM * normalCdf(a) + location * (1 - normalCdf(a)) + spread * density(a);
  };
  const squareOf = (location: number, spread: number): number => {
    const a = floorAt(location, spread);
    const above = 1 - normalCdf(a);
    return (
      NORMAL_MINIMUM * NORMAL_MINIMUM * normalCdf(a) +
      (location * location + spread * spread) * above +
      spread * (location + NORMAL_MINIMUM) * density(a)
    );
  };
  const locate = (spread: number): number => solve((location) => meanOf(location, spread), 1, -60, 1);
  const spread = solve((s) => squareOf(locate(s), s) - 1, cv * cv, cv / 2, 12);
  const location = locate(spread);
  const atMost = normalCdf(floorAt(location, spread));
  return {
    quantile: (p) => Math.max(NORMAL_MINIMUM, location + spread * normalQuantile(p)),
    partialMean: (p) =>
      p <= atMost
        ? NORMAL_MINIMUM * p
        : NORMAL_MINIMUM * atMost +
          location * (p - atMost) +
          spread * (density(floorAt(location, spread)) - density(normalQuantile(p))),
  };
}

/** Where the increasing `f` reaches `target`, by bisection. */
function solve(f: (x: number) => number, target: number, low: number, high: number): number {
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** The normal distribution is a gamma distribution of shape 1/2 in z²/2. */
function normalCdf(z: number): number {
  const half = gammaCdf(0.5, (z * z) / 2) / 2;
  return z < 0 ? 0.5 - half : 0.5 + half;
}

const normalQuantile = (p: number): number => solve(normalCdf, p, -9, 9);

/** The regularised lower incomplete gamma function: a series below the mean, a continued fraction above it. */
function gammaCdf(shape: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape));
  return x < shape + 1 ? front * seriesBelow(shape, x) : 1 - front * fractionAbove(shape, x);
}

function seriesBelow(shape: number, x: number): number {
  let term = 1 / shape;
  let sum = term;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum;
}

/** Lentz's evaluation of the continued fraction of the upper incomplete gamma function. */
function fractionAbove(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 10_000; n++) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

/** Logarithm of the gamma function: Stirling's series, after stepping the argument up to where it is exact enough. */
function logGamma(x: number): number {
  let shift = 0;
  for (; x < 20; x++) shift -= Math.log(x);
  const r = 1 / (x * x);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series;
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`no element ${index}`);
  return value;
}

/** The text of src/base/distribution-tables.ts. */
export async function distributionTables(): Promise<string> {
  const tables = (title: string, name: string, shape: (cv: number) => Shape): string =>
    `/** ${title} */\nexport const ${name}: readonly (readonly number[])[] = [\n${CVS.map(
      (cv) => `[${knotsOf(shape(cv)).join(', ')}]`,
    ).join(',\n')}];\n`;
  const text = [
    '/**',
    ' * Made by tools/make-distributions.ts, not by hand: inverse distribution functions of mean 65536. One line of tables',
    ` * a kind, one table for each coefficient of variation of ${CVS.map((cv) => cv * 100).join(', ')} %, ${KNOTS} knots a table;`,
    ' * distribution.ts says where the knots lie.',
    ' */',
    tables('Gamma distribution.', 'GAMMA', gamma),
    tables('Lognormal distribution.', 'LONG_TAIL', longTail),
    tables('Normal distribution, clamped at 5 % of the mean.', 'NORMAL', clampedNormal),
  ].join('\n');
  const file = targetFile();
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

function targetFile(): string {
  return path.join(import.meta.dirname, '../src/base/distribution-tables.ts');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(targetFile(), await distributionTables());

import { describe, expect, test } from 'vitest';
import { GAMMA, LONG_TAIL, NORMAL } from './distribution-tables.ts';
import {
  CV_STEP_PERCENT,
  type Distribution,
  KNOTS,
  LEVELS,
  RADIX,
  sampleService,
  UNIT,
} from './distribution.ts';
import { Prng } from './prng.ts';

const SAMPLES = 400_000;
const KINDS = ['normal', 'gamma', 'long-tail'] as const;

function statistics(latency: Distribution): {
  mean: number;
  cv_percent: number;
  least: number;
  most: number;
} {
  const prng = new Prng(7, 3);
  let sum = 0;
  let squares = 0;
  let least = Infinity;
  let most = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const value = sampleService(latency, prng);
    sum += value;
    squares += value * value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const mean = sum / SAMPLES;
  return { mean, cv_percent: (Math.sqrt(squares / SAMPLES - mean * mean) / mean) * 100, least, most };
}

/** Mean and cv of what linear interpolation between the knots gives, exactly. */
function tableStatistics(table: readonly number[]): { mean: number; cv_percent: number } {
  let mean = 0;
  let square = 0;
  let width = 1;
  for (let i = 0; i + 1 < table.length; i++) {
    if (i % (RADIX - 1) === 0 && i < LEVELS * (RADIX - 1)) width /= RADIX;
    const [a, b] = [table[i]! / UNIT, table[i + 1]! / UNIT];
    mean += ((a + b) / 2) * width;
    square += ((a * a + a * b + b * b) / 3) * width;
  }
  return { mean, cv_percent: (Math.sqrt(square - mean * mean) / mean) * 100 };
}

describe.each([
  ['gamma', GAMMA],
  ['long-tail', LONG_TAIL],
  ['normal', NORMAL],
])('the tables of %s', (_, tables) => {
  test('have all knots, rising', () => {
    for (const table of tables) {
      expect(table).toHaveLength(KNOTS);
      expect(table.every((value, i) => Number.isInteger(value) && value >= (table[i - 1] ?? 0))).toBe(true);
    }
  });

  test('have mean 1 and their cv', () => {
    tables.forEach((table, i) => {
      const { mean, cv_percent } = tableStatistics(table);
      const wanted = (i + 1) * CV_STEP_PERCENT;
      expect(mean).toBeCloseTo(1, 4);
      expect(Math.abs(cv_percent / wanted - 1)).toBeLessThan(0.02);
    });
  });
});

describe.each(KINDS)('samples of %s', (kind) => {
  test.each([5, 25, 40, 50, 90, 100])('keep mean and a cv of %i %%', (cv_percent) => {
    const found = statistics({ kind, mean_ns: 80_000, cv_percent });
    expect(Math.abs(found.mean / 80_000 - 1)).toBeLessThan(0.005);
    expect(Math.abs(found.cv_percent / cv_percent - 1)).toBeLessThan(0.03);
  });

  test.each([150, 185, 200])(
    'keep the mean at a cv of %i %%, where few samples carry much of it',
    (cv_percent) => {
      const found = statistics({ kind, mean_ns: 80_000, cv_percent });
      expect(Math.abs(found.mean / 80_000 - 1)).toBeLessThan(0.015);
      expect(Math.abs(found.cv_percent / cv_percent - 1)).toBeLessThan(0.1);
    },
  );

  test('are whole nanoseconds of at least 1, even where the mean is tiny', () => {
    const prng = new Prng(1, 1);
    for (let i = 0; i < 1000; i++) {
      const value = sampleService({ kind, mean_ns: 2, cv_percent: 200 }, prng);
      expect(Number.isInteger(value) && value >= 1).toBe(true);
    }
  });

  test('are the same for the same seed', () => {
    const draw = (seed: number): number[] => {
      const prng = new Prng(seed, 0);
      return Array.from({ length: 5 }, () =>
        sampleService({ kind, mean_ns: 1_000_000, cv_percent: 60 }, prng),
      );
    };
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });
});

test('a fixed time, or a cv of 0, is the mean and takes no random number', () => {
  const prng = new Prng(9, 9);
  expect(sampleService({ kind: 'fixed', mean_ns: 4900, cv_percent: 50 }, prng)).toBe(4900);
  expect(sampleService({ kind: 'gamma', mean_ns: 4900, cv_percent: 0 }, prng)).toBe(4900);
  expect(prng.u32()).toBe(new Prng(9, 9).u32());
});

test('a long tail reaches further than gamma of the same mean and cv', () => {
  const tail = (kind: Distribution['kind']): number =>
    statistics({ kind, mean_ns: 10_000, cv_percent: 100 }).most;
  expect(tail('long-tail')).toBeGreaterThan(1.5 * tail('gamma'));
});

test('a normal time never falls below 5 % of the mean by more than the rescaling', () => {
  expect(statistics({ kind: 'normal', mean_ns: 100_000, cv_percent: 50 }).least).toBeGreaterThan(4_900);
});

test('these samples are pinned: another engine must draw the same', () => {
  const prng = new Prng(2026, 1);
  const drawn = KINDS.flatMap((kind) =>
    [30, 120].map((cv_percent) => sampleService({ kind, mean_ns: 78_000, cv_percent }, prng)),
  );
  expect(drawn).toMatchInlineSnapshot(`
    [
      94177,
      9395,
      69924,
      8248,
      59612,
      35958,
    ]
  `);
});

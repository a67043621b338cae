import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prng } from './prng.ts';

const draws = (prng: Prng, count: number): number[] => Array.from({ length: count }, () => prng.u32());

describe('the generator', () => {
  test('gives the same numbers for the same seed and stream: these must never change', () => {
    expect(draws(new Prng(1, 0), 4)).toMatchInlineSnapshot(`
      [
        1996446891,
        979128963,
        4097557194,
        3374790841,
      ]
    `);
    expect(draws(new Prng(1, 1), 2)).toMatchInlineSnapshot(`
      [
        3716368054,
        1625172461,
      ]
    `);
  });

  test('seeds and streams differ from each other', () => {
    const starts = [0, 1, 2, 0xffffffff].flatMap((seed) =>
      [0, 1, 2, 255].map((stream) => draws(new Prng(seed, stream), 2).join()),
    );
    expect(new Set(starts).size).toBe(starts.length);
  });

  test('every bit is as often 0 as 1', () => {
    const prng = new Prng(7, 3);
    const ones = new Array<number>(32).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const drawn = prng.u32();
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (drawn >>> bit) & 1;
    }
    for (const count of ones) expect(Math.abs(count - 10_000)).toBeLessThan(400); // over five standard deviations
  });
});

describe('below', () => {
  test('stays within its limit, whatever that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.integer({ min: 0, max: 100 }), (limit, seed) => {
        const prng = new Prng(seed, 0);
        for (let i = 0; i < 20; i++) {
          const drawn = prng.below(limit);
          expect(Number.isInteger(drawn) && drawn >= 0 && drawn < limit).toBe(true);
        }
      }),
    );
  });

  // Limits of both ways to compute it, among them those where a plain remainder would be far off.
  test.each([3, 7, 100, 0x200000 - 1, 0x200000, 0x200000 + 1, 3 * 2 ** 30, 2 ** 32 - 1, 2 ** 32])(
    'is even over the range below %i',
    (limit) => {
      const buckets = new Array<number>(Math.min(limit, 10)).fill(0);
      const prng = new Prng(5, 0);
      const count = 60_000;
      for (let i = 0; i < count; i++) buckets[Math.floor((prng.below(limit) / limit) * buckets.length)]!++;
      const even = count / buckets.length;
      const chiSquare = buckets.reduce((sum, n) => sum + (n - even) ** 2 / even, 0);
      expect(chiSquare).toBeLessThan(40); // 9 degrees of freedom exceed it once in 100,000
    },
  );

  test('reaches both ends', () => {
    const prng = new Prng(1, 0);
    const drawn = new Set(Array.from({ length: 200 }, () => prng.below(6)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(prng.below(1)).toBe(0);
  });
});

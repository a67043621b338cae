import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cvsOf, DEFAULTS, readCvs, readShard } from './plan.ts';

describe('--cv', () => {
  test.each([
    ['0.5', [50]],
    ['1,0,0.25', [0, 25, 100]],
    ['.5,0.50', [50]],
    ['0:1:0.25', [0, 25, 50, 75, 100]],
    ['0:1:0.3', [0, 30, 60, 90]],
  ])('%s', (text, cvs) => {
    expect(readCvs(text)).toEqual({ ok: true, value: cvs });
  });

  test.each(['', '1.1', '-0.5', '0.333', '0.5;1', '0:1', '0:1:0', '1:0:0.1', '0:1:0.1:2', ',', 'x'])(
    '“%s” is refused',
    (text) => {
      expect(readCvs(text).ok).toBe(false);
    },
  );
});

describe('--shard', () => {
  test.each(['0/2', '3/2', '1/0', '1', '1/20000', 'a/b', '1/2/3'])('“%s” is refused', (text) => {
    expect(readShard(text).ok).toBe(false);
  });

  test('all shards together have each coefficient of variation once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 30 }), (count, most) => {
        const cv_percent = Array.from({ length: most }, (_, i) => i);
        const parts = Array.from({ length: count }, (_, i) => readShard(`${i + 1}/${count}`)).flatMap(
          (shard) => (shard.ok ? cvsOf({ ...DEFAULTS, cv_percent }, shard.value) : []),
        );
        expect(parts.sort((a, b) => a - b)).toEqual(cv_percent);
      }),
      { endOnFailure: true },
    );
  });
});

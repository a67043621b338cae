import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { merge, readResult } from './merge.ts';
import { cvsOf, DEFAULTS, type Options } from './plan.ts';
import { FIXED_COSTS, scenarioOf, START, windowOf } from './point.ts';
import { PUBLISHED } from './published.ts';
import { Sweep } from './sweep.ts';
import { swept } from './testing.ts';

const OPTIONS: Options = { ...DEFAULTS, cv_percent: [0, 30, 50], seeds: 2 };

describe('the sweep', () => {
  test('finds the parameters where a formula meets the fitted rows, and says how many points that takes', () => {
    const sweep = new Sweep(OPTIONS);
    const result = swept(OPTIONS);
    for (const cv of result.sweep) {
      expect(cv.fit_error).toBeLessThan(1e-6);
      expect(cv.parameters.submit_ns + 400).toBeCloseTo(1e6 / 845, 3);
      expect(cv.rows.map(({ column, depth }) => [column, depth])).toEqual(
        PUBLISHED.map(({ column, depth }) => [column, depth]),
      );
    }
    expect(sweep.total).toBe(3 * (4 * (4 + 2 * 2) + 6 * 2));
  });

  test('the order in which points are simulated changes nothing', () => {
    const whole = swept(OPTIONS);
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 1 }), (picks) => {
        let next = 0;
        const pick = (): number => picks[next++ % picks.length] ?? 0;
        expect(swept(OPTIONS, null, pick)).toEqual(whole);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  test('the scenario of a point pins fio to the CPU of the queue’s vector, and changes no cost but those named', () => {
    for (const { column, depth } of PUBLISHED) {
      const point = { column, depth, cv_percent: 50, seed: 3, ios: 1000, parameters: START };
      const scenario = scenarioOf(point);
      expect(scenario.actors[0]?.cpus_allowed).toEqual([windowOf(point).cpu]);
      expect(scenario.machine.nvme.queues).toBe(scenario.machine.cpus);
      expect(Object.keys(scenario.costs).sort()).toEqual(
        [
          ...Object.keys(FIXED_COSTS),
          'blk.submit.single',
          'ctxsw.bare',
          'wake.local',
          'wq.dispatch',
          'wq.queue',
        ].sort(),
      );
    }
  });
});

describe('shards', () => {
  const json = (value: unknown): string => JSON.stringify(value);
  const parts = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const text = json(swept(OPTIONS, { index: i + 1, count }));
      const read = readResult(text);
      if (!read.ok) throw new Error(read.error);
      return { name: `part${i + 1}.json`, value: read.value };
    });

  test.each([1, 2, 3, 5])('%i of them, in any order, merge to what one run gives, byte for byte', (count) => {
    const merged = merge(parts(count).reverse());
    expect(merged.ok && json(merged.value)).toBe(json(swept(OPTIONS)));
  });

  test('what does not fit together is said', () => {
    const [a, b, c] = parts(3);
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are three');
    expect(merge([a, b])).toEqual({ ok: false, error: ['shard 3/3 is missing'] });
    expect(merge([a, a, b, c])).toEqual({
      ok: false,
      error: ['shard 1/3 is there more than once: part1.json, part1.json'],
    });
    const other = { name: 'other.json', value: { ...c.value, model: 'another' } };
    expect(merge([a, b, other])).toEqual({
      ok: false,
      error: ['part1.json and other.json differ in their model version'],
    });
    const less = { name: 'less.json', value: { ...c.value, sweep: [] } };
    expect(cvsOf(OPTIONS, { index: 3, count: 3 })).toEqual([50]);
    expect(merge([a, b, less])).toEqual({
      ok: false,
      error: ['less.json does not hold the coefficients of variation of its shard'],
    });
  });

  test('a file that is something else is refused with the place', () => {
    expect(readResult('{')).toEqual({ ok: false, error: 'is not JSON' });
    const broken = { ...swept(OPTIONS), options: { ...OPTIONS, seeds: 'two' } };
    expect(readResult(json(broken))).toEqual({
      ok: false,
      error: 'is not what experiment caller-comp prints as JSON: options.seeds is "two"',
    });
  });
});

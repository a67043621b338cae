import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { type Comparison, compare, comparisonSentence } from './compare.ts';
import { type IoTable, iosOf } from './io.ts';
import { type Path, PATHS } from './moments.ts';
import { stage, tell } from './testing-io.ts';

type Plan = { readonly path: Path; readonly gap_ns: number; readonly asks: number };

/** A run with one I/O for each entry; `asks` is the outcome of a decision about it, 2 for none. */
function run(plan: readonly Plan[]): IoTable {
  const s = stage();
  let at_ns = 0;
  for (const { path, gap_ns, asks } of plan) {
    const { dio } = tell(s, { path, at_ns: (at_ns += 3000 + gap_ns) });
    s.t.decide(1, 'always-the-same', dio, 1);
    if (asks < 2) s.t.decide(1, 'dio-inline', dio, asks, { flags: asks * 8 });
  }
  return iosOf(s.t.stop());
}

const plans = fc.array(fc.record({ path: fc.constantFrom(...PATHS), gap_ns: fc.nat(50), asks: fc.nat(2) }), {
  maxLength: 6,
});

function mirrored(c: Comparison): Comparison {
  return {
    ...c,
    differences: c.differences.map((d) => ({
      ...d,
      a: d.b,
      b: d.a,
      pathA: d.pathB,
      pathB: d.pathA,
      cpuA: d.cpuB,
      cpuB: d.cpuA,
      resultA: d.resultB,
      resultB: d.resultA,
      parting: d.parting && { ...d.parting, a: d.parting.b, b: d.parting.a },
      detour: d.detour && { a: d.detour.b, b: d.detour.a },
    })),
    onlyA: c.onlyB,
    onlyB: c.onlyA,
    faster: c.slower,
    slower: c.faster,
  };
}

describe('comparing two runs', () => {
  test('a run does not differ from itself', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const x = run(plan);
        expect(compare(x, x)).toEqual({
          matched: plan.length,
          differences: [],
          onlyA: [],
          onlyB: [],
          writeback: null,
          reordered: 0,
          faster: 0,
          slower: 0,
        });
      }),
    );
  });

  test('comparing the other way round mirrors the result', () => {
    fc.assert(
      fc.property(plans, plans, (p, q) => {
        const [a, b] = [run(p), run(q)];
        const there = compare(a, b);
        const back = mirrored(compare(b, a));
        expect({ ...back, differences: back.differences.toSorted((x, y) => x.a - y.a) }).toEqual(there);
      }),
    );
  });

  test('an I/O on another path is named with the decision at which the paths part', () => {
    const a = run([
      { path: 's_dio_done_wq', gap_ns: 0, asks: 0 },
      { path: 'inline-irq', gap_ns: 0, asks: 1 },
    ]);
    const b = run([
      { path: 'inline-irq', gap_ns: 0, asks: 1 },
      { path: 'inline-irq', gap_ns: 0, asks: 1 },
    ]);
    const c = compare(a, b);
    expect(c.differences).toHaveLength(1);
    expect(c.differences[0]).toMatchObject({
      name: 'fio-job I/O 1',
      pathA: 's_dio_done_wq',
      pathB: 'inline-irq',
      parting: {
        rule: 'dio-inline',
        a: { outcome: 0, inputs: [{ name: 'flags', value: 0 }] },
        b: { outcome: 1, inputs: [{ name: 'flags', value: 8 }] },
      },
    });
    expect(comparisonSentence(c)).toBe('1 of 2 I/Os on another path (s_dio_done_wq to inline-irq); 1 faster');
  });

  test('where no outcome differs, it is the question that only one side asks', () => {
    const a = run([{ path: 's_dio_done_wq', gap_ns: 0, asks: 2 }]);
    const b = run([{ path: 'inline-irq', gap_ns: 0, asks: 1 }]);
    expect(compare(a, b).differences[0]?.parting).toMatchObject({
      rule: 'dio-inline',
      a: { row: NO_ROW, outcome: null },
    });
  });

  test('I/Os of one run only are listed, and nothing different is said so', () => {
    const one = { path: 'inline-irq', gap_ns: 0, asks: 1 } as const;
    const c = compare(run([one]), run([one, one]));
    expect([c.matched, c.onlyA, c.onlyB]).toEqual([1, [], [1]]);
    expect(comparisonSentence(c)).toBe('1 new');
    expect(comparisonSentence(compare(run([one]), run([one])))).toBe('1 I/Os, no difference');
  });
});

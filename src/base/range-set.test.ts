import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RangeSet } from './range-set.ts';

const step = fc.record({ add: fc.boolean(), from: fc.nat(30), length: fc.nat(12) });

test('does what a set of single numbers does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), fc.nat(12), (steps, from, length) => {
      const ranges = new RangeSet();
      const numbers = new Set<number>();
      for (const s of steps) {
        const touched = Array.from({ length: s.length }, (_, i) => s.from + i);
        if (s.add) {
          ranges.add(s.from, s.from + s.length);
          for (const n of touched) numbers.add(n);
        } else {
          const removed = touched.filter((n) => numbers.delete(n)).length;
          expect(ranges.remove(s.from, s.from + s.length)).toBe(removed);
        }
        expect(ranges.size).toBe(numbers.size);
      }
      const asked = Array.from({ length }, (_, i) => from + i);
      expect(ranges.overlaps(from, from + length)).toBe(asked.some((n) => numbers.has(n)));
    }),
    { endOnFailure: true },
  );
});

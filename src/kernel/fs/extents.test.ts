import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ExtentState, ExtentMap } from './extents.ts';

const STATES: readonly ExtentState[] = ['mapped', 'unwritten', 'hole', 'shared'];
const piece = fc.record({
  offset: fc.nat(20),
  length: fc.integer({ min: 1, max: 9 }),
  state: fc.constantFrom(...STATES),
});

test('holds what was put last at every place', () => {
  fc.assert(
    fc.property(fc.nat(12), fc.array(piece, { maxLength: 20 }), (allocated, pieces) => {
      const map = new ExtentMap(1000, 5000, allocated, pieces);
      const states = Array.from({ length: 30 }, (_, i): ExtentState => (i < allocated ? 'mapped' : 'hole'));
      for (const p of pieces) states.fill(p.state, p.offset, p.offset + p.length);
      states.forEach((state, i) => {
        expect(map.at(i, 30)).toMatchObject({ offset: i, state });
      });
      const whole = map.in(0, 30);
      expect(whole.reduce((sum, e) => sum + e.length, 0)).toBe(30);
      for (const e of whole)
        expect(new Set(states.slice(e.offset, e.offset + e.length))).toEqual(new Set([e.state]));
    }),
    { endOnFailure: true },
  );
});

test('a copy on write lies elsewhere', () => {
  const map = new ExtentMap(1000, 5000, 100, []);
  expect([map.address(7, false), map.address(7, true)]).toEqual([1007, 5007]);
});

test('blocks have a state as a whole: all that are touched are written, only those that are all in a hole go', () => {
  const map = new ExtentMap(0, 0, 0, [], 10);
  map.put({ offset: 12, length: 15, state: 'unwritten' });
  expect(map.in(0, 50).map(({ offset, state }) => [offset, state])).toEqual([
    [0, 'hole'],
    [10, 'unwritten'],
    [30, 'hole'],
  ]);
  map.put({ offset: 15, length: 15, state: 'hole' });
  expect(map.at(0, 100)).toMatchObject({ length: 10, state: 'hole' });
  expect(map.at(10, 100)).toMatchObject({ length: 10, state: 'unwritten' });
  map.put({ offset: 11, length: 8, state: 'hole' });
  expect(map.at(10, 100).state).toBe('unwritten');
});

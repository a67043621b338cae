import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Equation, leastSquares } from './solve.ts';

const errorOf = (equations: readonly Equation[], values: readonly number[]): number =>
  equations.reduce(
    (sum, { factors, value }) =>
      sum + (factors.reduce((s, f, i) => s + f * (values[i] ?? 0), 0) - value) ** 2,
    0,
  );

test('equations that can be met are met', () => {
  const hidden = [700, 4500, 115, 164];
  const factors = [
    [1, 1, 1, 2],
    [1, 0, 1, 1.4],
    [1, 1, 0.5, 1],
    [1, 0, 0, 0],
  ];
  const equations = factors.map((f) => ({
    factors: f,
    value: f.reduce((s, x, i) => s + x * (hidden[i] ?? 0), 0),
  }));
  leastSquares(equations, [0, 100, 0, 0]).forEach((value, i) => expect(value).toBeCloseTo(hidden[i] ?? 0, 6));
});

test('an unknown that would fall below its bound stays there, and the others make the best of it', () => {
  const equations = [
    { factors: [1, 1], value: 1 },
    { factors: [1, 2], value: 5 },
  ];
  const values = leastSquares(equations, [0, 0]); // unbounded: -3 and 4
  expect(values[0]).toBe(0);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 10, noNaN: true }), (other) => {
      expect(errorOf(equations, values)).toBeLessThanOrEqual(errorOf(equations, [0, other]) + 1e-9);
    }),
    { endOnFailure: true },
  );
});

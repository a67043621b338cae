/** Small least-squares problems with lower bounds. */
import { assert } from '../base/assert.ts';

/** A row says: the sum of `factors` times the unknowns should be `value`. */
export type Equation = { readonly factors: readonly number[]; readonly value: number };

/**
 * The unknowns that meet the equations best in the sense of least squares, none below its bound. An unknown that would
 * fall below is fixed there, and the rest solved again; for few unknowns that is good enough.
 */
export function leastSquares(equations: readonly Equation[], bounds: readonly number[]): number[] {
  const fixed = new Set<number>();
  for (;;) {
    const free = bounds.map((_, i) => i).filter((i) => !fixed.has(i));
    const values = [...bounds];
    solveFree(equations, bounds, free).forEach((value, i) => (values[free[i] ?? 0] = value));
    const below = free.filter((i) => (values[i] ?? 0) < (bounds[i] ?? 0));
    if (below.length === 0) return values;
    for (const i of below) fixed.add(i);
  }
}

/** Normal equations of the free unknowns, the others at their bounds. */
function solveFree(
  equations: readonly Equation[],
  bounds: readonly number[],
  free: readonly number[],
): number[] {
  const matrix = free.map(() => free.map(() => 0));
  const right = free.map(() => 0);
  for (const { factors, value } of equations) {
    const held = bounds.reduce(
      (sum, bound, i) => sum + (free.includes(i) ? 0 : bound * (factors[i] ?? 0)),
      0,
    );
    free.forEach((i, row) => {
      const factor = factors[i] ?? 0;
      right[row] = (right[row] ?? 0) + factor * (value - held);
      free.forEach((j, column) => {
        const line = matrix[row];
        if (line !== undefined) line[column] = (line[column] ?? 0) + factor * (factors[j] ?? 0);
      });
    });
  }
  return gauss(matrix, right);
}

/** Elimination with the largest pivot of a column. */
function gauss(matrix: number[][], right: number[]): number[] {
  const n = right.length;
  const rows = matrix.map((line, i) => [...line, right[i] ?? 0]);
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(at(row, column)) > Math.abs(at(pivot, column))) pivot = row;
    assert(at(pivot, column) !== 0, 'the equations tell the unknowns apart');
    const line = rows[pivot] ?? [];
    rows[pivot] = rows[column] ?? [];
    rows[column] = line;
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = at(row, column) / at(column, column);
      rows[row] = (rows[row] ?? []).map((cell, i) => cell - factor * (line[i] ?? 0));
    }
  }
  return right.map((_, i) => at(i, n) / at(i, i));
}

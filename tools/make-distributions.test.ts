import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { KNOTS } from '../src/base/distribution.ts';
import { distributionTables, interpolatedMean, knotShares } from './make-distributions.ts';

test('the committed tables are what the tool makes', async () => {
  const committed = readFileSync(
    path.join(import.meta.dirname, '../src/base/distribution-tables.ts'),
    'utf8',
  );
  expect(committed).toBe(await distributionTables());
});

test('the knots lie at rising shares from 0 to 1, and interpolating a straight line between them is exact', () => {
  const shares = knotShares();
  expect(shares).toHaveLength(KNOTS);
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
  expect(shares.every((share, i) => i === 0 || share > (shares[i - 1] ?? 1))).toBe(true);
  expect(interpolatedMean(shares, shares)).toBeCloseTo(0.5, 9);
});

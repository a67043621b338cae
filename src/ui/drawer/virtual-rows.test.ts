import { expect, test } from 'vitest';
import { firstRow, MAX_PX, scrollFor, scrollHeight } from './virtual-rows.ts';

test.each([10, 1_000, 10_000_000])(
  'a list of %i rows can be scrolled from its first to its last row',
  (rows) => {
    const [row_px, height_px] = [24, 240];
    expect(scrollHeight(rows, row_px)).toBeLessThanOrEqual(MAX_PX);
    expect(firstRow(rows, row_px, { scroll_px: 0, height_px })).toBe(0);
    expect(firstRow(rows, row_px, { scroll_px: MAX_PX, height_px })).toBe(Math.max(0, rows - 10));
  },
);

test('scrolling to a row and reading the first row are inverse', () => {
  const [rows, row_px, height_px] = [5_000_000, 24, 300];
  for (const row of [0, 1, 777, 2_500_000, 4_999_980]) {
    const scroll_px = scrollFor(row, rows, row_px, height_px);
    expect(firstRow(rows, row_px, { scroll_px, height_px })).toBeCloseTo(row, 3);
  }
});

import { expect, test } from 'vitest';
import { presetById } from '../scenario/presets.ts';
import { THROUGHPUT, THROUGHPUT_NOTES } from './throughput.ts';

// bio-complete-in-task.md section 6: what is printed there agrees with itself, so that a slip in copying shows.

const mean = (figures: readonly number[]): number => figures.reduce((a, b) => a + b, 0) / figures.length;

test.each(THROUGHPUT.filter(({ average }) => average !== null))(
  '$title: the printed average is near the mean of the rows, and its gain is that of its own figures',
  ({ rows, average }) => {
    const [normal, dontcache, gain] = [average?.normal ?? 0, average?.dontcache ?? 0, average?.gain_percent];
    // Not equal: the mail does not say how it took the average, and its rows are off it by up to 1.4 %.
    expect(Math.abs(mean(rows.map((row) => row.normal)) / normal - 1)).toBeLessThan(0.02);
    expect(Math.abs(mean(rows.map((row) => row.dontcache)) / dontcache - 1)).toBeLessThan(0.02);
    expect(Math.round((dontcache / normal - 1) * 100)).toBe(gain);
  },
);

test('the table that could be read in part has no average', () => {
  const cut = THROUGHPUT.filter(({ rows }) => rows.some(({ isCut }) => isCut === true));
  expect(cut.map(({ id, average }) => [id, average])).toEqual([['v4-write', null]]);
});

test('every preset that is pointed at exists', () => {
  for (const { preset } of THROUGHPUT_NOTES)
    if (preset !== undefined) expect(presetById(preset)).toBeDefined();
});

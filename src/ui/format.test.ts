import { expect, test } from 'vitest';
import { bytes, count, duration, instant } from './format.ts';

test('durations have the unit that suits them and no zeros behind', () => {
  expect([0, 850, 12_300, 4_050_000, 1_500_000_000].map(duration)).toEqual([
    '0 ns',
    '850 ns',
    '12.3 µs',
    '4.05 ms',
    '1.5 s',
  ]);
  expect(duration(NaN)).toBe('–');
});

test('points in time show every nanosecond', () => {
  expect(instant(1_234_567)).toBe('1,234.567 µs');
});

test('sizes and counts', () => {
  expect([512, 4096, 1536 * 1024].map(bytes)).toEqual(['512 B', '4 KiB', '1.5 MiB']);
  expect(count(1234567)).toBe('1,234,567');
});

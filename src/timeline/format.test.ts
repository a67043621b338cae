import { expect, test } from 'vitest';
import { clockTime, counted, duration, grouped } from './format.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('a duration has at most four digits, in the largest unit that it fills', () => {
  expect(
    [0, 7, 640, 1000, 1200, 78_412, 999_999, 13_431_056, 3_000_000_000].map((n) => plain(duration(n))),
  ).toEqual(['0 ns', '7 ns', '640 ns', '1 µs', '1.2 µs', '78.41 µs', '1 ms', '13.43 ms', '3 s']);
  expect(plain(duration(-1500))).toBe('−1.5 µs');
  expect(plain(duration(120_000))).toBe('120 µs');
  expect(plain(duration(86_400_500_000_000))).toBe('86,401 s');
});

test('a time on the ruler has as many decimals as its ticks need', () => {
  expect(plain(clockTime(81_250, 10))).toBe('81.25 µs');
  expect(plain(clockTime(8250, 10))).toBe('8,250 ns');
  expect(plain(clockTime(8250, 10, 81_000)), 'one unit for a whole ruler').toBe('8.25 µs');
  expect(plain(clockTime(81_200, 200))).toBe('81.2 µs');
  expect(plain(clockTime(81_000, 1000))).toBe('81 µs');
  expect(plain(clockTime(1_234_000_000, 2_000_000))).toBe('1,234 ms');
  expect(plain(clockTime(5_000_000_000, 1_000_000_000))).toBe('5 s');
});

test('large counts are grouped and counted things inflected', () => {
  expect(plain(grouped(1234567))).toBe('1,234,567');
  expect(counted(1, 'span')).toBe('1 span');
  expect(counted(2, 'CPU')).toBe('2 CPUs');
});

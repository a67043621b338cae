import { expect, test } from 'vitest';
import { linkSize } from './size.ts';

test.each([
  [0, 'ok'],
  [2_000, 'ok'],
  [2_001, 'long'],
  [8_000, 'long'],
  [8_001, 'very-long'],
  [32_000, 'very-long'],
  [32_001, 'too-long'],
])('a link of %i characters is %s', (length, level) => {
  expect(linkSize('x'.repeat(length))).toMatchObject({ length, level });
});

test('the length is told with thousands apart', () => {
  expect(linkSize('x'.repeat(12_345)).message).toBe(
    'is 12,345 characters: many programs will cut it, a file is safer',
  );
});

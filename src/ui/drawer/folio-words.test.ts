import { expect, test } from 'vitest';
import { FolioBit } from '../../analysis/folios.ts';
import { letterOf, lettersOf, MARKS, placeWords, stateWords, toneOf } from './folio-words.ts';

const { Present, Dirty, Writeback, Locked, Dropbehind, Uptodate, Mapped, Gone } = FolioBit;

test.each([
  [Present | Dirty | Uptodate, 'D', '', 'dirty', 'dirty, uptodate'],
  [
    Present | Writeback | Dirty | Locked | Dropbehind | Uptodate,
    'WD',
    'LB',
    'writeback',
    'under writeback, dirty, locked, to be dropped behind, uptodate',
  ],
  [Present | Locked, '', 'LU', 'clean', 'clean, locked, not uptodate'],
  [Present | Uptodate | Mapped, '', 'M', 'clean', 'clean, mapped, uptodate'],
  [Gone, '×', '', 'gone', 'gone from the cache'],
])('a folio in state %i is told by letters, tone and words', (state, data, other, tone, words) => {
  expect(lettersOf(state)).toEqual([data, other]);
  expect(toneOf(state)).toBe(tone);
  expect(stateWords(state)).toBe(words);
  expect(letterOf(state)).toBe((data + other).charAt(0));
});

test('every mark has a letter of its own', () => {
  expect(new Set(MARKS.map(({ letter }) => letter)).size).toBe(MARKS.length);
});

test('a place is told in pages and in bytes', () => {
  expect(placeWords(3, 0)).toBe('page 3, 12 KiB to 16 KiB');
  expect(placeWords(4, 2)).toBe('pages 4–7 (order 2), 16 KiB to 32 KiB');
});

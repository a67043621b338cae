/** The state of a folio, as a mark, a tone and words. */
import { FolioBit } from '../../analysis/folios.ts';
import { bytes, count } from '../format.ts';
import { PAGE_SIZE } from './folio-layout.ts';

export type Tone = 'writeback' | 'dirty' | 'clean' | 'gone';

/** What stands for a folio as a whole: the state that matters most for its data. */
export function toneOf(state: number): Tone {
  if ((state & FolioBit.Gone) !== 0) return 'gone';
  if ((state & FolioBit.Writeback) !== 0) return 'writeback';
  return (state & FolioBit.Dirty) !== 0 ? 'dirty' : 'clean';
}

/** The letters of the grid, in the order in which they are written: first those of the data, then the others. */
export const MARKS = [
  { letter: 'W', title: 'under writeback', line: 0, holds: (s: number) => (s & FolioBit.Writeback) !== 0 },
  { letter: 'D', title: 'dirty', line: 0, holds: (s: number) => (s & FolioBit.Dirty) !== 0 },
  { letter: 'L', title: 'locked', line: 1, holds: (s: number) => (s & FolioBit.Locked) !== 0 },
  {
    letter: 'B',
    title: 'to be dropped behind',
    line: 1,
    holds: (s: number) => (s & FolioBit.Dropbehind) !== 0,
  },
  { letter: 'U', title: 'not uptodate', line: 1, holds: (s: number) => (s & FolioBit.Uptodate) === 0 },
  { letter: 'M', title: 'mapped', line: 1, holds: (s: number) => (s & FolioBit.Mapped) !== 0 },
] as const;

/** Letters of a folio in the cache, on two lines; a cross for one that has left it. */
export function lettersOf(state: number): readonly [string, string] {
  if ((state & FolioBit.Gone) !== 0) return ['×', ''];
  const line = (n: number): string =>
    MARKS.filter((mark) => mark.line === n && mark.holds(state))
      .map(({ letter }) => letter)
      .join('');
  return [line(0), line(1)];
}

/** The one letter for which a small cell has room. */
export const letterOf = (state: number): string => lettersOf(state).join('').charAt(0);

/** "dirty, locked, uptodate", "gone from the cache". */
export function stateWords(state: number): string {
  if ((state & FolioBit.Gone) !== 0) return 'gone from the cache';
  const words = MARKS.filter(({ holds }) => holds(state)).map(({ title }) => title as string);
  if ((state & (FolioBit.Writeback | FolioBit.Dirty)) === 0) words.unshift('clean');
  if ((state & FolioBit.Uptodate) !== 0) words.push('uptodate');
  if ((state & FolioBit.Reclaim) !== 0) words.push('to be reclaimed');
  return words.join(', ');
}

/** "page 3, 12 KiB to 16 KiB", "pages 4–7 (order 2), 16 KiB to 32 KiB". */
export function placeWords(first: number, order: number): string {
  const pages = 2 ** order;
  const range = `${bytes(first * PAGE_SIZE)} to ${bytes((first + pages) * PAGE_SIZE)}`;
  if (pages === 1) return `page ${count(first)}, ${range}`;
  return `pages ${count(first)}–${count(first + pages - 1)} (order ${order}), ${range}`;
}

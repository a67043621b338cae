import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyAs } from './copy.ts';

const URL = 'https://example.org/bioscope/#v=1&s=poll-read&t=5';

test('a link is copied as it is', () => {
  expect(copyAs(URL, 'Polled', 'link')).toBe(URL);
});

test('Markdown in a title stays text', () => {
  expect(copyAs(URL, 'bio_endio [in *IRQ*]', 'markdown')).toBe(`[bio\\_endio \\[in \\*IRQ\\*\\]](${URL})`);
  expect(copyAs('file:///a(1)/#v=1', 'x', 'markdown')).toBe('[x](<file:///a(1)/#v=1>)');
});

test('a footnote has the title on a line, then the address', () => {
  expect(copyAs(URL, 'A polled read\nneeds no interrupt', 'footnote')).toBe(
    `[1] A polled read needs no interrupt\n    ${URL}`,
  );
  expect(copyAs(URL, ' ', 'footnote')).toBe(`[1] bioscope\n    ${URL}`);
});

test('a title never makes the line of a footnote wider than 72 columns, nor breaks it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (title) => {
      const lines = copyAs(URL, title, 'footnote').split('\n');
      expect(lines).toHaveLength(2);
      expect(Array.from(lines[0] ?? '').length).toBeLessThanOrEqual(72);
    }),
  );
  expect(copyAs(URL, '完'.repeat(40), 'footnote').split('\n')[0]).toBe(`[1] ${'完'.repeat(32)}...`);
});

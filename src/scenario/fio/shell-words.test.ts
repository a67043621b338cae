import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeOf, quoteShell, splitShell } from './shell-words.ts';

const words = (text: string) =>
  splitShell(text).words.map(({ text: word, operator }) => (operator ? `<${word}>` : word));

test.each([
  ['a b  c', ['a', 'b', 'c']],
  [`--x='a b' "c d"e`, ['--x=a b', 'c de']],
  ['a\\ b \\"c', ['a b', '"c']],
  [`"a\\b \\" \\$x" 'it\\'`, ['a\\b " $x', 'it\\']],
  ['fio \\\n  --a=1 \\\n  --b', ['fio', '--a=1', '--b']],
  ['fio --a=1 \\  \n --b', ['fio', '--a=1', '--b']],
  ['$ fio --a', ['fio', '--a']],
  ['root@host:~# fio --a', ['fio', '--a']],
  ['[user@host data]$ fio --a', ['fio', '--a']],
  ['> fio --a \\\n> --b', ['fio', '--a', '--b']],
  ['fio --a\n  --b', ['fio', '--a', '--b']],
  ['a # b', ['a']],
  ['a#b', ['a#b']],
  ['fio --a | tee x', ['fio', '--a', '<|>', 'tee', 'x']],
  ['fio --a 2>&1 >x', ['fio', '--a', '<2>&>', '1', '<>>', 'x']],
  ['x && y; z', ['x', '<&&>', 'y', '<;>', 'z']],
  ['a\nb', ['a', '<\n>', 'b']],
  ['--n=$(nproc --all) x', ['--n=$(nproc --all)', 'x']],
  ['--n=""', ['--n=']],
  ["'' a", ['', 'a']],
])('%j', (text, expected) => expect(words(text)).toEqual(expected));

test('every character knows its place, across quotes and continued lines', () => {
  const [, second] = splitShell('fio \\\n  --a="b c"').words;
  expect(second?.text).toBe('--a=b c');
  expect(second && placeOf(second)).toEqual({ line: 2, column: 3 });
  expect(second && placeOf(second, 4)).toEqual({ line: 2, column: 8 });
  expect(second && placeOf(second, 6)).toEqual({ line: 2, column: 10 });
});

test('a quotation that never ends is an error where it starts', () => {
  expect(splitShell('fio --a \\\n "b').problems).toMatchObject([{ line: 2, column: 2 }]);
});

test('words that are quoted come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }).filter((word) => !/[\r\n]/.test(word))), (list) => {
      const back = splitShell(`fio ${quoteShell(list)}`);
      expect(back.words.slice(1).map(({ text }) => text)).toEqual(list);
    }),
  );
});

import { expect, test } from 'vitest';
import { readJobFile } from './job-file.ts';

const options = (text: string) =>
  readJobFile(text).sections[0]?.entries.map(({ key, value }) => [key, value]);

test('sections, keys with a value and bare keys', () => {
  const { sections, problems } = readJobFile('[global]\nbs=4k\nthread\n[a job]\nname=x=y\n');
  expect(problems).toEqual([]);
  expect(sections.map(({ kind, name }) => [kind, name])).toEqual([
    ['global', 'global'],
    ['job', 'a job'],
  ]);
  expect(sections[0]?.entries.map(({ key, value }) => [key, value])).toEqual([
    ['bs', '4k'],
    ['thread', null],
  ]);
  expect(sections[1]?.entries[0]).toMatchObject({ key: 'name', value: 'x=y' });
});

test('a section whose name begins with "global" is global, as fio compares six letters', () => {
  expect(readJobFile('[global2]').sections[0]?.kind).toBe('global');
});

test('comments start with ; or #, also behind blanks, a section or an option', () => {
  expect(options('; a\n  # b\n[j] ; c\nrw=read ; d\nbs=4k#e\n')).toEqual([
    ['rw', 'read'],
    ['bs', '4k'],
  ]);
});

test('leading and trailing blanks, tabs and Windows line ends are no part of an option', () => {
  expect(options('[j]\r\n \t rw = read \r\nthread\t\r\n')).toEqual([
    ['rw', 'read'],
    ['thread', null],
  ]);
});

test('line and column tell where the key and where the value stand', () => {
  const entry = readJobFile('[j]\n\n  bs = 4k').sections[0]?.entries[0];
  expect(entry?.at).toEqual({ line: 3, column: 3 });
  expect(entry?.valueAt).toEqual({ line: 3, column: 8 });
});

test('an include has no "="', () => {
  expect(options('[j]\ninclude common.inc')).toEqual([['include', 'common.inc']]);
});

test.each([
  ['rw=read\n[j]', 1, 1, /outside of any/],
  ['[j]\n [open\n', 2, 2, /does not end with/],
  ['[j] text', 1, 1, /does not end with/],
  ['[]', 1, 1, /without a name/],
  ['[j]\n  =4k', 2, 3, /no option name/],
])('%j is an error at %i:%i', (text, line, column, message) => {
  const [problem] = readJobFile(text).problems;
  expect(problem).toMatchObject({ line, column });
  expect(problem?.message).toMatch(message);
});

test('an empty section is a job', () => {
  expect(readJobFile('[a]\n[b]').sections).toHaveLength(2);
});

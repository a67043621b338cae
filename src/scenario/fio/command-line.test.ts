import { expect, test } from 'vitest';
import { readCommandLine } from './command-line.ts';

const read = (text: string) =>
  readCommandLine(text).sections.map(({ kind, name, entries }) => [
    kind,
    name,
    entries.map(({ key, value }) => (value === null ? key : `${key}=${value}`)).join(' '),
  ]);

test('each --name starts a job, what stands before the first is for all', () => {
  expect(read('fio --bs=4k --thread --name=a --rw=read --name b --rw write')).toEqual([
    ['global', 'global', 'bs=4k thread'],
    ['job', 'a', 'name=a rw=read'],
    ['job', 'b', 'name=b rw=write'],
  ]);
});

test('--name=global starts a section of defaults', () => {
  expect(read('fio --name=global --bs=4k --name=x')).toEqual([
    ['global', 'global', 'name=global bs=4k'],
    ['job', 'x', 'name=x'],
  ]);
});

test.each([
  'sudo fio --name=x --rw=read',
  '$ /usr/local/bin/fio --name=x --rw=read',
  'FOO=1 taskset -c 3 fio --name=x --rw=read | tee log',
  'fio --name=x --rw=read > out.txt 2>&1',
  'fio > out.txt --name=x --rw=read && echo done',
  'mkdir data\ncd data && fio --name=x \\\n  --rw=read\nls',
  'fio -name=x -rw read',
  'fio --name=x --readw=read',
  '--name=x --rw=read',
])('%j is one job', (text) => {
  const found = readCommandLine(text);
  expect(found.problems).toEqual([]);
  expect(read(text)).toEqual([['job', 'x', 'name=x rw=read']]);
});

test('a variable set before fio is known', () => {
  expect(readCommandLine('BS=8k fio --bs=${BS} --name=x').variables.get('BS')).toBe('8k');
});

test('an unknown option takes a value that does not look like an option', () => {
  expect(read('fio --name=x --foo 4 --bar --rw=read')).toEqual([['job', 'x', 'name=x foo=4 bar rw=read']]);
});

test('a flag does not take the next word, so that word is a job file', () => {
  const { problems } = readCommandLine('fio --name=x --time_based 1');
  expect(problems).toMatchObject([{ line: 1, column: 27, text: '1' }]);
  expect(problems[0]?.message).toContain('--time_based=1');
});

test('a job file on the command line is an error: nothing is opened', () => {
  expect(readCommandLine('fio test.fio').problems).toMatchObject([{ line: 1, column: 5, text: 'test.fio' }]);
});

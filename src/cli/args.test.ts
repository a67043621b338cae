import { describe, expect, test } from 'vitest';
import { parseCommand } from './args.ts';
import type { Edits, RunCommand } from './command.ts';

const NO_EDITS: Edits = { kernel: null, ios: null, seed: null, events: null, sets: [] };
const RUN: RunCommand = {
  kind: 'run',
  source: { kind: 'argument', text: 'job.fio' },
  edits: NO_EDITS,
  format: 'text',
  failOn: 'error',
  events: false,
};

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

function parsed(line: string): unknown {
  const result = parseCommand(words(line));
  return result.ok ? result.value : result.error;
}

function problems(line: string): string {
  const result = parseCommand(words(line));
  return result.ok ? 'accepted' : result.error.join('\n');
}

describe('what arguments ask for', () => {
  test('a run without options', () => {
    expect(parsed('run job.fio')).toEqual(RUN);
  });

  test('options stand before and behind the input, with = or without', () => {
    const edits: Edits = {
      kernel: 'v6.6-rc',
      ios: 8,
      seed: 7,
      events: 5000,
      sets: [
        { name: 'machine.cpus', value: '4' },
        { name: 'title', value: 'a=b' },
      ],
    };
    const options = '--ios=8 --set title=a=b --limit-events 5000 --format csv --fail-on=info';
    expect(parsed(`run --seed 7 --kernel=v6.6-rc --set machine.cpus=4 job.fio ${options}`)).toEqual({
      ...RUN,
      edits,
      format: 'csv',
      failOn: 'info',
    });
  });

  test('of an option that is given twice the last counts; --set gathers', () => {
    expect(parsed('run job.fio --seed 1 --seed 2 --set a=1 --set a=2')).toMatchObject({
      edits: { seed: 2, sets: [{ value: '1' }, { value: '2' }] },
    });
  });

  test('- is standard input', () => {
    expect(parsed('run -')).toEqual({ ...RUN, source: { kind: 'stdin' } });
  });

  test.each([
    ['behind --', 'run --seed 7 -- fio --name=x --rw=read --seed 9'],
    ['behind the word fio', 'run --seed 7 fio --name=x --rw=read --seed 9'],
  ])('all of a fio command %s is its own', (_, line) => {
    expect(parsed(line)).toEqual({
      ...RUN,
      edits: { ...NO_EDITS, seed: 7 },
      source: { kind: 'fio', words: ['fio', '--name=x', '--rw=read', '--seed', '9'] },
    });
  });

  test('a fio command may begin with a launcher, a path, or its options', () => {
    const source = (line: string) => (parsed(line) as RunCommand).source;
    expect(source('run -- sudo fio --name=x')).toEqual({ kind: 'fio', words: ['sudo', 'fio', '--name=x'] });
    expect(source('run /usr/bin/fio --name=x')).toEqual({ kind: 'fio', words: ['/usr/bin/fio', '--name=x'] });
    expect(source('run -- --name=x')).toEqual({ kind: 'fio', words: ['--name=x'] });
  });

  test('fio is an ordinary word where it is a value or the name of a file', () => {
    expect(parsed('run --set title=fio job.fio')).toMatchObject({ source: { text: 'job.fio' } });
    expect(parsed('run job.fio --set fio')).toEqual([
      expect.stringContaining('“fio” is not of the form name=value'),
    ]);
    expect(parsed('run ./jobs/fio')).toEqual({ ...RUN, source: { kind: 'argument', text: './jobs/fio' } });
  });

  test('-- before an input that is no command does no harm', () => {
    expect(parsed('run -- job.fio')).toEqual(RUN);
  });

  test('the other commands', () => {
    expect(parsed('presets')).toEqual({ kind: 'presets', format: 'text' });
    expect(parsed('presets --format json')).toEqual({ kind: 'presets', format: 'json' });
    expect(parsed('url job.fio --seed 3')).toEqual({
      kind: 'url',
      source: RUN.source,
      edits: { ...NO_EDITS, seed: 3 },
    });
  });

  test.each([
    ['--help', 'help'],
    ['-h', 'help'],
    ['run --help', 'help'],
    ['run --nonsense -h', 'help'],
    ['--version', 'version'],
  ])('%s', (line, kind) => {
    expect(parsed(line)).toEqual({ kind });
  });

  test('help of fio is not ours', () => {
    expect(parsed('run -- fio --help')).toMatchObject({ source: { kind: 'fio' } });
  });
});

describe('what is wrong with arguments', () => {
  test.each([
    ['', /a command is missing: there are run, url, presets/],
    ['rum x', /no command “rum”; did you mean run\?/],
    ['fio --name=x', /no command “fio”/],
    ['run', /run needs an input/],
    ['run --', /run needs an input/],
    ['run a b', /takes one input, but there are “a” and “b”/],
    ['run a -- fio --name=x', /takes one input, but there are “a” and “fio”/],
    ['run a --sed 3', /no option --sed; did you mean --seed\?/],
    ['run a -x', /no option -x/],
    ['run a --seed', /--seed needs a value/],
    ['run a --seed x', /--seed “x” is not a whole number from 0 to 4294967295/],
    ['run a --seed -1', /--seed “-1” is not a whole number/],
    ['run a --seed 1e3', /--seed “1e3” is not a whole number/],
    ['run a --seed 4294967296', /is not a whole number from 0/],
    ['run a --ios 0', /--ios “0” is not a whole number from 1 to/],
    ['run a --limit-events 10', /--limit-events “10” is not a whole number from 1000 to/],
    ['run a --kernel v6.6-rx', /--kernel “v6.6-rx” is not one of v6.5, .*; did you mean v6.6-rc\?/],
    ['run a --format xml', /--format “xml” is not one of text, json, csv/],
    ['run a --fail-on eror', /is not one of error, warning, info; did you mean error\?/],
    ['run a --set x', /--set “x” is not of the form name=value/],
    ['run a --set =4', /--set “=4” is not of the form name=value/],
    ['run a --events=1', /--events takes no value/],
    ['run a --events --format csv', /--events is for --format text, not for csv/],
    ['url a --events', /--events is no option of url/],
    ['url a --format json', /--format is no option of url/],
    ['presets x', /presets takes no input, but there is “x”/],
    ['presets --format csv', /--format “csv” is not one of text, json/],
    ['presets --seed 1', /--seed is no option of presets/],
  ])('%s', (line, message) => {
    expect(problems(line)).toMatch(message);
  });

  test('all problems are told, not the first', () => {
    expect(problems('run a b --sed 3 --ios x').split('\n')).toHaveLength(3);
  });

  test('names that every object has are no options', () => {
    expect(problems('run a --constructor 1')).toMatch(/no option --constructor/);
    expect(problems('run a --__proto__=1')).toMatch(/no option --__proto__/);
  });
});

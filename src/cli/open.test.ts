import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitShell } from '../scenario/fio/shell-words.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Edits, Source } from './command.ts';
import { commandText, open } from './open.ts';

const NONE: Edits = { kernel: null, ios: null, seed: null, events: null, sets: [] };
const PRESET = PRESETS[0].id;
const FIO = ['fio', '--name=x', '--rw=randread', '--direct=1', '--size=1m', '--ioengine=libaio'];

const opened = (source: Source, edits = NONE, stdin = '') =>
  open(source, edits, Readable.from([Buffer.from(stdin)]));
const argument = (text: string) => opened({ kind: 'argument', text });
const piped = (text: string) => opened({ kind: 'stdin' }, NONE, text);

async function problems(result: ReturnType<typeof open>): Promise<string> {
  const made = await result;
  return made.ok ? 'accepted' : made.error.join('\n');
}

describe('inputs', () => {
  test('a preset', async () => {
    expect(await argument(PRESET)).toMatchObject({
      ok: true,
      value: { preset: PRESET, input: { kind: 'preset' } },
    });
  });

  test('a link, with its preset and where its sender looked', async () => {
    const link = `https://example.org/#v=1&s=${PRESET}&seed=5&t=120`;
    expect(await argument(link)).toMatchObject({
      ok: true,
      value: { preset: PRESET, scenario: { seed: 5 }, view: { cursor_ns: 120 }, input: { kind: 'link' } },
    });
  });

  test('a fio command', async () => {
    expect(await opened({ kind: 'fio', words: FIO })).toMatchObject({
      ok: true,
      value: { input: { kind: 'fio', name: 'command line' }, fio: { jobs: [{ name: 'x' }] } },
    });
    expect(await argument(FIO.join(' '))).toMatchObject({ ok: true, value: { input: { kind: 'fio' } } });
  });

  test('--ios of a fio job is never more than the job does', async () => {
    const words = [...FIO, '--number_ios=3'];
    const made = await opened({ kind: 'fio', words }, { ...NONE, ios: 50 });
    expect(made).toMatchObject({ ok: true, value: { scenario: { actors: [{ ios: 3 }] } } });
  });

  test.each([
    ['preset', `${PRESET}\n`],
    ['link', `#v=1&s=${PRESET}&t=0\n`],
    ['fio', '[job]\nrw=randread\ndirect=1\nsize=1m\nioengine=libaio\n'],
    ['fio', `$ ${FIO.join(' ')}\n`],
    ['scenario', `\uFEFF${JSON.stringify(PRESETS[0].scenario)}`],
  ])('standard input may hold a %s', async (kind, text) => {
    expect(await piped(text)).toMatchObject({ ok: true, value: { input: { kind } } });
  });
});

describe('bad inputs', () => {
  test.each([
    ['', 'standard input is none of'],
    ['Hello, this is no job.', 'standard input is none of'],
    ['{"version": 1,\n}', 'standard input:2:1: is no JSON: expected a name in double quotes before “}”'],
    ['{"version": 1, "seeed": 3}', 'standard input: seeed is no field of a scenario'],
    ['[job]\nrw=rondread\n', 'standard input:2:4: rw is none of'],
    ['[job\nrw=read\n', 'standard input:1:1: starts a section'],
    ['v=1&t=5', 'standard input names no scenario'],
    ['v=1&s=nothing&t=0', 'is no preset of this version'],
    [`v=2&s=${PRESET}`, 'comes from a newer bioscope (format 2; this one reads 1)'],
    [`v=1&s=${PRESET}&cpus=1000&t=0`, '“cpus” in the link (“1000”) is not in 1 to 256'],
    [`v=1&s=${PRESET}&nonsense=1&t=0`, '“nonsense” in the link is not known'],
  ])('%j', async (text, message) => {
    expect(await problems(piped(text))).toContain(message);
  });

  test('a link whose view cannot be read runs all the same, with a warning', async () => {
    const made = await argument(`v=1&s=${PRESET}&t=soon`);
    expect(made.ok && made.value.warnings).toEqual([expect.stringContaining('“t” in the link (“soon”)')]);
  });

  test('more than the limit is not read', async () => {
    let given = 0;
    const endless = new Readable({
      read() {
        given++;
        this.push(Buffer.alloc(100_000, 'a'));
      },
    });
    expect(await problems(open({ kind: 'stdin' }, NONE, endless))).toContain(
      'is longer than 1000000 characters',
    );
    expect(given).toBeLessThan(100);
  });

  test('what is no text is not read as one', async () => {
    const bytes = Readable.from([Buffer.from([0xff, 0xfe, 0x00, 0x41])]);
    expect(await problems(open({ kind: 'stdin' }, NONE, bytes))).toContain('is not a text in UTF-8');
  });

  test.each([
    ['no-such-file', 'there is no file and no preset “no-such-file”'],
    ['overwrite-workqeue', 'did you mean overwrite-workqueue?'],
    ['src', 'src is a directory'],
    ['a\0b', 'there is no file'],
    ['x'.repeat(5000), 'there is no file'],
  ])('the argument %.30j', async (text, message) => {
    expect(await problems(argument(text))).toContain(message);
  });
});

test('a command that a shell has split becomes a text that splits into the same words', () => {
  const word = fc.string({
    unit: fc.constantFrom('a', '=', "'", '"', '\\', ' ', '$', '(', ')', '|', '#', '>', 'é'),
  });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), (more) => {
      const words = ['fio', '--name=x', ...more];
      expect(splitShell(commandText(words)).words.map(({ text }) => text)).toEqual(words);
    }),
  );
  expect(commandText(['--name=x'])).toBe('fio --name=x');
});

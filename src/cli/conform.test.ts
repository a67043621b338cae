import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeLink } from '../link/link.ts';
import { PRESETS } from '../scenario/presets.ts';
import { ran, sink } from './testing.ts';

const TABLES = path.resolve(import.meta.dirname, '../../tables');
const DECISIONS = path.join(TABLES, 'dio-decision-table.csv');
const RECORDINGS = path.join(TABLES, 'dio-recorded.csv');
const [HEAD = '', ...ROWS] = readFileSync(DECISIONS, 'utf8').trim().split('\n');
/** A row that takes two combinations. */
const ROW = ROWS.find((row) => row.startsWith('d030,')) ?? '';
const WRONG = ROW.replace('s_dio_done_wq', 'inline-irq');

let folder = '';
const file = (name: string, ...lines: readonly string[]): string => {
  const where = path.join(folder, name);
  writeFileSync(where, `${lines.join('\n')}\n`);
  return where;
};

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bioscope-conform-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('bioscope conform', () => {
  test('all rows agree: the last line says so, status 0', async () => {
    const ended = await ran(['conform', file('two.csv', HEAD, ROW, ROWS[0] ?? '')]);
    expect(ended).toEqual({ status: 0, out: '2 of 2 rows agree\n', err: '' });
  });

  test('a row that is wrong is told with column, both values and a link that opens to its scenario; status 1', async () => {
    const name = file('wrong.csv', HEAD, WRONG, ROWS[0] ?? '');
    const ended = await ran(['conform', name, '--site', 'https://example.org/bioscope/']);
    expect(ended).toMatchObject({ status: 1, err: '' });
    const [title, sentence, choice, link = '', ...rest] = ended.out.split('\n');
    expect(title).toBe(`d030 (${name}:2)`);
    expect(sentence).toMatch(
      /^ {2}path: expected inline-irq, got s_dio_done_wq \(\d+ of \d+ combinations\)$/,
    );
    expect(choice).toMatch(/^ {2}with revision=v6\.5 op=write kiocb=async issuer=libaio /);
    expect(rest).toEqual(['1 of 2 rows agree', '']);
    expect(link).toMatch(/^ {2}https:\/\/example\.org\/bioscope\/#v=1&/);
    const opened = await decodeLink(link.trim(), PRESETS);
    expect(opened).toMatchObject({ problems: [], hasScenario: true });
    expect(opened.state.scenario.scenario.title).toBe('d030: write, libaio, v6.5');
  });

  test('--row runs one row; one that is not there is bad input', async () => {
    const name = file('row.csv', HEAD, ROW, WRONG.replace('d030', 'd031'));
    expect(await ran(['conform', name, '--row', 'd030'])).toMatchObject({
      status: 0,
      out: '1 of 1 rows agree\n',
    });
    expect(await ran(['conform', name, '--row=d031'])).toMatchObject({ status: 1 });
    expect(await ran(['conform', name, '--row', 'd03'])).toEqual({
      status: 2,
      out: '',
      err: `bioscope: ${name} has no row “d03”; did you mean d030?\n`,
    });
  });

  test('json says the same for programs', async () => {
    const name = file('json.csv', HEAD, ROW, WRONG.replace('d030', 'd031'));
    const ended = await ran(['conform', name, '--format', 'json']);
    expect(ended).toMatchObject({ status: 1, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({
      ...{
        format: 'bioscope-conform',
        version: 1,
        file: name,
        table: 'dio',
        recorded: false,
        agree: 1,
        of: 2,
      },
      rows: [
        { row: 'd030', line: 2, agrees: true, disagreements: [] },
        {
          ...{ row: 'd031', line: 3, agrees: false },
          disagreements: [
            { column: 'path', expected: 'inline-irq', got: 's_dio_done_wq', inputs: { issuer: 'libaio' } },
          ],
        },
      ],
    });
  });

  test('a table of recordings says by which rules it was compared', async () => {
    const ended = await ran(['conform', RECORDINGS, '--row', '6.1.192/01-xfs-iouring-dio-write.txt']);
    expect(ended).toMatchObject({ status: 0, err: '' });
    expect(ended.out).toMatch(
      /^recordings: an empty cell is not compared; .*: fua stripped and no; req_polled stripped and never\n1 of 1 rows agree\n$/,
    );
  });

  test('- is standard input, with whatever line ends, quotes and byte order mark', async () => {
    const quoted = ROW.split(',')
      .map((cell) => `"${cell}"`)
      .join(',');
    expect(await ran(['conform', '-'], `\uFEFF${HEAD}\r\n${quoted}\r\n`)).toMatchObject({
      status: 0,
      out: '1 of 1 rows agree\n',
    });
  });

  test('columns that nobody knows are named', async () => {
    const ended = await ran(['conform', '-'], `${HEAD},note\n${ROW},why\n`);
    expect(ended).toMatchObject({ status: 0, err: 'bioscope: columns that are passed over: note\n' });
  });

  test.each([
    ['empty', '', /^bioscope: standard input:1:1: is empty\n$/],
    [
      'a cell that is no value',
      `${HEAD}\n${ROW.replace('libaio', 'aio')}\n`,
      /input:2:23: issuer “aio” is unknown; there are sync, libaio, io_uring, io_uring-iopoll/,
    ],
    ['a cell too many', `${HEAD}\n${ROW},x\n`, /input:2:\d+: the row has 27 cells where the head has 26/],
    ['a column too few', HEAD.replace(',fua', ''), /input:1:\d+: the head lacks the column fua/],
    [
      'another kind of file',
      '{"version": 1}',
      /input:1:15: the head has neither a column row_id nor recording/,
    ],
  ])('%s: status 2, with line and column', async (_, text, message) => {
    const ended = await ran(['conform', '-'], text);
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.err).toMatch(message);
  });

  test('what is wrong with the arguments', async () => {
    for (const [args, message] of [
      [[], 'conform needs a table: a CSV file, or - for standard input'],
      [['a.csv', 'b.csv'], 'conform takes one table, but there are “a.csv” and “b.csv”'],
      [['a.csv', '--format', 'csv'], '--format “csv” is not one of text, json'],
      [['a.csv', '--seed', '1'], '--seed is no option of conform'],
      [['no-such.csv'], 'no-such.csv is not there'],
    ] as const) {
      const ended = await ran(['conform', ...args]);
      expect(ended).toMatchObject({ status: 2, out: '' });
      expect(ended.err).toContain(message);
    }
    expect(await ran(['run', PRESETS[0].id, '--row', 'd001'])).toMatchObject({ status: 2 });
  });

  test('a terminal gets a bar that goes away', async () => {
    const terminal = sink();
    let now = 0;
    const stderr = Object.assign(terminal.stream, { isTTY: true });
    const ended = await ran(['conform', file('bar.csv', HEAD, ROW, ROW, ROW)], '', {
      stderr,
      now: () => (now += 600),
    });
    expect(ended.status).toBe(0);
    expect(terminal.text()).toContain(`[${'#'.repeat(20)}${'.'.repeat(10)}] 2 of 3 rows`);
    expect(terminal.text().endsWith('\r\u001b[K')).toBe(true);
  });
});

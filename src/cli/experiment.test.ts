import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEPTHS } from '../experiment/published.ts';
import { type CvResult, type ExperimentResult, gainOf, isWithin } from '../experiment/result.ts';
import { type Ended, ran, sink } from './testing.ts';

const COMMAND = ['experiment', 'caller-comp'];
/** Small enough for a test; the default takes some 30 seconds. */
const SMALL = ['--cv', '0.5', '--seeds', '1', '--ios', '1000'];
const TINY = ['--cv', '0,0.5,1', '--seeds', '1', '--ios', '200'];

const resultOf = ({ out }: Ended): ExperimentResult => JSON.parse(out) as ExperimentResult;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bioscope-experiment-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the published table in the engine (cost-model.md section 4)', () => {
  let result: CvResult;
  const iops = (column: string, depth: number): number =>
    result.rows.find((row) => row.column === column && row.depth === depth)?.iops ?? NaN;

  beforeAll(async () => {
    const [cv] = resultOf(await ran([...COMMAND, ...SMALL, '--format', 'json'])).sweep;
    if (cv === undefined) throw new Error('one coefficient of variation was asked for');
    result = cv;
  }, 60_000);

  test('the fitted rows match, and the predicted ones are within 6 %', () => {
    expect(result.fit_error).toBeLessThan(0.01);
    expect(isWithin(result)).toBe(true);
  });

  test('the gain grows with the depth, and is at depth 16 at least five times that of depth 1', () => {
    const gains = DEPTHS.map((depth) => gainOf(result, depth).simulated);
    expect(gains).toEqual([...gains].sort((a, b) => a - b));
    expect((gains[4] ?? 0) / (gains[0] ?? 0)).toBeGreaterThanOrEqual(5);
  });

  test.each(['stock', 'patched'])('%s saturates between depth 4 and 16', (column) => {
    expect(iops(column, 4) / iops(column, 16)).toBeLessThan(0.9);
    expect(iops(column, 8) / iops(column, 16)).toBeGreaterThan(0.95);
  });

  test('the ratio of saturation is that of the CPU times, 1.374', () => {
    const [stock, patched] = ['stock', 'patched'].map((column) => {
      const row = result.rows.find((r) => r.column === column && r.depth === 16);
      if (row === undefined) throw new Error('every published row is in a result');
      return { iops: row.iops, busy_ns: 1e9 / row.iops - row.cpu_ns_per_io.idle };
    });
    if (stock === undefined || patched === undefined) throw new Error('there are two columns');
    expect(Math.abs(patched.iops / stock.iops / 1.374 - 1)).toBeLessThan(0.01);
    expect(Math.abs(stock.busy_ns / patched.busy_ns / 1.374 - 1)).toBeLessThan(0.01);
  });

  test('only stock uses kworkers, the more the more it does', () => {
    const shares = (column: string) =>
      result.rows.filter((row) => row.column === column).map((row) => row.kworker_utilisation);
    expect(shares('patched')).toEqual([0, 0, 0, 0, 0]);
    const stock = shares('stock');
    expect(stock[4]).toBeGreaterThan(2 * (stock[0] ?? 0));
  });
});

describe('experiment caller-comp', { timeout: 60_000 }, () => {
  test('shards merge to the bytes of the whole, in every format', async () => {
    const files = await Promise.all(
      [3, 1, 2].map(async (index) => {
        const part = await ran([...COMMAND, ...TINY, '--shard', `${index}/3`]);
        expect(part).toMatchObject({ status: 0, err: '' });
        const name = path.join(folder, `part${index}.json`);
        writeFileSync(name, part.out);
        return name;
      }),
    );
    for (const format of ['json', 'text', 'csv']) {
      const whole = await ran([...COMMAND, ...TINY, '--format', format]);
      const merged = await ran([...COMMAND, '--format', format, '--merge', ...files]);
      expect(merged).toEqual({ status: 0, out: whole.out, err: '' });
    }
    const missing = await ran([...COMMAND, '--merge', ...files.slice(1)]);
    expect(missing).toMatchObject({ status: 2, out: '', err: 'bioscope: shard 3/3 is missing\n' });
  });

  test('text says what is fitted, predicted and assumed, and how far each coefficient of variation is off', async () => {
    const { out, status } = await ran([...COMMAND, '--cv', '0:1:0.5', '--seeds', '1', '--ios', '200']);
    expect(status).toBe(0);
    for (const word of [
      'Fitted:',
      'Predicted:',
      'Assumed:',
      'stock QD16',
      'cv 0.00:',
      'cv 0.50:',
      'cv 1.00:',
    ])
      expect(out).toContain(word);
  });

  test.each([
    [['experiment'], 'experiment needs the name of one: caller-comp'],
    [['experiment', 'caller-cmp'], 'there is no experiment “caller-cmp”; did you mean caller-comp?'],
    [[...COMMAND, 'x.json'], 'experiment takes files only with --merge, but there is “x.json”'],
    [[...COMMAND, '--merge'], '--merge needs the files that the shards have printed'],
    [[...COMMAND, '--merge', 'x.json', '--seeds', '2'], '--seeds is what the files of --merge say already'],
    [[...COMMAND, '--cv', '2'], '--cv “2” is not a list like 0,0.25,0.5 or a range like 0:1:0.1'],
    [[...COMMAND, '--seeds', '0'], '--seeds “0” is not a whole number from 1 to 100'],
    [[...COMMAND, '--ios', '5'], '--ios “5” is not a whole number from 200 to 25000'],
    [[...COMMAND, '--shard', '3/2'], '--shard “3/2” is not i/n'],
    [
      [...COMMAND, '--shard', '1/2', '--format', 'csv'],
      'a shard is printed as JSON, for --merge, and not as csv',
    ],
    [[...COMMAND, '--kernel', 'v6.5'], '--kernel is no option of experiment'],
    [['run', 'overwrite-workqueue', '--cv', '1'], '--cv is no option of run'],
    [[...COMMAND, '--merge', '/nowhere/x.json'], '/nowhere/x.json is not there'],
  ])('%j is refused', async (args, sentence) => {
    const { status, out, err } = await ran(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(sentence);
  });

  test('a terminal sees a bar that goes away, a file does not', async () => {
    const terminal = sink();
    const stderr = Object.assign(terminal.stream, { isTTY: true });
    let clock_ms = 0;
    const args = [...COMMAND, '--cv', '0.5', '--seeds', '1', '--ios', '200'];
    const { out } = await ran(args, '', { stderr, now: () => (clock_ms += 150) });
    expect(out).toContain('Verdict');
    expect(terminal.text()).toMatch(/\[#*[.]*\] \d+ of 30 simulations, about \d+ s left/);
    expect(terminal.text().endsWith('\r\u001b[K')).toBe(true);
    expect((await ran(args)).err).toBe('');
  });
});

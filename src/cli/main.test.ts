import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PRESETS } from '../scenario/presets.ts';
import { type Ended, fingerprintIn, linkIn, ran } from './testing.ts';

// The real thing as a process: each kind of input, statuses, two streams, pipes. bioscope.test.ts has the rest.

const ROOT = path.resolve(import.meta.dirname, '../..');
const CLI = ['--import', 'tsx', path.join(ROOT, 'src/cli/main.ts')];
const PRESET = PRESETS[0].id;
const FIO = [
  'fio',
  '--name=x',
  '--rw=randrw',
  '--direct=1',
  '--size=1m',
  '--ioengine=io_uring',
  '--iodepth=4',
];
const JOB = '[global]\ndirect=1\nsize=1m\nioengine=libaio\n[a]\nrw=randread\n[b]\nrw=randwrite\niodpeth=4\n';
/** Starting Node and compiling takes a second; on a busy machine many. */
const TIMEOUT_MS = 120_000;

/** Starts a program to its end. */
function start(program: string, args: readonly string[], input = ''): Promise<Ended> {
  const { FORCE_COLOR: _, NODE_OPTIONS: __, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined); // it need not read all of its input
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (status) => {
      resolve({ status, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
    });
  });
}

const cli = (args: readonly string[], input = ''): Promise<Ended> =>
  start(process.execPath, [...CLI, ...args], input);
/** A script in which "$@" is bioscope with these arguments. */
const shell = (script: string, args: readonly string[]): Promise<Ended> =>
  start('bash', ['-c', script, 'bash', process.execPath, ...CLI, ...args]);

let folder = '';
/** Makes a file and says where it is. */
const file = (name: string, text: string): string => {
  const where = path.join(folder, name);
  writeFileSync(where, text);
  return where;
};

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bioscope-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('bioscope as a process', { timeout: TIMEOUT_MS }, () => {
  test('a preset, its link and its scenario are one run', async () => {
    const preset = await cli(['run', PRESET]);
    const others = await Promise.all([
      cli(['run', `https://example.org/bioscope/#v=1&s=${PRESET}&t=0`]),
      cli(['run', file('scenario.json', JSON.stringify(PRESETS[0].scenario))]),
      cli(['run', '-'], `${PRESET}\n`),
    ]);
    for (const run of [preset, ...others]) expect(run).toMatchObject({ status: 0, err: '' });
    expect(fingerprintIn(preset)).toMatch(/^[0-9a-f]+-[0-9a-f]+-1-[0-9a-f]+$/);
    for (const run of others) expect(fingerprintIn(run)).toBe(fingerprintIn(preset));
  });

  test('an experiment on all cores gives what one thread gives', async () => {
    const args = [
      'experiment',
      'caller-comp',
      '--cv',
      '0,0.5',
      '--seeds',
      '1',
      '--ios',
      '200',
      '--format',
      'json',
    ];
    const [threads, here] = await Promise.all([cli(args), ran(args)]);
    expect(threads).toEqual(here);
  });

  test('a fio job from a file and from standard input', async () => {
    const name = file('job.fio', JOB);
    const [fromFile, piped] = await Promise.all([cli(['run', name]), cli(['run', '-'], JOB)]);
    expect(fromFile.status).toBe(0);
    expect(fromFile.err).toBe(`bioscope: ${name}: 1 option of 6 not used as written\n`);
    expect(fingerprintIn(piped)).toBe(fingerprintIn(fromFile));
  });

  test('a fio command, through npm, twice: the same bytes; its link runs to the same fingerprint', async () => {
    const args = ['run', '--seed', '5', '--events', '--', ...FIO];
    const [first, second] = await Promise.all([
      cli(args),
      start('npm', ['run', '--silent', 'bioscope', '--', ...args]),
    ]);
    expect(first).toMatchObject({ status: 0, err: '' });
    expect(second).toMatchObject({ status: 0, out: first.out });
    const again = await cli(['run', linkIn(first)]);
    expect(fingerprintIn(again)).toBe(fingerprintIn(first));
    expect(fingerprintIn(first)).toContain('-5-');
  });

  test('json and csv are the same bytes each time', async () => {
    for (const format of ['json', 'csv']) {
      const args = ['run', '--format', format, ...FIO];
      const [first, second] = await Promise.all([cli(args), cli(args)]);
      expect(first).toMatchObject({ status: 0, err: '' });
      expect(second).toEqual(first);
    }
  });

  test('status 1 when a monitor finds what --fail-on asks for', async () => {
    expect(await cli(['run', 'poll-write-v6.5', '--fail-on', 'info'])).toMatchObject({ status: 1, err: '' });
  });

  test('the recordings of real kernels, through npm, all agree', async () => {
    const ended = await start('npm', ['run', '--silent', 'conform', '--', 'tables/dio-recorded.csv']);
    expect(ended).toMatchObject({ status: 0, err: '' });
    expect(ended.out).toMatch(/\n398 of 398 rows agree\n$/);
  });

  test('rows spread over processes give what they give in one', async () => {
    const table = readFileSync(path.join(ROOT, 'tables/dio-decision-table.csv'), 'utf8');
    // Enough scenarios for workers, and a row that is wrong.
    const rows = table.split('\n').slice(0, 24).join('\n').replace('inline-irq,irq', 'wait-wake,irq');
    const ended = await cli(['conform', file('rows.csv', `${rows}\n`), '--format', 'json']);
    expect(ended).toMatchObject({ status: 1, err: '' });
    expect(ended.out).toBe((await ran(['conform', file('rows.csv', `${rows}\n`), '--format', 'json'])).out);
    expect(JSON.parse(ended.out)).toMatchObject({ agree: 22, of: 23 });
  });

  test('status 2 with line and column for broken files, and nothing on standard output', async () => {
    const [json, fio] = await Promise.all([
      cli(['run', file('broken.json', '{"version": 1,\n "machine": }')]),
      cli(['url', file('broken.fio', '[a]\nrw=nothing\n')]),
    ]);
    for (const ended of [json, fio]) expect(ended).toMatchObject({ status: 2, out: '' });
    expect(json.err).toMatch(/broken\.json:2:13: is no JSON: a value is missing before “}”\n$/);
    expect(fio.err).toMatch(/broken\.fio:2:4: rw is none of read, write, .*\(“nothing”\)\n$/);
  });

  test('a reader that has seen enough is no crash', async () => {
    const args = ['run', 'queue-depth-16', '--events', '--set', 'actors.0.ios=300'];
    const ended = await shell('"$@" | head -n 1; echo "${PIPESTATUS[0]}"', args);
    const [line = '', status] = ended.out.split('\n');
    expect(line).toContain('start:');
    expect(status).toBe('0');
    expect(ended.err).toBe('');
  });

  test('nor is one that never looks', async () => {
    const ended = await shell('"$@" | true; echo "${PIPESTATUS[0]}"', ['run', PRESET, '--format', 'json']);
    expect(ended).toMatchObject({ out: '0\n', err: '' });
  });

  test.skipIf(!existsSync('/dev/full'))(
    'a disk that is full is told in a line, with a status of its own',
    async () => {
      const ended = await shell('"$@" > /dev/full', ['presets']);
      expect(ended).toMatchObject({ status: 70 });
      expect(ended.err).toMatch(/^bioscope failed: .*ENOSPC.*\n$/);
    },
  );

  test('a pipe is a file like any other', async () => {
    const ended = await shell('"$@" <(printf "[a]\\nrw=read\\ndirect=1\\nsize=1m\\nioengine=psync\\n")', [
      'run',
    ]);
    expect(ended).toMatchObject({ status: 0 });
    expect(ended.out).toContain('wait-wake');
  });
});

import { describe, expect, test } from 'vitest';
import { PRESETS } from '../scenario/presets.ts';
import type { Report } from './report.ts';
import { type Ended, fingerprintIn, linkIn, ran, sink } from './testing.ts';

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

const report = ({ out }: Ended): Report => JSON.parse(out) as Report;

/** Presets in which a monitor finds a rule broken, which is what they are about. */
const BROKEN = [
  'poll-dsync-v4',
  'deadlock-fallocate',
  'overlayfs-lost',
  'error-in-interrupt',
  'workqueue-missing',
];

describe('bioscope run', () => {
  test.each(PRESETS.map(({ id }) => id))(
    'the link of %s is short and runs again to the same fingerprint',
    async (id) => {
      const first = await ran(['run', id]);
      expect(first.status).toBe(BROKEN.includes(id) ? 1 : 0);
      expect(linkIn(first)).toBe(`#v=1&s=${id}&t=0`);
      expect(fingerprintIn(await ran(['run', linkIn(first)]))).toBe(fingerprintIn(first));
    },
  );

  test('so does the link of an edited preset, and of a fio job', async () => {
    for (const args of [
      [PRESET, '--kernel', 'v6.6-rc', '--set', 'machine.hz=1000'],
      ['--seed', '9', '--', ...FIO],
    ]) {
      const first = await ran(['run', ...args]);
      const again = await ran(['run', linkIn(first)]);
      expect(again).toMatchObject({ status: 0, err: '' });
      expect(fingerprintIn(again)).toBe(fingerprintIn(first));
      expect((await ran(['url', ...args])).out).toBe(`${linkIn(first)}\n`);
    }
  });

  test('the scenario of the JSON report runs again to the same fingerprint', async () => {
    const first = report(await ran(['run', '--format', 'json', '--', ...FIO]));
    const again = await ran(['run', '-', '--format', 'json'], JSON.stringify(first.scenario));
    expect(report(again).fingerprint).toEqual(first.fingerprint);
  });

  test('a flipped switch takes the writes from the kworker to task_work', async () => {
    const paths = async (...args: string[]) =>
      report(await ran(['run', 'overwrite-workqueue', '--format', 'json', ...args])).paths.map(
        ({ path }) => path,
      );
    expect(await paths()).toEqual(['s_dio_done_wq']);
    expect(await paths('--set', 'ISSUER_REQUESTS=true')).toEqual(['caller-comp-task-work']);
    expect(await paths('--kernel', 'v6.6-rc')).toEqual(['caller-comp-task-work']);
  });

  test('json is one object with its keys sorted, csv a line for each I/O; notes go to the other stream', async () => {
    const json = await ran(['run', '-', '--format', 'json', '--ios', '10'], JOB);
    const csv = await ran(['run', '-', '--format', 'csv', '--ios', '10'], JOB);
    expect(report(json)).toMatchObject({ format: 'bioscope-report', version: 1, ios: { finished: 20 } });
    expect(Object.keys(report(json))).toEqual(Object.keys(report(json)).sort());
    const lines = csv.out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^index,job,op,offset_bytes,bytes,.*,latency_ns$/);
    expect(lines).toHaveLength(21);
    for (const { err } of [json, csv]) expect(err).toContain('line 9:1  iodpeth=4');
  });

  test('in text the notes stand among the results, and a line on the other stream says that there are some', async () => {
    const { out, err } = await ran(['run', '-'], JOB);
    expect(out).toContain('line 9:1  iodpeth=4  is not an option of fio; did you mean iodepth?');
    expect(err).toBe('bioscope: standard input: 1 option of 6 not used as written\n');
  });

  test('--events prints every event in the layout of ftrace, before the text', async () => {
    const [events = '', ...text] = (await ran(['run', PRESET, '--events'])).out.split('\n\n');
    const lines = events.split('\n');
    expect(lines).toHaveLength(report(await ran(['run', PRESET, '--format', 'json'])).run.events);
    for (const line of lines) expect(line).toMatch(/^ *\S.*-\d+ \[(\d{3}|---)\] [.\w]{5} \d+\.\d{9}: \w+:/);
    expect(text[0]).toContain(`preset ${PRESET}`);
  });

  test('a run that stops at its limit says so on both streams, and how to go on', async () => {
    const { status, out, err } = await ran(['run', 'queue-depth-16', '--limit-events', '1000']);
    expect(status).toBe(0);
    expect(err).toContain('stopped at its limit of events (--limit-events raises it)');
    expect(out).toContain('stopped at its limit of events');
  });

  test('nothing that a user names steers the terminal', async () => {
    const title = 'x\u001b[31mred\u202e';
    for (const format of ['text', 'json', 'csv']) {
      const made = await ran([
        'run',
        PRESET,
        '--set',
        `title=${title}`,
        '--set',
        `actors.0.name=${title}`,
        '--format',
        format,
      ]);
      expect(made.status).toBe(0);
      for (const control of ['\u001b', '\u202e']) expect(made.out + made.err).not.toContain(control);
    }
    const bad = await ran(['run', `no\u001b[31mwhere`]);
    expect(bad.err).toContain('no?[31mwhere');
  });

  test('colours are for terminals', async () => {
    const terminal = sink();
    await ran(['run', PRESET], '', { stdout: Object.assign(terminal.stream, { isTTY: true }) });
    expect(terminal.text()).toContain('\u001b[1mSimulated\u001b[0m\n');
    const plain = sink();
    const stdout = Object.assign(plain.stream, { isTTY: true });
    await ran(['run', PRESET], '', { stdout, env: { NO_COLOR: '1' } });
    expect(plain.text()).toBe((await ran(['run', PRESET])).out);
  });

  test('a long run shows on a terminal how far it is, and clears up', async () => {
    let now = 0;
    const { stream, text } = sink();
    const slow = { stderr: Object.assign(stream, { isTTY: true }), now: () => (now += 700) };
    await ran(['run', 'queue-depth-16', '--set', 'actors.0.ios=1000'], '', slow);
    const [start, ...shown] = text().split('\r\u001b[K');
    expect([start, shown.pop()]).toEqual(['', '']);
    expect(shown.length).toBeGreaterThan(0);
    for (const line of shown) expect(line).toMatch(/^simulating: [\d,]+ events, [\d.]+ s$/);
  });
});

describe('exit statuses', () => {
  test('--fail-on lowers the bar', async () => {
    const status = async (...args: string[]) => (await ran(['run', 'poll-write-v6.5', ...args])).status;
    expect(await status('--fail-on', 'info')).toBe(1);
    expect(await status('--fail-on', 'warning')).toBe(0);
    expect(await status()).toBe(0);
  });

  test.each([
    ['a command that does not exist', ['rum'], 'there is no command “rum”; did you mean run?'],
    ['no arguments', [], 'a command is missing'],
    ['an input that is not there', ['run', 'nowhere.fio'], 'there is no file and no preset “nowhere.fio”'],
    [
      'a switch that does not exist',
      ['run', PRESET, '--set', 'CALLER_FLG=none'],
      'did you mean CALLER_FLAG?',
    ],
    [
      'a value out of range',
      ['run', PRESET, '--set', 'machine.cpus=999'],
      'machine.cpus 999 is not in 1 to 256',
    ],
    ['a broken link', ['run', 'v=1&s=nothing'], 'is no preset of this version'],
    ['a fio command without a job', ['run', '--', 'fio', '--rw=read'], 'command line:1:1: there is no job'],
    ['a bad url', ['url', 'nowhere.fio'], 'there is no file'],
  ])('2 for %s, with nothing on standard output', async (_, args, message) => {
    const ended = await ran(args);
    expect(ended).toMatchObject({ status: 2, out: '' });
    expect(ended.err).toContain(message);
  });

  test('0 for help, version and presets, on standard output', async () => {
    const help = await ran(['--help']);
    const version = await ran(['--version']);
    const presets = await ran(['presets']);
    for (const ended of [help, version, presets]) expect(ended).toMatchObject({ status: 0, err: '' });
    expect(help.out).toContain('Exit status');
    for (const line of help.out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
    expect(version.out).toMatch(/^bioscope \d+\.\d+\.\d+, model [0-9a-f]+\n$/);
    expect(
      presets.out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(PRESETS.map(({ id }) => id));
    const ids = (JSON.parse((await ran(['presets', '--format', 'json'])).out) as { id: string }[]).map(
      ({ id }) => id,
    );
    expect(ids).toEqual(PRESETS.map(({ id }) => id));
  });
});

describe('bioscope url', () => {
  test('a long link comes with a warning', async () => {
    const jobs = Array.from(
      { length: 60 },
      (_, i) => `[job number ${i}]\nrw=randread\nbs=${i + 1}k\niodepth=${i + 1}\n`,
    );
    const { status, out, err } = await ran(
      ['url', '-'],
      `[global]\ndirect=1\nioengine=libaio\nsize=1m\n${jobs.join('')}`,
    );
    expect(status).toBe(0);
    expect(out).toMatch(/^#v=1&z=\S+\n$/);
    expect(err).toMatch(/the link is [\d,]+ characters: some mail and chat programs will cut it/);
  });

  test('the place where a sender of a link looked stays in it', async () => {
    expect((await ran(['url', `v=1&s=${PRESET}&t=1234&x=clock`, '--seed', '4'])).out).toBe(
      `#v=1&s=${PRESET}&seed=4&t=1234&x=clock\n`,
    );
  });
});

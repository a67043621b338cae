import { describe, expect, test } from 'vitest';
import { assert } from '../base/assert.ts';
import { DEFAULT_VIEW } from '../link/state.ts';
import { importFio } from '../scenario/fio/import-fio.ts';
import { parseScenario } from '../scenario/parse.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Scenario, ScenarioInput } from '../scenario/schema.ts';
import { endText, textReport } from './format-text.ts';
import { ioRows } from './io-rows.ts';
import { isGrave, type Report, reportOf } from './report.ts';
import { simulate } from './simulate.ts';
import { fioNoteLines } from './text-notes.ts';

function reported(
  input: ScenarioInput,
): ReturnType<typeof reportOf> & { log: ReturnType<typeof simulate>['log'] } {
  const parsed = parseScenario(input);
  assert(
    parsed.ok,
    parsed.ok ? '' : parsed.error.map(({ field, message }) => `${field} ${message}`).join('; '),
  );
  const opened = {
    scenario: parsed.value,
    input: { kind: 'scenario', name: 'test' },
    preset: null,
    view: DEFAULT_VIEW,
    fio: null,
    warnings: [],
  } as const;
  const { log, summary } = simulate(parsed.value, () => undefined);
  return { ...reportOf({ opened, log, summary, link: null }), log };
}

const textOf = (report: Report): string => [...textReport(report)].map(({ text }) => text).join('\n');

const preset = (id: string): ScenarioInput => {
  const found = PRESETS.find((p) => p.id === id);
  assert(found !== undefined, `there is a preset ${id}`);
  return found.scenario;
};
const withJob = (input: ScenarioInput, change: Partial<ScenarioInput['actors'][number]>): ScenarioInput => ({
  ...input,
  actors: input.actors.map((actor) => ({ ...actor, ...change })),
});

const SIZES = [{ bytes: 8192, weight: 1 }];

/** Presets whose I/Os do not all end well: how many were submitted, finished, and finished with an error. */
const UNFINISHED: Readonly<Record<string, readonly [submitted: number, finished: number, stop: string]>> = {
  'deadlock-fallocate': [2, 0, 'stuck'],
  'workqueue-missing': [1, 0, 'stuck'],
};
const FAILED: Readonly<Record<string, number>> = { 'error-in-interrupt': 1, 'error-in-worker': 1 };
/** Its dios are lost, so that they take no path. */
const LOST = 'overlayfs-lost';

describe('the report of a run', () => {
  test.each(PRESETS.map(({ id }) => id))('counts of %s add up', (id) => {
    const { report, ios, log } = reported(preset(id));
    const { actors } = preset(id);
    const wanted = actors.reduce((n, actor) => n + actor.ios, 0);
    const buffered = actors.some(({ direct }) => direct === false); // they end in their own calls
    const [submitted, finished, stop] = UNFINISHED[id] ?? [wanted, wanted, 'done'];
    expect(report.ios).toEqual({ submitted, finished, errors: FAILED[id] ?? 0 });
    expect(report.latency?.count ?? 0).toBe(finished);
    expect(report.paths.reduce((n, { count }) => n + count, 0)).toBe(id === LOST || buffered ? 0 : finished);
    for (const { count, contexts } of report.paths)
      expect(contexts.reduce((n, c) => n + c.count, 0)).toBe(count);
    expect([...ioRows(log, ios)]).toHaveLength(submitted);
    expect(report.run.stop).toBe(stop);
  });

  test('writeback is counted apart, with the lists and the waits of its bios', () => {
    const change = { direct: false, dontcache: true, ioengine: 'psync', end_fsync: true, ios: 3 } as const;
    const input = withJob(preset('psync-write'), change);
    const { report, log, ios } = reported({ ...input, kernel: { name: 'in-task-v6' } });
    const { writeback } = report;
    assert(writeback !== null, 'uncached writes are written back');
    expect(report.ios).toEqual({ submitted: 3, finished: 3, errors: 0 });
    expect([...ioRows(log, ios)].map(({ index }) => index)).toEqual([1, 2, 3]);
    expect([writeback.ended, writeback.errors]).toEqual([writeback.bios, 0]);
    expect(writeback.paths.map(({ path, count }) => [path, count])).toEqual([
      ['bio_complete batch', writeback.bios],
    ]);
    for (const { words } of writeback.paths[0]?.contexts ?? []) expect(words).toMatch(/^task/);
    expect(writeback.waits.map(({ id }) => id)).toContain('list');
    const text = textOf(report);
    expect(text).toContain(`3 I/Os submitted, 3 finished, ${writeback.bios} bio`);
    expect(text).toMatch(/^ {2}bio_complete batch +\d/m);
    expect(text).toMatch(/^ {2}list .* on the list, before a worker is asked for/m);
    expect(textOf(reported(preset('psync-write')).report)).not.toContain('riteback');
  });

  test('each I/O has its direction, place and size, and its moments in order', () => {
    for (const ioengine of ['io_uring', 'libaio', 'psync'] as const) {
      const change = { ioengine, rw: 'rw', bs_read: SIZES, ios: 12 } as const;
      const { ios, log } = reported(withJob(preset('overwrite-workqueue'), change));
      const rows = [...ioRows(log, ios)];
      expect(new Set(rows.map(({ op }) => op))).toEqual(new Set(['read', 'write']));
      for (const row of rows) {
        expect(row.bytes).toBe(row.op === 'read' ? 8192 : 4096);
        expect(row.result).toBe(row.bytes);
        const times = row.moments_ns.filter((time) => time !== null);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(row.latency_ns);
      }
      let next = 0;
      for (const row of rows) {
        expect(row.offset_bytes).toBe(next);
        next += row.bytes ?? 0;
      }
    }
  });

  test('a run that ends early has I/Os of which not all is known', () => {
    const input = { ...preset('queue-depth-16'), limits: { events: 3000 } };
    const { report, ios, log } = reported(input);
    expect(report.run.stop).toBe('limit: events');
    expect(report.ios.finished).toBeLessThan(report.ios.submitted);
    const open = [...ioRows(log, ios)].filter(({ latency_ns }) => latency_ns === null);
    expect(open).toHaveLength(report.ios.submitted - report.ios.finished);
    expect(textOf(report)).toContain('stopped at its limit of events');
  });

  test('a run that ends before anything began has nothing to tell, and says so', () => {
    const { report } = reported({
      ...withJob(preset('psync-write'), { start_delay_ns: 5000 }),
      limits: { sim_ns: 1000 },
    });
    expect(report).toMatchObject({
      latency: null,
      paths: [],
      parts: [],
      iops: 0,
      cpu: { busy_ns_per_io: null },
    });
    expect(textOf(report)).toMatch(/0 I\/Os submitted, 0 finished\n.*IOPS +none/);
  });

  test('flips are told with what the kernel has', () => {
    const input = { ...preset('overwrite-workqueue') };
    const flipped = {
      ...input,
      kernel: { ...input.kernel, switches: { ISSUER_REQUESTS: true } },
    } as ScenarioInput;
    const { report } = reported(flipped);
    expect(report.flips).toEqual([{ switch: 'ISSUER_REQUESTS', value: true, kernel_has: false }]);
    expect(textOf(report)).toContain('ISSUER_REQUESTS=true (the kernel has false)');
  });

  test('findings come with severity, monitor, time, place and message', () => {
    const { report } = reported(preset('poll-write-v6.5'));
    expect(report.findings.length).toBeGreaterThan(0);
    const text = textOf(report);
    for (const { severity, monitor, cpu, context, message, event } of report.findings) {
      expect(severity).toBe('info');
      expect(text).toMatch(new RegExp(`info: ${monitor} at [0-9.]+ us on CPU ${cpu} `));
      expect(text).toContain(`${context}: ${message}\n    event ${event}`);
    }
  });

  test('one monitor’s many findings do not hide another’s', () => {
    const { report } = reported(preset('poll-write-v6.5'));
    const [finding] = report.findings;
    assert(finding !== undefined, 'there is a finding');
    const many = Array.from({ length: 50 }, () => finding);
    const text = textOf({
      ...report,
      findings: [...many, { ...finding, monitor: 'other', severity: 'error' }],
    });
    expect(text.match(new RegExp(`info: ${finding.monitor}`, 'g'))).toHaveLength(20);
    expect(text).toContain(`and 30 more of ${finding.monitor}`);
    expect(text).toContain('error: other at');
  });

  test('many jobs are told in a few lines', () => {
    const input = preset('psync-write');
    const jobs = Array.from(
      { length: 30 },
      (_, i) => withJob(input, { name: `job.${i}`, ios: 1 }).actors,
    ).flat();
    expect(textOf(reported({ ...input, actors: jobs }).report)).toContain('and 22 more jobs');
  });

  test('the least severity that counts', () => {
    const counting = (bar: 'error' | 'warning' | 'info') =>
      (['error', 'warning', 'info'] as const).filter((severity) => isGrave({ severity }, bar));
    expect(counting('error')).toEqual(['error']);
    expect(counting('warning')).toEqual(['error', 'warning']);
    expect(counting('info')).toEqual(['error', 'warning', 'info']);
  });

  test('every way to end has words', () => {
    for (const stop of ['done', 'limit: events', 'limit: time', 'stuck'])
      expect(endText(stop)).not.toBe(stop);
    expect(endText('something new')).toBe('something new');
  });
});

test('the scenario of a report is whole: it runs again as it is', () => {
  const first = reported(preset('queue-depth-16')).report;
  const again: Scenario = first.scenario;
  expect(reported(again).report.fingerprint).toEqual(first.fingerprint);
});

test('options of fio are told apart by what became of them, with name and line', () => {
  const text = [
    '[job]',
    'rw=randread',
    'direct=1',
    'ioengine=posixaio',
    'iodpeth=4',
    'exec_prerun=ls',
    'write_bw_log=x',
  ].join('\n');
  const imported = importFio(`${text}\nsize=1m\n`);
  assert(imported.ok, 'the job can be simulated');
  const lines = fioNoteLines(imported.value.notes).map((line) => line.text);
  expect(lines.filter((line) => !line.startsWith(' '))).toEqual([
    'Options that fio does not know either: 1',
    'Options and jobs that were left out: 1',
    'Options for which something else is simulated: 1',
    'Options that change nothing here: 1',
  ]);
  expect(lines).toContainEqual(
    expect.stringMatching(/^ {2}line 5:1 {2}iodpeth=4 {2}.*did you mean iodepth\?$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}line 4:\d+ {2}ioengine=posixaio {2}/));
  expect(fioNoteLines([])).toEqual([]);
});

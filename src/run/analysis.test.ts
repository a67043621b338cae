import { describe, expect, test } from 'vitest';
import { Band } from '../analysis/bands.ts';
import { compare, comparisonSentence } from '../analysis/compare.ts';
import { IoTable, iosOf } from '../analysis/io.ts';
import { flowsOf, journeyOf, whyChain } from '../analysis/journey.ts';
import { Moment, PARTS } from '../analysis/moments.ts';
import { MOST_CHARS, narrate, runSentence } from '../analysis/narrate.ts';
import { placesOf } from '../analysis/places.ts';
import { spansOf } from '../analysis/spans.ts';
import { Piece } from '../analysis/stacks.ts';
import { CpuStates } from '../analysis/state.ts';
import { statisticsOf } from '../analysis/statistics.ts';
import { textLines } from '../analysis/text.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import { presetById, PRESETS } from '../scenario/presets.ts';
import { runToEnd } from './run.ts';

/** What the analysis makes of real runs. It is here because only this folder may run a scenario. */
const logs = new Map<string, LogView>();

function logOf(id: string): LogView {
  let log = logs.get(id);
  if (log !== undefined) return log;
  const scenario = parseScenario(presetById(id)?.scenario);
  if (!scenario.ok) throw new Error(`${id} is no valid scenario`);
  log = runToEnd(scenario.value).log;
  logs.set(id, log);
  return log;
}

const everyIo = (ios: IoTable): number[] => Array.from({ length: ios.count }, (_, io) => io);
const finishedIos = (ios: IoTable): number[] => everyIo(ios).filter((io) => ios.notifications(io) > 0);

/** Presets about I/Os that never end: their story ends in the middle. */
const isStuck = (log: LogView): boolean => log.name(log.rows - 1) === 'stuck';

describe.each(PRESETS.map(({ id }) => id))('preset %s', (id) => {
  const log = logOf(id);
  const ios = iosOf(log);
  const issuers = new Set(
    Array.from({ length: log.rows }, (_, row) => row)
      .filter((row) => log.name(row) === 'block_rq_issue')
      .map((row) => ios.ofObject(log.object(row))),
  );

  test('every event is told in one whole line', () => {
    for (let row = 0; row < log.rows; row++) {
      const { text, why } = narrate(log, row);
      expect(text.length).toBeLessThanOrEqual(MOST_CHARS);
      expect(text).toMatch(/^\S.*\.$/); // not cut off
      expect(why).toMatch(/\.$/);
    }
  });

  test('the parts of each latency add up to it', () => {
    for (const io of finishedIos(ios)) {
      const parts = PARTS.map((_, part) => ios.part_ns(io, part)).filter((ns) => !Number.isNaN(ns));
      expect(parts.reduce((sum, ns) => sum + ns, 0)).toBe(ios.total_ns(io));
      expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
    }
  });

  test('every journey begins with the submission, ends with the result and leads there by arrows', () => {
    for (const io of finishedIos(ios)) {
      const rows = journeyOf(log, ios, io).map((step) => step.row);
      expect(rows[0]).toBe(ios.row(io, Moment.Submitted));
      expect(rows.at(-1)).toBeGreaterThanOrEqual(ios.row(io, Moment.Notified));
      expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
      const flows = flowsOf(log, ios, io);
      const usesDevice = issuers.has(io); // if only to read ahead
      expect(flows.some(({ kind }) => kind === 'device')).toBe(usesDevice);
      for (const { from, to } of flows) expect(from).toBeLessThan(to);
    }
  });

  test('every event has a chain of causes back to the start of the run', () => {
    for (const io of finishedIos(ios)) {
      const chain = whyChain(log, ios.row(io, Moment.Notified), ios.row(io, Moment.Submitted));
      const cached = ios.row(io, Moment.Issued) === NO_ROW; // it may end in the call that began it
      expect(chain.length).toBeGreaterThan(cached ? 0 : 3);
    }
    for (let row = 0; row < log.rows; row += 97) {
      let r = row;
      while (log.cause(r) !== NO_ROW) r = log.cause(r);
      expect(log.kind(r)).toBe(Ev.Start);
    }
  });

  test('in the end nothing waits anywhere', () => {
    const places = placesOf(log);
    expect(places.all().length).toBeGreaterThan(0);
    for (const place of isStuck(log) ? [] : places.all()) {
      expect([log.objectName(place), places.depthAt(place, log.rows - 1)]).toEqual([
        log.objectName(place),
        0,
      ]);
      expect(Math.min(...(places.series(place)?.depth ?? []))).toBe(0);
    }
  });

  test('spans fill each lane without overlap, and every call has one', () => {
    const spans = spansOf(log);
    const ends = new Map<string, number>();
    const entered = new Set<number>();
    for (let i = 0; i < spans.count; i++) {
      const s = spans.span(i);
      const lane = `${s.cpu} ${s.band} ${s.depth}`;
      expect(s.t0_ns).toBeGreaterThanOrEqual(ends.get(lane) ?? 0);
      expect(s.t1_ns).toBeGreaterThanOrEqual(s.t0_ns);
      ends.set(lane, s.t1_ns);
      entered.add(s.enter);
    }
    for (let row = 0; row < log.rows; row++)
      if (log.kind(row) === Ev.Enter) expect(entered.has(row)).toBe(true);
  });

  test('what the CPUs did adds up to the length of the run, in statistics and in spans', () => {
    const { cpu, finished, iops } = statisticsOf(log, ios);
    const cpus = cpu.byCpu.length / 4;
    expect(cpu.hardirq_ns + cpu.softirq_ns + cpu.task_ns + cpu.idle_ns).toBe(cpus * log.end_ns);
    expect(finished).toBe(finishedIos(ios).length);
    expect(iops > 0).toBe(finished > 0);
    const spans = spansOf(log);
    let hardirq_ns = 0;
    for (let i = 0; i < spans.count; i++) {
      const s = spans.span(i);
      if (s.band === Band.Hardirq && s.piece === Piece.Frame) hardirq_ns += s.t1_ns - s.t0_ns;
    }
    expect(hardirq_ns).toBe(cpu.hardirq_ns);
  });

  test('the calls of a CPU at an event end with the one that the event is in', () => {
    const states = new CpuStates(log);
    for (let row = 0; row < log.rows; row += 53) {
      if (log.kind(row) !== Ev.Enter) continue;
      const cpu = states.at(row)[log.cpu(row)];
      expect(cpu?.frames.at(-1)?.row).toBe(row);
      expect(cpu?.context).toBe(log.context(row));
    }
  });

  test('a run does not differ from itself', () => {
    const own = `${ios.applications} I/Os, no difference`;
    const writeback = `; writeback: ${ios.writebacks} bios, no difference`;
    expect(comparisonSentence(compare(ios, ios))).toBe(ios.writebacks > 0 ? own + writeback : own);
  });

  test('a table that grew with the log is the same as one made at the end', () => {
    const grown = new IoTable(log);
    while (!grown.catchUp(501));
    for (const io of everyIo(ios)) {
      expect(grown.path(io)).toBe(ios.path(io));
      expect(grown.total_ns(io)).toBe(ios.total_ns(io));
      expect([...grown.family(io)]).toEqual([...ios.family(io)]);
    }
  });

  test('every line of text has the layout of ftrace', () => {
    let lines = 0;
    for (const line of textLines(log)) {
      lines++;
      expect(line).toMatch(/^ *\S.*-\d+ \[(\d{3}|---)\] [.\w]{5} \d+\.\d{9}: \w+:/);
    }
    expect(lines).toBe(log.rows);
  });
});

test('the arrows tell the story of each path', () => {
  const kinds = (id: string): string => {
    const log = logOf(id);
    return flowsOf(log, iosOf(log), 1)
      .map((flow) => flow.kind)
      .join(', ');
  };
  expect(kinds('overwrite-workqueue')).toBe('device, work, task-work');
  expect(kinds('overwrite-caller-comp')).toBe('device, task-work');
  expect(kinds('read-inline-irq')).toBe('device, task-work');
  expect(kinds('poll-read')).toBe('device');
  expect(kinds('libaio-read')).toBe('device, reap');
  expect(kinds('psync-write')).toBe('device, wake');
  expect(kinds('remote-completion')).toBe('device, ipi, task-work');
});

test('flipping the kernel changes the path of each write, at io_uring’s offer to finish it', () => {
  const [a, b] = [iosOf(logOf('overwrite-workqueue')), iosOf(logOf('overwrite-caller-comp'))];
  const c = compare(a, b);
  expect(comparisonSentence(c)).toMatch(
    /^4 of 4 I\/Os on another path \(s_dio_done_wq to caller-comp-task-work\)/,
  );
  expect(c.differences.map((d) => d.parting?.rule)).toEqual(Array(4).fill('uring-asks-for-caller-comp'));
  expect(compare(b, a).faster).toBe(c.slower);
});

test('a run is told in one sentence', () => {
  const log = logOf('overwrite-workqueue');
  expect(runSentence(log, iosOf(log), 0)).toBe('2 CPUs, 4 I/Os: 4 in s_dio_done_wq; 0 hazards.');
});

test('the device works outside the CPUs, between the last issue and the interrupt', () => {
  const log = logOf('overwrite-workqueue');
  const ios = iosOf(log);
  const done = ios.row(0, Moment.DeviceDone);
  expect(log.cpu(done)).toBe(NO_CPU);
  expect(ios.row(0, Moment.Issued)).toBeLessThan(done);
  expect(ios.row(0, Moment.Found)).toBeGreaterThan(done);
});

/** One recording against the model, from text to verdict. */
import { err, ok, type Result } from '../../base/result.ts';
import { FUNCTIONS } from '../../kernel/catalogue.ts';
import { runToEnd } from '../../run/run.ts';
import { parseScenario, type ScenarioProblem } from '../../scenario/parse.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { parseFtrace } from '../../trace/ftrace.ts';
import type { FtraceError, FtraceRecord } from '../../trace/ftrace-records.ts';
import type { Call, IoCalls } from './calls.ts';
import { modelledRun, recordedRun } from './buffered.ts';
import { compareCalls, type Divergence } from './compare.ts';
import { type About, withoutDifferences } from './differences.ts';
import { modelledIos } from './modelled.ts';
import { normal, withoutForeignWork } from './normal.ts';
import { type RecordedIo, recordedIos } from './recorded.ts';
import { compareOffline, offlineCpu } from './offline.ts';
import { JOB, notRun, type NotRun, scenarioOf } from './scenario.ts';
import { compareRuns, type RunCall, withBatches, withPasses } from './runs.ts';
import { isTraced } from './traced.ts';
import { type HeadError, type Workload, workloadOf } from './workload.ts';

export type TraceVerdict =
  | NotRun
  | {
      readonly kind: 'agrees';
      /** Calls that were compared, over all I/Os. */
      readonly calls: number;
      readonly ios: number;
      readonly differences: readonly string[];
      readonly scenario: Scenario;
    }
  | {
      readonly kind: 'diverges';
      /** Which I/O, from 1, and the line of the recording where it was submitted. */
      readonly io: number;
      readonly line: number;
      readonly divergence: Divergence;
      readonly differences: readonly string[];
      readonly scenario: Scenario;
    }
  | { readonly kind: 'refused'; readonly problems: readonly ScenarioProblem[] };

export type RecordingError = FtraceError | HeadError;

/** Runs what the recording says was run and compares every I/O of it. */
export function examineTrace(text: string): Result<TraceVerdict, RecordingError> {
  const parsed = parseFtrace(text);
  if (!parsed.ok) return parsed;
  const work = workloadOf(parsed.value.head);
  if (!work.ok) return work;
  const ios = recordedIos(parsed.value.records);
  const why = notRun(work.value, ios);
  if (why !== null) return ok(why);
  const cpu = offlineCpu(work.value);
  if (cpu !== null) return ok(offlineVerdict(work.value, parsed.value.records, cpu));
  if (ios.length === 0)
    return err({ kind: 'head', line: 1, text: 'no marker of a submission with its completion' });
  const scenario = parseScenario(scenarioOf(work.value, ios));
  if (!scenario.ok) return ok({ kind: 'refused', problems: scenario.error });
  const direct = work.value.options.has('direct');
  return ok(
    direct
      ? verdictOf(work.value, ios, scenario.value)
      : bufferedVerdict(work.value, ios, parsed.value.records, scenario.value),
  );
}

/** A CPU goes offline: what the tool does meanwhile goes on until then. */
function offlineVerdict(work: Workload, records: readonly FtraceRecord[], cpu: number): TraceVerdict {
  const scenario = parseScenario(scenarioOf(work, []));
  if (!scenario.ok) return { kind: 'refused', problems: scenario.error };
  const { divergence, calls } = compareOffline(records, runToEnd(scenario.value).log, cpu);
  const common = { differences: [], scenario: scenario.value };
  if (divergence === null) return { kind: 'agrees', calls, ios: 1, ...common };
  return { kind: 'diverges', io: 1, line: 1, divergence, ...common };
}

/** Buffered I/O: what is dirtied by one call is written by another, so all of it is compared at once. */
function bufferedVerdict(
  work: Workload,
  ios: readonly RecordedIo[],
  records: readonly FtraceRecord[],
  scenario: Scenario,
): TraceVerdict {
  if (records.some(readsMetadata))
    return {
      kind: 'outside',
      reason: 'the filesystem read metadata meanwhile, which the model has in memory',
    };
  if (work.filesystem.startsWith('gfs2') && records.some(writesInode))
    return {
      kind: 'outside',
      reason: 'gfs2 wrote the inode in place, through an address space that the model does not have',
    };
  const sides = [recordedRun(records), modelledRun(runToEnd(scenario).log, JOB)] as const;
  const used = new Set<string>();
  const shown = new Set(sides[0].calls.map(({ name }) => name));
  const failed = sides[0].synced !== null && sides[0].synced < 0;
  const about = { work, shown, bios: ios.flatMap(({ bios }) => bios).length, failed };
  const [expected, got] = sides.map(({ calls }) => comparedRuns(calls, about, used)) as [
    RunCall[],
    RunCall[],
  ];
  const results = ios.map(({ result }) => result);
  const synced =
    sides[0].synced === sides[1].synced
      ? null
      : { what: 'result of the sync', expected: [`${sides[0].synced}`], got: [`${sides[1].synced}`], at: 0 };
  const divergence = compareRuns(expected, got) ?? synced;
  const differences = [...used];
  if (divergence === null)
    return { kind: 'agrees', calls: expected.length, ios: results.length, differences, scenario };
  return { kind: 'diverges', io: 1, line: ios[0]?.line ?? 1, divergence, differences, scenario };
}

/** A bio that reads metadata, by its flags "RM", "RAM". */
const readsMetadata = ({ what }: FtraceRecord): boolean =>
  what.kind === 'event' && what.name === 'block_bio_queue' && /^\S+ RA?M /.test(what.text);

const writesInode = ({ what }: FtraceRecord): boolean =>
  what.kind === 'call' && /^(submit_bh_wbc|bh_submit|bh_end_async_write)$/.test(what.name);

function comparedRuns(calls: readonly RunCall[], about: About, used: Set<string>): readonly RunCall[] {
  const known = new Set<Call>(
    calls.filter(
      ({ name }) => FUNCTIONS.has(name) && (about.shown.has(name) || isTraced(name, about.work.release)),
    ),
  );
  const kept = calls.filter((call) => known.has(call));
  const without = withoutDifferences(kept, about);
  for (const id of without.used) used.add(id);
  const rest = new Set(withoutForeignWork(without.calls));
  return withBatches(withPasses(kept.filter((call) => rest.has(call))));
}

function verdictOf(work: Workload, ios: readonly RecordedIo[], scenario: Scenario): TraceVerdict {
  const modelled = modelledIos(runToEnd(scenario).log, JOB);
  const used = new Set<string>();
  const shown = new Set(ios.flatMap((io) => io.calls.map(({ name }) => name)));
  let calls = 0;
  for (const [i, recorded] of ios.entries()) {
    const model = modelled[i] ?? { calls: [], result: Number.NaN };
    const about = { work, shown, bios: recorded.bios.length, failed: recorded.result < 0 };
    const [expected, got] = [recorded, model].map((side) => compared(side, about, used)) as [Call[], Call[]];
    calls += expected.length;
    const divergence = compareCalls(expected, got) ?? resultDivergence(recorded, model);
    if (divergence !== null)
      return {
        kind: 'diverges',
        io: i + 1,
        line: recorded.line,
        divergence,
        differences: [...used],
        scenario,
      };
  }
  return { kind: 'agrees', calls, ios: ios.length, differences: [...used], scenario };
}

/**
 * The calls of one side that take part: of functions that both know, without the differences that are allowed for. A
 * recording knows what it shows itself, whatever its kernel's others do.
 */
function compared(side: IoCalls, about: About, used: Set<string>): readonly Call[] {
  const known = side.calls.filter(
    ({ name }) => FUNCTIONS.has(name) && (about.shown.has(name) || isTraced(name, about.work.release)),
  );
  const without = withoutDifferences(known, about);
  for (const id of without.used) used.add(id);
  return normal(without.calls);
}

/** What the laboratory's bad blocks say; the model's drive says the other. */
const ENODATA = -61;
const EIO = -5;

/** What the I/O came to must be the same, too. */
function resultDivergence(recorded: IoCalls, model: IoCalls): Divergence | null {
  if ((recorded.result === ENODATA ? EIO : recorded.result) === model.result) return null;
  return { what: 'result', expected: [`${recorded.result}`], got: [`${model.result}`], at: 0 };
}

import { eventId } from '../analysis/identity.ts';
import { iosOf, type IoTable } from '../analysis/io.ts';
import { Moment, MOMENTS, type Path } from '../analysis/moments.ts';
import { type Finding, SEVERITIES, type Severity } from '../analysis/monitor.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { writebackStatistics } from '../analysis/writeback-latency.ts';
import { writebacksOf } from '../analysis/writeback.ts';
import { NO_ROW } from '../base/units.ts';
import { type CpuTime, type Distribution, statisticsOf } from '../analysis/statistics.ts';
import { KERNELS } from '../kernel/kernels.ts';
import { SWITCH_IDS } from '../kernel/switches.ts';
import { contextFlags, contextWords } from '../log/context.ts';
import { NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { type Fingerprint, fingerprintText, type RunSummary } from '../run/run.ts';
import type { FioImport } from '../scenario/fio/import-fio.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Opened } from './open.ts';

/** What `run` has to say, as JSON prints it and text lays it out. README.md explains the fields. */
export type Report = {
  readonly format: 'bioscope-report';
  readonly version: 1;
  readonly input: Opened['input'];
  /** With all defaults filled in: saved to a file, it runs again. */
  readonly scenario: Scenario;
  /** Switches that differ from the named kernel's. */
  readonly flips: readonly Flip[];
  readonly fio: Pick<FioImport, 'assumptions' | 'jobs' | 'notes' | 'simulated'> | null;
  readonly run: { readonly events: number; readonly simulated_ns: number; readonly stop: string };
  readonly ios: { readonly submitted: number; readonly finished: number; readonly errors: number };
  readonly iops: number;
  /** From the first submission to the last result. */
  readonly span_ns: number;
  readonly latency: Latency | null;
  readonly parts: readonly PartReport[];
  readonly paths: readonly PathReport[];
  /** Null in a run without writeback. */
  readonly writeback: WritebackReport | null;
  readonly cpu: Omit<CpuTime, 'byCpu'> & { readonly busy_ns_per_io: number | null };
  readonly findings: readonly FindingReport[];
  readonly fingerprint: Fingerprint & { readonly text: string };
  /** The fragment of an address that shows this run; null when the scenario is too large for one. */
  readonly link: string | null;
};

type Value = string | boolean;
export type Flip = { readonly switch: string; readonly value: Value; readonly kernel_has: Value };
export type Latency = {
  readonly count: number;
  readonly min_ns: number;
  readonly mean_ns: number;
  readonly p50_ns: number;
  readonly p95_ns: number;
  readonly p99_ns: number;
  readonly p99_9_ns: number;
  readonly max_ns: number;
};
export type PartReport = {
  readonly id: string;
  readonly title: string;
  /** Letter of the moment that ends it. */
  readonly until: string;
  readonly time: Latency;
};
export type PathReport = {
  readonly path: Path;
  readonly count: number;
  readonly latency: Latency | null;
  /** Where iomap_dio_complete ran: CPUs by context. */
  readonly contexts: readonly ContextReport[];
};
export type WritebackReport = {
  readonly bios: number;
  readonly ended: number;
  readonly errors: number;
  /** From the device to the end of the last folio, or to the waiter. */
  readonly latency: Latency | null;
  /** What that goes into; the waits of each bio add up to its latency. */
  readonly waits: readonly { readonly id: string; readonly title: string; readonly time: Latency }[];
  readonly paths: readonly {
    /** The lists that it was handed over through. */
    readonly path: string;
    readonly count: number;
    readonly latency: Latency | null;
    /** Where its folios were ended. */
    readonly contexts: readonly ContextReport[];
  }[];
};
export type ContextReport = {
  /** As ftrace's flags. */
  readonly flags: string;
  readonly words: string;
  readonly count: number;
  readonly cpus: readonly number[];
};
export type FindingReport = {
  readonly severity: Severity;
  readonly monitor: string;
  readonly time_ns: number;
  readonly row: number;
  /** The event, by meaning, as links name it. */
  readonly event: string;
  readonly cpu: number | null;
  readonly context: string;
  readonly object: string;
  readonly message: string;
};

export type Outcome = {
  readonly opened: Opened;
  readonly log: LogView;
  readonly summary: RunSummary;
  readonly link: string | null;
};

/** Reads a run's log. The table of its I/Os comes along, for who prints them. */
export function reportOf({ opened, log, summary, link }: Outcome): { report: Report; ios: IoTable } {
  const ios = iosOf(log);
  const statistics = statisticsOf(log, ios);
  const {
    ios: submitted,
    finished,
    errors,
    iops,
    span_ns,
    latency,
    parts,
    paths,
    cpu,
    cpuPerIo_ns,
  } = statistics;
  const { byCpu: _, ...cpuTime } = cpu;
  const contexts = contextsOf(log, ios);
  const report: Report = {
    format: 'bioscope-report',
    version: 1,
    input: opened.input,
    scenario: opened.scenario,
    flips: flipsOf(opened.scenario),
    fio: fioOf(opened.fio),
    run: { events: summary.rows, simulated_ns: summary.end_ns, stop: summary.stop },
    ios: { submitted, finished, errors },
    iops,
    span_ns,
    latency: latencyOf(latency),
    parts: parts.flatMap(({ part, time }) => {
      const known = latencyOf(time);
      const until = MOMENTS[part.until]?.letter ?? '';
      return known === null ? [] : [{ id: part.id, title: part.title, until, time: known }];
    }),
    paths: paths.map(({ path, count, latency: own }) => ({
      path,
      count,
      latency: latencyOf(own),
      contexts: contexts.get(path) ?? [],
    })),
    writeback: writebackOf(ios),
    cpu: { ...cpuTime, busy_ns_per_io: Number.isNaN(cpuPerIo_ns) ? null : cpuPerIo_ns },
    findings: findingsOf(log, ios).map((finding) => findingReport(log, finding)),
    fingerprint: { ...summary.fingerprint, text: fingerprintText(summary.fingerprint) },
    link,
  };
  return { report, ios };
}

/** Whether a finding is as grave as `bar` or graver. */
export function isGrave({ severity }: { readonly severity: Severity }, bar: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(bar);
}

function flipsOf({ kernel }: Scenario): Flip[] {
  const own = KERNELS[kernel.name].switches;
  return SWITCH_IDS.flatMap((id) => {
    const value = kernel.switches[id];
    return value === undefined ? [] : [{ switch: id, value, kernel_has: own[id] }];
  });
}

function fioOf(fio: FioImport | null): Report['fio'] {
  if (fio === null) return null;
  const { assumptions, jobs, notes, simulated } = fio;
  return { assumptions, jobs, notes, simulated };
}

function latencyOf(distribution: Distribution | null): Latency | null {
  if (distribution === null) return null;
  const { count, min_ns, mean_ns, max_ns, percentiles_ns } = distribution;
  const [p50_ns = NaN, p95_ns = NaN, p99_ns = NaN, p99_9_ns = NaN] = percentiles_ns;
  return { count, min_ns, mean_ns, p50_ns, p95_ns, p99_ns, p99_9_ns, max_ns };
}

function writebackOf(ios: IoTable): WritebackReport | null {
  if (ios.writebacks === 0) return null;
  const table = writebacksOf(ios);
  const { bios, ended, errors, total, waits, paths } = writebackStatistics(table);
  const contexts = contextsBy(ios.log, table.count, (bio) => {
    const row = table.finishRow(bio);
    return row === NO_ROW ? null : [table.path(bio), row];
  });
  return {
    bios,
    ended,
    errors,
    latency: latencyOf(total),
    waits: waits.flatMap(({ wait, time }) => {
      const known = latencyOf(time);
      return known === null ? [] : [{ id: wait.id, title: wait.title, time: known }];
    }),
    paths: paths.map(({ path, count, total: own }) => ({
      path,
      count,
      latency: latencyOf(own),
      contexts: contexts.get(path) ?? [],
    })),
  };
}

/** Where the I/Os of each path were completed. */
function contextsOf(log: LogView, ios: IoTable): Map<Path, ContextReport[]> {
  return contextsBy(log, ios.count, (io) => {
    const path = ios.path(io);
    return path === null ? null : [path, ios.row(io, Moment.DioStarted)];
  });
}

/** Contexts by path, the most frequent first. `find` tells the path of a thing and the row at which it ended. */
function contextsBy<P extends string>(
  log: LogView,
  count: number,
  find: (i: number) => readonly [path: P, row: number] | null,
): Map<P, ContextReport[]> {
  const seen = new Map<P, Map<number, { count: number; cpus: Set<number> }>>();
  for (let i = 0; i < count; i++) {
    const found = find(i);
    if (found === null) continue;
    const [path, row] = found;
    const byContext = seen.get(path) ?? new Map<number, { count: number; cpus: Set<number> }>();
    const context = log.context(row);
    const entry = byContext.get(context) ?? { count: 0, cpus: new Set<number>() };
    entry.count++;
    entry.cpus.add(log.cpu(row));
    seen.set(path, byContext.set(context, entry));
  }
  return new Map([...seen].map(([path, byContext]) => [path, contextReports(byContext)]));
}

function contextReports(byContext: Map<number, { count: number; cpus: Set<number> }>): ContextReport[] {
  return [...byContext]
    .sort(([a, x], [b, y]) => y.count - x.count || a - b)
    .map(([context, { count, cpus }]) => ({
      flags: contextFlags(context),
      words: contextWords(context),
      count,
      cpus: [...cpus].sort((a, b) => a - b),
    }));
}

function findingReport(
  log: LogView,
  { severity, monitor, row, time_ns, object, message }: Finding,
): FindingReport {
  const cpu = log.cpu(row);
  return {
    severity,
    monitor,
    time_ns,
    row,
    event: eventId(log, row),
    cpu: cpu === NO_CPU ? null : cpu,
    context: contextFlags(log.context(row)),
    object: log.objectName(object),
    message,
  };
}

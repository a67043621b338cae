import type { Severity } from '../analysis/monitor.ts';
import { formatCpus } from '../scenario/fio/format.ts';
import {
  columns,
  counted,
  duration,
  grouped,
  heading,
  indented,
  type Line,
  proseLast,
  table,
  type Tone,
} from './lines.ts';
import type { ContextReport, FindingReport, Latency, Report } from './report.ts';
import { fioNoteLines } from './text-notes.ts';
import { scenarioLines } from './text-scenario.ts';

/** The report for people: what was run, what came out, what is wrong, and how to see it again. */
export function* textReport(report: Report): Generator<Line> {
  const sections = [
    scenarioLines,
    simulatedLines,
    pathLines,
    latencyLines,
    writebackLines,
    cpuLines,
    findingLines,
    noteLines,
    tokenLines,
  ];
  for (const [i, section] of sections.entries()) {
    const lines = section(report);
    if (i > 0 && lines.length > 0) yield { text: '' };
    yield* lines;
  }
}

/** More findings of one monitor would hide the others. */
const MOST_FINDINGS = 20;

function simulatedLines({ run, ios, writeback, fio, span_ns, iops }: Report): Line[] {
  const bios = writeback === null ? '' : `, ${counted(writeback.bios, 'bio')} of writeback`;
  const lines: string[][] = [
    [
      'I/Os',
      `${counted(ios.submitted, 'I/O')} submitted, ${grouped(ios.finished)} finished${errorsText(ios.errors)}${bios}`,
    ],
    ['IOPS', ios.finished === 0 ? 'none' : `${grouped(iops)} over ${duration(span_ns)}`],
    ['time', `${duration(run.simulated_ns)} simulated, ${counted(run.events, 'event')}`],
    ['end', endText(run.stop)],
  ];
  if (fio !== null)
    lines.push(['why', fio.simulated.why], ...fio.assumptions.map((text) => ['assumed', text]));
  return [heading('Simulated'), ...table(lines, 2)];
}

const errorsText = (errors: number): string => (errors === 0 ? '' : `, ${counted(errors, 'error')}`);

/** How the run ended, in words. */
export function endText(stop: string): string {
  switch (stop) {
    case 'done':
      return 'all jobs have finished';
    case 'limit: events':
      return 'stopped at its limit of events (--limit-events raises it)';
    case 'limit: time':
      return 'stopped at its limit of simulated time';
    case 'stuck':
      return 'stuck: somebody waits for what cannot come';
    default:
      return stop;
  }
}

function pathLines({ paths }: Report): Line[] {
  if (paths.length === 0) return [];
  const rows = paths.flatMap(({ path, count, latency, contexts }) =>
    contexts.map((context, i) => [
      ...(i > 0
        ? ['', '', '', '']
        : [
            path,
            grouped(count),
            ...[latency?.p50_ns, latency?.p99_ns].map((ns) => (ns === undefined ? '-' : duration(ns))),
          ]),
      contextText(context, contexts.length),
    ]),
  );
  return [
    heading('Completion paths, with where iomap_dio_complete ran'),
    ...proseLast([['path', 'I/Os', 'p50', 'p99', 'CPU and context'], ...rows], 1),
  ];
}

function latencyLines({ latency, parts }: Report): Line[] {
  if (latency === null) return [];
  const head = ['', 'to', 'I/Os', 'mean', 'p50', 'p95', 'p99', 'p99.9', 'max', ''];
  const rows = parts.map(({ id, until, title, time }) => [id, until, ...latencyCells(time), title]);
  return [
    heading('Latency and its parts ("to" is the moment that ends a part, see src/cli/README.md)'),
    ...proseLast([head, ['all', '', ...latencyCells(latency), 'from submission to the result'], ...rows], 2),
  ];
}

function writebackLines({ writeback }: Report): Line[] {
  if (writeback === null) return [];
  const { bios, ended, errors, latency, waits, paths } = writeback;
  const head = heading(
    `Writeback: ${grouped(ended)} of ${counted(bios, 'bio')} ended${errorsText(errors)}; where their folios were ended`,
  );
  if (latency === null) return [head];
  const ways = paths.flatMap(({ path, count, latency: own, contexts }) =>
    contexts.map((context, i) => [
      ...(i > 0 ? ['', ''] : [path, grouped(count)]),
      ...(i > 0 || own === null ? ['', ''] : [duration(own.p50_ns), duration(own.p99_ns)]),
      contextText(context, contexts.length),
    ]),
  );
  const names = ['', 'bios', 'mean', 'p50', 'p95', 'p99', 'p99.9', 'max', ''];
  const rows = waits.map(({ id, title, time }) => [id, ...latencyCells(time), title]);
  return [
    head,
    ...proseLast([['handed over through', 'bios', 'p50', 'p99', 'CPU and context'], ...ways], 1),
    { text: '' },
    heading('Latency of writeback after the device and what it goes into, see src/analysis/README.md'),
    ...proseLast(
      [
        names,
        ['all', ...latencyCells(latency), 'from the device to the last folio, or to its waiter'],
        ...rows,
      ],
      1,
    ),
  ];
}

const contextText = ({ cpus, flags, words, count }: ContextReport, of: number): string =>
  `${formatCpus(cpus)}  ${flags}  ${words}${of > 1 ? `: ${grouped(count)}` : ''}`;

function latencyCells({ count, mean_ns, p50_ns, p95_ns, p99_ns, p99_9_ns, max_ns }: Latency): string[] {
  return [grouped(count), ...[mean_ns, p50_ns, p95_ns, p99_ns, p99_9_ns, max_ns].map(duration)];
}

function cpuLines({ cpu }: Report): Line[] {
  const { hardirq_ns, softirq_ns, task_ns, idle_ns, busy_ns_per_io } = cpu;
  const each = busy_ns_per_io === null ? '' : `; ${duration(busy_ns_per_io)} busy for each I/O`;
  const times = [
    `task ${duration(task_ns)}`,
    `softirq ${duration(softirq_ns)}`,
    `hardirq ${duration(hardirq_ns)}`,
    `idle ${duration(idle_ns)}`,
  ];
  return [heading('CPU time'), ...indented([`${times.join(', ')}${each}`])];
}

const TONES: Readonly<Partial<Record<Severity, Tone>>> = { error: 'error', warning: 'warning' };

function findingLines({ findings }: Report): Line[] {
  if (findings.length === 0) return [heading('Findings: none')];
  const shown = new Map<string, number>();
  const lines = findings.flatMap((finding): Line[] => {
    const before = shown.get(finding.monitor) ?? 0;
    shown.set(finding.monitor, before + 1);
    return before < MOST_FINDINGS ? findingLine(finding) : [];
  });
  const left = [...shown].filter(([, count]) => count > MOST_FINDINGS);
  const more = left.map(
    ([monitor, count]) => `and ${grouped(count - MOST_FINDINGS)} more of ${monitor} (--format json has them)`,
  );
  return [heading(`Findings: ${grouped(findings.length)}`), ...lines, ...indented(more)];
}

function findingLine({ severity, monitor, time_ns, cpu, context, event, message }: FindingReport): Line[] {
  const where = cpu === null ? 'outside any CPU' : `CPU ${cpu} ${context}`;
  const tone = TONES[severity];
  return [
    ...indented(
      [`${severity}: ${monitor} at ${(time_ns / 1000).toFixed(3)} us on ${where}: ${message}`],
      tone,
    ),
    ...indented([`  event ${event}`], 'dim'),
  ];
}

function noteLines({ fio }: Report): Line[] {
  return fio === null ? [] : fioNoteLines(fio.notes);
}

function tokenLines({ fingerprint, link }: Report): Line[] {
  const shown = link ?? 'none: the scenario is too large for one; keep the file';
  return indented(
    columns(
      [
        ['fingerprint', fingerprint.text],
        ['link', shown],
      ],
      2,
    ),
  ).map(({ text }) => ({
    text: text.slice(2),
  }));
}

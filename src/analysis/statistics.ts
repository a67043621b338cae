import { lowerBound } from '../base/bisect.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band } from './bands.ts';
import type { IoTable } from './io.ts';
import { Moment, PARTS, type Path, PATHS } from './moments.ts';

/** The percentiles that fio's users speak of. */
export const PERCENTILES = [50, 95, 99, 99.9] as const;

export type Distribution = {
  readonly count: number;
  readonly min_ns: number;
  readonly mean_ns: number;
  readonly max_ns: number;
  /** Values at `PERCENTILES`, by nearest rank: each is a value that occurred. */
  readonly percentiles_ns: readonly number[];
};

/** Sums up durations; NaN stands for unknown and is left out. Null when nothing is known. */
export function distributionOf(durations_ns: Float64Array): Distribution | null {
  const sorted = durations_ns.filter((ns) => !Number.isNaN(ns)).sort();
  const count = sorted.length;
  if (count === 0) return null;
  let sum = 0;
  for (const ns of sorted) sum += ns;
  return {
    count,
    min_ns: sorted[0]!,
    mean_ns: sum / count,
    max_ns: sorted[count - 1]!,
    percentiles_ns: PERCENTILES.map((p) => sorted[nearestRank(p, count)]!),
  };
}

/** Index of the smallest value that at least `percentile` per cent of `count` values do not exceed. */
export function nearestRank(percentile: number, count: number): number {
  // In tenths of a per cent, because 99.9 / 100 is not exact.
  const rank = Math.ceil((Math.round(percentile * 10) * count) / 1000);
  return Math.max(0, Math.min(count, rank) - 1);
}

export type Bin = { readonly from_ns: number; readonly to_ns: number; readonly count: number };

/** Counts durations in bins, four an octave, from the smallest to the largest that occurs. */
export function histogramOf(durations_ns: Float64Array): Bin[] {
  const sorted = durations_ns.filter((ns) => !Number.isNaN(ns)).sort();
  const max = sorted[sorted.length - 1] ?? -1;
  const bins: Bin[] = [];
  for (let from = 0, width = 1; from <= max; from += width) {
    if (from >= 8 * width) width *= 2;
    const count = lowerBound(sorted, from + width) - lowerBound(sorted, from);
    if (count > 0 || bins.length > 0) bins.push({ from_ns: from, to_ns: from + width, count });
  }
  return bins;
}

/** Latencies of all I/Os; NaN for those that are not over, and for writeback. */
export function totals(ios: IoTable): Float64Array {
  return Float64Array.from({ length: ios.count }, (_, io) => ios.total_ns(io));
}

/** `writeback-latency.ts` has the numbers of writeback. */
export type Statistics = {
  /** I/Os of applications. */
  readonly ios: number;
  /** I/Os of which the application has the result. */
  readonly finished: number;
  readonly errors: number;
  /** From the first submission to the last result. */
  readonly span_ns: number;
  /** Finished I/Os a second of that span; 0 for an empty one. */
  readonly iops: number;
  readonly latency: Distribution | null;
  readonly paths: readonly {
    readonly path: Path;
    readonly count: number;
    readonly latency: Distribution | null;
  }[];
  readonly parts: readonly { readonly part: (typeof PARTS)[number]; readonly time: Distribution }[];
  readonly cpu: CpuTime;
  /** Busy CPU time of the whole machine for each finished I/O; NaN without one. */
  readonly cpuPerIo_ns: number;
};

/** Sums up a run: by path, by part of the latency, and what it cost. */
export function statisticsOf(log: LogView, ios: IoTable): Statistics {
  const all = totals(ios);
  const finished = all.reduce((n, ns) => n + (Number.isNaN(ns) ? 0 : 1), 0);
  const span_ns = busySpan(log, ios);
  const cpu = cpuTimeOf(log);
  return {
    ios: ios.applications,
    finished,
    errors: all.reduce((n, _, io) => n + (ios.result(io) < 0 ? 1 : 0), 0),
    span_ns,
    iops: span_ns === 0 ? 0 : (finished * 1e9) / span_ns,
    latency: distributionOf(all),
    paths: PATHS.map((path) => {
      const own = all.filter((_, io) => ios.path(io) === path);
      return { path, count: own.length, latency: distributionOf(own) };
    }).filter(({ count }) => count > 0),
    parts: PARTS.flatMap((part, index) => {
      const time = distributionOf(all.map((_, io) => (ios.isApplication(io) ? ios.part_ns(io, index) : NaN)));
      return time === null ? [] : [{ part, time }];
    }),
    cpu,
    cpuPerIo_ns: finished === 0 ? NaN : (cpu.hardirq_ns + cpu.softirq_ns + cpu.task_ns) / finished,
  };
}

function busySpan(log: LogView, ios: IoTable): number {
  let first = Infinity;
  let last = -Infinity;
  for (let io = 0; io < ios.count; io++) {
    const submitted = ios.row(io, Moment.Submitted);
    if (submitted === NO_ROW || !ios.isApplication(io)) continue;
    const start = log.time(submitted);
    const total = ios.total_ns(io);
    first = Math.min(first, start);
    if (!Number.isNaN(total)) last = Math.max(last, start + total);
  }
  return last > first ? last - first : 0;
}

/** Time by what the CPUs did; an interrupt's time is its own, not that of the task below. */
export type CpuTime = {
  readonly hardirq_ns: number;
  readonly softirq_ns: number;
  readonly task_ns: number;
  readonly idle_ns: number;
  /** The same for each CPU: four numbers each, in the order above. */
  readonly byCpu: Float64Array;
};

const IDLE = 3;

/** Adds up what each CPU did from the start of the run to its end. A CPU idles until its first event. */
export function cpuTimeOf(log: LogView): CpuTime {
  const clocks = new CpuClocks();
  const idle = idleTasks(log);
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
    const { cpu, time_ns, kind, object } = chunk.columns;
    for (let i = 0; i < chunk.count; i++) {
      if (cpu[i] === NO_CPU) continue;
      clocks.event(cpu[i]!, time_ns[i]!, kind[i]!, object[i]!, idle[object[i]!] === 1);
    }
  }
  const byCpu = clocks.end(log.end_ns);
  const sum = (what: number): number => byCpu.reduce((total, ns, i) => total + (i % 4 === what ? ns : 0), 0);
  return {
    hardirq_ns: sum(Band.Hardirq),
    softirq_ns: sum(Band.Softirq),
    task_ns: sum(Band.Task),
    idle_ns: sum(IDLE),
    byCpu,
  };
}

/** 1 for each object that is an idle task. */
export function idleTasks(log: LogView): Uint8Array {
  return Uint8Array.from({ length: log.objectCount }, (_, object) =>
    object > 0 && log.objectType(object) === 'task_struct' && log.objectLabel(object).startsWith('swapper/')
      ? 1
      : 0,
  );
}

/** What each CPU is doing now, and since when. */
class CpuClocks {
  private spent = new Float64Array(4);
  private readonly doing: number[] = [];
  private readonly since: number[] = [];
  /** What to go back to when a CPU's interrupts end. */
  private readonly below: number[][] = [];
  /** The task of each CPU, and those that have lost theirs in a softirq of their own, as with PREEMPT_RT. */
  private readonly tasks: number[] = [];
  private readonly inSoftirq = new Set<number>();

  /** `object` is the next task of a Switch, `toIdle` whether that is the idle task. */
  event(cpu: number, now_ns: number, kind: number, object: number, toIdle: boolean): void {
    while (this.doing.length <= cpu) this.addCpu();
    if (kind === Ev.Irq) this.interrupt(cpu, now_ns, Band.Hardirq);
    else if (kind === Ev.Softirq) this.interrupt(cpu, now_ns, Band.Softirq);
    else if (kind === Ev.IrqEnd || kind === Ev.SoftirqEnd)
      this.change(cpu, now_ns, this.below[cpu]?.pop() ?? IDLE);
    else if (kind === Ev.Switch) this.switchTo(cpu, now_ns, object, toIdle ? IDLE : Band.Task);
  }

  private switchTo(cpu: number, now_ns: number, task: number, to: number): void {
    if (this.doing[cpu] === Band.Softirq) {
      this.inSoftirq.add(this.tasks[cpu] ?? 0);
      this.below[cpu]?.pop();
    }
    this.tasks[cpu] = task;
    this.change(cpu, now_ns, to);
    if (this.inSoftirq.delete(task)) this.interrupt(cpu, now_ns, Band.Softirq);
  }

  end(end_ns: number): Float64Array {
    for (let cpu = 0; cpu < this.doing.length; cpu++) this.change(cpu, end_ns, IDLE);
    return this.spent;
  }

  private interrupt(cpu: number, now_ns: number, band: number): void {
    this.below[cpu]?.push(this.doing[cpu] ?? IDLE);
    this.change(cpu, now_ns, band);
  }

  private change(cpu: number, now_ns: number, to: number): void {
    this.spent[4 * cpu + this.doing[cpu]!]! += now_ns - this.since[cpu]!;
    this.doing[cpu] = to;
    this.since[cpu] = now_ns;
  }

  private addCpu(): void {
    this.doing.push(IDLE);
    this.since.push(0);
    this.below.push([]);
    const wider = new Float64Array(4 * this.doing.length);
    wider.set(this.spent);
    this.spent = wider;
  }
}

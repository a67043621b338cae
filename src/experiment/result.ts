/** What comes out of the experiment; the JSON of the command line is this. */
import type { Figures, Use } from '../analysis/meter.ts';
import { USES } from '../analysis/meter.ts';
import { assert } from '../base/assert.ts';
import type { Options, Shard } from './plan.ts';
import type { Parameters } from './point.ts';
import { type Column, type Depth, PUBLISHED, type PublishedRow, type Role, TOLERANCE } from './published.ts';

export type RowResult = {
  readonly column: Column;
  readonly depth: Depth;
  readonly role: Role;
  readonly published_iops: number;
  /** Of all seeds together. */
  readonly iops: number;
  /** The seed with the fewest, and that with the most. */
  readonly iops_min: number;
  readonly iops_max: number;
  /** Simulated over published, minus 1. */
  readonly error: number;
  /** CPU time of one I/O, on the CPU of fio, by who used it; idle is what was left. */
  readonly cpu_ns_per_io: Readonly<Record<Use, number>>;
  /** Share of the time in which a kworker had the CPU. */
  readonly kworker_utilisation: number;
  readonly switches_per_io: number;
  readonly interrupts_per_io: number;
  /** Work items that a kworker finishes before it gives up the CPU; null where none ran. */
  readonly items_per_kworker_run: number | null;
};

export type CvResult = {
  readonly cv_percent: number;
  readonly parameters: Parameters;
  /** Largest absolute error of the fitted rows, and of the predicted ones. */
  readonly fit_error: number;
  readonly prediction_error: number;
  readonly rows: readonly RowResult[];
};

export type ExperimentResult = {
  readonly format: 'bioscope-experiment';
  readonly version: 1;
  readonly experiment: 'caller-comp';
  /** Digest of the sources that a run depends on. */
  readonly model: string;
  readonly options: Options;
  /** Null for the whole. */
  readonly shard: Shard | null;
  readonly sweep: readonly CvResult[];
};

export function iopsOf({ ios, span_ns }: Figures): number {
  return (ios * 1e9) / span_ns;
}

/** All seeds of one row as one measurement. */
export function sumOf(figures: readonly Figures[]): Figures {
  const [first, ...others] = figures;
  assert(first !== undefined, 'a row was measured at least once');
  return others.reduce(
    (a, b) => ({
      ios: a.ios + b.ios,
      span_ns: a.span_ns + b.span_ns,
      use_ns: eachUse((use) => a.use_ns[use] + b.use_ns[use]),
      switches: a.switches + b.switches,
      wakeups: a.wakeups + b.wakeups,
      interrupts: a.interrupts + b.interrupts,
      kworkerRuns: a.kworkerRuns + b.kworkerRuns,
      workItems: a.workItems + b.workItems,
    }),
    first,
  );
}

const eachUse = (value: (use: Use) => number): Record<Use, number> =>
  Object.fromEntries(USES.map((use) => [use, value(use)])) as Record<Use, number>; // a value for each of them

export function rowResult(row: PublishedRow, bySeed: readonly Figures[]): RowResult {
  const all = sumOf(bySeed);
  const each = bySeed.map(iopsOf);
  const iops = iopsOf(all);
  return {
    column: row.column,
    depth: row.depth,
    role: row.role,
    published_iops: row.iops,
    iops,
    iops_min: Math.min(...each),
    iops_max: Math.max(...each),
    error: iops / row.iops - 1,
    cpu_ns_per_io: eachUse((use) => all.use_ns[use] / all.ios),
    kworker_utilisation: all.use_ns.kworker / all.span_ns,
    switches_per_io: all.switches / all.ios,
    interrupts_per_io: all.interrupts / all.ios,
    items_per_kworker_run: all.kworkerRuns === 0 ? null : all.workItems / all.kworkerRuns,
  };
}

export function cvResult(cv_percent: number, parameters: Parameters, rows: readonly RowResult[]): CvResult {
  return {
    cv_percent,
    parameters,
    fit_error: worst(rows, 'fitted'),
    prediction_error: worst(rows, 'predicted'),
    rows,
  };
}

const worst = (rows: readonly RowResult[], role: Role): number =>
  Math.max(...rows.filter((row) => row.role === role).map(({ error }) => Math.abs(error)));

/** Are all six predicted rows within the tolerance? */
export const isWithin = ({ prediction_error }: CvResult): boolean => prediction_error <= TOLERANCE;

/** What patched gains over stock at a depth, simulated and published, as shares. */
export function gainOf({ rows }: CvResult, depth: Depth): { simulated: number; published: number } {
  const iops = (column: Column): RowResult | undefined =>
    rows.find((row) => row.column === column && row.depth === depth);
  const [stock, patched] = [iops('stock'), iops('patched')];
  assert(stock !== undefined && patched !== undefined, 'every published row is in a result');
  return {
    simulated: patched.iops / stock.iops - 1,
    published: patched.published_iops / stock.published_iops - 1,
  };
}

/** Rows in the order of the published table. */
export const inOrder = (rows: readonly RowResult[]): RowResult[] =>
  PUBLISHED.flatMap(({ column, depth }) =>
    rows.filter((row) => row.column === column && row.depth === depth),
  );

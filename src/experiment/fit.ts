/**
 * The fit for one coefficient of variation: four parameters, four rows, each row simulated in the engine. How much a row
 * depends on a parameter is counted in its own run (switches, wake-ups, work items per I/O), so that no run is spent on
 * derivatives. The device's spread is given and never fitted.
 */
import type { Figures } from '../analysis/meter.ts';
import type { Options } from './plan.ts';
import { type Parameters, type Point, PUNT_PARTS, START } from './point.ts';
import { FITTED, PREDICTED, type PublishedRow, PUBLISHED } from './published.ts';
import { cvResult, type CvResult, iopsOf, rowResult, sumOf } from './result.ts';
import { leastSquares } from './solve.ts';

/** Steps on the first seed alone, which come near, and then on all seeds. */
const COARSE_STEPS = 4;
const FINE_STEPS = 2;
/** No cost is below 0, and a device takes a while. */
const LOWEST: Parameters = { submit_ns: 0, device_ns: 100, punt_ns: 0, switch_ns: 0 };

/** Simulations that one coefficient of variation takes. */
export const pointsPerCv = (seeds: number): number =>
  FITTED.length * (COARSE_STEPS + FINE_STEPS * seeds) + PREDICTED.length * seeds;

/** Asks for batches of points and is given their figures in the same order; returns the result. */
export type CvRun = Generator<readonly Point[], CvResult, readonly Figures[]>;

type Measured = { readonly row: PublishedRow; readonly bySeed: readonly Figures[] };
type Candidate = { readonly parameters: Parameters; readonly rows: readonly Measured[] };

export function* fitCv(cv_percent: number, { seeds, ios }: Options): CvRun {
  let parameters = START;
  let best: Candidate | null = null;
  for (let step = 0; step < COARSE_STEPS + FINE_STEPS; step++) {
    const isFine = step >= COARSE_STEPS;
    const rows = yield* measured(FITTED, { cv_percent, ios, parameters }, isFine ? seeds : 1);
    if (isFine && (best === null || worst(rows) < worst(best.rows))) best = { parameters, rows };
    parameters = improved(parameters, rows);
  }
  best ??= { parameters, rows: [] };
  const predicted = yield* measured(PREDICTED, { cv_percent, ios, parameters: best.parameters }, seeds);
  const rows = [...best.rows, ...predicted].map(({ row, bySeed }) => ({
    row,
    result: rowResult(row, bySeed),
  }));
  const inOrder = PUBLISHED.flatMap((row) => rows.filter((r) => r.row === row).map(({ result }) => result));
  return cvResult(cv_percent, best.parameters, inOrder);
}

function* measured(
  rows: readonly PublishedRow[],
  common: Pick<Point, 'cv_percent' | 'ios' | 'parameters'>,
  seeds: number,
): Generator<readonly Point[], readonly Measured[], readonly Figures[]> {
  const points = rows.flatMap(({ column, depth }) =>
    Array.from({ length: seeds }, (_, i) => ({ ...common, column, depth, seed: i + 1 })),
  );
  const figures = yield points;
  return rows.map((row, i) => ({ row, bySeed: figures.slice(i * seeds, (i + 1) * seeds) }));
}

const worst = (rows: readonly Measured[]): number =>
  Math.max(...rows.map(({ row, bySeed }) => Math.abs(iopsOf(sumOf(bySeed)) / row.iops - 1)));

/** Moves the parameters to where the rows would meet the published ones, if each depended on them as counted. */
function improved(old: Parameters, rows: readonly Measured[]): Parameters {
  const equations = rows.map(({ row, bySeed }) => {
    const all = sumOf(bySeed);
    const target_ns = 1e9 / row.iops;
    const factors = shares(row, all);
    const now =
      factors.submit_ns * old.submit_ns +
      factors.device_ns * old.device_ns +
      factors.punt_ns * old.punt_ns +
      factors.switch_ns * old.switch_ns;
    // Weighted with the row's own time, so that it is the relative errors that are made small.
    const wanted = (now + target_ns - all.span_ns / all.ios) / target_ns;
    return {
      factors: [factors.submit_ns, factors.device_ns, factors.punt_ns, factors.switch_ns].map(
        (f) => f / target_ns,
      ),
      value: wanted,
    };
  });
  const [submit_ns = 0, device_ns = 0, punt_ns = 0, switch_ns = 0] = leastSquares(equations, [
    LOWEST.submit_ns,
    LOWEST.device_ns,
    LOWEST.punt_ns,
    LOWEST.switch_ns,
  ]);
  return { submit_ns, device_ns, punt_ns, switch_ns };
}

/** By how much the time of one I/O grows with each parameter. With one I/O in flight the device's time is part of it; with
 *  sixteen the CPU is the bottleneck. */
function shares({ depth }: PublishedRow, { ios, switches, wakeups, workItems }: Figures): Parameters {
  const { queue, dispatch, wake, all } = PUNT_PARTS;
  return {
    submit_ns: 1,
    device_ns: depth === 1 ? 1 : 0,
    punt_ns: ((queue + dispatch) * workItems + wake * wakeups) / all / ios,
    switch_ns: switches / ios,
  };
}

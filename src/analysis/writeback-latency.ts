/** Where the time of each bio of writeback goes after the device is done, as parts that add up, and their distributions. */
import { NO_ROW } from '../base/units.ts';
import { type Bin, type Distribution, distributionOf, nearestRank, PERCENTILES } from './statistics.ts';
import type { WritebackTable } from './writeback.ts';
import { WAITS, waitBetween, WB_MOMENT_COUNT, WbMoment } from './writeback-moments.ts';

/** No wait of that kind on the way. */
const NONE = NaN;

/**
 * Splits the time of one bio after the device into `WAITS`: nanoseconds, NaN for a wait that is not on its way. They add
 * up to the time from the first known moment of H, K, C and E to N, or to Z where nobody was woken by it later. Returns
 * that time; NaN for a bio that has not ended, whose waits are NaN, too.
 */
export function waitsInto(table: WritebackTable, bio: number, waits: Float64Array): number {
  waits.fill(NONE);
  const ended = table.row(bio, WbMoment.Ended);
  if (ended === NO_ROW) return NONE;
  const { log } = table;
  const woken = table.row(bio, WbMoment.WaiterRuns);
  let until: WbMoment = woken !== NO_ROW && woken > ended ? WbMoment.WaiterRuns : WbMoment.Ended;
  let row = table.row(bio, until);
  const end_ns = log.time(row);
  for (let m = until - 1; m >= WbMoment.DeviceDone; m--) {
    const from = m as WbMoment;
    const before = table.row(bio, from);
    // With several pieces a moment may be that of another one, and be later than what follows it here.
    if (before === NO_ROW || before > row) continue;
    const wait = waitBetween(from, until);
    const known = waits[wait] ?? NONE;
    waits[wait] = (Number.isNaN(known) ? 0 : known) + log.time(row) - log.time(before);
    [until, row] = [from, before];
  }
  return end_ns - log.time(row);
}

/** The waits of all bios, a column each, and their sums; NaN for what is not known. */
export type WritebackWaits = {
  readonly total_ns: Float64Array;
  /** By index into `WAITS`. */
  readonly waits_ns: readonly Float64Array[];
};

export function waitsOf(table: WritebackTable): WritebackWaits {
  const total_ns = new Float64Array(table.count);
  const waits_ns = WAITS.map(() => new Float64Array(table.count));
  const own = new Float64Array(WAITS.length);
  for (let bio = 0; bio < table.count; bio++) {
    total_ns[bio] = waitsInto(table, bio, own);
    for (let w = 0; w < own.length; w++) waits_ns[w]![bio] = own[w]!;
  }
  return { total_ns, waits_ns };
}

export type WritebackStatistics = {
  readonly bios: number;
  /** Those whose folios are no longer under writeback because of them. */
  readonly ended: number;
  readonly errors: number;
  readonly total: Distribution | null;
  readonly waits: readonly { readonly wait: (typeof WAITS)[number]; readonly time: Distribution }[];
  /** By the lists that they were handed over through, the most frequent first. */
  readonly paths: readonly {
    readonly path: string;
    readonly count: number;
    readonly total: Distribution | null;
  }[];
};

/** Sums up the writeback of a run. */
export function writebackStatistics(
  table: WritebackTable,
  { total_ns, waits_ns }: WritebackWaits = waitsOf(table),
): WritebackStatistics {
  const paths = new Map<string, number[]>();
  let [ended, errors] = [0, 0];
  for (let bio = 0; bio < table.count; bio++) {
    if (table.row(bio, WbMoment.Ended) === NO_ROW) continue;
    ended++;
    if (table.statusOf(bio) !== 0) errors++;
    const path = table.path(bio);
    const own = paths.get(path);
    if (own === undefined) paths.set(path, [bio]);
    else own.push(bio);
  }
  return {
    bios: table.count,
    ended,
    errors,
    total: distributionOf(total_ns),
    waits: WAITS.flatMap((wait, w) => {
      const time = distributionOf(waits_ns[w]!);
      return time === null ? [] : [{ wait, time }];
    }),
    paths: [...paths]
      .sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
      .map(([path, own]) => ({
        path,
        count: own.length,
        total: distributionOf(Float64Array.from(own, (bio) => total_ns[bio]!)),
      })),
  };
}

/** For each of `PERCENTILES` the bio whose time after the device is that percentile; its waits add up to it. Empty when no
 *  bio has ended. */
export function biosAtPercentiles({ total_ns }: WritebackWaits): number[] {
  const order: number[] = [];
  for (let bio = 0; bio < total_ns.length; bio++) if (!Number.isNaN(total_ns[bio])) order.push(bio);
  order.sort((a, b) => total_ns[a]! - total_ns[b]! || a - b);
  return order.length === 0 ? [] : PERCENTILES.map((p) => order[nearestRank(p, order.length)]!);
}

/** Index of the longest of the durations that are in a bin; -1 for an empty bin. */
export function slowestIn(
  durations_ns: Float64Array,
  { from_ns, to_ns }: Pick<Bin, 'from_ns' | 'to_ns'>,
): number {
  let slowest = -1;
  for (let i = 0; i < durations_ns.length; i++) {
    const ns = durations_ns[i]!;
    if (ns >= from_ns && ns < to_ns && (slowest < 0 || ns > durations_ns[slowest]!)) slowest = i;
  }
  return slowest;
}

/** The moments of a bio that are known, in their order. */
export function momentsOf(table: WritebackTable, bio: number): WbMoment[] {
  return Array.from({ length: WB_MOMENT_COUNT }, (_, m) => m as WbMoment).filter(
    (m) => table.row(bio, m) !== NO_ROW,
  );
}

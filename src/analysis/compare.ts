import { NO_ROW, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { type InputValue, inputsOf } from './decisions.ts';
import type { IoTable } from './io.ts';
import { familyRows } from './journey.ts';
import { Moment, type Path } from './moments.ts';

/** The I/Os of a run; their log is in them. */
type Side = IoTable;

/** What one side decided; the row is `NO_ROW` where it did not come to ask. */
export type Choice = {
  readonly row: Row;
  readonly outcome: number | null;
  readonly inputs: readonly InputValue[];
};

/** The first decision about an I/O that fell out differently, or that only one side had to take. */
export type Parting = { readonly rule: string; readonly a: Choice; readonly b: Choice };

/** What is different about one I/O that both runs have. */
export type IoDifference = {
  /** "fio-job I/O 3", the same in both runs. */
  readonly name: string;
  /** Its numbers in the two tables. */
  readonly a: number;
  readonly b: number;
  readonly pathA: Path | null;
  readonly pathB: Path | null;
  readonly cpuA: number;
  readonly cpuB: number;
  readonly resultA: number;
  readonly resultB: number;
  readonly parting: Parting | null;
};

export type Comparison = {
  /** I/Os that both runs have. */
  readonly matched: number;
  /** Those of them that take another path, finish on another CPU or have another result. */
  readonly differences: readonly IoDifference[];
  /** I/Os of one run only, by number in its table. */
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
  /** Matched I/Os that end at another place in the order. */
  readonly reordered: number;
  /** Matched I/Os with a shorter, or longer, latency in b. */
  readonly faster: number;
  readonly slower: number;
};

/**
 * Compares two runs by what their events mean, not by the clock: I/Os are the same when job and number within the job
 * are. `compare(x, x)` is empty and `compare(b, a)` mirrors `compare(a, b)`.
 */
export function compare(a: Side, b: Side): Comparison {
  const inB = new Map(namesOf(b).map((name, io) => [name, io]));
  const pairs: { name: string; a: number; b: number }[] = [];
  const onlyA: number[] = [];
  namesOf(a).forEach((name, io) => {
    const other = inB.get(name);
    if (other === undefined) onlyA.push(io);
    else pairs.push({ name, a: io, b: other });
    inB.delete(name);
  });
  const deltas = pairs.map((p) => b.total_ns(p.b) - a.total_ns(p.a));
  return {
    matched: pairs.length,
    differences: pairs.flatMap((p) => differenceOf(a, b, p) ?? []),
    onlyA,
    onlyB: [...inB.values()],
    reordered: reordered(a, b, pairs),
    faster: deltas.filter((ns) => ns < 0).length,
    slower: deltas.filter((ns) => ns > 0).length,
  };
}

/** Name of each I/O, told apart where two jobs have the same name. */
function namesOf(ios: Side): string[] {
  const jobs = new Map<string, number[]>();
  return Array.from({ length: ios.count }, (_, io) => {
    const job = ios.submitter(io);
    const label = ios.log.objectName(job);
    const same = jobs.get(label) ?? [];
    if (!same.includes(job)) same.push(job);
    jobs.set(label, same);
    const which = same.indexOf(job);
    return which === 0 ? ios.name(io) : `${ios.name(io)} (job ${which + 1} of this name)`;
  });
}

function differenceOf(
  a: Side,
  b: Side,
  pair: { readonly name: string; readonly a: number; readonly b: number },
): IoDifference | null {
  const difference = {
    ...pair,
    pathA: a.path(pair.a),
    pathB: b.path(pair.b),
    cpuA: a.cpu(pair.a),
    cpuB: b.cpu(pair.b),
    resultA: a.result(pair.a),
    resultB: b.result(pair.b),
  };
  const same =
    difference.pathA === difference.pathB &&
    difference.cpuA === difference.cpuB &&
    Object.is(difference.resultA, difference.resultB);
  return same ? null : { ...difference, parting: partingOf(a, pair.a, b, pair.b) };
}

/** One decision about an I/O. Its key says which of its kind it is, so that both sides' can be laid together. */
type Decision = {
  readonly row: Row;
  readonly rule: string;
  readonly outcome: number;
  readonly index: number;
};

function partingOf(a: Side, ioA: number, b: Side, ioB: number): Parting | null {
  const ofA = decisionsOf(a.log, a, ioA);
  const ofB = decisionsOf(b.log, b, ioB);
  const candidates: { readonly key: string; readonly rule: string; readonly rank: number }[] = [];
  for (const [key, x] of ofA) {
    const y = ofB.get(key);
    if (y === undefined) candidates.push({ key, rule: x.rule, rank: ONE_SIDED + x.index });
    else if (x.outcome !== y.outcome)
      candidates.push({ key, rule: x.rule, rank: Math.max(x.index, y.index) });
  }
  for (const [key, y] of ofB)
    if (!ofA.has(key)) candidates.push({ key, rule: y.rule, rank: ONE_SIDED + y.index });
  candidates.sort((x, y) => x.rank - y.rank || (x.key < y.key ? -1 : 1));
  const [first] = candidates;
  if (first === undefined) return null;
  return {
    rule: first.rule,
    a: choiceOf(a.log, ofA.get(first.key)),
    b: choiceOf(b.log, ofB.get(first.key)),
  };
}

/** Ranks questions that only one side asks after all outcomes that differ: such an outcome is the reason for them. */
const ONE_SIDED = 1e6;

function decisionsOf(log: LogView, ios: Side, io: number): Map<string, Decision> {
  const decisions = new Map<string, Decision>();
  const times = new Map<string, number>();
  for (const row of familyRows(log, ios, io)) {
    if (log.kind(row) !== Ev.Decide) continue;
    const rule = log.name(row);
    const time = (times.get(rule) ?? 0) + 1;
    times.set(rule, time);
    decisions.set(`${rule} ${time}`, { row, rule, outcome: log.value(row), index: decisions.size });
  }
  return decisions;
}

function choiceOf(log: LogView, decision: Decision | undefined): Choice {
  if (decision === undefined) return { row: NO_ROW, outcome: null, inputs: [] };
  return { row: decision.row, outcome: decision.outcome, inputs: inputsOf(log, decision.row) };
}

/** How many I/Os end at another place in the order of their notifications. */
function reordered(a: Side, b: Side, pairs: readonly { readonly a: number; readonly b: number }[]): number {
  const order = (ios: Side, side: 'a' | 'b'): number[] =>
    pairs
      .map((p, i) => ({ i, row: ios.row(p[side], Moment.Notified) }))
      .sort((x, y) => x.row - y.row || x.i - y.i)
      .map(({ i }) => i);
  const inA = order(a, 'a');
  const inB = order(b, 'b');
  return inA.filter((i, place) => i !== inB[place]).length;
}

/** "3 of 64 I/Os on another path (s_dio_done_wq to inline-irq); 2 faster; 1 slower". */
export function comparisonSentence(c: Comparison): string {
  const parts: string[] = [];
  const paths = c.differences.filter((d) => d.pathA !== d.pathB);
  const ways = new Set(paths.map((d) => `${d.pathA ?? 'unfinished'} to ${d.pathB ?? 'unfinished'}`));
  if (paths.length > 0)
    parts.push(`${paths.length} of ${c.matched} I/Os on another path (${[...ways].sort().join(', ')})`);
  const cpus = c.differences.filter((d) => d.pathA === d.pathB && d.cpuA !== d.cpuB).length;
  if (cpus > 0) parts.push(`${cpus} on another CPU`);
  if (c.reordered > 0) parts.push(`${c.reordered} at another place in the order`);
  if (c.onlyA.length > 0) parts.push(`${c.onlyA.length} gone`);
  if (c.onlyB.length > 0) parts.push(`${c.onlyB.length} new`);
  if (c.faster > 0) parts.push(`${c.faster} faster`);
  if (c.slower > 0) parts.push(`${c.slower} slower`);
  return parts.length === 0 ? `${c.matched} I/Os, no difference` : parts.join('; ');
}

import { NO_ROW } from '../base/units.ts';
import { NO_CPU } from '../log/events.ts';
import type { IoTable } from './io.ts';
import { Moment } from './moments.ts';
import { type Detour, detourOf, type Parting, partingOf } from './parting.ts';
import { waitsInto } from './writeback-latency.ts';
import { WAITS, WbMoment } from './writeback-moments.ts';
import { NO_HAND_OVER, writebacksOf } from './writeback.ts';

/** One kind of I/Os of a run, and what is compared of them, by their numbers in `ios`. */
type Side = {
  readonly ios: IoTable;
  readonly all: readonly number[];
  /** Null for one that is not finished. */
  readonly path: (io: number) => string | null;
  readonly cpu: (io: number) => number;
  readonly total_ns: (io: number) => number;
  readonly ended: (io: number) => number;
};

/** What is different about one I/O that both runs have. */
export type IoDifference = {
  /** "fio-job I/O 3", the same in both runs. */
  readonly name: string;
  /** Its numbers in the two tables. */
  readonly a: number;
  readonly b: number;
  /** Where it was completed; for writeback the lists that it was handed over through. */
  readonly pathA: string | null;
  readonly pathB: string | null;
  readonly cpuA: number;
  readonly cpuB: number;
  readonly resultA: number;
  readonly resultB: number;
  /** The decision that turned; null where none did. */
  readonly parting: Parting | null;
  /** The first event that differs, where no decision turned, or only one side came to ask. */
  readonly detour: Detour | null;
};

export type Comparison = {
  /** I/Os that both runs have. */
  readonly matched: number;
  /** Those of them that take another path, finish on another CPU, have another result or take other steps. */
  readonly differences: readonly IoDifference[];
  /** I/Os of one run only, by number in its table. */
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
  /** Matched I/Os that end at another place in the order. */
  readonly reordered: number;
  /** Matched I/Os with a shorter, or longer, latency in b. */
  readonly faster: number;
  readonly slower: number;
  /** The same of the bios of writeback; null where neither run has any. */
  readonly writeback: Omit<Comparison, 'writeback'> | null;
};

/**
 * Compares two runs by what their events mean, not by the clock: I/Os are the same when job and number within the job
 * are. `compare(x, x)` is empty and `compare(b, a)` mirrors `compare(a, b)`.
 */
export function compare(a: IoTable, b: IoTable): Comparison {
  const hasWriteback = a.writebacks > 0 || b.writebacks > 0;
  return {
    ...compareSides(applicationsOf(a), applicationsOf(b)),
    writeback: hasWriteback ? compareSides(writebackSide(a), writebackSide(b)) : null,
  };
}

const numbers = (ios: IoTable, isWanted: (io: number) => boolean): number[] =>
  Array.from({ length: ios.count }, (_, io) => io).filter(isWanted);

const applicationsOf = (ios: IoTable): Side => ({
  ios,
  all: numbers(ios, (io) => ios.isApplication(io)),
  path: (io) => ios.path(io),
  cpu: (io) => ios.cpu(io),
  total_ns: (io) => ios.total_ns(io),
  ended: (io) => ios.row(io, Moment.Notified),
});

function writebackSide(ios: IoTable): Side {
  const table = writebacksOf(ios);
  const waits = new Float64Array(WAITS.length);
  const bio = (io: number): number => table.ofObject(ios.topObject(io));
  const ended = (io: number): number => table.row(bio(io), WbMoment.Ended);
  return {
    ios,
    all: numbers(ios, (io) => ios.isWriteback(io)),
    path: (io) => (ended(io) === NO_ROW ? null : table.path(bio(io))),
    cpu: (io) => (ended(io) === NO_ROW ? NO_CPU : ios.log.cpu(ended(io))),
    total_ns: (io) => waitsInto(table, bio(io), waits),
    ended,
  };
}

function compareSides(a: Side, b: Side): Omit<Comparison, 'writeback'> {
  const inB = namesOf(b);
  const pairs: { name: string; a: number; b: number }[] = [];
  const onlyA: number[] = [];
  for (const [name, io] of namesOf(a)) {
    const other = inB.get(name);
    if (other === undefined) onlyA.push(io);
    else pairs.push({ name, a: io, b: other });
    inB.delete(name);
  }
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

/** The I/Os by name, told apart where two jobs have the same one. */
function namesOf({ ios, all }: Side): Map<string, number> {
  const jobs = new Map<string, number[]>();
  const names = new Map<string, number>();
  for (const io of all) {
    const job = ios.submitter(io);
    const label = ios.log.objectName(job);
    const same = jobs.get(label) ?? [];
    if (!same.includes(job)) same.push(job);
    jobs.set(label, same);
    const which = same.indexOf(job);
    names.set(which === 0 ? ios.name(io) : `${ios.name(io)} (job ${which + 1} of this name)`, io);
  }
  return names;
}

/** I/Os that end alike are compared step by step only up to this number: the steps of a long run take seconds to read. */
const COMPARED_BY_STEPS = 256;

function differenceOf(
  a: Side,
  b: Side,
  pair: { readonly name: string; readonly a: number; readonly b: number },
): IoDifference | null {
  const ends = {
    ...pair,
    pathA: a.path(pair.a),
    pathB: b.path(pair.b),
    cpuA: a.cpu(pair.a),
    cpuB: b.cpu(pair.b),
    resultA: a.ios.result(pair.a),
    resultB: b.ios.result(pair.b),
  };
  const endsAlike =
    ends.pathA === ends.pathB && ends.cpuA === ends.cpuB && Object.is(ends.resultA, ends.resultB);
  if (endsAlike && Math.max(pair.a, pair.b) >= COMPARED_BY_STEPS) return null;
  const parting = partingOf(a.ios, pair.a, b.ios, pair.b);
  const isAskedTwice = parting !== null && parting.a.row !== NO_ROW && parting.b.row !== NO_ROW;
  const detour = isAskedTwice ? null : detourOf(a.ios, pair.a, b.ios, pair.b);
  return endsAlike && parting === null && detour === null ? null : { ...ends, parting, detour };
}

/** The I/O ends as before, and yet something on its way is different. */
export function isSameEnd(d: IoDifference): boolean {
  return d.pathA === d.pathB && d.cpuA === d.cpuB && Object.is(d.resultA, d.resultB);
}

/** How many I/Os end at another place in the order of their ends. */
function reordered(a: Side, b: Side, pairs: readonly { readonly a: number; readonly b: number }[]): number {
  const order = (run: Side, side: 'a' | 'b'): number[] =>
    pairs
      .map((p, i) => ({ i, row: run.ended(p[side]) }))
      .sort((x, y) => x.row - y.row || x.i - y.i)
      .map(({ i }) => i);
  const inA = order(a, 'a');
  const inB = order(b, 'b');
  return inA.filter((i, place) => i !== inB[place]).length;
}

/** "3 of 64 I/Os on another path (s_dio_done_wq to inline-irq); 2 faster; 1 slower", and the same of writeback. */
export function comparisonSentence({ writeback, ...c }: Comparison): string {
  const own = sentenceOf(c, 'I/Os', 'on another path');
  if (writeback === null) return own;
  const bios = sentenceOf(writeback, 'bios', 'handed over another way');
  const quiet = c.matched + c.onlyA.length + c.onlyB.length === 0;
  return quiet ? `writeback: ${bios}` : `${own}; writeback: ${bios}`;
}

function sentenceOf(c: Omit<Comparison, 'writeback'>, things: string, elsewhere: string): string {
  const parts: string[] = [];
  const told = (n: number, what: string): void => {
    if (n > 0) parts.push(`${n} ${what}`);
  };
  const paths = c.differences.filter((d) => d.pathA !== d.pathB);
  const ways = new Set(
    paths.map((d) => `${pathWord(d.pathA, d.resultA)} to ${pathWord(d.pathB, d.resultB)}`),
  );
  told(paths.length, `of ${c.matched} ${things} ${elsewhere} (${[...ways].sort().join(', ')})`);
  const samePath = c.differences.filter((d) => d.pathA === d.pathB);
  told(samePath.filter((d) => d.cpuA !== d.cpuB).length, 'on another CPU');
  told(samePath.filter((d) => !Object.is(d.resultA, d.resultB)).length, 'with another result');
  told(c.differences.filter(isSameEnd).length, 'on the same path with other steps');
  told(c.reordered, 'at another place in the order');
  told(c.onlyA.length, 'gone');
  told(c.onlyB.length, 'new');
  told(c.faster, 'faster');
  told(c.slower, 'slower');
  return parts.length === 0 ? `${c.matched} ${things}, no difference` : parts.join('; ');
}

/** An I/O without a path was refused before iomap_dio_complete, or has no end in the log. */
const pathWord = (path: string | null, result: number): string =>
  path === NO_HAND_OVER ? 'no hand-over' : (path ?? (result < 0 ? 'refused' : 'unfinished'));

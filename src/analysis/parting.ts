import { NO_ROW, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { type InputValue, inputsOf } from './decisions.ts';
import type { IoTable } from './io.ts';
import { familyRows } from './journey.ts';

// Where the ways of one I/O part that two runs have.

/** What one side decided; the row is `NO_ROW` where it did not come to ask. */
export type Choice = {
  readonly row: Row;
  readonly outcome: number | null;
  readonly inputs: readonly InputValue[];
};

/** The first decision about an I/O that fell out differently, or that only one side had to take. */
export type Parting = { readonly rule: string; readonly a: Choice; readonly b: Choice };

/** The first event that differs; name '' and the I/O's last event where a side has no more. */
export type Detour = { readonly a: Step; readonly b: Step };
export type Step = { readonly row: Row; readonly name: string };

/** One decision about an I/O. Its key says which of its kind it is, so that both sides' can be laid together. */
type Decision = {
  readonly row: Row;
  readonly rule: string;
  readonly outcome: number;
  readonly index: number;
};

/** The decision at which the ways of an I/O part: `ioA` of run a is `ioB` of run b. Null where all fell out alike. */
export function partingOf(a: IoTable, ioA: number, b: IoTable, ioB: number): Parting | null {
  const ofA = decisionsOf(a, ioA);
  const ofB = decisionsOf(b, ioB);
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

function decisionsOf(ios: IoTable, io: number): Map<string, Decision> {
  const { log } = ios;
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

/** The first event of an I/O that is another, where no decision says why: a call if there is one, else a field that is
 *  set or a free that comes at another place. Null where all is alike. */
export function detourOf(a: IoTable, ioA: number, b: IoTable, ioB: number): Detour | null {
  return firstOther(a, ioA, b, ioB, isCall) ?? firstOther(a, ioA, b, ioB, isAny);
}

const isCall = (kind: Ev): boolean => kind === Ev.Enter || kind === Ev.Trace || kind === Ev.Notify;
const isAny = (kind: Ev): boolean => kind !== Ev.Exit;

function firstOther(
  a: IoTable,
  ioA: number,
  b: IoTable,
  ioB: number,
  counts: (kind: Ev) => boolean,
): Detour | null {
  const ofA = stepsOf(a, ioA, counts);
  const ofB = stepsOf(b, ioB, counts);
  for (let i = 0; i < Math.max(ofA.length, ofB.length); i++)
    if (ofA[i]?.name !== ofB[i]?.name) return { a: ofA[i] ?? lastOf(ofA), b: ofB[i] ?? lastOf(ofB) };
  return null;
}

const lastOf = (steps: readonly Step[]): Step => ({ row: steps.at(-1)?.row ?? NO_ROW, name: '' });

function stepsOf(ios: IoTable, io: number, counts: (kind: Ev) => boolean): Step[] {
  const { log } = ios;
  return familyRows(log, ios, io)
    .filter((row) => counts(log.kind(row)))
    .map((row) => ({ row, name: log.name(row) }));
}

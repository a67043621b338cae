import { NO_ROW, type Row } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band, bandOf } from './bands.ts';
import type { IoTable } from './io.ts';
import { HAND_OVERS } from './writeback-moments.ts';

/** What a step of an I/O's journey is. `arrive`: its context gets the CPU (an interrupt, a softirq, a switch); `wake`:
 *  what made that switch happen. */
export type StepKind =
  | 'submit'
  | 'call'
  | 'decide'
  | 'trace'
  | 'put'
  | 'take'
  | 'device'
  | 'wake'
  | 'arrive'
  | 'hazard'
  | 'notify';
export type JourneyStep = {
  readonly row: Row;
  readonly kind: StepKind;
  /** The row through which its context got the CPU, see `arrivalOf`. */
  readonly arrival: Row;
};

/**
 * An I/O's way through the kernel, in order and from its submission on: every call, decision, tracepoint and place of
 * its objects, and how the contexts came about in which they happened.
 */
export function journeyOf(log: LogView, ios: IoTable, io: number): JourneyStep[] {
  const steps: JourneyStep[] = [];
  const rows = familyRows(log, ios, io);
  let context: Row = NO_ROW;
  for (const row of rows) {
    const kind = kindOf(log, row, ios.topObject(io));
    if (kind === null) continue;
    const arrival = kind === 'device' ? NO_ROW : arrivalOf(log, row);
    if (arrival !== NO_ROW && arrival !== context) {
      context = arrival;
      steps.push(...arriving(log, arrival).filter((step) => step.row > rows[0]!));
    }
    steps.push({ row, kind, arrival });
  }
  return inOrder(steps);
}

/** By row and each row once: a wake-up comes before what its waker did after it, and one may serve two contexts. */
function inOrder(steps: JourneyStep[]): JourneyStep[] {
  return steps.sort((a, b) => a.row - b.row).filter((step, i) => step.row !== steps[i - 1]?.row);
}

/** The rows about any object of an I/O, ascending. */
export function familyRows(log: LogView, ios: IoTable, io: number): Row[] {
  const rows: number[] = [];
  for (const object of ios.family(io)) for (const row of log.rowsOfObject(object)) rows.push(row);
  return rows.sort((a, b) => a - b) as Row[];
}

/** The row through which the context of the event in `row` got its CPU: an Irq, a Softirq or a Switch; `NO_ROW` for an
 *  event outside any CPU or without known cause. */
export function arrivalOf(log: LogView, row: number): Row {
  if (log.cpu(row) === NO_CPU) return NO_ROW;
  let r = row;
  for (;;) {
    const kind = log.kind(r);
    if (kind === Ev.Irq || kind === Ev.Softirq || kind === Ev.Switch) return r as Row;
    const cause = log.cause(r);
    // A Wake, a device or another context is not how this one got the CPU.
    if (cause >= r || log.cpu(cause) !== log.cpu(row) || (kind !== Ev.Enter && r !== row)) return NO_ROW;
    r = cause;
  }
}

function kindOf(log: LogView, row: number, top: number): StepKind | null {
  switch (log.kind(row)) {
    case Ev.New:
      return log.object(row) === top ? 'submit' : null;
    case Ev.Enter:
      return 'call';
    case Ev.Decide:
      return 'decide';
    case Ev.Trace:
      return log.cpu(row) === NO_CPU ? 'device' : 'trace';
    case Ev.Put:
      return 'put';
    case Ev.Take:
      return 'take';
    case Ev.Hazard:
      return 'hazard';
    case Ev.Notify:
      return 'notify';
    default:
      return null;
  }
}

function arriving(log: LogView, arrival: Row): JourneyStep[] {
  const arrive: JourneyStep = { row: arrival, kind: 'arrive', arrival };
  const wake = wakeOf(log, arrival);
  return wake === NO_ROW ? [arrive] : [{ row: wake, kind: 'wake', arrival: arrivalOf(log, wake) }, arrive];
}

/** The Wake behind a Switch, or `NO_ROW`. */
function wakeOf(log: LogView, arrival: Row): Row {
  if (arrival === NO_ROW || log.kind(arrival) !== Ev.Switch) return NO_ROW;
  const cause = log.cause(arrival);
  return cause !== NO_ROW && log.kind(cause) === Ev.Wake ? cause : NO_ROW;
}

/** Why an I/O goes on elsewhere. `reap`: the application takes the result out of the ring it was posted to. */
export type FlowKind = 'device' | 'work' | 'task-work' | 'reap' | 'ipi' | 'softirq' | 'wake' | 'switch';
export type Flow = { readonly from: Row; readonly to: Row; readonly kind: FlowKind };

/** What an I/O does in one context without a break. */
type Stay = {
  readonly arrival: Row;
  readonly first: Row;
  last: Row;
  /** The first thing taken there from a place into which another context had put it. */
  take: Row;
  /** The device worked before it. */
  readonly afterDevice: boolean;
};

/** The arrows of an I/O between CPUs, bands and tasks: each from its last event in one context, or from where it was
 *  put, to its first in the next, or to where it is taken. */
export function flowsOf(log: LogView, ios: IoTable, io: number): Flow[] {
  const stays = staysOf(log, journeyOf(log, ios, io));
  return stays.slice(1).flatMap((stay, i) => flowBetween(log, stays[i]!, stay) ?? []);
}

function staysOf(log: LogView, steps: readonly JourneyStep[]): Stay[] {
  const stays: Stay[] = [];
  let afterDevice = false;
  for (const { row, kind, arrival } of steps) {
    if (kind === 'device') afterDevice = true;
    if (kind === 'device' || kind === 'wake' || kind === 'arrive') continue;
    let stay = stays.at(-1);
    if (stay === undefined || stay.arrival !== arrival || afterDevice)
      stays.push((stay = { arrival, first: row, last: row, take: NO_ROW, afterDevice }));
    const before = kind === 'take' && log.prev(row) < stay.first && log.kind(log.prev(row)) === Ev.Put;
    if (before && stay.take === NO_ROW) stay.take = row;
    stay.last = row;
    afterDevice = false;
  }
  return stays;
}

function flowBetween(log: LogView, before: Stay, stay: Stay): Flow | null {
  const { last: from } = before;
  const { first: to } = stay;
  const put = stay.take === NO_ROW ? NO_ROW : log.prev(stay.take);
  if (stay.afterDevice) return { from: put === NO_ROW ? from : put, to, kind: 'device' };
  if (put !== NO_ROW)
    return { from: put, to: stay.take, kind: PLACE_FLOWS[log.objectType(log.value(stay.take))] ?? 'reap' };
  const moved = log.cpu(from) !== log.cpu(to);
  if (bandOf(log.context(to)) === Band.Softirq) return { from, to, kind: moved ? 'ipi' : 'softirq' };
  const wake = wakeOf(log, stay.arrival);
  if (wake !== NO_ROW && wake > before.arrival) return { from: wake, to, kind: 'wake' };
  // The same task going on where it was has not gone anywhere.
  return !moved && taskOf(log, before) === taskOf(log, stay) ? null : { from, to, kind: 'switch' };
}

const PLACE_FLOWS: Readonly<Record<string, FlowKind>> = {
  ...Object.fromEntries(HAND_OVERS.map(({ type }) => [type, 'work' as const])),
  worker_pool: 'work',
  dropbehind_batch: 'work',
  io_wq_acct: 'work',
  task_works: 'task-work',
};

/** The task whose own context a stay is in; 0 for an interrupt's. */
function taskOf(log: LogView, { arrival }: Stay): number {
  return arrival !== NO_ROW && log.kind(arrival) === Ev.Switch ? log.object(arrival) : 0;
}

/** One link of a chain of causes. */
export type Why = {
  readonly row: Row;
  /** The last decision that the caller took before it came to this event, or `NO_ROW`. */
  readonly decision: Row;
};

/** More links than any chain of one I/O has. */
const MOST_LINKS = 500;
/** How far back a decision is looked for. */
const MOST_ROWS = 2000;

/**
 * Why an event happened: the event, its cause, that one's cause and so on, back to the row `until` (an I/O's
 * submission) or to the start of the run.
 */
export function whyChain(log: LogView, row: Row, until: number = 0): Why[] {
  const chain: Why[] = [];
  for (let r = row; r !== NO_ROW && r >= until && chain.length < MOST_LINKS; r = log.cause(r)) {
    chain.push({ row: r, decision: decisionBefore(log, r) });
    if (log.cause(r) >= r) break;
  }
  return chain;
}

/** The last decision before `row` with the same cause: taken in the same call, it let the call come this far. */
export function decisionBefore(log: LogView, row: number): Row {
  const cause = log.cause(row);
  if (cause === NO_ROW || log.kind(cause) !== Ev.Enter) return NO_ROW;
  const end = Math.max(cause, row - MOST_ROWS);
  for (let r = row - 1; r > end; r--)
    if (log.kind(r) === Ev.Decide && log.cause(r) === cause) return r as Row;
  return NO_ROW;
}

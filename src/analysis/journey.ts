import { NO_ROW, type Row } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band, bandOf } from './bands.ts';
import type { IoTable } from './io.ts';

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
 * An I/O's way through the kernel, in order: every call, decision, tracepoint and place of its objects, and between
 * them how the contexts came about in which they happened.
 */
export function journeyOf(log: LogView, ios: IoTable, io: number): JourneyStep[] {
  const steps: JourneyStep[] = [];
  let context: Row = NO_ROW;
  let last = -1;
  for (const row of familyRows(log, ios, io)) {
    const kind = kindOf(log, row, ios.topObject(io));
    if (kind === null) continue;
    const arrival = kind === 'device' ? NO_ROW : arrivalOf(log, row);
    if (arrival !== NO_ROW && arrival !== context) {
      context = arrival;
      if (arrival > last) steps.push(...arriving(log, arrival, last));
    }
    steps.push({ row, kind, arrival });
    last = row;
  }
  return steps;
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

function arriving(log: LogView, arrival: Row, after: number): JourneyStep[] {
  const arrive: JourneyStep = { row: arrival, kind: 'arrive', arrival };
  const cause = log.cause(arrival);
  const woken = log.kind(arrival) === Ev.Switch && cause < arrival && log.kind(cause) === Ev.Wake;
  return woken && cause > after
    ? [{ row: cause, kind: 'wake', arrival: arrivalOf(log, cause) }, arrive]
    : [arrive];
}

/** Why an I/O goes on elsewhere. */
export type FlowKind = 'device' | 'work' | 'task-work' | 'ipi' | 'softirq' | 'wake' | 'switch';
export type Flow = { readonly from: Row; readonly to: Row; readonly kind: FlowKind };

/** The arrows of an I/O between CPUs and bands: each from its last event in one context to its first in the next. */
export function flowsOf(log: LogView, ios: IoTable, io: number): Flow[] {
  const flows: Flow[] = [];
  let last: Row = NO_ROW;
  let context: Row = NO_ROW;
  let overDevice = false;
  for (const { row, kind, arrival } of journeyOf(log, ios, io)) {
    if (kind === 'device') overDevice = true;
    if (kind === 'device' || kind === 'wake' || kind === 'arrive') continue;
    if (last !== NO_ROW && (arrival !== context || overDevice)) {
      const flow = flowBetween(log, last, row, { arrival, overDevice });
      if (flow !== null) flows.push(flow);
    }
    overDevice = false;
    context = arrival;
    last = row;
  }
  return flows;
}

function flowBetween(
  log: LogView,
  last: Row,
  row: Row,
  how: { readonly arrival: Row; readonly overDevice: boolean },
): Flow | null {
  if (how.overDevice) return { from: last, to: row, kind: 'device' };
  const put = log.kind(row) === Ev.Take ? log.prev(row) : NO_ROW;
  const place = put === NO_ROW ? '' : log.objectType(log.value(put));
  if (place === 'worker_pool') return { from: put, to: row, kind: 'work' };
  if (place === 'task_works') return { from: put, to: row, kind: 'task-work' };
  const moved = log.cpu(last) !== log.cpu(row);
  if (bandOf(log.context(row)) === Band.Softirq)
    return { from: last, to: row, kind: moved ? 'ipi' : 'softirq' };
  const wake = how.arrival === NO_ROW ? NO_ROW : log.cause(how.arrival);
  if (wake !== NO_ROW && wake > last && log.kind(wake) === Ev.Wake)
    return { from: wake, to: row, kind: 'wake' };
  // The same task going on where it was has not gone anywhere.
  const sameBand = bandOf(log.context(last)) === bandOf(log.context(row));
  return sameBand && !moved ? null : { from: last, to: row, kind: 'switch' };
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

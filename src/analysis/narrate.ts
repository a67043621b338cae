import { NO_ROW } from '../base/units.ts';
import { FIELDS, RULES } from '../kernel/catalogue.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { answerText, capital, decisionText, inputText, outcomeWord } from './decisions.ts';
import { fieldText, hasBit } from './fields.ts';
import type { IoTable } from './io.ts';
import { arrivalOf, decisionBefore } from './journey.ts';
import type { Path } from './moments.ts';
import { HAZARD_TEXTS } from './monitors-log.ts';
import { FUNCTION_PHRASES, STATE_PHRASES, TRACE_PHRASES } from './phrases.ts';

/** What one event is, in a sentence of at most `MOST_CHARS`, and why it happens. */
export type Narration = { readonly text: string; readonly why: string };

export const MOST_CHARS = 120;

/** Tells the event in `row`: subject first, present tense, with the name of the function. */
export function narrate(log: LogView, row: number): Narration {
  return { text: lineOf(log, row), why: why(log, row) };
}

/** With the function that does it, where both fit. */
function lineOf(log: LogView, row: number): string {
  const text = sentence(log, row).trimEnd();
  const whole = `${text}${BARE.has(log.kind(row)) ? inFunction(log, row) : ''}.`;
  if (whole.length <= MOST_CHARS) return whole;
  return text.length < MOST_CHARS ? `${text}.` : `${text.slice(0, MOST_CHARS - 1)}…`;
}

/** Kinds whose sentence does not name a function of itself. */
const BARE: ReadonlySet<Ev> = new Set([
  Ev.New,
  Ev.Free,
  Ev.Set,
  Ev.Put,
  Ev.Take,
  Ev.Lock,
  Ev.Unlock,
  Ev.Notify,
]);

/** Without the full stop. */
function sentence(log: LogView, row: number): string {
  const who = subjectOf(log, row);
  const name = log.name(row);
  const object = nameOf(log, log.object(row));
  switch (log.kind(row)) {
    case Ev.Start:
      return 'The run starts; nothing has happened yet';
    case Ev.Enter:
      return `${who} ${phrase(FUNCTION_PHRASES, 'calls', name, object)}`;
    case Ev.Exit:
      return `${who} returns from ${name}`;
    case Ev.Irq:
      return `CPU ${log.cpu(row)} takes the interrupt ${name} (vector ${log.value(row)})`;
    case Ev.IrqEnd:
    case Ev.SoftirqEnd:
      return `CPU ${log.cpu(row)} leaves the ${log.kind(row) === Ev.IrqEnd ? 'interrupt' : 'softirq'} ${startName(log, row)}`;
    case Ev.Softirq:
      return `CPU ${log.cpu(row)} starts the softirq ${name}`;
    case Ev.Switch:
      return switchSentence(log, row, object);
    case Ev.Wake:
      return `${who} makes ${object} runnable on CPU ${log.value(row)} (sched_wakeup)`;
    case Ev.Sleep:
      return `${object || who} goes to sleep; it waits for ${name || 'something'}`;
    case Ev.New:
      return `${who} creates ${object}`;
    case Ev.Free:
      return `${who} frees ${object}`;
    case Ev.Set:
      return setSentence(log, row, who, object);
    case Ev.Decide:
      return decisionSentence(log, row, who, object);
    case Ev.Input:
      return `${name} = ${short(inputText(name, log.value(row)))} goes into the decision ${startName(log, row)}`;
    case Ev.Trace:
      return `${who} ${phrase(TRACE_PHRASES, 'reports', name, object)}`;
    case Ev.Put:
      return `${who} puts ${object} into ${nameOf(log, log.value(row))}`;
    case Ev.Take:
      return takeSentence(log, row, who, object);
    case Ev.Spin:
      return `${who} waits busily, ${log.value(row)} times${name ? ` in ${name}` : ''}, before it goes on`;
    case Ev.Hazard:
      return `${object || who} ${HAZARD_TEXTS[name] ?? `breaks a rule: ${name}`}`;
    case Ev.Lock:
      return `${who} takes the lock ${object}`;
    case Ev.Unlock:
      return `${who} gives up the lock ${object}`;
    case Ev.Notify:
      return notifySentence(log, row, who, object);
    case Ev.Stop:
      return `The run ends (${name}) after ${log.value(row)} events`;
  }
}

/** Longer names would crowd out the rest of the sentence. */
const MOST_NAME = 28;

const nameOf = (log: LogView, object: number): string => shortName(log.objectName(object));
const shortName = (name: string): string =>
  name.length > MOST_NAME ? `${name.slice(0, MOST_NAME - 1)}…` : name;

/** Who does it: a task, an interrupt or softirq on its CPU, or the device. */
export function subjectOf(log: LogView, row: number): string {
  const cpu = log.cpu(row);
  if (cpu === NO_CPU) return log.kind(row) === Ev.Trace ? 'The device' : 'The machine';
  const arrival = arrivalOf(log, row);
  if (arrival === NO_ROW) return `CPU ${cpu}`;
  if (log.kind(arrival) === Ev.Switch) return nameOf(log, log.object(arrival));
  return `The ${shortName(log.name(arrival))} ${log.kind(arrival) === Ev.Irq ? 'interrupt' : 'softirq'} on CPU ${cpu}`;
}

function phrase(known: Readonly<Record<string, string>>, verb: string, name: string, object: string): string {
  // An own property only: "constructor" is no phrase.
  const text = Object.hasOwn(known, name) ? known[name] : undefined;
  if (text === undefined) return `${verb} ${name}${forObject(object)}`;
  return `${text.replace('{o}', () => object || 'something')} (${name})`;
}

const forObject = (object: string): string => (object === '' ? '' : ` for ${object}`);

/** " (iomap_dio_bio_end_io)", where the function that does it is known. */
function inFunction(log: LogView, row: number): string {
  const cause = log.cause(row);
  return cause !== NO_ROW && log.kind(cause) === Ev.Enter ? ` (${log.name(cause)})` : '';
}

const startName = (log: LogView, row: number): string =>
  log.prev(row) === NO_ROW ? '' : log.name(log.prev(row));

function switchSentence(log: LogView, row: number, next: string): string {
  const before = log.prev(row);
  const cpu = `CPU ${log.cpu(row)}`;
  const previous = before === NO_ROW ? '' : nameOf(log, log.object(before));
  if (previous === '' || previous.startsWith('swapper/')) return `${next} gets ${cpu} (sched_switch)`;
  return `${next} gets ${cpu} from ${previous}, which ${STATE_PHRASES[log.value(row)] ?? 'leaves it'} (sched_switch)`;
}

function setSentence(log: LogView, row: number, who: string, object: string): string {
  const field = log.name(row);
  const before = log.prev(row);
  const bits = FIELDS.get(`${log.objectType(log.object(row))}.${field}`)?.bits;
  if (before !== NO_ROW && bits !== undefined) {
    const change = flagChange(log.value(before), log.value(row), bits);
    if (change !== '') return `${who} ${change} ${field} of ${object}`;
  }
  const text = (value: number): string => short(fieldText(log, log.object(row), field, value));
  const was = before === NO_ROW ? '' : `, was ${text(log.value(before))}`;
  return `${who} sets ${field} of ${object} to ${text(log.value(row))}${was}`;
}

/** "sets REQ_POLLED in", "clears IOCB_HIPRI in", or both where other flags stay; '' when no flag changes or all do. */
function flagChange(before: number, now: number, bits: Readonly<Record<string, number>>): string {
  const added = Object.keys(bits).filter((b) => hasBit(now, bits[b] ?? 0) && !hasBit(before, bits[b] ?? 0));
  const gone = Object.keys(bits).filter((b) => hasBit(before, bits[b] ?? 0) && !hasBit(now, bits[b] ?? 0));
  if (added.length > 0 && gone.length === 0) return `sets ${added.join('|')} in`;
  if (gone.length > 0 && added.length === 0) return `clears ${gone.join('|')} in`;
  const stays = Object.values(bits).some((bit) => hasBit(before, bit) && hasBit(now, bit));
  return stays && gone.length > 0 ? `sets ${added.join('|')} and clears ${gone.join('|')} in` : '';
}

/** Flags as tracepoints print them, without the prefix that all of them have. */
const short = (flags: string): string => flags.replace(/\b(?:IOCB|REQ|IOMAP_DIO)_(?=\w)/g, '');

/** "May the completion run right here? No, for bio 1 (dio-inline)": question and answer first, the rule's name last. */
function decisionSentence(log: LogView, row: number, who: string, object: string): string {
  const rule = log.name(row);
  const word = outcomeWord(rule, log.value(row));
  const asks = RULES.get(rule)?.asks;
  if (asks === undefined) return `${who} decides ${rule}${forObject(object)}: ${word}`;
  const answer = `${asks} ${capital(word)}`;
  const about = object === '' ? '' : `, for ${object}`;
  const ways = [`${answer}${about} (${rule})`, `${answer} (${rule})`, answer];
  return ways.find((text) => text.length < MOST_CHARS) ?? `${who} decides ${rule}: ${word}`;
}

function takeSentence(log: LogView, row: number, who: string, object: string): string {
  const put = log.prev(row);
  const waited = put === NO_ROW ? '' : ` after ${durationText(log.time(row) - log.time(put))}`;
  return `${who} takes ${object} from ${nameOf(log, log.value(row))}${waited}`;
}

function notifySentence(log: LogView, row: number, who: string, object: string): string {
  const value = log.value(row);
  const result = value < 0 ? `error ${value}` : `${value} bytes`;
  switch (log.name(row)) {
    case 'cqe':
      return `${who} posts the CQE of ${object}: ${result}`;
    case 'aio_event':
      return `${who} publishes the aio event of ${object}: ${result}`;
    case 'return':
      return `${who} has the result of ${object} as a return value: ${result}`;
    default:
      return `${who} makes the result of ${object} known (${log.name(row)}): ${result}`;
  }
}

/** "250 ns", "4.9 us", "1.25 ms", "3 s": three digits, the unit that fits. */
export function durationText(ns: number): string {
  for (const [unit, size] of UNITS) if (Math.abs(ns) >= size) return `${threeDigits(ns / size)} ${unit}`;
  return `${ns} ns`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
];

const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

function why(log: LogView, row: number): string {
  const kind = log.kind(row);
  const before = log.prev(row);
  if (kind === Ev.Decide) return `${answerText(log, row)}${decider(log, row)}`;
  if (kind === Ev.Input && before !== NO_ROW) return decisionText(log, before);
  if (ENDS.has(kind) && before !== NO_ROW && log.time(row) === log.time(before)) return goesOn(log, before);
  if (ENDS.has(kind) && before !== NO_ROW)
    return `It took ${durationText(log.time(row) - log.time(before))}, all interruptions included.`;
  const cause = log.cause(row);
  if (cause === NO_ROW) return kind === Ev.Start ? 'Every run starts here.' : 'The cause is not known.';
  switch (log.kind(cause)) {
    case Ev.Start:
      return 'It is so from the start of the run.';
    case Ev.Enter:
      return `${kind === Ev.Enter ? 'Called by' : 'In'} ${log.name(cause)}${after(log, row)}.`;
    case Ev.Irq:
      return `In the handler of the interrupt ${log.name(cause)}.`;
    case Ev.Softirq:
      return `In the handler of the softirq ${log.name(cause)}.`;
    case Ev.Switch:
      return `${nameOf(log, log.object(cause))} has got CPU ${log.cpu(cause)} and goes on.`;
    default:
      return `Because: ${lineOf(log, cause)}`;
  }
}

const ENDS: ReadonlySet<Ev> = new Set([Ev.Exit, Ev.IrqEnd, Ev.SoftirqEnd]);

/** " Decided by fio in iomap_dio_bio_end_io." */
function decider(log: LogView, row: number): string {
  const cause = log.cause(row);
  const where = cause !== NO_ROW && log.kind(cause) === Ev.Enter ? ` in ${log.name(cause)}` : '';
  return ` Decided by ${subjectOf(log, row).replace(/^The /, 'the ')}${where}.`;
}

/** Where a call that takes no time of its own returns to. */
function goesOn(log: LogView, start: number): string {
  const caller = log.cause(start);
  if (log.kind(start) !== Ev.Enter || caller === NO_ROW) return 'What was interrupted goes on.';
  return log.kind(caller) === Ev.Enter ? `${log.name(caller)} goes on.` : 'Its caller goes on.';
}

/** ", after dio-inline came to no": the decision that let the call come this far. */
function after(log: LogView, row: number): string {
  const decision = decisionBefore(log, row);
  if (decision === NO_ROW) return '';
  const rule = log.name(decision);
  return `, after ${rule} came to: ${outcomeWord(rule, log.value(decision))}`;
}

/** Where a completion ran, as the end of "12 ...". */
const PATH_WORDS: Readonly<Record<Path, string>> = {
  'wait-wake': 'in the woken submitter',
  'submitter-direct': 'in the submitter at once',
  'inline-irq': 'inline in the interrupt',
  'inline-poll': 'inline in the poll loop',
  'caller-comp-task-work': 'in the submitter’s task_work',
  'inline-kworker': 'in the filesystem’s worker that ended the bio',
  s_dio_done_wq: 'in s_dio_done_wq',
};

/** "4 CPUs, 16 I/Os: 12 in s_dio_done_wq, 4 inline in the interrupt; 2 bios of writeback; 0 hazards." */
export function runSentence(log: LogView, ios: IoTable, hazards: number): string {
  const counts = new Map<string, number>();
  for (let io = 0; io < ios.count; io++) {
    if (!ios.isApplication(io)) continue;
    const path = ios.path(io);
    const where = path === null ? 'not finished' : PATH_WORDS[path];
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  const ways = [...counts].sort((a, b) => b[1] - a[1]).map(([where, n]) => `${n} ${where}`);
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  const paths = ways.length > 0 ? `: ${ways.join(', ')}` : '';
  const bios = ios.writebacks === 0 ? '' : ` ${many(ios.writebacks, 'bio')} of writeback;`;
  return `${many(cpusOf(log), 'CPU')}, ${many(ios.applications, 'I/O')}${paths};${bios} ${many(hazards, 'hazard')}.`;
}

/** Every CPU has an idle task from the start. */
function cpusOf(log: LogView): number {
  let cpus = 0;
  for (let object = 1; object < log.objectCount; object++)
    if (log.objectLabel(object).startsWith('swapper/')) cpus++;
  return cpus;
}

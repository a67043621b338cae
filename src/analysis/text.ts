import { NO_OBJECT, NO_ROW } from '../base/units.ts';
import { contextFlags } from '../log/context.ts';
import { Ev, EV_NAMES, NO_CPU, TASK_STATE_LETTERS } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { inputsOf, inputText, outcomeWord } from './decisions.ts';
import { fieldText } from './fields.ts';

/**
 * Events as lines in the layout of ftrace's text: `comm-pid [cpu] flags time: event: args`. Tracepoints, interrupts and
 * switches have the kernel's own event names; what only the model knows (decisions, field writes, places) has names of
 * its own, with capital letters as in `EV_NAMES` made small.
 */
export function textLine(log: LogView, row: number, task: number = taskAt(log, row)): string {
  const cpu = log.cpu(row);
  const who = cpu === NO_CPU ? '<device>-0' : taskText(log, task);
  const where = cpu === NO_CPU ? '---' : String(cpu).padStart(3, '0');
  return `${who.padStart(16)} [${where}] ${contextFlags(log.context(row))} ${secondsText(log.time(row))}: ${eventText(log, row)}`.trimEnd();
}

/** Lines of rows `from` up to, not including, `to`, one by one so that nobody need hold all of them. */
export function* textLines(log: LogView, from = 0, to: number = log.rows): Generator<string> {
  const tasks = new Map<number, number>();
  for (let row = from; row < to; row++) {
    const cpu = log.cpu(row);
    if (!tasks.has(cpu)) tasks.set(cpu, taskAt(log, row));
    // ftrace prints a switch under the task that leaves.
    yield textLine(log, row, tasks.get(cpu) ?? NO_OBJECT);
    if (log.kind(row) === Ev.Switch) tasks.set(cpu, log.object(row));
  }
}

/** The task on an event's CPU just before the event, also below an interrupt: looks back for the CPU's last Switch. */
export function taskAt(log: LogView, row: number): number {
  const cpu = log.cpu(row);
  for (let r = row - 1; r >= 0 && cpu !== NO_CPU; r--)
    if (log.kind(r) === Ev.Switch && log.cpu(r) === cpu) return log.object(r);
  return NO_OBJECT;
}

/** "comm-pid"; the idle task is "<idle>-0". A task's number in the log stands for its pid. */
function taskText(log: LogView, task: number): string {
  const comm = log.objectLabel(task);
  return task === NO_OBJECT || comm.startsWith('swapper/')
    ? '<idle>-0'
    : `${comm}-${log.objectOrdinal(task)}`;
}

/** Nanoseconds as seconds with nine decimals, exactly. */
export function secondsText(ns: number): string {
  return `${Math.floor(ns / 1e9)}.${String(ns % 1e9).padStart(9, '0')}`;
}

/** `event: args` of a row. */
export function eventText(log: LogView, row: number): string {
  const name = log.name(row);
  const object = log.objectName(log.object(row));
  const value = log.value(row);
  const began = log.prev(row);
  switch (log.kind(row)) {
    case Ev.Enter:
      return `${name}: ${object}${callerText(log, row)}`;
    case Ev.Exit:
      return `exit: ${name} ${object}`;
    case Ev.Irq:
      return `irq_handler_entry: irq=${value} name=${name}`;
    case Ev.IrqEnd:
      return `irq_handler_exit: irq=${valueOf(log, began)} ret=handled`;
    case Ev.Softirq:
      return `softirq_entry: vec=${value} [action=${name}]`;
    case Ev.SoftirqEnd:
      return `softirq_exit: vec=${valueOf(log, began)} [action=${began === NO_ROW ? '' : log.name(began)}]`;
    case Ev.Switch:
      return switchText(log, row);
    case Ev.Wake:
      return `sched_wakeup: comm=${object} pid=${log.objectOrdinal(log.object(row))} target_cpu=${String(value).padStart(3, '0')}`;
    case Ev.Sleep:
      return `sleep: ${object} state=${TASK_STATE_LETTERS[value] ?? value} for="${name}"`;
    case Ev.Set:
      return `set: ${object} ${name}=${fieldText(log, log.object(row), name, value)}`;
    case Ev.Decide:
      return decisionLine(log, row, object);
    case Ev.Input:
      return `input: ${name}=${inputText(name, value)}`;
    case Ev.Trace:
      return `${name}: ${object}${object ? ' ' : ''}value=${value}`;
    case Ev.Put:
    case Ev.Take:
      return `${kindName(log, row)}: ${object} place="${log.objectName(value)}"`;
    case Ev.Spin:
      return `spin: ${name} times=${value}`;
    case Ev.Notify:
      return `notify: ${name} ${object} res=${value}`;
    case Ev.Stop:
      return `stop: ${name} rows=${value}`;
    case Ev.Start:
      return 'start:';
    case Ev.New:
    case Ev.Free:
    case Ev.Hazard:
    case Ev.Lock:
    case Ev.Unlock:
      return `${kindName(log, row)}: ${[log.kind(row) === Ev.Hazard ? name : '', object].filter(Boolean).join(' ')}`;
  }
}

const kindName = (log: LogView, row: number): string => (EV_NAMES[log.kind(row)] ?? '').toLowerCase();
const valueOf = (log: LogView, row: number): number | string => (row === NO_ROW ? '?' : log.value(row));

/** " <-caller", as the function tracer prints it. */
function callerText(log: LogView, row: number): string {
  const cause = log.cause(row);
  if (cause === NO_ROW || log.kind(cause) !== Ev.Enter) return '';
  return `${log.object(row) === NO_OBJECT ? '' : ' '}<-${log.name(cause)}`;
}

function switchText(log: LogView, row: number): string {
  const before = log.prev(row);
  const person = (task: number, which: string): string => {
    const idle = task === NO_OBJECT;
    const comm = idle ? `swapper/${log.cpu(row)}` : log.objectLabel(task);
    const pid = idle || comm.startsWith('swapper/') ? 0 : log.objectOrdinal(task);
    return `${which}_comm=${comm} ${which}_pid=${pid}`;
  };
  const previous = before === NO_ROW ? NO_OBJECT : log.object(before);
  const state = TASK_STATE_LETTERS[log.value(row)] ?? '?';
  return `sched_switch: ${person(previous, 'prev')} prev_state=${state} ==> ${person(log.object(row), 'next')}`;
}

function decisionLine(log: LogView, row: number, object: string): string {
  const rule = log.name(row);
  const inputs = inputsOf(log, row).map(({ name, value }) => `${name}=${inputText(name, value)}`);
  const about = object === '' ? '' : ` ${object}`;
  const from = inputs.length === 0 ? '' : ` (${inputs.join(', ')})`;
  return `decide: ${rule}${about} = ${outcomeWord(rule, log.value(row))}${from}`;
}

import { fieldText } from '../analysis/fields.ts';
import { RULES } from '../kernel/catalogue.ts';
import { Ev, TASK_STATE_LETTERS } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { count } from './format.ts';

/** The value of an event as its kind means it; '' where it means nothing. */
export function valueText(log: LogView, row: number): string {
  const value = log.value(row);
  switch (log.kind(row)) {
    case Ev.Put:
    case Ev.Take:
      return log.objectName(value);
    case Ev.Switch:
    case Ev.Sleep:
      return TASK_STATE_LETTERS[value] ?? String(value);
    case Ev.Wake:
      return `CPU ${value}`;
    case Ev.Irq:
      return `vector ${value}`;
    case Ev.Set:
      return fieldText(log, log.object(row), log.name(row), value);
    case Ev.Decide:
      return outcomeText(log.name(row), value);
    case Ev.Input:
      return inputText(log.name(row), value);
    case Ev.Spin:
      return `× ${count(value)}`;
    case Ev.Notify:
      return String(value);
    case Ev.Trace:
      return value === 0 ? '' : String(value);
    default:
      return '';
  }
}

/** What a decision came to: "yes", "no", or the words that the rule has for it. */
export function outcomeText(ruleId: string, outcome: number): string {
  const said = RULES.get(ruleId)?.outcomes?.[outcome];
  return said ?? (outcome === 1 ? 'yes' : outcome === 0 ? 'no' : String(outcome));
}

/** An input by its label: what is called flags is shown in hexadecimal. */
export function inputText(label: string, value: number): string {
  return /flags|opf/.test(label) ? `0x${(value >>> 0).toString(16)}` : String(value);
}

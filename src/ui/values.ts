import { inputText, outcomeWord } from '../analysis/decisions.ts';
import { fieldText } from '../analysis/fields.ts';
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
      return outcomeWord(log.name(row), value);
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

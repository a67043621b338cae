import { FIELDS, RULES } from '../kernel/catalogue.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { flagsText } from './fields.ts';

/** One input of a decision with what it was. */
export type InputValue = { readonly name: string; readonly value: number };

/** The inputs of the decision in `row`: the rows right after it that refer back to it. */
export function inputsOf(log: LogView, row: number): InputValue[] {
  const inputs: InputValue[] = [];
  for (let r = row + 1; r < log.rows && log.kind(r) === Ev.Input && log.prev(r) === row; r++)
    inputs.push({ name: log.name(r), value: log.value(r) });
  return inputs;
}

/** What a decision came to, in a word or two. */
export function outcomeWord(rule: string, value: number): string {
  const text = RULES.get(rule)?.outcomes?.[value];
  const short = text?.split(':')[0];
  return short ?? (value === 1 ? 'yes' : value === 0 ? 'no' : String(value));
}

/** What a decision came to, in full. */
export function outcomeText(rule: string, value: number): string {
  return RULES.get(rule)?.outcomes?.[value] ?? outcomeWord(rule, value);
}

/** An input of a decision: flags by their names where the label is that of a word of flags. */
export function inputText(label: string, value: number): string {
  const field = FLAG_WORDS.get(label);
  return field === undefined ? String(value) : flagsText(value, field);
}

const FLAG_WORDS: ReadonlyMap<string, Readonly<Record<string, number>>> = new Map(
  [...FIELDS].flatMap(([id, field]): [string, Readonly<Record<string, number>>][] => {
    if (field.kind !== 'flags') return [];
    const [type = '', name = ''] = id.split('.');
    return [[name === 'flags' ? `${type.split('_').at(-1) ?? ''} flags` : name, field.bits ?? {}]];
  }),
);

/** "Was this the last bio of the I/O? Yes (ref = 0).": question, answer and what it was made from. */
export function decisionText(log: LogView, row: number): string {
  const id = log.name(row);
  return `${RULES.get(id)?.asks ?? `${id}?`} ${answerText(log, row)}`;
}

/** "Yes (ref = 0).": the answer alone. */
export function answerText(log: LogView, row: number): string {
  const inputs = inputsOf(log, row).map(inputPair).join(', ');
  return `${capital(outcomeText(log.name(row), log.value(row)))}${inputs && ` (${inputs})`}.`;
}

const inputPair = ({ name, value }: InputValue): string => `${name} = ${inputText(name, value)}`;
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

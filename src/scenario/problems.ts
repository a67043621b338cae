import type { FioProblem } from './fio/fio-text.ts';
import type { ScenarioProblem } from './parse.ts';
import { didYouMean } from './nearest.ts';
import { fieldAt, stepsOf } from './schema-fields.ts';

/** More of a kind would scroll the first ones away. */
const MOST = 20;

/** What is wrong with a scenario, a sentence each: field, value, what is allowed. */
export function scenarioSentences(problems: readonly ScenarioProblem[]): readonly string[] {
  return fewer(problems.map(scenarioSentence));
}

function scenarioSentence({ field, value, message }: ScenarioProblem): string {
  const steps = stepsOf(field);
  if (message.startsWith('Invalid key: Expected never')) {
    const known = fieldAt(steps.slice(0, -1))?.inside ?? [];
    return `${field} is no field of a scenario; there are ${known.join(', ')}${didYouMean(steps.at(-1) ?? '', known)}`;
  }
  if (message.startsWith('Invalid key:')) return `${field} is missing`;
  const { options = [], type } = fieldAt(steps) ?? {};
  if (message.startsWith('Invalid type:') && type === 'flag')
    return `${field} ${value} is neither true nor false`;
  if (message.startsWith('Invalid type:') && options.length > 0)
    return `${field} ${value} is none of ${options.join(', ')}${didYouMean(value.replaceAll('"', ''), options.map(String))}`;
  return message.startsWith('Invalid')
    ? `${field}: ${message}`
    : `${field} ${value} ${message}`.replace('  ', ' ');
}

/** What is wrong with a fio text, with its line and column as compilers print them. */
export function fioSentences(name: string, problems: readonly FioProblem[]): readonly string[] {
  return fewer(
    problems.map(
      ({ line, column, message, text }) =>
        `${name}:${line}:${column}: ${message}${text === '' ? '' : ` (“${text}”)`}`,
    ),
  );
}

function fewer(sentences: readonly string[]): readonly string[] {
  if (sentences.length <= MOST) return sentences;
  return [...sentences.slice(0, MOST), `and ${sentences.length - MOST} more like these`];
}

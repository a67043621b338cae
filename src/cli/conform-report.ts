/** What `bioscope conform` says of a table. */
import type { Disagreement, Verdict } from '../conform/examine.ts';
import type { Choice } from '../conform/table.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Examination } from './conform.ts';
import type { Line } from './lines.ts';

/** The link to a scenario, or null where there is none. */
export type LinkOf = (scenario: Scenario) => Promise<string | null>;

const disagrees = ({ disagreements }: Verdict): boolean => disagreements.length > 0;
const agreeing = ({ verdicts }: Examination): number => verdicts.filter((v) => !disagrees(v)).length;

export const allAgree = (examination: Examination): boolean => !examination.verdicts.some(disagrees);

/** Each disagreement, then how many rows agree. Lines come as soon as their links are made. */
export async function* conformText(examination: Examination, linkOf: LinkOf): AsyncGenerator<Line> {
  const { name, table, verdicts } = examination;
  for (const verdict of verdicts.filter(disagrees)) {
    yield { text: `${verdict.id} (${name}:${verdict.line})`, tone: 'heading' };
    for (const disagreement of verdict.disagreements)
      yield { text: `  ${sentence(disagreement, verdict)}`, tone: 'error' };
    for (const { choice, scenario } of firsts(verdict)) {
      yield { text: `  with ${choiceText(choice)}` };
      const link = scenario === null ? null : await linkOf(scenario);
      if (link !== null) yield { text: `  ${link}` };
    }
  }
  if (table.isRecorded) yield { text: recordedNote(table.kind.sameInRecordings), tone: 'dim' };
  yield { text: `${agreeing(examination)} of ${verdicts.length} rows agree` };
}

/** The combinations that show the disagreements of a row. */
const firsts = ({ disagreements }: Verdict): readonly Disagreement[] =>
  disagreements.filter(({ choice }, i) => disagreements.findIndex((other) => other.choice === choice) === i);

function sentence({ column, expected, got, count }: Disagreement, { choices }: Verdict): string {
  const share = choices === 1 ? '' : ` (${count} of ${choices} combinations)`;
  return `${column}: expected ${expected}, got ${got}${share}`;
}

const choiceText = (choice: Choice): string =>
  Object.entries(choice)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** The rules by which recordings are compared. */
function recordedNote(same: Readonly<Record<string, readonly string[]>>): string {
  const pairs = Object.entries(same).map(([column, values]) => `${column} ${values.join(' and ')}`);
  return `recordings: an empty cell is not compared; what a recording cannot tell apart counts as equal: ${pairs.join('; ')}`;
}

/** The same for programs. */
export async function conformJson(examination: Examination, linkOf: LinkOf): Promise<unknown> {
  const { name, table, verdicts } = examination;
  const rows = await Promise.all(
    verdicts.map(async ({ id, line, choices, disagreements }) => ({
      row: id,
      line,
      combinations: choices,
      agrees: disagreements.length === 0,
      disagreements: await Promise.all(disagreements.map((d) => disagreementJson(d, linkOf))),
    })),
  );
  return {
    format: 'bioscope-conform',
    version: 1,
    file: name,
    table: table.kind.id,
    recorded: table.isRecorded,
    equal_in_recordings: table.isRecorded ? table.kind.sameInRecordings : {},
    agree: agreeing(examination),
    of: verdicts.length,
    rows,
  };
}

async function disagreementJson(
  { column, expected, got, count, choice, scenario }: Disagreement,
  linkOf: LinkOf,
): Promise<{ readonly inputs: Choice } & Record<string, unknown>> {
  const link = scenario === null ? null : await linkOf(scenario);
  return { column, expected, got, combinations: count, inputs: choice, link };
}

/** Examines the model with a table: runs the scenarios of each row and compares what their logs say. */
import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { runToEnd } from '../run/run.ts';
import { parseScenario } from '../scenario/parse.ts';
import { scenarioSentences } from '../scenario/problems.ts';
import type { Scenario } from '../scenario/schema.ts';
import { type CsvProblem, parseCsv } from './csv.ts';
import { type Reading, TABLE_KINDS, type TableKind } from './kind.ts';
import { type Choice, choicesOf, parseTable, type Table, type TableRow } from './table.ts';

/** A column in which the model does otherwise than a row says. */
export type Disagreement = {
  /** A column of the table, or `run` where there was nothing to compare. */
  readonly column: string;
  readonly expected: string;
  readonly got: string;
  /** Of how many choices of the row this is true. */
  readonly count: number;
  /** The first of them, and its scenario: null when it could not even be built. */
  readonly choice: Choice;
  readonly scenario: Scenario | null;
};

/** How the examination of one row went. */
export type Verdict = {
  readonly id: string;
  readonly line: number;
  /** Scenarios that were run. */
  readonly choices: number;
  /** Empty when the row agrees. */
  readonly disagreements: readonly Disagreement[];
};

/** A table together with its kind. */
export type KnownTable = Table & { readonly kind: TableKind };

/** Reads a table of the kind whose columns the head has most of. */
export function readTable(text: string): Result<KnownTable, readonly CsvProblem[]> {
  const kind = kindOf(text);
  const table = parseTable(text, kind.columns);
  return table.ok ? ok({ ...table.value, kind }) : err(table.error);
}

function kindOf(text: string): TableKind {
  const head = parseCsv(text.slice(0, text.search(/[\r\n]|$/)));
  const names = head.ok ? (head.value[0] ?? []).map((cell) => cell.text) : [];
  const known = ({ columns: { inputs, outcomes } }: TableKind): number =>
    names.filter((name) => Object.hasOwn(inputs, name) || Object.hasOwn(outcomes, name)).length;
  return TABLE_KINDS.reduce((best, kind) => (known(kind) > known(best) ? kind : best));
}

/** Some rows of a table of this kind: what one host can leave to another. */
export type RowsJob = { readonly kind: string; readonly rows: readonly TableRow[] };

/** How each of the rows fared. */
export function examineRows({ kind, rows }: RowsJob): readonly Verdict[] {
  const known = TABLE_KINDS.find(({ id }) => id === kind);
  assert(known !== undefined, 'rows are of a kind that readTable knows');
  return rows.map((row) => examineRow(known, row));
}

/** Runs every choice that the row stands for. */
export function examineRow(kind: TableKind, row: TableRow): Verdict {
  const choices = choicesOf(row);
  const found = new Map<string, Disagreement>();
  for (const choice of choices) {
    const { scenario, reading } = tryChoice(kind, row, choice);
    for (const { column, expected, got } of differences(kind, row, choice, reading)) {
      const key = `${column}\n${expected}\n${got}`;
      const known = found.get(key) ?? { column, expected, got, count: 0, choice, scenario };
      found.set(key, { ...known, count: known.count + 1 });
    }
  }
  return { id: row.id, line: row.line, choices: choices.length, disagreements: [...found.values()] };
}

function tryChoice(
  kind: TableKind,
  row: TableRow,
  choice: Choice,
): { readonly scenario: Scenario | null; readonly reading: Reading | string } {
  const parsed = parseScenario(kind.scenario(row, choice));
  if (!parsed.ok) return { scenario: null, reading: scenarioSentences(parsed.error).join('; ') };
  try {
    return { scenario: parsed.value, reading: kind.read(runToEnd(parsed.value).log, parsed.value, choice) };
  } catch (error) {
    // A fault of the model in one row must not hide the others; it is told as a disagreement.
    return { scenario: parsed.value, reading: String(error) };
  }
}

type Difference = Pick<Disagreement, 'column' | 'expected' | 'got'>;

function differences(
  kind: TableKind,
  row: TableRow,
  choice: Choice,
  reading: Reading | string,
): readonly Difference[] {
  if (typeof reading === 'string') return [{ column: 'run', expected: 'a completion', got: reading }];
  const inputs = Object.entries(choice).flatMap(([column, expected]) => {
    const got = reading.inputs[column];
    return got === undefined || expected === '-' || got === expected ? [] : [{ column, expected, got }];
  });
  const outcomes = Object.entries(row.outcomes).flatMap(([column, expected]) => {
    const got = reading.outcomes[column] ?? 'none';
    const same = row.isRecorded ? (kind.sameInRecordings[column] ?? []) : [];
    const agrees = expected === '' || got === expected || (same.includes(got) && same.includes(expected));
    return agrees ? [] : [{ column, expected, got }];
  });
  return [...inputs, ...outcomes];
}

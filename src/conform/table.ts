/** Tables of what the kernel does: rows of conditions and outcomes. What the columns mean is said by a kind of table. */
import { err, ok, type Result } from '../base/result.ts';
import { didYouMean } from '../scenario/nearest.ts';
import { type Cell, type CsvProblem, parseCsv } from './csv.ts';

/** What a cell of a column may hold. */
export type ColumnDef = {
  /** The single values. */
  readonly values: readonly string[];
  /** Whether `-`, not applicable, is one of them. */
  readonly dash: boolean;
  /** Joins several values to one: an outcome that is a set of flags. */
  readonly joined?: '+';
};

/** The columns of a kind of table. */
export type Columns<Input extends string = string, Outcome extends string = string> = {
  readonly inputs: Readonly<Record<Input, ColumnDef>>;
  readonly outcomes: Readonly<Record<Outcome, ColumnDef>>;
};

/** One row, its cells checked against the columns. */
export type TableRow = {
  /** Its `row_id` or `recording`. */
  readonly id: string;
  readonly line: number;
  /** It says what was seen on a real kernel, not what follows from its sources. */
  readonly isRecorded: boolean;
  /** The values that each input may have, all with the same outcomes. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** Empty where nothing was observed. */
  readonly outcomes: Readonly<Record<string, string>>;
};

export type Table = {
  readonly isRecorded: boolean;
  readonly rows: readonly TableRow[];
  /** Columns that no kind of table has; they are passed over. */
  readonly extra: readonly string[];
};

/** Rows of a decision table have an id, those of a table of recordings the name of one. */
const LABELS = ['row_id', 'recording'] as const;

/** Reads a table with these columns, in any order. All that is wrong is told, in the order of the text. */
export function parseTable(text: string, columns: Columns): Result<Table, readonly CsvProblem[]> {
  const csv = parseCsv(text);
  if (!csv.ok) return err([csv.error]);
  const [header, ...lines] = csv.value;
  if (header === undefined) return err([{ line: 1, column: 1, message: 'is empty' }]);
  const label = LABELS.find((name) => header.some((cell) => cell.text === name));
  const problems = headerProblems(header, columns, label);
  if (label === undefined || problems.length > 0) return err(problems);
  if (lines.length === 0)
    return err([{ line: header[0]?.line ?? 1, column: 1, message: 'has a head, but no rows' }]);
  const reader = new RowReader(header, columns, label);
  const rows = lines.map((cells) => reader.row(cells));
  if (reader.problems.length > 0) return err(reader.problems);
  const known = [label, ...namesOf(columns)];
  const extra = header.map(({ text }) => text).filter((name) => !known.includes(name));
  return ok({ isRecorded: label === 'recording', rows, extra });
}

const namesOf = ({ inputs, outcomes }: Columns): string[] => [
  ...Object.keys(inputs),
  ...Object.keys(outcomes),
];

function headerProblems(
  header: readonly Cell[],
  columns: Columns,
  label: string | undefined,
): readonly CsvProblem[] {
  const names = header.map(({ text }) => text);
  const end = header.at(-1);
  const at = { line: end?.line ?? 1, column: (end?.column ?? 1) + (end?.text.length ?? 0) };
  const problems: CsvProblem[] = header
    .filter(({ text }, i) => text !== '' && names.indexOf(text) < i)
    .map(({ line, column, text }) => ({ line, column, message: `there are two columns “${text}”` }));
  if (label === undefined)
    problems.push({ ...at, message: `the head has neither a column ${LABELS.join(' nor ')}` });
  for (const name of namesOf(columns).filter((wanted) => !names.includes(wanted))) {
    const other = names.filter((text) => !namesOf(columns).includes(text));
    problems.push({ ...at, message: `the head lacks the column ${name}${didYouMean(name, other)}` });
  }
  return problems;
}

/** Reads rows; what is wrong with them gathers in `problems`. */
class RowReader {
  readonly problems: CsvProblem[] = [];
  private readonly header: readonly Cell[];
  private readonly columns: Columns;
  private readonly label: (typeof LABELS)[number];

  constructor(header: readonly Cell[], columns: Columns, label: (typeof LABELS)[number]) {
    this.header = header;
    this.columns = columns;
    this.label = label;
  }

  row(cells: readonly Cell[]): TableRow {
    if (cells.length !== this.header.length) this.wrongCount(cells);
    const isRecorded = this.label === 'recording';
    const entries = <T>(names: Readonly<Record<string, ColumnDef>>, read: (cell: Cell, name: string) => T) =>
      Object.fromEntries(Object.keys(names).map((name) => [name, read(this.cell(cells, name), name)]));
    const { text: id, line, column } = this.cell(cells, this.label);
    if (id === '' && cells.length === this.header.length)
      this.problems.push({ line, column, message: `the row has no ${this.label}` });
    return {
      id,
      line,
      isRecorded,
      inputs: entries(this.columns.inputs, (cell, name) => this.input(cell, name)),
      outcomes: entries(this.columns.outcomes, (cell, name) => this.outcome(cell, name, isRecorded)),
    };
  }

  private wrongCount(cells: readonly Cell[]): void {
    const { length } = this.header;
    const first = cells[Math.min(length, cells.length - 1)];
    const message = `the row has ${cells.length} cells where the head has ${length}`;
    this.problems.push({ line: first?.line ?? 1, column: first?.column ?? 1, message });
  }

  /** The cell of a column; one of a row that is too short is empty and is not complained about twice. */
  private cell(cells: readonly Cell[], name: string): Cell {
    const cell = cells[this.header.findIndex(({ text }) => text === name)];
    return cell ?? { line: cells[0]?.line ?? 1, column: 0, text: '' };
  }

  /** `a|b`: each value gives the same outcomes. */
  private input(cell: Cell, name: string): readonly string[] {
    const def = this.columns.inputs[name];
    if (def === undefined) return [];
    if (def.dash && cell.text === '-') return ['-'];
    const parts = cell.text.split('|').map((part) => part.trim());
    for (const part of parts) this.check(cell, part, name, def);
    return [...new Set(parts)];
  }

  private outcome(cell: Cell, name: string, mayBeBlank: boolean): string {
    const def = this.columns.outcomes[name];
    if (def === undefined || (mayBeBlank && cell.text === '')) return '';
    if (def.joined === undefined) {
      this.check(cell, cell.text, name, def);
      return cell.text;
    }
    const parts = cell.text.split(def.joined);
    for (const part of parts) this.check(cell, part, name, def);
    return canonical(parts, def).join(def.joined);
  }

  private check({ line, column }: Cell, value: string, name: string, { values, dash }: ColumnDef): void {
    if (column === 0 || values.includes(value)) return;
    const known = dash ? [...values, '-'] : values;
    const what = value === '' ? `${name} is empty` : `${name} “${value}” is unknown`;
    const message = `${what}; there are ${known.join(', ')}${didYouMean(value, known)}`;
    this.problems.push({ line, column, message });
  }
}

/** Values in the order of their column. */
export function canonical(parts: readonly string[], { values }: ColumnDef): readonly string[] {
  return [...parts].sort((a, b) => values.indexOf(a) - values.indexOf(b));
}

/** One choice for each input of a row. */
export type Choice = Readonly<Record<string, string>>;

/** Every choice that a row stands for: the product of its cells, the last column changing fastest. */
export function choicesOf(row: TableRow): readonly Choice[] {
  let choices: Choice[] = [{}];
  for (const [name, values] of Object.entries(row.inputs))
    choices = choices.flatMap((choice) => values.map((value) => ({ ...choice, [name]: value })));
  return choices;
}

/** `bioscope conform`: a table of what the kernel does, against the model. */
import type { Readable } from 'node:stream';
import { err, ok, type Result } from '../base/result.ts';
import type { CsvProblem } from '../conform/csv.ts';
import { examineRows, type KnownTable, readTable, type RowsJob, type Verdict } from '../conform/examine.ts';
import { choicesOf } from '../conform/table.ts';
import { didYouMean } from '../scenario/nearest.ts';
import type { ConformCommand } from './command.ts';
import { readFileText, readText } from './read-text.ts';
import { inWorkers } from './worker-pool.ts';

/** Characters of a table. */
const MAX_CHARS = 16_000_000;
/** Fewer scenarios than this are sooner run than a worker is started. */
const MIN_FOR_WORKERS = 1000;
/** How many jobs a worker gets in all: enough to be done at the same time as the others, and to show progress. */
const JOBS_A_WORKER = 40;
/** More would scroll the first ones away. */
const MOST_PROBLEMS = 20;

/** A table and how each of its rows fared, in their order. */
export type Examination = {
  readonly name: string;
  readonly table: KnownTable;
  readonly verdicts: readonly Verdict[];
};

export type ConformHost = {
  readonly stdin: Readable;
  /** Workers to use; with 1 everything runs right here. */
  readonly threads: number;
  readonly tell: (done: number, total: number) => void;
};

/** Reads the table and examines its rows. The errors are sentences. */
export async function examineFile(
  { file, row }: ConformCommand,
  host: ConformHost,
): Promise<Result<Examination, readonly string[]>> {
  const text = file === '-' ? await readText(host.stdin, MAX_CHARS) : await readFileText(file, MAX_CHARS);
  const name = file === '-' ? 'standard input' : file;
  if (!text.ok) return err([`${name} ${text.error.message}`]);
  const parsed = readTable(text.value);
  if (!parsed.ok) return err(placed(name, parsed.error));
  const table = row === null ? ok(parsed.value) : onlyRow(parsed.value, name, row);
  return table.ok ? ok({ name, table: table.value, verdicts: await examined(table.value, host) }) : table;
}

/** Problems as compilers print them. */
function placed(name: string, problems: readonly CsvProblem[]): readonly string[] {
  const sentences = problems
    .slice(0, MOST_PROBLEMS)
    .map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`);
  const more = problems.length - sentences.length;
  return more > 0 ? [...sentences, `and ${more} more like these`] : sentences;
}

function onlyRow(table: KnownTable, name: string, id: string): Result<KnownTable, readonly string[]> {
  const rows = table.rows.filter((row) => row.id === id);
  if (rows.length > 0) return ok({ ...table, rows });
  const ids = table.rows.map((row) => row.id);
  return err([`${name} has no row “${id}”${didYouMean(id, ids)}`]);
}

async function examined({ kind, rows }: KnownTable, { threads, tell }: ConformHost): Promise<Verdict[]> {
  const scenarios = rows.reduce((sum, row) => sum + choicesOf(row).length, 0);
  const busy = scenarios < MIN_FOR_WORKERS ? 1 : threads;
  const size = Math.ceil(rows.length / (busy * JOBS_A_WORKER));
  const jobs: RowsJob[] = [];
  for (let i = 0; i < rows.length; i += size) jobs.push({ kind: kind.id, rows: rows.slice(i, i + size) });
  const answers: (readonly Verdict[])[] = [];
  let done = 0;
  const take = (answer: unknown, index: number): void => {
    const verdicts = answer as readonly Verdict[]; // what examineRows returns, here or in a worker
    answers[index] = verdicts;
    done += verdicts.length;
    tell(done, rows.length);
  };
  tell(0, rows.length);
  if (busy === 1) jobs.forEach((job, index) => take(examineRows(job), index));
  else await inWorkers(new URL('./conform-worker.ts', import.meta.url), busy, jobs, take);
  return answers.flat();
}

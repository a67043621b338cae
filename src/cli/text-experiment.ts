/** The result of an experiment for people, and as CSV. */
import { USES } from '../analysis/meter.ts';
import type { Options } from '../experiment/plan.ts';
import { PARAMETER_IDS, PARAMETERS } from '../experiment/point.ts';
import { DEPTHS, REFERENCE_CV_PERCENT } from '../experiment/published.ts';
import { type CvResult, type ExperimentResult, gainOf, type RowResult } from '../experiment/result.ts';
import {
  cvText,
  findingsOf,
  kiops,
  notesOf,
  rowText,
  signed,
  SOURCE,
  spreadText,
  TITLE,
  verdictOf,
} from '../experiment/words.ts';
import { csvCells } from './format-csv.ts';
import { heading, indented, type Line, table } from './lines.ts';

export function* experimentText(result: ExperimentResult): Generator<Line> {
  const { sweep, options } = result;
  const shown = sweep.find(({ cv_percent }) => cv_percent === REFERENCE_CV_PERCENT) ?? sweep[0];
  yield heading(TITLE);
  yield* indented([SOURCE]);
  yield { text: '' };
  yield* indented(notesOf(options).map(({ kind, text }) => `${kind}: ${text}`));
  if (shown === undefined) return;
  yield { text: '' };
  yield* rowLines(shown, options);
  yield { text: '' };
  yield* errorLines(sweep);
  yield { text: '' };
  yield* parameterLines(sweep);
  yield { text: '' };
  yield heading('Verdict');
  yield* indented([...sweep.map(verdictOf), ...findingsOf(result)]);
}

function rowLines(shown: CvResult, options: Options): Line[] {
  const head = ['row', '', 'K IOPS', 'published', 'error', 'spread', 'gain', 'published'];
  const cpuHead = [
    'row',
    'interrupt',
    'user',
    'kernel',
    'kworker',
    'idle',
    'kworker',
    'switches',
    'items/run',
  ];
  return [
    heading(`cv ${cvText(shown.cv_percent)}: throughput (all others: --format csv)`),
    ...table([head, ...shown.rows.map((row) => rowCells(shown, row, options))], 2),
    { text: '' },
    heading(
      `cv ${cvText(shown.cv_percent)}: CPU time of an I/O in ns, share of the kworker, switches an I/O`,
    ),
    ...table([cpuHead, ...shown.rows.map(cpuCells)], 1),
  ];
}

function rowCells(shown: CvResult, row: RowResult, options: Options): string[] {
  const gain = gainOf(shown, row.depth);
  return [
    rowText(row),
    row.role,
    kiops(row.iops),
    (row.published_iops / 1000).toFixed(0),
    signed(row.error),
    spreadText(row, options),
    ...(row.column === 'patched' ? [signed(gain.simulated), signed(gain.published)] : []),
  ];
}

function cpuCells(row: RowResult): string[] {
  const { hardirq, softirq, user, kernel, kworker, idle } = row.cpu_ns_per_io;
  return [
    rowText(row),
    ...[hardirq + softirq, user, kernel, kworker, idle].map((ns) => ns.toFixed(0)),
    `${(row.kworker_utilisation * 100).toFixed(1)} %`,
    row.switches_per_io.toFixed(2),
    row.items_per_kworker_run?.toFixed(2) ?? '-',
  ];
}

/** Errors of all rows, for every coefficient of variation; the fitted ones in brackets. */
function errorLines(sweep: readonly CvResult[]): Line[] {
  const cells = ({ cv_percent, rows }: CvResult): string[] => [
    cvText(cv_percent),
    ...rows.map(({ error, role }) => {
      const text = (Math.abs(error) < 0.0005 ? 0 : error * 100).toFixed(1);
      return role === 'fitted' ? `(${text})` : text;
    }),
  ];
  const head = ['cv', ...DEPTHS.map((d) => `stock ${d}`), ...DEPTHS.map((d) => `patched ${d}`)];
  return [
    heading('Errors in per cent by coefficient of variation of the device; (fitted)'),
    ...table([head, ...sweep.map(cells)], 1),
  ];
}

function parameterLines(sweep: readonly CvResult[]): Line[] {
  const head = ['cv', ...PARAMETER_IDS.map((id) => PARAMETERS[id].title)];
  const cells = ({ cv_percent, parameters }: CvResult): string[] => [
    cvText(cv_percent),
    ...PARAMETER_IDS.map((id) => parameters[id].toFixed(0)),
  ];
  return [heading('Fitted parameters in ns'), ...table([head, ...sweep.map(cells)], 1)];
}

const CSV_HEAD = [
  'cv',
  'column',
  'depth',
  'role',
  'published_iops',
  'iops',
  'iops_min',
  'iops_max',
  'error',
  ...USES.map((use) => `${use}_ns_per_io`),
  'kworker_utilisation',
  'switches_per_io',
  'interrupts_per_io',
  'items_per_kworker_run',
  ...PARAMETER_IDS,
];

/** A line for each row and coefficient of variation, with the parameters it was simulated with. */
export function* experimentCsv({ sweep }: ExperimentResult): Generator<string> {
  yield csvCells(CSV_HEAD);
  for (const { cv_percent, parameters, rows } of sweep)
    for (const row of rows)
      yield csvCells([
        cvText(cv_percent),
        row.column,
        row.depth,
        row.role,
        row.published_iops,
        row.iops,
        row.iops_min,
        row.iops_max,
        row.error,
        ...USES.map((use) => row.cpu_ns_per_io[use]),
        row.kworker_utilisation,
        row.switches_per_io,
        row.interrupts_per_io,
        row.items_per_kworker_run,
        ...PARAMETER_IDS.map((id) => parameters[id]),
      ]);
}

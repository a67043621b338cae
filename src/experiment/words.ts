/** What the experiment says about itself, for both hosts: what is fitted, predicted and assumed, and what came out. */
import type { Options } from './plan.ts';
import { KERNEL_OF } from './point.ts';
import { REFERENCE_CV_PERCENT, TOLERANCE } from './published.ts';
import { type CvResult, type ExperimentResult, isWithin, type RowResult } from './result.ts';

export const TITLE = 'Published figures: caller completion';
export const SOURCE =
  'fio randwrite of 4 KiB, io_uring, O_DIRECT, norandommap, pinned to one CPU, a file on XFS. Jens Axboe, cover letter of ' +
  'version 4 of the caller completion series, 20 July 2023; IOPS are given to 1 K.';

export type Note = { readonly kind: 'Fitted' | 'Predicted' | 'Assumed' | 'Simulated'; readonly text: string };

export function notesOf({ seeds, ios }: Options): readonly Note[] {
  return [
    {
      kind: 'Fitted',
      text:
        'Four parameters on four rows, depth 1 and 16 of both columns, for each coefficient of variation anew: submission ' +
        '(which sets the CPU time of the patched kernel), device time, queue + wake + dispatch of the punt, bare context switch. ' +
        'No cost is negative. A fitted row confirms nothing.',
    },
    {
      kind: 'Predicted',
      text: `The six rows of depth 2, 4 and 8. They should be within ${percent(TOLERANCE)} for a coefficient of variation of ${cvText(REFERENCE_CV_PERCENT)}.`,
    },
    {
      kind: 'Assumed',
      text:
        'The device’s times are gamma distributed around one mean, however many commands it has. How much they vary is not in the ' +
        'mail and is never fitted: look at all coefficients of variation.',
    },
    {
      kind: 'Assumed',
      text:
        'All other costs take the low end of the cost model, since the mail’s machine is fast; the split of the CPU time cannot ' +
        'be read off the table. The vector of the queue is on fio’s CPU, and preemption is voluntary: the mail says neither.',
    },
    {
      kind: 'Simulated',
      text:
        `Every row in the whole kernel model, stock as ${KERNEL_OF.stock} and patched as ${KERNEL_OF.patched}, which is what the mail compares: ` +
        `${seeds} ${seeds === 1 ? 'seed' : 'seeds'} of ${ios} I/Os; the first twentieth and the end, where the queue runs empty, are not counted.`,
    },
  ];
}

/** Whether the six predicted rows are near enough, in one sentence a coefficient of variation. */
export function verdictOf(result: CvResult): string {
  const worst = worstOf(result);
  return `cv ${cvText(result.cv_percent)}: the predicted rows are ${isWithin(result) ? '' : 'not all '}within ${percent(TOLERANCE)}, the farthest is ${rowText(worst)} with ${signed(worst.error)}`;
}

function worstOf({ rows }: CvResult): RowResult {
  return rows
    .filter(({ role }) => role === 'predicted')
    .reduce((a, b) => (Math.abs(b.error) > Math.abs(a.error) ? b : a));
}

/** What the engine shows that the closed formulas did not: why the fitted punt is not the one of the cost model. */
export function findingsOf({ sweep }: ExperimentResult): readonly string[] {
  const jittery = sweep.filter(({ parameters, cv_percent }) => cv_percent > 0 && parameters.punt_ns < 1);
  const batched = jittery.flatMap(({ rows }) =>
    rows.filter(({ column, depth }) => column === 'stock' && depth === 16),
  );
  const items = batched.map(({ items_per_kworker_run }) => items_per_kworker_run ?? 1);
  const constant = sweep.some(({ cv_percent }) => cv_percent === 0)
    ? [
        'With cv 0.00 nothing is random: the queue falls into a rhythm that hangs on single nanoseconds of the parameters, seeds ' +
          'change nothing, and the errors of depth 2 and 4 say little.',
      ]
    : [];
  if (items.length === 0) return constant;
  return [
    ...constant,
    `With cv ${jittery.map(({ cv_percent }) => cvText(cv_percent)).join(', ')} the fit reaches its bound: queue + wake + dispatch is 0, ` +
      'and the switch bears the whole punt. The cause: interrupts come while a kworker runs, which then finishes ' +
      `${range(items)} items before it gives up the CPU (stock, depth 16), so that fewer than the two switches an I/O of the cost ` +
      'model have to make up the published difference. Take these two parameters together, not each for itself.',
  ];
}

const range = (values: readonly number[]): string => {
  const [low, high] = [Math.min(...values).toFixed(2), Math.max(...values).toFixed(2)];
  return low === high ? low : `${low} to ${high}`;
};

export const rowText = ({ column, depth }: Pick<RowResult, 'column' | 'depth'>): string =>
  `${column} QD${depth}`;
/** 50 -> "0.50". */
export const cvText = (cv_percent: number): string => (cv_percent / 100).toFixed(2);
/** 0.0461 -> "+4.6 %"; what rounds to nothing has no sign. */
export function signed(share: number): string {
  const text = `${Math.abs(share * 100).toFixed(1)} %`;
  if (text === '0.0 %') return text;
  return (share < 0 ? '−' : '+') + text;
}
/** Half the way from the seed with the fewest to that with the most; one seed says nothing of it. */
export const spreadText = ({ iops, iops_min, iops_max }: RowResult, { seeds }: Options): string =>
  seeds === 1 ? '–' : `±${(((iops_max - iops_min) / 2 / iops) * 100).toFixed(1)} %`;
export const percent = (share: number): string => `${Math.round(share * 100)} %`;
/** 845123 -> "845.1". */
export const kiops = (iops: number): string => (iops / 1000).toFixed(1);

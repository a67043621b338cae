/** What the experiment on the delay says about itself: what is fitted, predicted, assumed and left out, and what came out. */
import { PERCENTILES } from '../analysis/statistics.ts';
import { DELAY_SKIPPED, type DelayResult, type DelayRow, PUBLISHED_DELAY } from './delay.ts';
import type { DelaySweepOptions, DelaySweepResult } from './delay-sweep.ts';

export const DELAY_SOURCE =
  'Sequential uncached writes of 128 KiB at queue depth 1 on XFS, with v6 of BIO_COMPLETE_IN_TASK and without its delay of one ' +
  'jiffy. Tal Zussman, replies of 22 and 26 May 2026 to Christoph Hellwig’s question whether the delay gains anything.';

export type DelayNote = {
  readonly kind: 'Fitted' | 'Predicted' | 'Assumed' | 'Simulated' | 'Not modelled';
  readonly text: string;
};

export function delayNotes({ ios, seed }: DelaySweepOptions): readonly DelayNote[] {
  return [
    {
      kind: 'Fitted',
      text: 'One parameter on one figure: what copying a page costs, so that the p99 without the delay is the published one.',
    },
    {
      kind: 'Predicted',
      text:
        'Everything else: the bios a run of both rows, the context switches of both rows, and the p99 with the delay. Whatever the ' +
        'parameters are, the three claims must hold.',
    },
    {
      kind: 'Assumed',
      text:
        'The mail gives neither HZ nor the device nor the length of the run. HZ is never fitted: look at all of them. Context ' +
        'switches are compared as a ratio, since their number grows with the length of the run.',
    },
    {
      kind: 'Not modelled',
      text:
        'Other tasks of the machine, whose switches the mail may have counted in both rows, which lowers its ratio; memory that runs ' +
        'short; what the writer would wait for if the device were slower than its copies.',
    },
    {
      kind: 'Simulated',
      text: `Both rows in the whole kernel model as in-task-v6, with IN_TASK_DELAY as the only difference: ${ios} writes, seed ${seed}; the first ${DELAY_SKIPPED} find the machine cold and are not counted in the p99.`,
    },
  ];
}

/** Context switches of a bio without the delay, over those with it. */
export function switchRatio({ rows: [none, jiffy] }: DelayResult): number {
  return none === undefined || jiffy === undefined ? Number.NaN : none.switchesPerBio / jiffy.switchesPerBio;
}
export const PUBLISHED_SWITCH_RATIO = PUBLISHED_DELAY.none.switches / PUBLISHED_DELAY['1 jiffy'].switches;

const P99 = PERCENTILES.indexOf(99);
/** The p99 of the writes; NaN where there were none. */
export const p99Of = ({ write_ns }: DelayRow): number => write_ns[P99] ?? Number.NaN;

/** Whether the claims hold, over all HZ. */
export function delayVerdict({ fits }: DelaySweepResult): string {
  const failing = fits.filter(({ claims }) => claims.some(({ holds }) => !holds));
  const at = fits.map(({ options }) => options.hz).join(', ');
  if (failing.length === 0) return `All three claims hold at HZ ${at}`;
  return `A claim fails at HZ ${failing.map(({ options }) => options.hz).join(', ')}`;
}

/** Which HZ comes nearest to the published bios a run: no fit, but the mail's machine may have had it. */
export function nearestHz({ fits }: DelaySweepResult): string | null {
  if (fits.length < 2) return null;
  const published = PUBLISHED_DELAY['1 jiffy'].biosPerRun;
  const off = ({ rows }: DelayResult): number => {
    const bios = rows[1]?.biosPerRun ?? 0;
    return Math.max(bios / published, published / bios);
  };
  const nearest = fits.reduce((a, b) => (off(b) < off(a) ? b : a));
  const bios = nearest.rows[1]?.biosPerRun ?? 0;
  return (
    `Of these, HZ ${nearest.options.hz} comes nearest to the published ${published} bios a run, with ${bios.toFixed(1)}: a window of one ` +
    'to two jiffies takes so many writes one after the other. The mail does not say what its machine had.'
  );
}

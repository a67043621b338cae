/** The experiment on the delay of one jiffy, for people. */
import { PERCENTILES } from '../analysis/statistics.ts';
import { type DelayResult, type DelayRow, PUBLISHED_DELAY } from '../experiment/delay.ts';
import { heading, indented, type Line, table } from './lines.ts';

const US = 1000;

export function* delayText({ rows, claims, copy_ns, options }: DelayResult): Generator<Line> {
  yield heading('The delay of one jiffy before a batch of BIO_COMPLETE_IN_TASK is worked off');
  yield* indented([
    'Published: Tal Zussman, replies of 22 and 26 May 2026 on v6: sequential 128 KiB uncached writes at depth 1, XFS.',
    'simplified: the mail gives neither HZ nor the device nor the length of the run; compared are ratios and the p99.',
    `fitted: copying a page takes ${copy_ns} ns, so that the p99 without the delay is the published one; HZ ${options.hz}, ${options.ios} writes.`,
  ]);
  yield { text: '' };
  const head = ['delay', '', 'bios a run', 'published', 'switches a bio', 'p99 us', 'published'];
  yield* table([head, ...rows.map(cells)], 2);
  yield { text: '' };
  yield* indented([
    `context switches, without over with the delay: ${ratio(rows, ({ switchesPerBio }) => switchesPerBio)} (published ${(PUBLISHED_DELAY.none.switches / PUBLISHED_DELAY['1 jiffy'].switches).toFixed(1)})`,
  ]);
  yield { text: '' };
  yield heading('What must hold whatever the parameters are');
  yield* indented(claims.map(({ text, holds }) => `${holds ? 'holds' : 'FAILS'}: ${text}`));
}

function cells({ delay, role, biosPerRun, switchesPerBio, write_ns }: DelayRow): string[] {
  const published = PUBLISHED_DELAY[delay];
  return [
    delay,
    role,
    biosPerRun.toFixed(1),
    `${published.biosPerRun}`,
    switchesPerBio.toFixed(3),
    ((write_ns[PERCENTILES.indexOf(99)] ?? Number.NaN) / US).toFixed(1),
    `${published.p99_ns / US}`,
  ];
}

function ratio(rows: readonly DelayRow[], of: (row: DelayRow) => number): string {
  const [none, jiffy] = rows;
  return none === undefined || jiffy === undefined ? '' : (of(none) / of(jiffy)).toFixed(1);
}

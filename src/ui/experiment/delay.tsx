import { useState, type ReactNode } from 'react';
import {
  DELAY_DEFAULTS,
  DELAY_HZ,
  type DelayResult,
  type DelayRow,
  PUBLISHED_DELAY,
} from '../../experiment/delay.ts';
import type { DelaySweepOptions, DelaySweepResult } from '../../experiment/delay-sweep.ts';
import {
  DELAY_SOURCE,
  delayNotes,
  delayVerdict,
  nearestHz,
  p99Of,
  PUBLISHED_SWITCH_RATIO,
  switchRatio,
} from '../../experiment/delay-words.ts';
import { count } from '../format.ts';
import { useApp } from '../page.tsx';
import { Choice, Notes, RunButton, Status } from './parts.tsx';
import { Head, Numbers, Table } from './tables.tsx';

const HZS: readonly (readonly [id: string, title: string, hz: DelaySweepOptions['hz']])[] = [
  ['all', DELAY_HZ.join(', '), DELAY_HZ],
  ...DELAY_HZ.map((hz) => [String(hz), `${hz} only`, [hz]] as const),
];
const IOS = [500, 1000, 2000, 5000] as const;
const SEEDS = [1, 2, 3, 4, 5] as const;

/** The published figures of the delay before a batch of bios, simulated. */
export function Delay(): ReactNode {
  const [hzs, setHzs] = useState('all');
  const [ios, setIos] = useState<number>(DELAY_DEFAULTS.ios);
  const [seed, setSeed] = useState<number>(DELAY_DEFAULTS.seed);
  const result = useApp((s) => s.delayResult);
  const options: DelaySweepOptions = { hz: HZS.find(([id]) => id === hzs)?.[2] ?? DELAY_HZ, ios, seed };
  return (
    <>
      <p>{DELAY_SOURCE}</p>
      <div className="experiment-controls">
        <Choice
          label="HZ"
          value={hzs}
          choices={HZS.map(([id, title]) => [id, title] as const)}
          onChoose={setHzs}
        />
        <Choice
          label="Writes"
          value={String(ios)}
          choices={IOS.map((n) => [String(n), count(n)] as const)}
          onChoose={(n) => setIos(Number(n))}
        />
        <Choice
          label="Seed"
          value={String(seed)}
          choices={SEEDS.map((n) => [String(n), String(n)] as const)}
          onChoose={(n) => setSeed(Number(n))}
        />
        <RunButton job={{ experiment: 'in-task-delay', options }} />
      </div>
      <Status experiment="in-task-delay" />
      {result === null ? <Published /> : <Result result={result} />}
      <Notes notes={delayNotes(result?.options ?? options)} />
    </>
  );
}

const DELAY_TITLES = { none: 'without the delay', '1 jiffy': 'with one jiffy of delay' } as const;
const US = 1000;

/** The mail's table, while nothing is simulated yet. */
function Published(): ReactNode {
  return (
    <Table label="Published" caption="As published">
      <Head cells={['row', 'bios a worker run', 'context switches', 'p99 in µs']} />
      <tbody>
        {(['none', '1 jiffy'] as const).map((delay) => {
          const { biosPerRun, switches, p99_ns } = PUBLISHED_DELAY[delay];
          return (
            <tr key={delay}>
              <th scope="row">{DELAY_TITLES[delay]}</th>
              <Numbers cells={[String(biosPerRun), count(switches), String(p99_ns / US)]} />
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function Result({ result }: { readonly result: DelaySweepResult }): ReactNode {
  const nearest = nearestHz(result);
  return (
    <>
      <p aria-live="polite">
        <strong>{delayVerdict(result)}.</strong>
      </p>
      <RowsTable fits={result.fits} />
      <ClaimsTable fits={result.fits} />
      {nearest !== null && <p className="experiment-finding">{nearest}</p>}
    </>
  );
}

type FitsProps = { readonly fits: readonly DelayResult[] };

/** Simulated beside published, a pair of rows for each HZ. */
function RowsTable({ fits }: FitsProps): ReactNode {
  const heads = [
    'HZ',
    'row',
    'role',
    'bios a run',
    'published',
    'switches a bio',
    'p99 in µs',
    'published',
    'copy of a page',
  ];
  return (
    <Table
      label="Delay"
      caption="The worker of the batch and the writer, simulated beside published; in brackets: fitted"
    >
      <Head cells={heads} texts={3} />
      <tbody>
        {fits.flatMap(({ options: { hz }, rows, copy_ns }) =>
          rows.map((row) => (
            <tr key={`${hz} ${row.delay}`} className={row.delay === 'none' ? 'experiment-sum' : ''}>
              <th scope="row">{hz}</th>
              <td>{DELAY_TITLES[row.delay]}</td>
              <td>{row.delay === 'none' ? 'p99 fitted' : 'predicted'}</td>
              <Numbers cells={cellsOf(row, copy_ns)} />
            </tr>
          )),
        )}
      </tbody>
    </Table>
  );
}

function cellsOf(row: DelayRow, copy_ns: number): ReactNode[] {
  const published = PUBLISHED_DELAY[row.delay];
  const p99 = (p99Of(row) / US).toFixed(1);
  return [
    row.biosPerRun.toFixed(1),
    String(published.biosPerRun),
    row.switchesPerBio.toFixed(3),
    row.role === 'fitted' ? <span className="muted">({p99})</span> : p99,
    String(published.p99_ns / US),
    `${copy_ns} ns`,
  ];
}

/** What has to hold whatever the parameters are, with the figures it is about. */
function ClaimsTable({ fits }: FitsProps): ReactNode {
  const claims = fits[0]?.claims ?? [];
  return (
    <Table label="Claims" caption="What must hold whatever the parameters are">
      <thead>
        <tr>
          <th scope="col">claim</th>
          {fits.map(({ options: { hz } }) => (
            <th key={hz} scope="col">
              HZ {hz}
            </th>
          ))}
          <th scope="col">published</th>
        </tr>
      </thead>
      <tbody>
        {claims.map(({ text }, i) => (
          <tr key={text}>
            <th scope="row" className="experiment-claim">
              {text}
            </th>
            {fits.map((fit) => (
              <td key={fit.options.hz}>
                {fit.claims[i]?.holds === true ? (
                  'holds'
                ) : (
                  <strong className="experiment-far">! fails</strong>
                )}
                , {FIGURES[i]?.(fit)}
              </td>
            ))}
            <td>{PUBLISHED_FIGURES[i]}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** The figure that each claim is about, in the order of the claims. */
const FIGURES: readonly ((fit: DelayResult) => string)[] = [
  ({ rows: [none, jiffy] }) => times((jiffy?.biosPerRun ?? Number.NaN) / (none?.biosPerRun ?? Number.NaN)),
  (fit) => `1/${switchRatio(fit).toFixed(0)}`,
  ({ rows: [none, jiffy] }) =>
    none === undefined || jiffy === undefined ? '' : change(p99Of(jiffy) / p99Of(none) - 1),
];
const { none: NONE, '1 jiffy': JIFFY } = PUBLISHED_DELAY;
const PUBLISHED_FIGURES = [
  times(JIFFY.biosPerRun / NONE.biosPerRun),
  `1/${PUBLISHED_SWITCH_RATIO.toFixed(0)}`,
  change(JIFFY.p99_ns / NONE.p99_ns - 1),
];

function times(ratio: number): string {
  return `× ${ratio.toFixed(0)}`;
}

function change(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)}\u00a0%`;
}

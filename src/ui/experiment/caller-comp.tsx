import { useState, type ReactNode } from 'react';
import type { Options } from '../../experiment/plan.ts';
import { REFERENCE_CV_PERCENT } from '../../experiment/published.ts';
import type { ExperimentResult } from '../../experiment/result.ts';
import { findingsOf, notesOf, SOURCE, verdictOf } from '../../experiment/words.ts';
import { count } from '../format.ts';
import { useApp } from '../page.tsx';
import { Chart } from './chart.tsx';
import { Choice, Notes, RunButton, Status } from './parts.tsx';
import { CpuTable, CvTable, GainTable, ParameterTable, RowTable } from './tables.tsx';

const CVS = [
  { id: 'quarters', title: '0 to 1 by 0.25', cv_percent: [0, 25, 50, 75, 100] },
  { id: 'tenths', title: '0 to 1 by 0.1', cv_percent: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] },
  { id: 'half', title: '0.5 only', cv_percent: [50] },
] as const;
const SEEDS = [1, 2, 3, 5] as const;
const IOS = [500, 1000, 2000, 3000, 5000] as const;

/** The published fio table of caller completion, simulated: fitted, predicted, assumed. */
export function CallerComp(): ReactNode {
  const [cvs, setCvs] = useState<(typeof CVS)[number]['id']>('quarters');
  const [seeds, setSeeds] = useState(1);
  const [ios, setIos] = useState(2000);
  const result = useApp((s) => s.experimentResult);
  const chosen = CVS.find(({ id }) => id === cvs) ?? CVS[0];
  const options: Options = { cv_percent: chosen.cv_percent, seeds, ios };
  return (
    <>
      <p>{SOURCE}</p>
      <div className="experiment-controls">
        <Choice
          label="Variation of the device"
          value={cvs}
          choices={CVS.map(({ id, title }) => [id, title] as const)}
          onChoose={(id) => setCvs(CVS.find((c) => c.id === id)?.id ?? 'quarters')}
        />
        <Choice
          label="Seeds"
          value={String(seeds)}
          choices={SEEDS.map((n) => [String(n), String(n)] as const)}
          onChoose={(n) => setSeeds(Number(n))}
        />
        <Choice
          label="I/Os a row"
          value={String(ios)}
          choices={IOS.map((n) => [String(n), count(n)] as const)}
          onChoose={(n) => setIos(Number(n))}
        />
        <RunButton job={{ experiment: 'caller-comp', options }} />
      </div>
      <Status experiment="caller-comp" />
      {result !== null && <Result key={JSON.stringify(result.options)} result={result} />}
      <Notes notes={notesOf(result?.options ?? options)} />
    </>
  );
}

function Result({ result }: { readonly result: ExperimentResult }): ReactNode {
  const { sweep } = result;
  const usual = sweep.find(({ cv_percent }) => cv_percent === REFERENCE_CV_PERCENT) ?? sweep[0];
  const [cv, setCv] = useState(usual?.cv_percent);
  const shown = sweep.find(({ cv_percent }) => cv_percent === cv) ?? usual;
  if (shown === undefined) return null;
  return (
    <>
      <p aria-live="polite">
        <strong>{verdictOf(shown)}.</strong>
      </p>
      <div className="experiment-parts">
        <Chart shown={shown} />
        <div>
          <RowTable shown={shown} options={result.options} />
          <GainTable shown={shown} />
        </div>
      </div>
      <CvTable sweep={sweep} shown={shown} onShow={setCv} />
      <CpuTable shown={shown} />
      <ParameterTable sweep={sweep} />
      {findingsOf(result).map((text) => (
        <p key={text} className="experiment-finding">
          {text}
        </p>
      ))}
    </>
  );
}

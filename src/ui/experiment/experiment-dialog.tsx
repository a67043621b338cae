import { Play, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Options } from '../../experiment/plan.ts';
import { REFERENCE_CV_PERCENT } from '../../experiment/published.ts';
import type { ExperimentResult } from '../../experiment/result.ts';
import { findingsOf, notesOf, SOURCE, TITLE, verdictOf } from '../../experiment/words.ts';
import { Dialog } from '../dialogs/dialog.tsx';
import { count } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Chart } from './chart.tsx';
import { CpuTable, CvTable, GainTable, ParameterTable, RowTable } from './tables.tsx';

/** The published fio table of caller completion, simulated: fitted, predicted, assumed. */
export function ExperimentDialog(): ReactNode {
  return (
    <Dialog name="experiment" title={TITLE} className="experiment">
      <Experiment />
    </Dialog>
  );
}

const CVS = [
  { id: 'quarters', title: '0 to 1 by 0.25', cv_percent: [0, 25, 50, 75, 100] },
  { id: 'tenths', title: '0 to 1 by 0.1', cv_percent: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] },
  { id: 'half', title: '0.5 only', cv_percent: [50] },
] as const;
const SEEDS = [1, 2, 3, 5] as const;
const IOS = [500, 1000, 2000, 3000, 5000] as const;

function Experiment(): ReactNode {
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
        <RunButton options={options} />
      </div>
      <Status />
      {result !== null && <Result key={JSON.stringify(result.options)} result={result} />}
      <dl className="experiment-notes">
        {notesOf(result?.options ?? options).map(({ kind, text }) => (
          <div key={text}>
            <dt>{kind}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

type ChoiceProps = {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
  readonly onChoose: (value: string) => void;
};

function Choice({ label, value, choices, onChoose }: ChoiceProps): ReactNode {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.target.value)}>
        {choices.map(([id, title]) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function RunButton({ options }: { readonly options: Options }): ReactNode {
  const isRunning = useApp((s) => s.experiment.kind === 'running');
  const { startExperiment, cancelExperiment } = useVerbs();
  return isRunning ? (
    <button type="button" className="button button-edged" onClick={cancelExperiment}>
      <X aria-hidden size={16} />
      Cancel
    </button>
  ) : (
    <button type="button" className="button button-main" data-first onClick={() => startExperiment(options)}>
      <Play aria-hidden size={16} />
      Simulate
    </button>
  );
}

/** How far it is, or why it failed. */
function Status(): ReactNode {
  const status = useApp((s) => s.experiment);
  switch (status.kind) {
    case 'idle':
      return null;
    case 'failed':
      return (
        <p role="alert" className="experiment-failed">
          The experiment failed: {status.message}. Simulate again, or with fewer I/Os.
        </p>
      );
    case 'running': {
      const text = `${count(status.done)} of ${count(status.total)} simulations`;
      return (
        <div className="experiment-progress">
          <progress className="progress" max={status.total} value={status.done} aria-label={text} />
          <span>{text}, on all cores</span>
        </div>
      );
    }
  }
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

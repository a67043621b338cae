import { Play, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Job } from '../../experiment/job.ts';
import type { ExperimentId } from '../../state/experiment.ts';
import { count } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';

type ChoiceProps = {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
  readonly onChoose: (value: string) => void;
};

/** A choice among a few, by name. */
export function Choice({ label, value, choices, onChoose }: ChoiceProps): ReactNode {
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

/** Starts a job, or cancels it while it runs. */
export function RunButton({ job }: { readonly job: Job }): ReactNode {
  const isRunning = useApp(({ experiment: e }) => e.kind === 'running' && e.experiment === job.experiment);
  const { startExperiment, cancelExperiment } = useVerbs();
  return isRunning ? (
    <button type="button" className="button button-edged" onClick={cancelExperiment}>
      <X aria-hidden size={16} />
      Cancel
    </button>
  ) : (
    <button type="button" className="button button-main" data-first onClick={() => startExperiment(job)}>
      <Play aria-hidden size={16} />
      Simulate
    </button>
  );
}

/** How far an experiment is, or why it failed. */
export function Status({ experiment }: { readonly experiment: ExperimentId }): ReactNode {
  const status = useApp((s) => s.experiment);
  if (status.kind !== 'idle' && status.experiment !== experiment) return null; // the other one is under way
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

type Note = { readonly kind: string; readonly text: string };

/** What is fitted, predicted, assumed, and what is left out. */
export function Notes({ notes }: { readonly notes: readonly Note[] }): ReactNode {
  return (
    <dl className="experiment-notes">
      {notes.map(({ kind, text }) => (
        <div key={text}>
          <dt>{kind}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

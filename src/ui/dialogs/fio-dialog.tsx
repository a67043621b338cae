import { useDeferredValue, useId, useMemo, type ReactNode } from 'react';
import { type FioImport, type FioOptions, importFio } from '../../scenario/fio/import-fio.ts';
import type { FioProblem } from '../../scenario/fio/fio-text.ts';
import type { FioNote } from '../../scenario/fio/notes.ts';
import { LIMITS } from '../../scenario/limits.ts';
import { FIO_EXAMPLE } from '../../state/input.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Dialog } from './dialog.tsx';

/** Takes a fio command line or job file and says what becomes of each of its options. */
export function FioDialog(): ReactNode {
  return (
    <Dialog names={['fio']} title="Simulate a fio job" className="fio">
      <FioForm />
    </Dialog>
  );
}

function FioForm(): ReactNode {
  const draft = useApp((s) => s.fioDraft);
  const options = useApp((s) => s.fioOptions);
  const { setFioDraft, setFioOptions, openFioDraft } = useVerbs();
  const id = useId();
  const deferred = useDeferredValue(draft);
  const imported = useMemo(() => importFio(deferred, options), [deferred, options]);
  return (
    <form
      className="fio-form"
      onSubmit={(event) => {
        event.preventDefault();
        openFioDraft();
      }}
    >
      <label htmlFor={id}>
        Paste a command line or a job file. Nothing is run or uploaded; it is read here.
      </label>
      <textarea
        id={id}
        className="mono fio-text"
        rows={8}
        data-first
        spellCheck={false}
        autoComplete="off"
        maxLength={LIMITS.text_chars}
        aria-invalid={!imported.ok}
        aria-describedby={`${id}-result`}
        value={draft}
        onChange={(event) => setFioDraft(event.target.value)}
      />
      <div className="fio-options">
        <NumberField
          label="I/Os of each job"
          help={imported.ok ? imported.value.simulated.why : 'chosen from the text'}
          high={LIMITS.ios}
          value={options.ios}
          onChange={(ios) => setFioOptions(withOption(options, 'ios', ios))}
        />
        <NumberField
          label="CPUs"
          help={`as many as the jobs need, up to ${LIMITS.cpus}`}
          high={LIMITS.cpus}
          value={options.ncpus}
          onChange={(ncpus) => setFioOptions(withOption(options, 'ncpus', ncpus))}
        />
      </div>
      <div className="dialog-actions">
        <button type="submit" className="button button-main" disabled={!imported.ok}>
          Simulate
        </button>
        <button type="button" className="button button-edged" onClick={() => setFioDraft(FIO_EXAMPLE)}>
          Put in an example
        </button>
      </div>
      <div id={`${id}-result`} role="status">
        {imported.ok ? <Imported result={imported.value} /> : <Problems problems={imported.error} />}
      </div>
    </form>
  );
}

/** One option set, or left to be chosen. */
function withOption(all: FioOptions, key: keyof FioOptions, value: number | undefined): FioOptions {
  const { [key]: _, ...rest } = all;
  return value === undefined ? rest : { ...rest, [key]: value };
}

type NumberProps = {
  readonly label: string;
  readonly help: string;
  readonly high: number;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
};

/** A number that may be left to be chosen. */
function NumberField({ label, help, high, value, onChange }: NumberProps): ReactNode {
  const id = useId();
  return (
    <div className="field field-int" data-explained>
      <label htmlFor={id}>{label}</label>
      <span className="field-control">
        <input
          id={id}
          type="text"
          inputMode="numeric"
          placeholder="chosen"
          aria-describedby={`${id}-help`}
          value={value ?? ''}
          onChange={(event) => {
            const digits = event.target.value.replace(/\D/g, '').slice(0, 9);
            onChange(digits === '' ? undefined : Math.min(high, Math.max(1, Number(digits))));
          }}
        />
      </span>
      <p className="field-help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  );
}

function Problems({ problems }: { readonly problems: readonly FioProblem[] }): ReactNode {
  return (
    <div className="fio-problems">
      <h3>This cannot be simulated</h3>
      <ul>
        {problems.slice(0, 20).map((p, i) => (
          <li key={i}>
            Line {p.line}, column {p.column}: {p.message}.{' '}
            {p.text !== '' && (
              <>
                It says <code>{p.text}</code>.
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

const NOTE_GROUPS: readonly {
  readonly kind: FioNote['kind'];
  readonly title: string;
  readonly open: boolean;
}[] = [
  { kind: 'unknown', title: 'Not understood', open: true },
  { kind: 'refused', title: 'Left out', open: true },
  { kind: 'substituted', title: 'Simulated in another way', open: true },
  { kind: 'used', title: 'Used', open: true },
  { kind: 'no-effect', title: 'Without effect here', open: false },
];

function Imported({ result }: { readonly result: FioImport }): ReactNode {
  return (
    <>
      <h3>What becomes of it</h3>
      <ul className="fio-jobs">
        {result.jobs.map((job, i) => (
          <li key={i}>
            <strong>{job.name}</strong>
            {job.clones > 1 ? ` × ${job.clones}` : ''}: {job.what}
            {job.ios === 0 ? ' (left out)' : ''}
          </li>
        ))}
      </ul>
      {NOTE_GROUPS.map(({ kind, title, open }) => (
        <NoteGroup
          key={kind}
          title={title}
          open={open}
          notes={result.notes.filter((note) => note.kind === kind)}
        />
      ))}
      {result.assumptions.length > 0 && (
        <details className="more">
          <summary>Assumed ({result.assumptions.length})</summary>
          <ul className="bullets">
            {result.assumptions.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

type GroupProps = { readonly title: string; readonly open: boolean; readonly notes: readonly FioNote[] };

function NoteGroup({ title, open, notes }: GroupProps): ReactNode {
  if (notes.length === 0) return null;
  return (
    <details className="more" open={open}>
      <summary>
        {title} ({notes.length})
      </summary>
      <table className="fio-notes">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Option</th>
            <th scope="col">What it does here</th>
          </tr>
        </thead>
        <tbody>
          {notes.map((note, i) => (
            <tr key={i}>
              <td className="number">{note.line}</td>
              <td className="mono">
                {note.option}
                {note.value === '' ? '' : `=${note.value}`}
              </td>
              <td>{note.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

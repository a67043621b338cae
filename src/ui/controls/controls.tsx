import { useState, type ReactNode } from 'react';
import type * as v from 'valibot';
import { presetById } from '../../scenario/presets.ts';
import {
  fioActorSchema,
  latencySchema,
  machineSchema,
  nvmeSchema,
  scenarioSchema,
} from '../../scenario/schema.ts';
import type { Path } from '../../state/edits.ts';
import { selectIsEdited } from '../../state/selectors.ts';
import { SchemaField } from '../form/schema-field.tsx';
import { useApp, useVerbs } from '../page.tsx';
import { Costs } from './costs.tsx';
import { Kernel } from './kernel.tsx';

/** Everything about the scenario that can be changed. A change runs at once. */
export function Controls(): ReactNode {
  return (
    <section className="panel-controls controls" aria-label="Controls">
      <Story />
      <Workload />
      <Kernel />
      <Section title="Machine" open>
        <Fields schema={machineSchema} path={['machine']} names={['cpus', 'rq_affinity']} />
        <Fields
          schema={nvmeSchema}
          path={['machine', 'nvme']}
          names={['queues', 'poll_queues', 'queue_depth']}
        />
        <Fields
          schema={machineSchema}
          path={['machine']}
          names={['cpus_per_llc', 'hz', 'preempt', 'wake_preempts']}
        />
      </Section>
      <Section title="Device latency">
        {(['read', 'write'] as const).map((way) => (
          <fieldset key={way}>
            <legend>{way}s</legend>
            <Fields
              schema={latencySchema}
              path={['machine', 'nvme', way]}
              names={['kind', 'mean_ns', 'cv_percent']}
            />
          </fieldset>
        ))}
        <Fields schema={nvmeSchema} path={['machine', 'nvme']} names={['bytes_per_us']} />
      </Section>
      <Section title="Run" open>
        <Fields schema={scenarioSchema} path={[]} names={['seed']} />
        <Fields
          schema={scenarioSchema.entries.limits.wrapped}
          path={['limits']}
          names={['events', 'sim_ns']}
        />
      </Section>
      <Costs />
    </section>
  );
}

/** What this scenario shows, and what was changed of it. */
function Story(): ReactNode {
  const origin = useApp((s) => s.version.origin);
  const isEdited = useApp(selectIsEdited);
  const opened = useApp((s) => s.version.opened);
  const title = useApp((s) => s.version.scenario.title);
  const followed = useApp((s) => s.followed);
  const verbs = useVerbs();
  const preset = origin.kind === 'preset' ? presetById(origin.id) : null;
  return (
    <section className="story">
      <h2>{title === '' ? 'Untitled scenario' : title}</h2>
      {preset !== null && <p>{preset.summary}</p>}
      {origin.kind === 'fio' && <FioNotes />}
      {followed.length > 0 && (
        <p className="story-followed" role="status">
          Also changed: {followed.join('; ')}.
        </p>
      )}
      {isEdited && (
        <button
          type="button"
          className="button button-edged"
          onClick={() => verbs.openScenario(opened, origin, 'as opened')}
        >
          Back to what was opened
        </button>
      )}
    </section>
  );
}

function FioNotes(): ReactNode {
  const { openDialog } = useVerbs();
  return (
    <p>
      From a fio job.{' '}
      <button type="button" className="button button-link" onClick={() => openDialog('fio')}>
        See what of it was used
      </button>
    </p>
  );
}

const WORKLOAD = ['rw', 'ioengine', 'hipri', 'iodepth', 'ios'] as const;
const MORE_WORKLOAD = [
  'rwmixread',
  'iodepth_batch_submit',
  'iodepth_batch_complete_min',
  'size_bytes',
  'offset_bytes',
  'norandommap',
  'thinktime_ns',
  'rate_iops',
  'start_delay_ns',
  'stonewall',
] as const;

/** The jobs, one at a time. */
function Workload(): ReactNode {
  const actors = useApp((s) => s.version.scenario.actors);
  const [wanted, setWanted] = useState(0);
  const job = Math.min(wanted, actors.length - 1);
  const actor = actors[job];
  if (actor === undefined) return null;
  return (
    <Section title="Workload" open>
      {actors.length > 1 && (
        <label className="field field-choice">
          <span>Job</span>
          <select value={job} onChange={(event) => setWanted(Number(event.target.value))}>
            {actors.map(({ name }, i) => (
              <option key={i} value={i}>
                {i + 1} of {actors.length}: {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <Fields schema={fioActorSchema} path={['actors', job]} names={WORKLOAD} />
      <BlockSizes job={job} />
      <details className="more">
        <summary>More of the job</summary>
        <Fields
          schema={fioActorSchema}
          path={['actors', job]}
          names={MORE_WORKLOAD}
          absent="all of the file"
        />
      </details>
    </Section>
  );
}

/** A job with one block size has a field for it; a mix is shown and comes from fio text. */
function BlockSizes({ job }: { readonly job: number }): ReactNode {
  const actor = useApp((s) => s.version.scenario.actors[job]);
  if (actor === undefined) return null;
  const ways =
    actor.rw === 'rw' || actor.rw === 'randrw'
      ? (['read', 'write'] as const)
      : [actor.rw.endsWith('read') ? ('read' as const) : ('write' as const)];
  return ways.map((way) => {
    const sizes = way === 'read' ? actor.bs_read : actor.bs_write;
    const path = ['actors', job, `bs_${way}`, 0, 'bytes'];
    if (sizes.length > 1)
      return (
        <p key={way} className="field-help">
          bs of {way}s: {sizes.map((s) => `${s.bytes} B × ${s.weight}`).join(', ')}
        </p>
      );
    return (
      <Field
        key={way}
        schema={SIZE_SCHEMA}
        path={path}
        value={sizes[0]?.bytes}
        label={`bs of ${way}s (bytes)`}
      />
    );
  });
}

const SIZE_SCHEMA = fioActorSchema.entries.bs_read.wrapped.pipe[0].item.entries.bytes;

type FieldsProps = {
  readonly schema: { readonly entries: Readonly<Record<string, v.GenericSchema>> };
  readonly path: Path;
  readonly names: readonly string[];
  readonly absent?: string;
};

/** Some fields of one object of the scenario. */
export function Fields({ schema, path, names, absent }: FieldsProps): ReactNode {
  const owner = useApp((s) =>
    path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], s.version.scenario),
  );
  return names.map((name) => {
    const field = schema.entries[name];
    if (field === undefined) return null;
    const value = (owner as Readonly<Record<string, unknown>>)[name];
    return <Field key={name} schema={field} path={[...path, name]} value={value} absent={absent} />;
  });
}

type FieldProps = {
  readonly schema: v.GenericSchema;
  readonly path: Path;
  readonly value: unknown;
  readonly label?: string | undefined;
  readonly absent?: string | undefined;
};

/** One field, bound to its place in the scenario. */
export function Field({ schema, path, value, label, absent }: FieldProps): ReactNode {
  const problem = useApp((s) => s.problems.find((p) => p.field === path.join('.')) ?? null);
  const { edit } = useVerbs();
  return (
    <SchemaField
      schema={schema}
      value={value}
      problem={problem}
      onChange={(next) => edit(path, next)}
      {...(label === undefined ? {} : { label })}
      {...(absent === undefined || value !== undefined ? {} : { absent })}
    />
  );
}

type SectionProps = { readonly title: string; readonly open?: boolean; readonly children: ReactNode };

/** A part of the controls that folds. */
export function Section({ title, open = false, children }: SectionProps): ReactNode {
  return (
    <details className="section" open={open}>
      <summary>
        <h3>{title}</h3>
      </summary>
      <div className="section-body">{children}</div>
    </details>
  );
}

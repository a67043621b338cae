import type { ReactNode } from 'react';
import { presetById } from '../../scenario/presets.ts';
import { machineSchema, offlineSchema } from '../../scenario/schema-machine.ts';
import { scenarioSchema } from '../../scenario/schema.ts';
import { selectIsEdited } from '../../state/selectors.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Application } from './application.tsx';
import { Costs } from './costs.tsx';
import { Fields } from './fields.tsx';
import { BlockLayer, Device } from './device.tsx';
import { Filesystem } from './filesystem.tsx';
import { IN_TASK_SWITCHES, InTask } from './in-task.tsx';
import { Kernel, SwitchesOf } from './kernel.tsx';
import { List } from './list.tsx';
import { Section } from './section.tsx';

/** Everything about the scenario that can be changed, by who decides it. A change runs at once. */
export function Controls(): ReactNode {
  return (
    <section className="panel-controls controls" aria-label="Controls">
      <Story />
      <Kernel />
      <Application />
      <Filesystem />
      <InTask />
      <BlockLayer />
      <Device />
      <Section title="Kernel revision" open>
        <SwitchesOf owner="kernel" but={IN_TASK_SWITCHES} />
      </Section>
      <Section title="Machine" open>
        <Fields
          schema={machineSchema}
          path={['machine']}
          names={[
            'cpus',
            'cpus_per_llc',
            'hz',
            'preempt',
            'wake_preempts',
            'threadirqs',
            'preempt_count',
            'preempt_rcu',
            'buffer_head',
          ]}
        />
        <List
          schema={machineSchema.entries.offline}
          item={offlineSchema}
          path={['machine', 'offline']}
          noun="CPU"
          fresh={{ cpu: 1 }}
        />
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

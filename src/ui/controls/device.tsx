import type { ReactNode } from 'react';
import { faultSchema, latencySchema, machineSchema, nvmeSchema } from '../../scenario/schema-machine.ts';
import { useApp } from '../page.tsx';
import { Fields } from './fields.tsx';
import { IN_TASK_SWITCHES } from './in-task.tsx';
import { SwitchesOf } from './kernel.tsx';
import { List } from './list.tsx';
import { Section } from './section.tsx';
import { Shortcut } from './shortcut.tsx';

const NVME = ['machine', 'nvme'] as const;

/** What the block layer and the driver's queues are set to. */
export function BlockLayer(): ReactNode {
  return (
    <Section title="Block layer" open>
      <Shortcut id="pollQueue" />
      <Shortcut id="split" />
      <Fields schema={machineSchema} path={['machine']} names={['rq_affinity']} />
      <Fields schema={nvmeSchema} path={NVME} names={['write_cache']} />
      <SwitchesOf owner="block" but={IN_TASK_SWITCHES} />
      <details className="more">
        <summary>More of the queues</summary>
        <Fields
          schema={nvmeSchema}
          path={NVME}
          names={['queues', 'poll_queues', 'queue_depth', 'max_transfer_bytes', 'use_threaded_interrupts']}
        />
      </details>
    </Section>
  );
}

/** What the drive can do, how long it takes, and what it fails. */
export function Device(): ReactNode {
  const op = useApp(({ version }) => (version.scenario.actors[0]?.rw.endsWith('read') ? 'read' : 'write'));
  const driver = useApp((s) => s.version.scenario.machine.driver);
  return (
    <Section title="Device" open>
      <Fields schema={machineSchema} path={['machine']} names={['driver']} />
      {driver === 'null_blk' && <Fields schema={machineSchema} path={['machine']} names={['irqmode']} />}
      <Fields schema={nvmeSchema} path={NVME} names={['volatile_cache', 'fua']} />
      <Shortcut id="fault" />
      <details className="more">
        <summary>Latency</summary>
        {(['read', 'write'] as const).map((way) => (
          <fieldset key={way}>
            <legend>{way}s</legend>
            <Fields schema={latencySchema} path={[...NVME, way]} names={['kind', 'mean_ns', 'cv_percent']} />
          </fieldset>
        ))}
        <Fields schema={nvmeSchema} path={NVME} names={['flush_ns', 'bytes_per_us']} />
      </details>
      <List
        schema={nvmeSchema.entries.faults}
        item={faultSchema}
        path={[...NVME, 'faults']}
        noun="fault"
        fresh={{ op }}
      />
    </Section>
  );
}

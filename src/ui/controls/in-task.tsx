import type { ReactNode } from 'react';
import type { SwitchId } from '../../kernel/switches.ts';
import { useApp } from '../page.tsx';
import { Switch } from './kernel.tsx';
import { Section } from './section.tsx';

/** The switches of BIO_COMPLETE_IN_TASK, whoever owns them: what is deferred, when, how, and who does not want it. */
export const IN_TASK_SWITCHES = [
  'IN_TASK',
  'IN_TASK_TEST',
  'IN_TASK_DELAY',
  'BATCH_LIST',
  'BATCH_QUEUED',
  'BATCH_WQ',
  'BATCH_EXIT',
  'BATCH_HOTPLUG',
  'IN_TASK_SET',
  'XFS_CLEARS_IN_TASK',
  'BDEV_DONTCACHE',
] as const satisfies readonly SwitchId[];

/** Which bios a worker ends instead of the interrupt. Open where a job goes through the page cache, as only these have any. */
export function InTask(): ReactNode {
  const isBuffered = useApp((s) => s.version.scenario.actors.some(({ direct }) => !direct));
  return (
    <Section key={String(isBuffered)} title="Completion in a task" open={isBuffered}>
      {IN_TASK_SWITCHES.map((id) => (
        <Switch key={id} id={id} />
      ))}
    </Section>
  );
}

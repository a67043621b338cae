import { expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import { parseScenario } from '../scenario/parse.ts';
import { FIO_ENGINES } from '../scenario/schema-job.ts';
import { type ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

/** How many writes of a job are synced when they end: all of the file, or those that ask for it themselves. */
function synced(job: Partial<ScenarioInput['actors'][number]>): number {
  const scenario = parseScenario({
    version: 1,
    machine: { cpus: 2, nvme: { queues: 2, read: { mean_ns: 5000 }, write: { mean_ns: 5000 }, fua: false } },
    kernel: { name: 'v6.6-to-v6.18' },
    files: [{ id: 'data', size_bytes: 1 << 20 }],
    actors: [{ kind: 'fio', name: 'job', file: 'data', rw: 'write', ioengine: 'io_uring', ios: 6, ...job }],
  });
  if (!scenario.ok) throw new Error(JSON.stringify(scenario.error));
  const { log } = runToEnd(scenario.value);
  let count = 0;
  for (let row = 0; row < log.rows; row++)
    if (log.kind(row) === Ev.Enter && log.name(row) === 'generic_write_sync') count++;
  return count;
}

test.each(FIO_ENGINES)(
  '%s: a file that is opened with O_DSYNC syncs every write, RWF_DSYNC only its own',
  (ioengine) => {
    expect(synced({ ioengine })).toBe(0);
    expect(synced({ ioengine, sync: 'dsync' })).toBe(6);
    expect(synced({ ioengine, sync: 'dsync', sync_every: 3 })).toBe(2);
    expect(synced({ ioengine, sync: 'sync', sync_every: 2 })).toBe(3);
    expect(synced({ ioengine, sync_every: 2 })).toBe(0);
  },
);

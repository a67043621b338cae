import { describe, expect, test } from 'vitest';
import { compare, comparisonSentence } from '../analysis/compare.ts';
import { iosOf } from '../analysis/io.ts';
import { NO_ROW } from '../base/units.ts';
import { RULES } from '../kernel/catalogue.ts';
import { parseScenario } from '../scenario/parse.ts';
import { presetById } from '../scenario/presets.ts';
import type { ScenarioFile } from '../scenario/schema-file.ts';
import type { FioActor } from '../scenario/schema-job.ts';
import type { Machine } from '../scenario/schema-machine.ts';
import type { Scenario } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

type Change = {
  readonly job?: Partial<FioActor>;
  readonly file?: Partial<ScenarioFile>;
  readonly nvme?: Partial<Machine['nvme']>;
  readonly switches?: Scenario['kernel']['switches'];
};

function changed(id: string, { job, file, nvme, switches = {} }: Change): Scenario {
  const preset = parseScenario(presetById(id)?.scenario);
  if (!preset.ok) throw new Error(`${id} is no valid scenario`);
  const { machine, kernel, files, actors, ...rest } = preset.value;
  const scenario = parseScenario({
    ...rest,
    machine: { ...machine, nvme: { ...machine.nvme, ...nvme } },
    kernel: { ...kernel, switches },
    files: files.map((f) => ({ ...f, ...file })),
    actors: actors.map((a) => ({ ...a, ...job })),
  });
  if (!scenario.ok) throw new Error(JSON.stringify(scenario.error));
  return scenario.value;
}

const differences = (id: string, before: Change, after: Change) =>
  compare(iosOf(runToEnd(changed(id, before)).log), iosOf(runToEnd(changed(id, after)).log));

const WHOLE = { offset_bytes: 0, length_bytes: 16 * 1024 * 1024 };
const NO_FUA = { fua: false };
const FAULT = { op: 'write', nth: 1, count: 1, status: 'BLK_STS_IOERR' } as const;
const MIB_16 = 16 * 1024 * 1024;

describe('a toggle is told by the decision that it turns', () => {
  test.each<[string, string, Change, Change, string, string]>([
    [
      'extents unwritten',
      'overwrite-inline-irq',
      {},
      { file: { extents: [{ ...WHOLE, state: 'unwritten' }] } },
      'iomap-mapping',
      'inline-irq to s_dio_done_wq',
    ],
    [
      'O_DSYNC without FUA',
      'overwrite-caller-comp',
      { nvme: NO_FUA },
      { nvme: NO_FUA, job: { sync: 'dsync' } },
      'dio-needs-sync',
      'caller-comp-task-work to s_dio_done_wq',
    ],
    [
      'FUA taken away from O_DSYNC',
      'overwrite-inline-irq',
      { job: { sync: 'dsync' } },
      { job: { sync: 'dsync' }, nvme: NO_FUA },
      'dio-uses-fua',
      'inline-irq to s_dio_done_wq',
    ],
    [
      'no poll queue',
      'poll-read',
      {},
      { nvme: { poll_queues: 0 } },
      'queue-can-poll',
      'inline-poll to submitter-direct',
    ],
    [
      'cached pages',
      'overwrite-inline-irq',
      {},
      { file: { cached: [WHOLE] } },
      'dio-range-cached',
      'inline-irq to s_dio_done_wq',
    ],
    [
      'an error of the device',
      'overwrite-inline-irq',
      {},
      { nvme: { faults: [FAULT] } },
      'dio-error-to-task',
      'inline-irq to s_dio_done_wq',
    ],
    [
      'append',
      'overwrite-inline-irq',
      {},
      { file: { size_bytes: 0 }, job: { size_bytes: MIB_16 } },
      'dio-ends-past-eof',
      'inline-irq to s_dio_done_wq',
    ],
    [
      'on overlayfs',
      'overwrite-caller-comp',
      {},
      { file: { overlay: true } },
      'dio-caller-requested',
      'caller-comp-task-work to s_dio_done_wq',
    ],
  ])('%s (%s)', (_what, id, before, after, rule, ways) => {
    const c = differences(id, before, after);
    const [first] = c.differences.filter((d) => d.pathA !== d.pathB);
    expect(comparisonSentence(c)).toContain(ways);
    expect(first?.parting?.rule).toBe(rule);
    expect(first?.parting?.b.row).not.toBe(NO_ROW);
    expect(RULES.has(rule)).toBe(true);
  });

  test.each<[string, string, Change, string | null]>([
    [
      'extents unwritten',
      'overwrite-workqueue',
      { file: { extents: [{ ...WHOLE, state: 'unwritten' }] } },
      'iomap-mapping',
    ],
    ['O_DSYNC with FUA', 'overwrite-workqueue', { job: { sync: 'dsync' } }, 'dio-needs-sync'],
    ['cached pages', 'psync-write', { file: { cached: [WHOLE] } }, 'mapping-empty'],
    ['the filesystem', 'overwrite-workqueue', { file: { filesystem: 'ext4' } }, 'ext4-lock-shared'],
    ['on overlayfs', 'overwrite-workqueue', { file: { overlay: true } }, null],
    ['a field set elsewhere', 'overwrite-workqueue', { switches: { PRIVATE_SET: 'after the loop' } }, null],
    ['a free at another place', 'overwrite-workqueue', { switches: { BIO_FREED_FIRST: true } }, null],
  ])('also where every I/O stays on its path: %s (%s)', (_what, id, after, rule) => {
    const c = differences(id, {}, after);
    expect(c.differences).toHaveLength(c.matched);
    expect(comparisonSentence(c)).toContain(`${c.matched} on the same path with other steps`);
    for (const { parting, detour } of c.differences) {
      expect(parting?.rule ?? null).toBe(rule);
      if (parting === null || parting.b.row === NO_ROW) expect(detour?.b.row ?? NO_ROW).not.toBe(NO_ROW);
    }
  });

  test('a switch that changes no event is told as no difference', () => {
    const c = differences('overwrite-workqueue', {}, { switches: { UNPOLLABLE: 'stripped' } });
    expect(c.differences).toEqual([]);
    expect(comparisonSentence(c)).toBe('4 I/Os, no difference');
  });
});

import { expect, test } from 'vitest';
import { parseScenario } from './parse.ts';
import type { ScenarioInput } from './schema.ts';

/** Fields that a small scenario on this machine is refused for. */
function refused(machine: Partial<ScenarioInput['machine']>): readonly string[] {
  const parsed = parseScenario({
    version: 1,
    machine: { cpus: 4, nvme: { queues: 2, read: { mean_ns: 1000 }, write: { mean_ns: 1000 } }, ...machine },
    kernel: { name: '7.3.4' },
    files: [{ id: 'data', size_bytes: 1_048_576 }],
    actors: [{ kind: 'fio', name: 'job', file: 'data', rw: 'read', ioengine: 'psync', ios: 1 }],
  } satisfies ScenarioInput);
  return parsed.ok ? [] : parsed.error.map(({ field, message }) => `${field} ${message}`);
}

test('a CPU goes offline that there is, once, and comes back later', () => {
  expect(refused({ offline: [{ cpu: 3, at_ns: 10, online_at_ns: 11 }, { cpu: 1 }] })).toEqual([]);
  expect(refused({ offline: [{ cpu: 4 }] })).toEqual(['machine.offline.0.cpu is above the last CPU, 3']);
  expect(refused({ offline: [{ cpu: 0 }] })[0]).toMatch(/^machine.offline.0.cpu is not in 1 to/);
  expect(refused({ offline: [{ cpu: 1 }, { cpu: 1 }] })).toEqual([
    'machine.offline.1.cpu goes offline once already',
  ]);
  expect(refused({ offline: [{ cpu: 1, at_ns: 10, online_at_ns: 10 }] })).toEqual([
    'machine.offline.0.online_at_ns is not after 10, when the CPU goes',
  ]);
});

test('PREEMPT_COUNT can only be left out where the kernel is not preempted', () => {
  expect(refused({ preempt: 'none', preempt_count: false })).toEqual([]);
  expect(refused({ preempt: 'voluntary', preempt_count: false, preempt_rcu: false })).toEqual([]);
  for (const preempt of ['full', 'lazy'] as const)
    expect(refused({ preempt, preempt_count: false })).toEqual([
      `machine.preempt_count cannot be with preempt=${preempt}: a kernel that preempts its own code has to count`,
    ]);
});

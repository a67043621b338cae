import { expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import { presetById, PRESETS } from '../scenario/presets.ts';
import { runToEnd } from './run.ts';

function runPreset(id: string) {
  const scenario = parseScenario(presetById(id)?.scenario);
  if (!scenario.ok) throw new Error(`${id} is no valid scenario`);
  const { log, summary } = runToEnd(scenario.value);
  const ios = iosOf(log);
  const paths = new Set(Array.from({ length: ios.count }, (_, io) => ios.path(io)));
  return { log, summary, paths: [...paths], findings: findingsOf(log, ios) };
}

function framesNamed(log: LogView, name: string): number {
  let count = 0;
  for (let row = 0; row < log.rows; row++) {
    const kind = log.kind(row);
    if ((kind === Ev.Irq || kind === Ev.Softirq) && log.name(row) === name) count++;
  }
  return count;
}

test.each([
  ['overwrite-workqueue', 's_dio_done_wq'],
  ['overwrite-caller-comp', 'caller-comp-task-work'],
  ['overwrite-inline-irq', 'inline-irq'],
  ['poll-write-v4', 'inline-poll'],
  ['read-inline-irq', 'inline-irq'],
  ['poll-read', 'inline-poll'],
  ['poll-write-v6.5', 's_dio_done_wq'],
  ['poll-write-never-polled', 's_dio_done_wq'],
  ['libaio-read', 'inline-irq'],
  ['psync-write', 'wait-wake'],
  ['remote-completion', 'inline-irq'],
  ['queue-depth-16', 's_dio_done_wq'],
  ['one-interrupt-many', 'inline-irq'],
])('every I/O of the preset %s completes as its title says: %s', (id, path) => {
  const { summary, paths } = runPreset(id);
  expect(summary.stop).toBe('done');
  expect(paths).toEqual([path]);
});

test.each(PRESETS)('$id breaks no rule', ({ id }) => {
  expect(runPreset(id).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('remote-completion goes home by IPI and the BLOCK softirq, once for each of its reads', () => {
  const { log } = runPreset('remote-completion');
  expect(framesNamed(log, 'call_function_single')).toBe(4);
  expect(framesNamed(log, 'BLOCK')).toBe(4);
});

test('one-interrupt-many takes eight completions an interrupt', () => {
  expect(framesNamed(runPreset('one-interrupt-many').log, 'nvme0q2')).toBe(2);
});

test('poll-read has no interrupt at all', () => {
  const { log } = runPreset('poll-read');
  expect(framesNamed(log, 'nvme0q1') + framesNamed(log, 'nvme0q2')).toBe(0);
});

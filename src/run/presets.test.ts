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
  ['hole-read', 'submitter-direct'],
  ['poll-dsync-v4', 'inline-poll'],
  ['append-v4', 'caller-comp-task-work'],
  ['error-in-interrupt', 'inline-irq'],
  ['overlayfs-lost', null],
  ['dsync-fua', 's_dio_done_wq'],
  ['dsync-flush', 's_dio_done_wq'],
  ['dsync-write-through-lie', 's_dio_done_wq'],
  ['unwritten-convert', 's_dio_done_wq'],
  ['shared-remap', 's_dio_done_wq'],
  ['cached-page-worker', 's_dio_done_wq'],
  ['ext4-append-waits', 'wait-wake'],
  ['split-loses-poll', 'inline-irq'],
  ['nowait-punt', 's_dio_done_wq'],
  ['defer-taskrun', 'inline-irq'],
  ['sqpoll', 'inline-irq'],
  ['shared-poll-queue', 'inline-poll'],
])('every I/O of the preset %s completes as its title says: %s', (id, path) => {
  const { summary, paths } = runPreset(id);
  expect(summary.stop).toBe('done');
  expect(paths).toEqual([path]);
});

test('error-in-worker sends only the read that failed through the worker', () => {
  const { log } = runPreset('error-in-worker');
  const ios = iosOf(log);
  expect([ios.path(0), ios.path(1)]).toEqual(['s_dio_done_wq', 'inline-irq']);
  expect([ios.result(0), ios.result(1)]).toEqual([-5, 4096]);
});

/** What the monitors have to say about the presets that show something wrong: which ones speak, infos left out. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'poll-dsync-v4': ['sync-in-poll-loop'],
  'append-v4': ['hand-back-metadata'],
  'deadlock-fallocate': ['hazard', 'wait-cycle'],
  'overlayfs-lost': ['dio-completes-once', 'hand-back-lost'],
  'error-in-interrupt': ['error-in-interrupt', 'hazard'],
  'workqueue-missing': ['dio-workqueue', 'hazard'],
  'dontcache-rfc-v3': ['dropbehind-kept'],
  'ext4-kept': ['dropbehind-kept'],
  'dsync-write-through-lie': ['dsync-in-hidden-cache'],
};
/** Presets whose I/Os never come to an end. */
const STUCK = ['deadlock-fallocate', 'workqueue-missing'];

test.each(PRESETS)('$id shows what it is about, and breaks no other rule', ({ id }) => {
  const { summary, findings } = runPreset(id);
  const grave = findings.filter(({ severity }) => severity !== 'info').map(({ monitor }) => monitor);
  expect([...new Set(grave)].sort()).toEqual(FOUND[id] ?? []);
  expect(summary.stop).toBe(STUCK.includes(id) ? 'stuck' : 'done');
});

test.each([
  ['poll-write-v6.5', 'polled-then-kworker'],
  ['poll-write-never-polled', 'iopoll-never-polled'],
  ['shared-poll-queue', 'foreign-work-in-poll-loop'],
])('%s is remarked on by %s', (id, monitor) => {
  expect(runPreset(id).findings.map((f) => f.monitor)).toContain(monitor);
});

/** How often a function is called. */
function calls(id: string, name: string): number {
  const { log } = runPreset(id);
  let count = 0;
  for (let row = 0; row < log.rows; row++) if (log.kind(row) === Ev.Enter && log.name(row) === name) count++;
  return count;
}

test.each([
  ['dsync-fua', 'generic_write_sync', 0],
  ['dsync-flush', 'flush_end_io', 2],
  ['unwritten-convert', 'xfs_iomap_write_unwritten', 2],
  ['shared-remap', 'xfs_reflink_end_cow', 2],
  ['nowait-punt', 'io_wq_submit_work', 2],
  ['ext4-append-waits', 'blk_wake_io_task', 2],
  ['defer-taskrun', '__io_run_local_work', 1],
  ['sqpoll', 'io_uring_enter', 0],
  ['split-loses-poll', 'nvme_irq', 2],
  ['hole-read', 'submit_bio', 0],
])('in %s %s is called %i times', (id, name, times) => expect(calls(id, name)).toBe(times));

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

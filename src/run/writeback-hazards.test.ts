import { describe, expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf, MONITORS } from '../analysis/monitors.ts';
import { rowsNamed } from '../analysis/monitor.ts';
import { taskAt } from '../analysis/text.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

// Each hazard of writeback: a run in which its monitor speaks, and one that differs in one thing, in which it does not.

type Job = Partial<ScenarioInput['actors'][number]>;
type Given = {
  readonly kernel: ScenarioInput['kernel']['name'];
  readonly switches?: ScenarioInput['kernel']['switches'];
  readonly machine?: Partial<ScenarioInput['machine']>;
  readonly nvme?: Partial<ScenarioInput['machine']['nvme']>;
  readonly costs?: ScenarioInput['costs'];
  readonly file?: Partial<ScenarioInput['files'][number]>;
  readonly job?: Job;
  readonly other?: Job;
  /** So many jobs on as many CPUs, each with a file of its own. */
  readonly jobs?: number;
};

const KIB = 1024;
const MIB = KIB * KIB;

/** A job on CPU 1 writes 8 blocks of a file of 1 MiB, uncached, and syncs it at the end; `other` is on CPU 0. */
function scenarioOf(given: Given): ScenarioInput {
  const { kernel, switches, machine, nvme, costs, file, job, other, jobs } = given;
  const actor = (name: string, id: string, cpu: number, more: Job): ScenarioInput['actors'][number] => ({
    kind: 'fio',
    name,
    file: id,
    rw: 'write',
    ioengine: 'psync',
    direct: false,
    dontcache: true,
    end_fsync: true,
    ios: 8,
    cpus_allowed: [cpu],
    ...more,
  });
  const device = { queues: 2, read: { mean_ns: 5000 }, write: { mean_ns: 4900 }, flush_ns: 20_000 };
  const ids = Array.from({ length: jobs ?? 1 }, (_, i) => (i === 0 ? 'data' : `data${i}`));
  return {
    version: 1,
    machine: { cpus: jobs ?? 2, hz: 1000, ...machine, nvme: { ...device, ...nvme } },
    kernel: { name: kernel, ...(switches !== undefined && { switches }) },
    files: ids.map((id) => ({ id, size_bytes: MIB, large_folios: false, ...file })),
    actors: [
      ...ids.map((id, i) => actor(i === 0 ? 'job' : `job${i}`, id, jobs === undefined ? 1 : i, job ?? {})),
      ...(other === undefined ? [] : [actor('other', 'data', 0, { end_fsync: false, ...other })]),
    ],
    ...(costs !== undefined && { costs }),
    limits: { sim_ns: 1_000_000_000 },
  };
}

/** The log of a run, which ends by itself. */
function ran(given: Given): LogView {
  const parsed = parseScenario(scenarioOf(given));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { log, summary } = runToEnd(parsed.value);
  expect(summary.stop).toBe('done');
  return log;
}

/** What a monitor has to say about a log. */
const messagesOf = (monitor: string, log: LogView): string[] =>
  findingsOf(log, iosOf(log)).flatMap((f) => (f.monitor === monitor ? [f.message] : []));

const said = (monitor: string, given: Given): string[] => messagesOf(monitor, ran(given));

type Case = {
  readonly monitor: string;
  readonly hazard: string;
  readonly bad: Given;
  /** What is different in the near miss: whole parts of `bad` are replaced. */
  readonly miss: Partial<Given>;
  readonly says: RegExp;
};

const bytes = (n: number): NonNullable<Job['bs_write']> => [{ bytes: n, weight: 1 }];
const extent = (state: 'shared' | 'unwritten') => ({
  extents: [{ offset_bytes: 0, length_bytes: MIB, state }],
});
/** null_blk ends requests in the task that submits them, there under a spinlock. */
const LOCKED = { driver: 'null_blk', irqmode: 'locked' } as const;
const UNLOCKED = { driver: 'null_blk', irqmode: 'none' } as const;
const APPEND = { offset_bytes: MIB, size_bytes: 64 * KIB } as const;
const CACHED = { dontcache: false } as const;
const FAILS = { faults: [{ op: 'write' as const }] };
/** Hotplug at a pace at which bios are in flight at every step. */
const HOTPLUG = { 'rcu.grace': 5000, 'cpuhp.step': 20_000, 'cpuhp.boot': 5000, stop_machine: 2000 };
const GOES = {
  machine: { offline: [{ cpu: 1, at_ns: 60_000 }] },
  nvme: { write: { mean_ns: 100_000 } },
  costs: HOTPLUG,
  job: { ios: 40 },
};
/** A worker on CPU 0, where the only interrupt is, cannot keep up with the job on CPU 1. */
const BUSY = {
  machine: { preempt: 'none' },
  nvme: { queues: 1 },
  costs: { 'dropbehind.folio': 200_000 },
  job: { rw: 'randwrite', ios: 96, thinktime_ns: 100_000 },
  other: { rw: 'read', direct: true, dontcache: false, ios: 20, thinktime_ns: 200_000 },
} as const;

const CASES: readonly Case[] = [
  {
    monitor: 'bio-in-atomic-handler',
    hazard: 'RFC v4 asks in_task(), which is true under a spinlock',
    bad: { kernel: 'in-task-rfc-v4', machine: LOCKED },
    miss: { kernel: 'in-task-v6' },
    says: /^bio 1 is to end in a task that may sleep, but ioend_writeback_end_bio runs in a task with preemption off, under nullb0 lock$/,
  },
  {
    monitor: 'bio-in-atomic-handler',
    hazard: 'so does RFC v5; without the spinlock that is right',
    bad: { kernel: 'in-task-rfc-v5', machine: LOCKED },
    miss: { machine: UNLOCKED },
    says: /under nullb0 lock$/,
  },
  {
    monitor: 'dropbehind-atomic',
    hazard: 'and then drops folios there',
    bad: { kernel: 'in-task-rfc-v4', machine: LOCKED },
    miss: { kernel: 'in-task-v6' },
    says: /^a folio of data is unmapped and removed in a task with preemption off, which may sleep$/,
  },
  {
    monitor: 'deferral-lost-in-split',
    hazard: 'ioends of zones are split; v6 flags only the last piece',
    bad: {
      kernel: 'in-task-v6',
      file: { filesystem: 'xfs-zoned' },
      nvme: { max_transfer_bytes: 8 * KIB },
      job: { bs_write: bytes(64 * KIB) },
    },
    miss: { kernel: '7.3.4' },
    says: /^bio 2 was cut off bio 1 without its BIO_COMPLETE_IN_TASK: xfs_end_bio runs in a hard interrupt$/,
  },
  {
    monitor: 'deferral-lost-in-split',
    hazard: 'pieces that the block layer splits off end with the whole',
    bad: {
      kernel: 'in-task-v6',
      file: { filesystem: 'xfs-zoned' },
      nvme: { max_transfer_bytes: 8 * KIB },
      job: { bs_write: bytes(64 * KIB) },
    },
    miss: { file: { filesystem: 'xfs' } },
    says: /xfs_end_bio runs in a hard interrupt$/,
  },
  {
    monitor: 'deferral-needless',
    hazard: 'a kernel without PREEMPT_COUNT cannot tell where it may sleep',
    bad: {
      kernel: 'for-7.3-block',
      machine: { ...UNLOCKED, preempt: 'none', preempt_count: false, preempt_rcu: false },
    },
    miss: { machine: { ...UNLOCKED, preempt: 'none' } },
    says: /^bio 1 waits for the worker of the batch although this task may sleep/,
  },
  {
    monitor: 'two-hops',
    hazard: 'for-7.3/block sends appends through the batch and then to the worker of XFS',
    bad: { kernel: 'for-7.3-block', job: APPEND },
    miss: { kernel: '7.3.4' },
    says: /^bio \d+ was ended by the worker of the batch, and goes to the next one through i_ioend_list data/,
  },
  {
    monitor: 'two-hops',
    hazard: 'a failed overwrite goes from the batch to the list of failed ioends',
    bad: { kernel: '7.3.4', nvme: FAILS },
    miss: { switches: { FAILED_IOENDS: 'bio_complete_in_task' } },
    says: /^bio \d+ was ended by the worker of the batch, and goes to the next one through failed_ioend_list/,
  },
  {
    monitor: 'batch-wait',
    hazard: 'handlers of earlier bios take milliseconds',
    bad: {
      kernel: 'for-7.3-block',
      costs: { 'dropbehind.folio': 1_000_000 },
      job: { rw: 'randwrite', ios: 16 },
    },
    miss: { costs: { 'dropbehind.folio': 100_000 } },
    says: /^bio \d+ waited 3.01 ms in bio_complete batch CPU \d, where a jiffy is 1 ms$/,
  },
  {
    monitor: 'batch-wait',
    hazard: 'the delay of v6 alone is no hazard',
    bad: { kernel: 'in-task-v6', costs: { 'dropbehind.folio': 1_000_000 }, job: { rw: 'randwrite' } },
    miss: { costs: {} },
    says: /in bio_complete batch CPU \d, where a jiffy is 1 ms$/,
  },
  {
    monitor: 'parked-during-hotplug',
    hazard: 'v6 disables the work item while interrupts of the CPU still come',
    bad: { kernel: 'in-task-v6', ...GOES },
    miss: { job: { ios: 40, start_delay_ns: 400_000 } },
    says: /^bio \d+ comes to bio_complete batch CPU 1 when its worker is disabled: it waits until the CPU is dead$/,
  },
  {
    monitor: 'batch-on-other-cpu',
    hazard:
      'RFC v4 disables nothing, so that a worker elsewhere gets the item of a CPU that still takes interrupts',
    bad: { kernel: 'in-task-rfc-v4', ...GOES },
    miss: { kernel: 'for-7.3-block' },
    says: /^the worker of the batch of CPU 1 runs on CPU 0/,
  },
  {
    monitor: 'worker-never-yields',
    hazard: 'without preemption nobody takes the CPU from the worker',
    bad: {
      kernel: 'for-7.3-block',
      machine: { preempt: 'none' },
      costs: { 'dropbehind.folio': 1_000_000 },
      job: { ios: 1, bs_write: bytes(64 * KIB) },
    },
    miss: { machine: { preempt: 'lazy' } },
    says: /^kworker\/1:1 ends the bios of a batch and keeps CPU 1 for 11 ms although somebody else wants it$/,
  },
  {
    monitor: 'worker-never-yields',
    hazard: '7.3 goes on while bios arrive; v6 looks at need_resched between batches',
    bad: {
      kernel: 'for-7.3-block',
      switches: { BATCH_EXIT: 'when empty', DONTCACHE_KICK: 'writer' },
      ...BUSY,
    },
    miss: { switches: { BATCH_EXIT: 'when need_resched', DONTCACHE_KICK: 'writer' } },
    says: /^kworker\/0:1 ends the bios of a batch/,
  },
  {
    monitor: 'long-irq',
    hazard: 'eight writers, one completion queue: all their folios end in the softirq of one CPU',
    bad: {
      kernel: '7.3.4',
      jobs: 8,
      nvme: { queues: 1, bytes_per_us: 1_000_000 },
      costs: { 'wb.end.folio': 500 },
      job: { ...CACHED, ios: 1, bs_write: bytes(MIB) },
    },
    miss: { nvme: { queues: 8, bytes_per_us: 1_000_000 } },
    says: /^the softirq BLOCK keeps CPU 0 for 1.\d+ ms: 2048 folios end their writeback in it$/,
  },
  {
    monitor: 'dropbehind-kept',
    hazard: 'ext4 accepts RWF_DONTCACHE, but its overwrites end in the interrupt',
    bad: { kernel: 'ext4-bh-2026', file: { filesystem: 'ext4' } },
    miss: { file: { filesystem: 'ext4', ...extent('unwritten') } },
    says: /^8 folios of data, written with RWF_DONTCACHE, stay in the cache: writeback ended in an interrupt/,
  },
  {
    monitor: 'dropbehind-kept',
    hazard: 'RFC v3 has 31 slots for a bio of 64 folios',
    bad: {
      kernel: 'in-task-rfc-v3',
      switches: { XFS_DONTCACHE_WQ: false },
      job: { ios: 1, bs_write: bytes(256 * KIB) },
    },
    miss: { job: { ios: 1, bs_write: bytes(124 * KIB) } },
    says: /^33 folios of data, written with RWF_DONTCACHE, stay in the cache: all slots of the batch were taken$/,
  },
  {
    monitor: 'dropbehind-kept',
    hazard: 'before the series XFS sends uncached overwrites to its worker for it',
    bad: { kernel: '6.18.15', switches: { XFS_DONTCACHE_WQ: false } },
    miss: { switches: { XFS_DONTCACHE_WQ: true } },
    says: /writeback ended in an interrupt, where nothing may be dropped$/,
  },
  {
    monitor: 'ioends-not-merged',
    hazard: 'appends that are written one by one reach the worker one by one',
    bad: { kernel: '7.3.4', job: APPEND },
    miss: { job: { ...APPEND, ...CACHED } },
    says: /^2 ioends of data were on the list while the worker finished a neighbour, and are finished in a transaction apart$/,
  },
  {
    monitor: 'lock-not-irq-safe',
    hazard: 'the report of an error takes i_lock in the interrupt, as before the list of failed ioends',
    bad: { kernel: '7.0.13', switches: { FAILED_IOENDS: 'in place' }, nvme: FAILS, job: CACHED },
    miss: { switches: { FAILED_IOENDS: 'failed_ioend_list' } },
    says: /^i_lock data is taken in a hard interrupt, but others hold it with interrupts on/,
  },
  {
    monitor: 'lock-not-irq-safe',
    hazard: 'the plan of September 2026 needs no list',
    bad: { kernel: '7.0.13', switches: { FAILED_IOENDS: 'in place' }, nvme: FAILS, job: CACHED },
    miss: { switches: { FAILED_IOENDS: 'bio_complete_in_task' } },
    says: /^i_lock data is taken in a hard interrupt/,
  },
  {
    monitor: 'bio-ends-once',
    hazard:
      'since v6.17 the context still names an ioend whose submission has failed in the middle of a pass',
    bad: {
      kernel: '6.17.13',
      file: extent('shared'),
      job: { ...CACHED, rw: 'randwrite' },
      other: { ios: 0, start_delay_ns: 25_000, calls: [{ call: 'shutdown' }] },
      costs: { 'fs.convert': 20_000 },
    },
    miss: { kernel: '6.16.12' },
    says: /^bio 1 ends again: its memory may belong to another I\/O$/,
  },
  {
    monitor: 'bio-ends-once',
    hazard: 'a mapping that fails does so before the submission',
    bad: {
      kernel: '7.3.4',
      file: extent('shared'),
      job: { ...CACHED, rw: 'randwrite' },
      other: { ios: 0, start_delay_ns: 25_000, calls: [{ call: 'shutdown' }] },
      costs: { 'fs.convert': 20_000 },
    },
    miss: { file: { ...extent('shared'), fail_mapping: 3 }, other: { ios: 0 } },
    says: /ends again/,
  },
];

describe.each(CASES)('$monitor: $hazard', ({ monitor, bad, miss, says }) => {
  test('is found', () => {
    const messages = said(monitor, bad);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.some((message) => says.test(message)) ? 'said' : messages).toBe('said');
  });
  test('is not found in the near miss', () => expect(said(monitor, { ...bad, ...miss })).toEqual([]));
});

// No kernel does these, and no switch makes one do it: the tests beside the monitors have logs that do. Here are runs that
// come close.
const OVERWRITTEN = { ...CACHED, rw: 'randwrite', ios: 16 } as const;
/** What must be in the log, so that the run does come close. */
const NEAR: readonly (readonly [monitor: string, hazard: string, seen: string, given: Given])[] = [
  [
    'deferral-bypassed',
    'flagged bios end in the interrupt, through bio_endio',
    'bio_complete_work_fn',
    { kernel: '7.3.4' },
  ],
  [
    'deferred-once',
    'a handler that asks again for a bio that was deferred before',
    'bio-already-in-task',
    { kernel: '7.3.4', switches: { FAILED_IOENDS: 'bio_complete_in_task' }, nvme: FAILS },
  ],
  [
    'batch-order',
    'an llist is turned around',
    'bio_complete_work_fn',
    { kernel: 'in-task-rfc-v5', job: { rw: 'randwrite' } },
  ],
  ['batch-order', 'the rest of a dead CPU', 'bio_complete_batch_cpu_dead', { kernel: 'in-task-v6', ...GOES }],
  [
    'stranded-in-batch',
    'bios of a dead CPU',
    'bio_complete_batch_cpu_dead',
    { kernel: 'in-task-v6', ...GOES },
  ],
  [
    'stranded-in-batch',
    'bios of a CPU that nobody tells the batch of',
    'takedown_cpu',
    { kernel: 'for-7.3-block', ...GOES, switches: { BATCH_HOTPLUG: 'none' } },
  ],
  [
    'left-in-writeback',
    'a device that fails',
    'iomap_fail_ioends',
    { kernel: '7.3.4', nvme: FAILS, job: OVERWRITTEN },
  ],
  [
    'left-in-writeback',
    'mappings that fail',
    'xfs_discard_folio',
    { kernel: '6.16.12', file: { ...extent('unwritten'), fail_mapping: 2 }, job: OVERWRITTEN },
  ],
  [
    'left-in-writeback',
    'a shutdown in the middle',
    'goingdown',
    {
      kernel: '6.16.12',
      job: OVERWRITTEN,
      other: { ios: 0, start_delay_ns: 15_000, calls: [{ call: 'shutdown' }] },
    },
  ],
  [
    'folio-removed-in-use',
    'a file that is cut under writeback',
    'mm_filemap_delete_from_page_cache',
    {
      kernel: '7.3.4',
      job: {
        ...OVERWRITTEN,
        end_fsync: false,
        calls: [{ call: 'sync_file_range', after_ios: 8, length_bytes: MIB }],
      },
      other: { ios: 0, start_delay_ns: 20_000, calls: [{ call: 'ftruncate', offset_bytes: 8 * KIB }] },
    },
  ],
  [
    'dropbehind-cached-before',
    'uncached writes to cached pages',
    'filemap_end_dropbehind',
    { kernel: '7.3.4', file: { cached: [{ offset_bytes: 0, length_bytes: 16 * KIB }] } },
  ],
  [
    'writeback-error-lost',
    'a failed write is told to two open files',
    'filemap_set_wb_err',
    {
      kernel: '7.3.4',
      nvme: FAILS,
      job: CACHED,
      other: { ...CACHED, ios: 0, start_delay_ns: 60_000, end_fsync: true },
    },
  ],
  [
    'writeback-error-lost',
    'of two fsyncs the first is told',
    'filemap_set_wb_err',
    { kernel: '6.18.15', nvme: FAILS, job: { ...CACHED, fsync: 4 } },
  ],
  [
    'writeback-error-lost',
    'a write with O_DSYNC is told, the fsync behind it is not',
    'filemap_set_wb_err',
    { kernel: '7.3.4', nvme: FAILS, job: { ...CACHED, ios: 1, sync: 'dsync', end_fsync: true } },
  ],
  [
    'writeback-error-told-twice',
    'the second is not',
    'filemap_set_wb_err',
    { kernel: '6.18.15', nvme: FAILS, job: { ...CACHED, fsync: 4 } },
  ],
  [
    'writeback-error-told-twice',
    'a second error is told',
    'filemap_set_wb_err',
    { kernel: '6.18.15', nvme: { faults: [{ op: 'write', count: 2 }] }, job: { ...CACHED, fsync: 4 } },
  ],
  [
    'ioends-finished-in-task',
    'unwritten extents',
    'iomap_finish_ioends',
    { kernel: '6.17.13', file: extent('unwritten'), job: OVERWRITTEN },
  ],
  [
    'one-worker-an-inode',
    'ioends of two CPUs',
    'xfs_end_io',
    { kernel: '7.3.4', job: APPEND, other: { ...APPEND, offset_bytes: 0 } },
  ],
];

test.each(NEAR)('%s has nothing to say about %s', (monitor, _hazard, seen, given) => {
  expect(MONITORS.map(({ id }) => id)).toContain(monitor);
  const log = ran(given);
  expect(log.stringId(seen)).toBeGreaterThan(0);
  expect(messagesOf(monitor, log)).toEqual([]);
});

test('a failed write is told once to each open file', () => {
  const told = (given: Given): string[] => {
    const log = ran(given);
    return Array.from(
      rowsNamed(log, Ev.Trace, 'sys_exit'),
      (row) => `${log.objectName(taskAt(log, row))} ${log.value(row)}`,
    );
  };
  const failing = { kernel: '6.18.15', nvme: FAILS } as const;
  const other = { ...CACHED, ios: 0, start_delay_ns: 60_000, end_fsync: true };
  expect(told({ ...failing, job: CACHED, other })).toEqual(['job -5', 'other -5']);
  expect(told({ ...failing, job: { ...CACHED, fsync: 4 } })).toEqual(['job -5', 'job 0', 'job 0']);
});

test('syncfs has an error cursor of its own', () => {
  const calls = [4, 8].map((after_ios) => ({ call: 'syncfs' as const, after_ios }));
  const log = ran({ kernel: '7.3.4', nvme: FAILS, job: { ...CACHED, calls } });
  const told = Array.from(rowsNamed(log, Ev.Trace, 'sys_exit'), (row) => log.value(row));
  expect(told).toEqual([-5, 0, -5]); // the fsync at the end is told by the cursor of the file
  for (const monitor of ['writeback-error-told-twice', 'writeback-error-lost'])
    expect(messagesOf(monitor, log)).toEqual([]);
});

test('every monitor of writeback has a run here', () => {
  const tried = new Set([...CASES.map(({ monitor }) => monitor), ...NEAR.map(([monitor]) => monitor)]);
  const sheets = /bio-complete-in-task[.]md|writeback-completion[.]md|dropbehind[.]md/;
  const hazards = MONITORS.filter(({ source }) => sheets.test(source));
  expect(hazards.length).toBeGreaterThan(20);
  expect(hazards.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
});

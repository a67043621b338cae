import { describe, expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { rowsNamed, rowsOfKind } from '../analysis/monitor.ts';
import { taskAt } from '../analysis/text.ts';
import { contextFlags } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

type Given = {
  readonly machine?: Partial<ScenarioInput['machine']>;
  readonly nvme?: Partial<ScenarioInput['machine']['nvme']>;
  readonly kernel?: ScenarioInput['kernel']['name'];
  readonly filesystem?: ScenarioInput['files'][number]['filesystem'];
};

const DEVICE = { queues: 2, read: { mean_ns: 100_000 }, write: { mean_ns: 100_000 } };

/** Two blocks are overwritten with RWF_DONTCACHE and synced, as in the recordings 15a. */
function overwrite({ machine, nvme, kernel, filesystem }: Given): LogView {
  const parsed = parseScenario({
    version: 1,
    machine: {
      cpus: 2,
      preempt: 'rt',
      ...machine,
      nvme: { ...DEVICE, ...nvme },
    },
    kernel: { name: kernel ?? '7.3.4' },
    files: [{ id: 'data', ...(filesystem !== undefined && { filesystem }), size_bytes: 1 << 20 }],
    actors: [
      {
        kind: 'fio',
        name: 'job',
        file: 'data',
        rw: 'write',
        ioengine: 'psync',
        direct: false,
        dontcache: true,
        end_fsync: true,
        ios: 2,
        cpus_allowed: [1],
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { log, summary } = runToEnd(parsed.value);
  expect(summary.stop).toBe('done');
  return log;
}

/** In which kind of task, and with which flags, a function is entered; each place once. */
const placesOf = (log: LogView, name: string): string[] => [
  ...new Set(
    [...rowsNamed(log, Ev.Enter, name)].map((row) => {
      const comm = log.objectName(taskAt(log, row)).replace(/[\d/].*/, '');
      return `${comm} ${contextFlags(log.context(row))}`;
    }),
  ),
];

/** The rule by which a flagged bio went to the batch, or "none": it did not. */
function deferredBy(log: LogView): string {
  const rules = ['inside-rcu', 'preempt-count-missing', 'not-preemptible'];
  const by = rules.filter((rule) => [...rowsNamed(log, Ev.Decide, rule)].some((row) => log.value(row) === 1));
  expect(by.length > 0).toBe(placesOf(log, '__bio_complete_in_task').length > 0);
  return by.join() || 'none';
}

const messages = (log: LogView): string[] =>
  findingsOf(log, iosOf(log)).map(({ monitor, message }) => `${monitor}: ${message}`);

describe('bio_in_atomic() in the thread of an interrupt (bio-complete-in-task.md section 2.6)', () => {
  test.each(['7.3.4', 'for-7.3-block', 'in-task-v6'] as const)(
    '%s, PREEMPT_RT: it is atomic by rule 1, because bottom halves are off; the worker ends the bio',
    (kernel) => {
      const log = overwrite({ kernel });
      expect(placesOf(log, 'bio_endio')).toContain('irq b...1');
      expect(deferredBy(log)).toBe('inside-rcu');
      expect(placesOf(log, 'ioend_writeback_end_bio')).toEqual(['kworker .....']);
      expect(placesOf(log, 'folio_unmap_invalidate')).toEqual(['kworker .....']);
      expect(messages(log)).toEqual([]);
    },
  );

  test('a local lock around the list leaves interrupts on, local_irq_save() does not', () => {
    const flagsOfPut = (kernel: NonNullable<Given['kernel']>): string[] => {
      const log = overwrite({ kernel });
      const puts = [...rowsOfKind(log, Ev.Put)].filter(
        (row) => log.objectType(log.value(row)) === 'bio_complete_batch',
      );
      return [...new Set(puts.map((row) => contextFlags(log.context(row))))];
    };
    expect(flagsOfPut('in-task-v6')).toEqual(['b...1']);
    expect(flagsOfPut('7.3.4')).toEqual(['D...1']);
  });

  test.each(['in-task-rfc-v4', 'in-task-rfc-v5'] as const)(
    '%s asks in_task(), which is true there: the handler runs in the thread',
    (kernel) => {
      const log = overwrite({ kernel });
      expect(placesOf(log, 'ioend_writeback_end_bio')).toEqual(['irq b...1']);
      expect(messages(log)).toContain(
        'bio-in-atomic-handler: bio 1 is to end in a task that may sleep, but ioend_writeback_end_bio runs in a task with bottom halves off',
      );
    },
  );

  test('ext4 of 7.3 sets no flag and drops its folios in the thread, as recorded (7.3.4-rt/17xa)', () => {
    const log = overwrite({ filesystem: 'ext4' });
    expect(deferredBy(log)).toBe('none');
    expect(placesOf(log, 'folio_unmap_invalidate')).toEqual(['irq b...1']);
  });

  test('threadirqs: bottom halves and interrupts are off, so that it is atomic by rule 3 (7.3.4/34b)', () => {
    const log = overwrite({ machine: { preempt: 'full', threadirqs: true } });
    expect(placesOf(log, 'bio_endio')).toContain('irq D....');
    expect(deferredBy(log)).toBe('not-preemptible');
    expect(placesOf(log, 'ioend_writeback_end_bio')).toEqual(['kworker .....']);
  });

  test.each(['none', 'voluntary', 'full', 'lazy'] as const)(
    'use_threaded_interrupts, preempt=%s: the thread may sleep, and ends the bio itself (direct-io.md, interrupt threads)',
    (preempt) => {
      const log = overwrite({ machine: { preempt }, nvme: { use_threaded_interrupts: true } });
      expect(deferredBy(log)).toBe('none');
      expect(placesOf(log, 'ioend_writeback_end_bio')).toEqual(['irq .....']);
      expect(messages(log)).toEqual([]);
    },
  );

  test('use_threaded_interrupts with PREEMPT_RT: two threads, and the second may sleep', () => {
    const log = overwrite({ nvme: { use_threaded_interrupts: true } });
    expect(placesOf(log, 'nvme_irq_check')).toEqual(['irq b...1']);
    expect(deferredBy(log)).toBe('none');
    expect(placesOf(log, 'ioend_writeback_end_bio')).toEqual(['irq .....']);
  });
});

describe('with PREEMPT_RT', () => {
  test('a softirq that the thread runs when it enables bottom halves is atomic, too (7.3.4-rt/22h)', () => {
    const log = overwrite({ machine: { rq_affinity: 2 }, nvme: { queues: 1 } });
    expect(placesOf(log, 'blk_done_softirq')).toEqual(['irq ..s.1']);
    expect(deferredBy(log)).toBe('inside-rcu');
    expect(messages(log)).toEqual([]);
  });

  test('a softirq and tasks take i_pages with interrupts on, which is no hazard: who waits sleeps', () => {
    const log = overwrite({ filesystem: 'ext4', machine: { rq_affinity: 2 }, nvme: { queues: 1 } });
    expect(placesOf(log, '__folio_end_writeback')).toEqual(['irq ..s.1']);
    const locks = [...rowsOfKind(log, Ev.Lock)].filter((row) =>
      log.objectName(log.object(row)).includes('i_pages'),
    );
    expect(locks.length).toBeGreaterThan(0);
    expect(locks.every((row) => /^[.b]/.test(contextFlags(log.context(row))))).toBe(true);
    expect(messages(log).filter((text) => text.startsWith('lock-not-irq-safe'))).toEqual([]);
  });

  test('under a spinlock bio_in_atomic() holds because of RCU, and in_task() does not know', () => {
    const machine = { driver: 'null_blk', irqmode: 'locked' } as const;
    const asks = overwrite({ machine });
    expect(deferredBy(asks)).toBe('inside-rcu');
    expect(messages(asks)).toEqual([]);
    const [hazard] = messages(overwrite({ machine, kernel: 'in-task-rfc-v5' }));
    expect(hazard).toBe(
      'bio-in-atomic-handler: bio 1 is to end in a task that may sleep, but ioend_writeback_end_bio runs in a task bound to its CPU, under nullb0 lock',
    );
  });

  test('and without one the submitter ends the bio itself (7.3.4-rt/24h)', () => {
    const log = overwrite({ machine: { driver: 'null_blk', irqmode: 'none' } });
    expect(deferredBy(log)).toBe('none');
    expect(placesOf(log, 'ioend_writeback_end_bio').every((place) => place.endsWith(' .....'))).toBe(true);
  });
});

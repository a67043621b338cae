import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { Scenario, ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

function valid(input: unknown): Scenario {
  const parsed = parseScenario(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const rows = (log: LogView): number[] => Array.from({ length: log.rows }, (_, row) => row);

/** The first row of a kind and name. */
function rowOf(log: LogView, kind: number, name: string): number {
  const row = rows(log).find((r) => log.kind(r) === kind && log.name(r) === name);
  if (row === undefined) throw new Error(`there is no ${name}`);
  return row;
}

/** Events on a CPU between its death and its return, which the states of `struct cpuhp_cpu_state` tell. */
function eventsOfTheDead(log: LogView): string[] {
  const dead = new Set<number>();
  return rows(log).flatMap((row) => {
    const object = log.object(row);
    if (log.objectType(object) === 'cpuhp_cpu_state') {
      const cpu = Number(log.objectLabel(object).replace('cpu', ''));
      if (log.kind(row) === Ev.Set && log.name(row) === 'state' && log.value(row) === 84) dead.add(cpu);
      if (log.name(row) === 'cpuhp_exit' && log.value(row) === 83) dead.delete(cpu);
    }
    return dead.has(log.cpu(row)) ? [`row ${row}: ${log.name(row)} on CPU ${log.cpu(row)}`] : [];
  });
}

/** Results of all I/Os. */
const results = (log: LogView): number[] =>
  rows(log)
    .filter((row) => log.kind(row) === Ev.Notify)
    .map((row) => log.value(row));

/** So fast that I/Os are in flight at every state. */
const FAST = { 'rcu.grace': 5000, 'cpuhp.step': 500, 'cpuhp.boot': 5000, stop_machine: 2000 };

type Change = {
  readonly machine?: Partial<ScenarioInput['machine']>;
  readonly actor?: Partial<ScenarioInput['actors'][number]>;
  readonly costs?: ScenarioInput['costs'];
};

/** A job that is bound to CPU 1, which goes offline after 100 us. */
const story = ({ machine = {}, actor = {}, costs = FAST }: Change = {}): Scenario =>
  valid({
    version: 1,
    machine: {
      cpus: 2,
      offline: [{ cpu: 1, at_ns: 100_000 }],
      nvme: { queues: 2, poll_queues: 1, read: { mean_ns: 80_000 }, write: { mean_ns: 80_000 } },
      ...machine,
    },
    kernel: { name: '7.3.4' },
    files: [{ id: 'data', size_bytes: 1_048_576 }],
    actors: [
      {
        kind: 'fio',
        name: 'job',
        file: 'data',
        rw: 'write',
        ioengine: 'io_uring',
        ios: 40,
        iodepth: 4,
        cpus_allowed: [1],
        ...actor,
      },
    ],
    costs,
  });

describe('a CPU goes offline', () => {
  test('state by state as recorded (7.3.4/20-xfs-dontcache-cpu-offline), each where it was', () => {
    const { log } = runToEnd(story());
    const steps = rows(log)
      .filter((row) => /^cpuhp_(multi_)?enter$/.test(log.name(row)))
      .map((row) => `${log.value(row)} on ${log.cpu(row)}`);
    expect(steps.filter((step, i) => step !== steps[i - 1])).toEqual([
      '235 on 0', // cpuhp_kick_ap_work
      '234 on 1', // sched_cpu_deactivate
      '194 on 1', // bio_complete_batch_cpu_down_prep
      '186 on 1', // workqueue_offline_cpu
      '149 on 1', // blk_mq_hctx_notify_offline
      '147 on 1', // smpboot_park_threads
      '146 on 1', // sched_cpu_wait_empty
      '142 on 0', // takedown_cpu
      '63 on 0', // bio_complete_batch_cpu_dead
      '58 on 0', // timers_dead_cpu
      '24 on 0', // blk_mq_hctx_notify_dead
      '20 on 0', // blk_softirq_cpu_dead
    ]);
    const exits = rows(log)
      .filter((row) => log.name(row) === 'cpuhp_exit')
      .map((row) => log.value(row));
    expect([...new Set(exits)]).toEqual([233, 193, 185, 148, 146, 145, 142, 84, 62, 57, 23, 19]);
  });

  test('its job goes on elsewhere, its hardware queue is drained and its interrupt shut down', () => {
    const { log, summary } = runToEnd(story());
    expect(summary.stop).toBe('done');
    expect(results(log)).toEqual(Array.from({ length: 40 }, () => 4096));
    expect(eventsOfTheDead(log)).toEqual([]);
    expect(findingsOf(log, iosOf(log))).toEqual([]);
    const drained = rows(log).filter((row) => log.name(row) === 'hctx-has-requests');
    expect(drained.map((row) => log.value(row))).toEqual([1, 0]); // one look, 5 ms later another
    const shut = rowOf(log, Ev.Decide, 'irq-has-online-cpu');
    expect(log.value(shut)).toBe(0);
    expect(log.cpu(shut)).toBe(1);
  });

  test('an interrupt that another CPU may take moves there, with the commands in flight', () => {
    // two queues for four CPUs: the second is that of CPUs 2 and 3, and CPU 2 takes its interrupt
    const nvme = { queues: 2, read: { mean_ns: 80_000 }, write: { mean_ns: 80_000 } };
    const machine = { cpus: 4, offline: [{ cpu: 2, at_ns: 100_000 }], nvme };
    const { log } = runToEnd(story({ machine, actor: { cpus_allowed: [3] } }));
    expect(eventsOfTheDead(log)).toEqual([]);
    expect(results(log)).toHaveLength(40);
    expect(rows(log).filter((row) => log.name(row) === 'hctx-has-requests')).toEqual([]); // nothing to drain
    const irqs = rows(log).filter((row) => log.kind(row) === Ev.Irq && log.name(row) === 'nvme0q2');
    const moved = rowOf(log, Ev.Decide, 'irq-has-online-cpu');
    expect(log.value(moved)).toBe(1);
    expect(new Set(irqs.map((row) => `${row < moved ? 'before' : 'after'}: ${log.cpu(row)}`))).toEqual(
      new Set(['before: 2', 'after: 3']),
    );
  });

  test('and comes back: its interrupt is started again, and its workers and its job are there again', () => {
    const { log, summary } = runToEnd(
      story({
        machine: { offline: [{ cpu: 1, at_ns: 100_000, online_at_ns: 7_000_000 }] },
        actor: { start_delay_ns: 9_000_000 }, // asleep when its CPU goes, so that it never has to leave it
      }),
    );
    expect(summary.stop).toBe('done');
    expect(eventsOfTheDead(log)).toEqual([]);
    expect(results(log)).toHaveLength(40);
    const back = rowOf(log, Ev.Enter, 'sched_cpu_activate');
    const after = rows(log).filter((row) => row > back && log.cpu(row) === 1);
    expect(after.some((row) => log.kind(row) === Ev.Irq && log.name(row) === 'nvme0q2')).toBe(true);
  });
});

describe('whatever is under way', () => {
  const job = fc.record({
    rw: fc.constantFrom('read', 'write', 'randrw'),
    ioengine: fc.constantFrom('psync', 'libaio', 'io_uring'),
    hipri: fc.boolean(),
    iodepth: fc.integer({ min: 1, max: 16 }),
    ios: fc.integer({ min: 1, max: 60 }),
    sync: fc.constantFrom('none', 'none', 'dsync'),
    thinktime_ns: fc.constantFrom(0, 0, 30_000),
    taskrun: fc.constantFrom('default', 'defer'),
    sqthread_poll: fc.constantFrom(false, false, true),
    pinned: fc.boolean(),
  });
  const scenario = fc
    .record({
      cpus: fc.integer({ min: 2, max: 4 }),
      queues: fc.integer({ min: 1, max: 4 }),
      queue_depth: fc.constantFrom(8, 1024),
      rq_affinity: fc.constantFrom(0, 1, 2),
      cpus_per_llc: fc.constantFrom(1, 4),
      preempt: fc.constantFrom('none', 'voluntary', 'full', 'lazy', 'rt'),
      hz: fc.constantFrom(250, 1000),
      threadirqs: fc.constantFrom(false, false, true),
      use_threaded_interrupts: fc.constantFrom(false, false, true),
      kernel: fc.constantFrom(...KERNEL_NAMES),
      mean_ns: fc.integer({ min: 1000, max: 200_000 }),
      cv_percent: fc.constantFrom(0, 100),
      jobs: fc.array(job, { minLength: 1, maxLength: 4 }),
      state: fc.constantFrom('mapped', 'unwritten'),
      offline: fc.array(
        fc.record({
          at_ns: fc.integer({ min: 0, max: 400_000 }),
          later_ns: fc.option(fc.integer({ min: 1, max: 6_000_000 })),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      slow: fc.boolean(),
    })
    .map((r) =>
      valid({
        version: 1,
        machine: {
          cpus: r.cpus,
          cpus_per_llc: r.cpus_per_llc,
          hz: r.hz,
          preempt: r.preempt,
          rq_affinity: r.rq_affinity,
          threadirqs: r.threadirqs,
          offline: r.offline.slice(0, r.cpus - 1).map(({ at_ns, later_ns }, i) => ({
            cpu: i + 1,
            at_ns,
            ...(later_ns === null ? {} : { online_at_ns: at_ns + later_ns }),
          })),
          nvme: {
            queues: Math.min(r.queues, r.cpus),
            poll_queues: 1,
            queue_depth: r.queue_depth,
            use_threaded_interrupts: r.use_threaded_interrupts,
            read: { kind: 'gamma', mean_ns: r.mean_ns, cv_percent: r.cv_percent },
            write: { kind: 'gamma', mean_ns: r.mean_ns, cv_percent: r.cv_percent },
          },
        },
        kernel: { name: r.kernel },
        files: [
          {
            id: 'data',
            size_bytes: 2 ** 24,
            extents: [{ offset_bytes: 0, length_bytes: 2 ** 24, state: r.state }],
          },
        ],
        actors: r.jobs.map(({ pinned, ...j }, i) => ({
          kind: 'fio',
          name: `job${i}`,
          file: 'data',
          ...j,
          hipri: j.hipri && r.queue_depth > 100 && j.sync === 'none', // v4-series syncs in the poll loop
          taskrun: j.sqthread_poll ? 'default' : j.taskrun,
          ...(pinned ? { cpus_allowed: [(i + 1) % r.cpus] } : {}),
        })),
        costs: r.slow ? {} : FAST,
        limits: { events: 600_000 },
      }),
    );

  test('no I/O is lost, nothing runs on a dead CPU, and no monitor finds an error', () => {
    fc.assert(
      fc.property(scenario, (s) => {
        const { log, summary } = runToEnd(s);
        expect(summary.stop).toBe('done');
        expect(runToEnd(s).summary.fingerprint).toEqual(summary.fingerprint);
        expect(results(log)).toHaveLength(s.actors.reduce((sum, a) => sum + a.ios, 0));
        expect(results(log).every((bytes) => bytes === 4096)).toBe(true);
        expect(eventsOfTheDead(log)).toEqual([]);
        expect(findingsOf(log, iosOf(log)).filter((f) => f.severity === 'error')).toEqual([]);
      }),
      { numRuns: 150, seed: 20261122, endOnFailure: true },
    );
  });
});

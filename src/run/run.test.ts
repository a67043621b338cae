import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import type { Path } from '../analysis/moments.ts';
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import { Ev } from '../log/events.ts';
import type { Chunk } from '../log/columns.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Scenario, ScenarioInput } from '../scenario/schema.ts';
import { fingerprintText, Run, runToEnd, scenarioHash } from './run.ts';

function valid(input: unknown): Scenario {
  const parsed = parseScenario(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

type Job = Partial<ScenarioInput['actors'][number]>;
type Given = {
  readonly kernel?: ScenarioInput['kernel']['name'];
  readonly machine?: Partial<ScenarioInput['machine']>;
};

function one(job: Job, given: Given = {}): ScenarioInput {
  return {
    version: 1,
    machine: {
      cpus: 2,
      nvme: { queues: 2, poll_queues: 1, read: { mean_ns: 10_000 }, write: { mean_ns: 10_000 } },
      ...given.machine,
    },
    kernel: { name: given.kernel ?? 'v6.6-to-v6.18' },
    files: [{ id: 'data', size_bytes: 1 << 20 }],
    actors: [{ kind: 'fio', name: 'job', file: 'data', rw: 'write', ioengine: 'io_uring', ios: 3, ...job }],
  };
}

/** The paths that the I/Os of a run took, without repeats. */
function paths(input: ScenarioInput): (Path | null)[] {
  const { log } = runToEnd(valid(input));
  const ios = iosOf(log);
  return [...new Set(Array.from({ length: ios.count }, (_, io) => ios.path(io)))];
}

/** What the CQEs, aio events and return values say. */
function results(log: LogView): number[] {
  const values: number[] = [];
  for (let row = 0; row < log.rows; row++) if (log.kind(row) === Ev.Notify) values.push(log.value(row));
  return values;
}

describe('where a direct I/O completes follows from its state', () => {
  test.each([
    ['io_uring write', { rw: 'write' }, 'v6.5', 's_dio_done_wq'],
    ['io_uring write', { rw: 'write' }, 'v6.6-rc', 'caller-comp-task-work'],
    ['io_uring write', { rw: 'write' }, 'v6.6-to-v6.18', 's_dio_done_wq'],
    ['io_uring write', { rw: 'write' }, 'v4-series', 'caller-comp-task-work'],
    ['io_uring write', { rw: 'write' }, 'v6.19+', 'inline-irq'],
    ['IOPOLL write', { rw: 'write', hipri: true }, 'v4-series', 'inline-poll'],
    ['IOPOLL write', { rw: 'write', hipri: true }, 'v6.19+', 'inline-poll'],
    ['libaio write', { rw: 'write', ioengine: 'libaio' }, 'v6.19+', 'inline-irq'],
    ['psync write', { rw: 'write', ioengine: 'psync' }, 'v6.19+', 'wait-wake'],
    ['io_uring read', { rw: 'read' }, 'v6.5', 'inline-irq'],
    ['io_uring read', { rw: 'read' }, 'v6.6-to-v6.18', 'inline-irq'],
    ['IOPOLL read', { rw: 'read', hipri: true }, 'v6.5', 'inline-poll'],
    ['IOPOLL read', { rw: 'read', hipri: true }, 'v6.6-to-v6.18', 'inline-poll'],
    ['IOPOLL write', { rw: 'write', hipri: true }, 'v6.5', 's_dio_done_wq'],
    ['IOPOLL write', { rw: 'write', hipri: true }, 'v6.6-rc', 's_dio_done_wq'],
    ['libaio read', { rw: 'read', ioengine: 'libaio' }, 'v6.6-rc', 'inline-irq'],
    ['libaio write', { rw: 'write', ioengine: 'libaio' }, 'v6.6-rc', 's_dio_done_wq'],
    ['psync read', { rw: 'read', ioengine: 'psync' }, 'v6.5', 'wait-wake'],
    ['psync write', { rw: 'write', ioengine: 'psync' }, 'v6.6-rc', 'wait-wake'],
  ] as const)('%s %o on %s: %s', (_what, job, kernel, path) => {
    expect(paths(one(job, { kernel }))).toEqual([path]);
  });

  test('a flipped switch alone moves the write: ISSUER_REQUESTS on 6.12 finishes it in task_work', () => {
    const flipped = {
      ...one({}),
      kernel: { name: 'v6.6-to-v6.18' as const, switches: { ISSUER_REQUESTS: true } },
    };
    expect(paths(flipped)).toEqual(['caller-comp-task-work']);
  });

  test('an I/O of several bios is not polled, and its last bio decides', () => {
    const bs_read = [{ bytes: 2 ** 20 * 3, weight: 1 }];
    const big = one({ rw: 'read', hipri: true, bs_read, ios: 1 });
    const input = { ...big, files: [{ id: 'data', size_bytes: 2 ** 23 }] };
    expect(paths(input)).toEqual(['inline-irq']);
  });
});

describe('a run is a function of its scenario', () => {
  test.each(PRESETS.map((p) => [p.id, p] as const))('%s twice gives the same bytes', (_id, preset) => {
    const scenario = valid(preset.scenario);
    expect(bytesOf(scenario)).toEqual(bytesOf(scenario));
  });

  test('the size of the slices in which it advances does not matter', () => {
    const scenario = valid(PRESETS[0].scenario);
    expect(bytesOf(scenario, 37)).toEqual(bytesOf(scenario));
  });

  test('another seed is another run, and the fingerprint says so', () => {
    const scenario = valid(one({ rw: 'randwrite' }));
    const a = runToEnd(scenario).summary.fingerprint;
    const b = runToEnd({ ...scenario, seed: 2 }).summary.fingerprint;
    expect(a.log).not.toBe(b.log);
    expect(fingerprintText(b)).toMatch(/^[0-9a-f]{12}-[0-9a-f]{12}-2-[0-9a-f]{16}$/);
  });

  test('the hash of a scenario sees neither its title nor the order of its fields', () => {
    const scenario = valid(one({}));
    const reversed = Object.fromEntries(Object.entries({ ...scenario, title: 'x' }).reverse());
    expect(scenarioHash(valid(reversed))).toBe(scenarioHash(scenario));
    expect(scenarioHash({ ...scenario, seed: 9 })).not.toBe(scenarioHash(scenario));
  });
});

describe('a run that reaches a limit stops cleanly and keeps what it has', () => {
  test.each([
    ['events', { events: 2000, sim_ns: 1e12 }, 'limit: events'],
    ['simulated time', { events: 1e7, sim_ns: 50_000 }, 'limit: time'],
  ] as const)('%s', (_what, limits, stop) => {
    const { log, summary } = runToEnd(valid({ ...one({ ios: 1000 }), limits }));
    expect(summary.stop).toBe(stop);
    expect(log.complete).toBe(true);
    expect(summary.end_ns).toBeLessThanOrEqual(limits.sim_ns);
    expect(log.rows).toBeLessThan(limits.events + 500);
    expect(findingsOf(log, iosOf(log)).filter((f) => f.severity === 'error')).toEqual([]);
  });
});

describe('whatever the scenario', () => {
  const sizes = fc.array(
    fc.record({
      bytes: fc.constantFrom(512, 4096, 16_384, 131_072, 2 ** 21),
      weight: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const job = fc.record({
    rw: fc.constantFrom('read', 'write', 'randread', 'randwrite', 'rw', 'randrw'),
    rwmixread: fc.integer({ min: 0, max: 100 }),
    ioengine: fc.constantFrom('io_uring', 'libaio', 'psync'),
    hipri: fc.boolean(),
    bs_read: sizes,
    bs_write: sizes,
    iodepth: fc.integer({ min: 1, max: 40 }),
    iodepth_batch_submit: fc.integer({ min: 1, max: 40 }),
    iodepth_batch_complete_min: fc.integer({ min: 0, max: 8 }),
    norandommap: fc.boolean(),
    ios: fc.integer({ min: 1, max: 60 }),
    thinktime_ns: fc.constantFrom(0, 0, 3000),
    rate_iops: fc.constantFrom(0, 0, 200_000),
    start_delay_ns: fc.constantFrom(0, 0, 5000),
    stonewall: fc.boolean(),
    taskrun: fc.constantFrom('default', 'coop', 'defer'),
    sqthread_poll: fc.constantFrom(false, false, true),
    bindsThread: fc.boolean(),
    sq_thread_idle_ms: fc.constantFrom(1, 1000),
    busy_poll_cq: fc.boolean(),
  });
  const latency = fc.record({
    kind: fc.constantFrom('fixed', 'normal', 'gamma', 'long-tail'),
    mean_ns: fc.integer({ min: 100, max: 100_000 }),
    cv_percent: fc.integer({ min: 0, max: 200 }),
  });
  const scenario = fc
    .record({
      cpus: fc.integer({ min: 1, max: 6 }),
      queues: fc.integer({ min: 1, max: 6 }),
      poll_queues: fc.integer({ min: 1, max: 2 }),
      queue_depth: fc.constantFrom(2, 8, 64, 1024),
      cpus_per_llc: fc.integer({ min: 1, max: 6 }),
      rq_affinity: fc.constantFrom(0, 1, 2),
      preempt: fc.constantFrom('none', 'voluntary', 'full', 'lazy', 'rt'),
      wake_preempts: fc.boolean(),
      preempt_rcu: fc.boolean(),
      threadirqs: fc.constantFrom(false, false, true),
      use_threaded_interrupts: fc.constantFrom(false, false, true),
      hz: fc.constantFrom(100, 250, 300, 1000),
      kernel: fc.constantFrom(...KERNEL_NAMES),
      read: latency,
      write: latency,
      jobs: fc.array(job, { minLength: 1, maxLength: 4 }),
      seed: fc.integer({ min: 0, max: 1000 }),
    })
    .map((r) =>
      valid({
        version: 1,
        machine: {
          cpus: r.cpus,
          cpus_per_llc: r.cpus_per_llc,
          hz: r.hz,
          preempt: r.preempt,
          wake_preempts: r.wake_preempts,
          preempt_count: r.preempt_rcu || !['none', 'voluntary'].includes(r.preempt),
          preempt_rcu: r.preempt_rcu,
          threadirqs: r.threadirqs,
          rq_affinity: r.rq_affinity,
          nvme: {
            queues: Math.min(r.queues, r.cpus),
            poll_queues: r.poll_queues,
            queue_depth: r.queue_depth,
            use_threaded_interrupts: r.use_threaded_interrupts,
            read: r.read,
            write: r.write,
          },
        },
        kernel: { name: r.kernel },
        files: [{ id: 'data', size_bytes: 2 ** 24 }],
        actors: r.jobs.map(({ bindsThread, ...j }, i) => ({
          kind: 'fio',
          name: `job${i}`,
          file: 'data',
          ...j,
          taskrun: j.sqthread_poll ? 'default' : j.taskrun, // the kernel refuses the others
          ...(bindsThread ? { sqthread_poll_cpu: r.cpus - 1 } : {}),
          hipri: j.hipri && r.queue_depth > 160, // so that a polled bio always gets a tag
        })),
        seed: r.seed,
        limits: { events: 400_000 },
      }),
    );

  test('every I/O ends once with the bytes it asked for, and no monitor finds an error', () => {
    fc.assert(
      fc.property(scenario, (s) => {
        const { log, summary } = runToEnd(s);
        expect(summary.stop).toBe('done');
        expect(results(log)).toHaveLength(s.actors.reduce((sum, a) => sum + a.ios, 0));
        expect(results(log).every((bytes) => bytes >= 512)).toBe(true);
        expect(findingsOf(log, iosOf(log)).filter((f) => f.severity !== 'info')).toEqual([]);
      }),
      { numRuns: 60, seed: 20261121, endOnFailure: true },
    );
  });
});

/** Every byte of the log, chunk by chunk, with its tables. */
function bytesOf(scenario: Scenario, slice = 1_000_000): unknown {
  const chunks: Chunk[] = [];
  const run = new Run(scenario, (chunk) => {
    chunks.push(chunk);
  });
  while (run.advance(slice) === 'more');
  return [
    chunks.map((c) => [Buffer.from(c.buffer).toString('base64'), c.strings, [...c.objects]]),
    run.summary,
  ];
}

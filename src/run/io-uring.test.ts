import { describe, expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { contextLevel, Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd, type RunSummary } from './run.ts';

type Job = Partial<ScenarioInput['actors'][number]>;

function run(job: Job, cpus = 4): { readonly log: LogView; readonly summary: RunSummary } {
  const parsed = parseScenario({
    version: 1,
    machine: {
      cpus,
      nvme: { queues: cpus, poll_queues: 1, read: { mean_ns: 20_000 }, write: { mean_ns: 20_000 } },
    },
    kernel: { name: 'v6.6-to-v6.18' },
    files: [{ id: 'data', size_bytes: 1 << 20 }],
    actors: [
      {
        kind: 'fio',
        name: 'job',
        file: 'data',
        rw: 'read',
        ioengine: 'io_uring',
        ios: 4,
        cpus_allowed: [0, 1],
        ...job,
      },
    ],
  } satisfies ScenarioInput);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const done = runToEnd(parsed.value);
  expect(done.summary.stop).toBe('done');
  expect(findingsOf(done.log, iosOf(done.log)).filter((f) => f.severity !== 'info')).toEqual([]);
  return done;
}

/** In which tasks a function is called, or a CQE posted; "irq" for an interrupt on top of any. */
function callers(log: LogView, kind: Ev, name: string): string[] {
  const on = new Map<number, string>();
  const found = new Set<string>();
  for (let row = 0; row < log.rows; row++) {
    if (log.kind(row) === Ev.Switch)
      on.set(log.cpu(row), log.objectLabel(log.object(row)).replace(/-\d+$/, ''));
    if (log.kind(row) !== kind || log.name(row) !== name) continue;
    found.add(contextLevel(log.context(row)) === Level.Task ? (on.get(log.cpu(row)) ?? '') : 'irq');
  }
  return [...found];
}

const count = (log: LogView, kind: Ev, name: string): number => rows(log, kind, name).length;
const rows = (log: LogView, kind: Ev, name: string): number[] =>
  Array.from({ length: log.rows }, (_, row) => row).filter(
    (r) => log.kind(r) === kind && log.name(r) === name,
  );

describe('SQPOLL', () => {
  test('the thread submits and posts, the job only looks at the rings', () => {
    const { log } = run({ sqthread_poll: true });
    expect(callers(log, Ev.Enter, 'io_issue_sqe')).toEqual(['iou-sqp']);
    expect(callers(log, Ev.Enter, 'io_complete_rw')).toEqual(['irq']);
    expect(callers(log, Ev.Notify, 'cqe')).toEqual(['iou-sqp']);
    expect(count(log, Ev.Enter, 'io_uring_enter')).toBe(0);
  });

  test('with hipri the thread polls', () => {
    const { log } = run({ sqthread_poll: true, hipri: true });
    expect(callers(log, Ev.Enter, 'io_do_iopoll')).toEqual(['iou-sqp']);
    expect(callers(log, Ev.Enter, 'io_complete_rw_iopoll')).toEqual(['iou-sqp']);
    expect(iosOf(log).path(0)).toBe('inline-poll');
  });

  test('it runs on the CPU that it is bound to', () => {
    const { log } = run({ sqthread_poll: true, sqthread_poll_cpu: 3 });
    expect(new Set(rows(log, Ev.Enter, 'io_issue_sqe').map((row) => log.cpu(row)))).toEqual(new Set([3]));
  });

  test('it goes to sleep after its idle time, and is woken again', () => {
    const pause = { thinktime_ns: 20_000_000, ios: 3 };
    const dozes = run({ sqthread_poll: true, sq_thread_idle_ms: 5, ...pause }).log;
    const awake = run({ sqthread_poll: true, sq_thread_idle_ms: 1000, ...pause }).log;
    expect(count(dozes, Ev.Enter, 'io_uring_enter')).toBe(2); // after each pause
    expect(count(awake, Ev.Enter, 'io_uring_enter')).toBe(0);
    const first = rows(dozes, Ev.Sleep, 'submissions').map((row) => dozes.time(row))[0] ?? 0;
    expect(first).toBeGreaterThan(5_000_000);
    expect(first).toBeLessThan(15_000_000);
  });

  test('looking in vain for a second is a handful of events', () => {
    const { log, summary } = run({
      sqthread_poll: true,
      thinktime_ns: 900_000_000,
      ios: 2,
      cpus_allowed: [0],
    });
    expect(summary.end_ns).toBeGreaterThan(900_000_000);
    expect(count(log, Ev.Spin, 'io_sq_thread')).toBeLessThan(20);
  });

  test('the thread ends with the job, and the run with both', () => {
    const { log, summary } = run({ sqthread_poll: true, sq_thread_idle_ms: 1000 });
    expect(summary.end_ns).toBeLessThan(100_000_000);
    expect(callers(log, Ev.Enter, 'io_sq_thread_stop')).toEqual(['job']);
  });

  test.each(['coop', 'defer'] as const)('the kernel refuses such a ring with taskrun %s', (taskrun) => {
    expect(() => run({ sqthread_poll: true, taskrun })).toThrow(/actors.0.taskrun/);
  });
});

describe('how the job learns of its completions', () => {
  test('by default it sleeps and is woken for task_work', () => {
    const { log } = run({});
    expect(count(log, Ev.Sleep, 'completions in its ring')).toBe(4);
    expect(callers(log, Ev.Enter, 'tctx_task_work')).toEqual(['job']);
  });

  test('DEFER_TASKRUN: it waits for as many as it wants, then runs all of them', () => {
    const deep = {
      iodepth: 4,
      iodepth_batch_submit: 4,
      iodepth_batch_complete_min: 4,
      taskrun: 'defer',
    } as const;
    const { log } = run(deep);
    expect(count(log, Ev.Enter, '__io_run_local_work')).toBe(1);
    expect(count(log, Ev.Enter, 'task_work_add')).toBe(0);
    expect(count(log, Ev.Sleep, 'completions in its ring')).toBe(1);
  });

  test.each(['default', 'coop', 'defer'] as const)(
    'looking at the ring in user mode never sleeps: %s',
    (taskrun) => {
      const { log } = run({ busy_poll_cq: true, taskrun });
      expect(count(log, Ev.Sleep, 'completions in its ring')).toBe(0);
      expect(log.rows).toBeLessThan(2000);
      expect(callers(log, Ev.Notify, 'cqe')).toEqual(['job']);
    },
  );
});

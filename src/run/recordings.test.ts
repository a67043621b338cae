import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../kernel/catalogue.ts';
import { contextLevel, Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

/** A call as both sides know it: the function, and where it ran. */
type Call = { readonly name: string; readonly where: string };

/** Where the notification is in a recording: the CQE, or else the end of the call that the tool marks. */
const NOTIFIED = /: (io_uring_complete:|tracing_mark_write: bioscope: completed #1)/;

/** Calls of the first I/O of a recording by the function tracer, from submission to notification. */
function recordedCalls(file: string): Call[] {
  const text = readFileSync(new URL(`../../tables/recordings/${file}`, import.meta.url), 'utf8');
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.includes('bioscope: submit #1'));
  const to = lines.findIndex((line, i) => i > from && NOTIFIED.test(line));
  return lines.slice(from, to).flatMap((line) => {
    const g =
      /^\s*(?<comm>.+)-\d+\s+\[\d+\]\s+(?<flags>\S{5})\s+[\d.]+: (?<fn>\w+)(?:\.\w+)* <-(?<by>\S+)$/.exec(
        line,
      )?.groups;
    if (g === undefined || g['by'] === 'ksys_write') return []; // the tool's own writes of its markers
    const level = (g['flags'] ?? '').charAt(2);
    const where = level === 'h' ? 'hardirq' : level === 's' ? 'softirq' : kindOfTask(g['comm'] ?? '');
    return [{ name: g['fn'] ?? '', where }];
  });
}

/** Calls of the first I/O of a run, up to its notification. */
function modelledCalls(log: LogView): Call[] {
  const calls: Call[] = [];
  let task = '';
  for (let row = 0; row < log.rows; row++) {
    const kind = log.kind(row);
    if (kind === Ev.Switch) task = log.objectLabel(log.object(row));
    if (kind === Ev.Notify) return calls;
    if (kind !== Ev.Enter) continue;
    const level = contextLevel(log.context(row));
    const where = level === Level.Task ? kindOfTask(task) : level === Level.Softirq ? 'softirq' : 'hardirq';
    calls.push({ name: log.name(row), where });
  }
  return calls;
}

function kindOfTask(comm: string): string {
  if (comm.trim().startsWith('kworker')) return 'kworker';
  return comm.trim().startsWith('iou-wrk') ? 'io-wq' : 'task';
}

/** The recordings' machine: two CPUs with a queue each, a poll queue, 2 ms a write, 1 ms a read. */
function scenario(
  kernel: ScenarioInput['kernel']['name'],
  job: Partial<ScenarioInput['actors'][number]>,
): ScenarioInput {
  return {
    version: 1,
    machine: {
      cpus: 2,
      nvme: { queues: 2, poll_queues: 1, read: { mean_ns: 1_000_000 }, write: { mean_ns: 2_000_000 } },
    },
    kernel: { name: kernel },
    files: [{ id: 'map', size_bytes: 4 * 1024 * 1024 }],
    actors: [
      {
        kind: 'fio',
        name: 'wl',
        file: 'map',
        rw: 'write',
        ioengine: 'io_uring',
        ios: 1,
        cpus_allowed: [1],
        ...job,
      },
    ],
  };
}

function run(input: ScenarioInput): LogView {
  const parsed = parseScenario(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return runToEnd(parsed.value).log;
}

const POLL_PASS = [
  'io_do_iopoll',
  'iocb_bio_iopoll',
  'bio_poll',
  'blk_mq_poll',
  'blk_hctx_poll',
  'nvme_poll',
];
const FOUND = ['blk_mq_complete_request_remote in task', 'io_req_rw_cleanup in task'];

/** Without the passes of a poll loop that find nothing: how many there are is a matter of time, not of order. */
function withoutMisses(calls: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < calls.length;) {
    let end = i;
    while (POLL_PASS.some((name, n) => calls[end] === `${name} in task` && (n === 0) === (end === i))) end++;
    if (end === i) kept.push(calls[i++] ?? '');
    else {
      if (FOUND.includes(calls[end] ?? '')) kept.push(...calls.slice(i, end));
      i = end;
    }
  }
  return kept;
}

/** fio asks for events in the call that submits, too; the recording's tool submits and waits in one call. */
const withoutSecondLook = (calls: readonly string[]): string[] =>
  calls.filter((call, i) => call !== 'io_cqring_wait in task' || calls[i + 1] !== call);

/** Without what the other side cannot know: functions that are not modelled, or that the tracer did not record. */
function shared(calls: readonly Call[], others: readonly Call[]): string[] {
  const known = new Set(others.map((c) => c.name));
  return calls
    .filter((c) => FUNCTIONS.has(c.name) && known.has(c.name))
    .map((c) => `${c.name} in ${c.where}`);
}

describe('the model calls the functions of a real kernel in its order and contexts', () => {
  test.each([
    ['v6.6-to-v6.18', '6.12.107/01-xfs-iouring-dio-write.txt', { rw: 'write', ioengine: 'io_uring' }, 34],
    ['v6.6-to-v6.18', '6.12.107/03-xfs-sync-dio-write.txt', { rw: 'write', ioengine: 'psync' }, 20],
    ['v6.6-to-v6.18', '6.12.107/04-xfs-iouring-dio-read.txt', { rw: 'read', ioengine: 'io_uring' }, 34],
    ['v6.6-to-v6.18', '6.12.107/05-xfs-libaio-dio-read.txt', { rw: 'read', ioengine: 'libaio' }, 22],
    ['v6.6-to-v6.18', '6.12.107/05b-xfs-sync-dio-read.txt', { rw: 'read', ioengine: 'psync' }, 19],
    [
      'v6.6-to-v6.18',
      '6.12.107/06a-xfs-iopoll-dio-read.txt',
      { rw: 'read', ioengine: 'io_uring', hipri: true },
      30,
    ],
    [
      'v6.6-to-v6.18',
      '6.12.107/06b-xfs-iopoll-dio-write.txt',
      { rw: 'write', ioengine: 'io_uring', hipri: true },
      26,
    ],
    [
      'v6.6-to-v6.18',
      '6.12.107/13a-xfs-iouring-defer-dio-write.txt',
      { rw: 'write', ioengine: 'io_uring', taskrun: 'defer' },
      34,
    ],
    [
      'v6.19+',
      '7.3.4/13a-xfs-iouring-defer-dio-write.txt',
      { rw: 'write', ioengine: 'io_uring', taskrun: 'defer' },
      20,
    ],
    ['v6.19+', '7.3.4/01-xfs-iouring-dio-write.txt', { rw: 'write', ioengine: 'io_uring' }, 20],
    ['v6.19+', '7.3.4/03-xfs-sync-dio-write.txt', { rw: 'write', ioengine: 'psync' }, 18],
    ['v6.19+', '7.3.4/06b-xfs-iopoll-dio-write.txt', { rw: 'write', ioengine: 'io_uring', hipri: true }, 20],
  ] as const)('%s follows %s', (kernel, file, job, atLeast) => {
    const recorded = recordedCalls(file);
    const modelled = modelledCalls(run(scenario(kernel, job)));
    const expected = withoutMisses(shared(recorded, modelled));
    expect(expected.length).toBeGreaterThanOrEqual(atLeast);
    expect(withoutSecondLook(withoutMisses(shared(modelled, recorded)))).toEqual(expected);
  });
});

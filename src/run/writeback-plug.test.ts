import { expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { rowsNamed } from '../analysis/monitor.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { taskAt } from '../analysis/text.ts';
import { Ev } from '../log/events.ts';
import { parseScenario } from '../scenario/parse.ts';
import { runToEnd } from './run.ts';

const KIB = 1024;

// The flusher wants the lock of a folio from a page fault, which waits for writeback of that folio: its bio is in the plug of
// the flusher.
test('who waits for a folio issues first what it holds back', () => {
  const job = { kind: 'fio', file: 'data', ioengine: 'psync', direct: false, size_bytes: 320 * KIB } as const;
  const parsed = parseScenario({
    version: 1,
    machine: {
      cpus: 2,
      hz: 1000,
      preempt: 'voluntary',
      nvme: { queues: 2, read: { mean_ns: 9000 }, write: { mean_ns: 20_000 } },
    },
    kernel: { name: 'for-7.3-block' },
    files: [{ id: 'data', filesystem: 'ext4', size_bytes: 240 * KIB, large_folios: false }],
    actors: [
      {
        ...job,
        name: 'mapper',
        rw: 'randwrite',
        dontcache: true,
        ios: 4,
        bs_read: [{ bytes: 80 * KIB, weight: 1 }],
        bs_write: [{ bytes: 40 * KIB, weight: 1 }],
        calls: [{ call: 'mmap_write', after_ios: 4, offset_bytes: 84 * KIB, length_bytes: 4 * KIB }],
      },
      {
        ...job,
        name: 'syncer',
        rw: 'write',
        ios: 1,
        bs_write: [{ bytes: 40 * KIB, weight: 1 }],
        calls: [{ call: 'syncfs' }],
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { log, summary } = runToEnd(parsed.value);
  expect(summary.stop).toBe('done');
  expect(findingsOf(log, iosOf(log)).filter(({ severity }) => severity === 'error')).toEqual([]);
  const sleeps = Array.from(rowsNamed(log, Ev.Sleep, 'the lock of a folio'), (row) =>
    log.objectName(taskAt(log, row)),
  );
  expect(sleeps).toContainEqual(expect.stringMatching(/^kworker\/u/));
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foliosOf, FolioBit, FolioStates } from '../analysis/folios.ts';
import { iosOf } from '../analysis/io.ts';
import { writebacksOf } from '../analysis/writeback.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { KERNEL_NAMES, KERNELS } from '../kernel/kernels.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';
import { calls, type Given, hazards, type JobInput, made, ran, results, values, wrong } from './testing.ts';

// Writeback with a context that is no ioend (thread 003): fs/fuse/file.c since v6.17.

const KIB = 1024;
const fuse = (given: Given = {}): LogView =>
  ran({ ...given, file: { filesystem: 'fuse', ...given.file }, job: { end_fsync: true, ...given.job } });
const synced = (log: LogView): number[] => values(log, Ev.Trace, 'sys_exit');
const FUSE = KERNEL_NAMES.filter((name) => KERNELS[name].switches.WB_HOOK === 'writeback_submit');
const BEFORE = KERNEL_NAMES.filter((name) => !FUSE.includes(name));

/** Folios that are under writeback when the run has ended. */
function leftInWriteback(log: LogView): number {
  const table = foliosOf(log);
  const states = new FolioStates(table);
  states.moveTo(log.rows);
  return Array.from({ length: table.count }, (_, folio) => states.stateOf(folio)).filter(
    (state) => (state & FolioBit.Writeback) !== 0 && (state & FolioBit.Gone) === 0,
  ).length;
}

describe('two writes and an fsync', () => {
  const log = fuse();

  test('iomap asks FUSE for each folio, then to submit; the daemon’s answer ends the folios', () => {
    const one = ['fuse-daemon iomap_finish_folio_write', 'fuse-daemon folio_end_writeback'];
    expect(
      calls(
        log,
        'fuse_writepages',
        'iomap_writepages',
        'fuse_iomap_writeback_range',
        'fuse_iomap_writeback_submit',
        'fuse_writepages_send',
        'fuse_flush_writepages',
        'fuse_send_writepage',
        'fuse_simple_background',
        'fuse_dev_do_write',
        'fuse_writepage_end',
        'fuse_writepage_finish',
        'iomap_finish_folio_write',
        'folio_end_writeback',
        'fuse_set_nowrite',
        'fuse_fsync_common',
      ),
    ).toEqual([
      'job fuse_writepages',
      'job iomap_writepages',
      'job fuse_iomap_writeback_range',
      'job fuse_iomap_writeback_range',
      'job fuse_iomap_writeback_submit',
      'job fuse_writepages_send',
      'job fuse_flush_writepages',
      'job fuse_send_writepage',
      'job fuse_simple_background',
      'fuse-daemon fuse_dev_do_write',
      'fuse-daemon fuse_writepage_end',
      'fuse-daemon fuse_writepage_finish',
      ...one,
      ...one,
      'job fuse_set_nowrite',
      'job fuse_flush_writepages', // of nothing, as writes may be sent again
      'job fuse_fsync_common',
      'fuse-daemon fuse_dev_do_write',
    ]);
    expect(synced(log)).toEqual([0]);
  });

  test('no bio and no request of the block layer is made, and nothing is found wrong', () => {
    expect(['bio', 'request', 'iomap_ioend'].map((type) => made(log, type))).toEqual([0, 0, 0]);
    expect([hazards(log), wrong(log), leftInWriteback(log)]).toEqual([[], [], 0]);
    expect(writebacksOf(iosOf(log)).count).toBe(0);
  });

  test('the daemon works in user mode, and ends the folios under fi->lock', () => {
    const row = Array.from({ length: log.rows }, (_, i) => i).find(
      (i) => log.kind(i) === Ev.Enter && log.name(i) === 'fuse_writepage_finish',
    );
    const before = Array.from({ length: row ?? 0 }, (_, i) => i).findLast((i) => log.kind(i) === Ev.Lock);
    expect(log.objectLabel(log.object(before ?? 0))).toBe('fi->lock');
  });
});

test('times that the daemon does not know are sent before the sync', () => {
  const log = fuse({ file: { old_mtime: true } });
  expect(calls(log, 'fuse_flush_times', 'fuse_fsync_common')).toEqual([
    'job fuse_flush_times',
    'job fuse_fsync_common',
  ]);
});

describe('what goes into one request', () => {
  const written = (job: Partial<JobInput>): number => made(fuse({ job }), 'fuse_writepage_args');

  test('neighbours, up to 32 pages', () => {
    expect(written({ ios: 32 })).toBe(1);
    expect(written({ ios: 33 })).toBe(2);
  });

  test('what is elsewhere in the file begins another', () => {
    expect(written({ rw: 'randwrite', ios: 3 })).toBeGreaterThan(1);
  });

  test('it is cut at the end of the file, and the daemon’s file grows', () => {
    const log = fuse({
      file: { size_bytes: 0 },
      job: { size_bytes: 6 * KIB, bs_write: [{ bytes: 6 * KIB, weight: 1 }], ios: 1 },
    });
    expect(values(log, Ev.Set, 'size')).toEqual([6 * KIB]);
    expect(values(log, Ev.Set, 'i_disksize').at(-1)).toBe(6 * KIB);
  });

  test('at most twelve background requests are the daemon’s at a time', () => {
    const log = fuse({ job: { rw: 'randwrite', ios: 40 } });
    const active = values(log, Ev.Set, 'active_background');
    expect(Math.max(...values(log, Ev.Set, 'num_background'))).toBeGreaterThan(12);
    expect(Math.max(...active)).toBe(12);
    expect(leftInWriteback(log)).toBe(0);
  });

  test('writeback that is not for integrity is put off while the daemon has much to do', () => {
    const call = { call: 'sync_file_range', after_ios: 40, length_bytes: 1 << 20 } as const;
    const job: Partial<JobInput> = { rw: 'randwrite', ios: 40, calls: [call], end_fsync: false };
    const half = { offset_bytes: 1 << 19, size_bytes: 1 << 19, start_delay_ns: 100_000 };
    const log = fuse({
      job: { ...job, size_bytes: 1 << 19 },
      others: [{ ...job, ...half, cpus_allowed: [0] }],
    });
    expect(values(log, Ev.Decide, 'fuse-congested')).toContain(1);
    expect(hazards(log)).toEqual([]);
  });
});

test('of a block that a write cuts, the daemon reads the rest', () => {
  const log = fuse({ job: { ios: 1, bs_write: [{ bytes: 512, weight: 1 }] } });
  expect(calls(log, 'fuse_do_readfolio', 'fuse_dev_do_write').slice(0, 2)).toEqual([
    'job fuse_do_readfolio',
    'fuse-daemon fuse_dev_do_write',
  ]);
  expect(results(log)).toEqual([512]);
});

test('RWF_DONTCACHE is refused', () => {
  expect(results(fuse({ job: { dontcache: true } }))).toEqual([-95, -95]);
  const ring = fuse({ job: { dontcache: true, ioengine: 'io_uring' } });
  expect([values(ring, Ev.Notify, 'cqe'), made(ring, 'folio')]).toEqual([[-95, -95], 0]);
});

describe('errors', () => {
  test('what the daemon cannot write is told to the sync, once; no folio stays under writeback', () => {
    const log = fuse({ file: { fail_write: 1 }, job: { calls: [{ call: 'fsync', after_ios: 2 }] } });
    expect(synced(log)).toEqual([-5, 0]);
    expect(values(log, Ev.Trace, 'filemap_set_wb_err')).toEqual([-5]);
    expect([leftInWriteback(log), hazards(log)]).toEqual([0, []]);
  });

  test('without a file that is open for writing the pass ends the folio itself, and goes on', () => {
    const log = fuse({ file: { fail_mapping: 1 } });
    expect(calls(log, 'folio_end_writeback')).toEqual([
      'job folio_end_writeback',
      'fuse-daemon folio_end_writeback',
    ]);
    expect(values(log, Ev.Decide, 'fuse-submits-args')).toEqual([1]);
    expect([synced(log), leftInWriteback(log)]).toEqual([[-5], 0]);
  });
});

describe('what is not modelled is refused', () => {
  const problems = (given: Given): string[] => {
    const scenario: ScenarioInput = {
      version: 1,
      machine: {
        cpus: 1,
        ...given.machine,
        nvme: { queues: 1, read: { mean_ns: 1000 }, write: { mean_ns: 1000 } },
      },
      kernel: { name: given.kernel ?? '7.3.4' },
      files: [{ id: 'data', filesystem: 'fuse', size_bytes: 1 << 20, ...given.file }],
      actors: [
        {
          kind: 'fio',
          name: 'job',
          file: 'data',
          rw: 'write',
          ioengine: 'psync',
          direct: false,
          ios: 1,
          ...given.job,
        },
      ],
    };
    const parsed = parseScenario(scenario);
    return parsed.ok ? [] : parsed.error.map(({ field, message }) => `${field} ${message}`);
  };

  test.each(BEFORE)('%s: writeback of FUSE does not go through iomap', (kernel) => {
    expect(problems({ kernel })).toEqual([
      `files.0.filesystem is not available on ${kernel}: before v6.17 FUSE writes back without iomap, which is not modelled`,
    ]);
  });

  test('reads, direct I/O, other system calls, an error without a daemon', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ job: { rw: 'randrw' } })).toEqual([
      'actors.0.rw is not modelled on fuse, only buffered writes are',
    ]);
    expect(problems({ job: { direct: true } })).toHaveLength(1);
    expect(problems({ job: { calls: [{ call: 'ftruncate' }] } })[0]).toContain('actors.0.calls.0.call');
    expect(problems({ file: { overlay: true } })).toHaveLength(1);
    expect(problems({ file: { filesystem: 'xfs', fail_write: 1 } })).toHaveLength(1);
  });
});

const scenario = fc
  .record({
    kernel: fc.constantFrom(...FUSE),
    preempt: fc.constantFrom('none', 'voluntary', 'full', 'lazy', 'rt'),
    fail_write: fc.integer({ min: 0, max: 6 }),
    fail_mapping: fc.constantFrom(0, 0, 1, 2),
    size: fc.constantFrom(0, 10_000, 1 << 18),
    jobs: fc.array(
      fc.record({
        rw: fc.constantFrom('write', 'randwrite'),
        ioengine: fc.constantFrom('psync', 'libaio', 'io_uring'),
        bytes: fc.constantFrom(512, 4096, 4608, 65_536),
        ios: fc.integer({ min: 1, max: 20 }),
        fsync: fc.constantFrom(0, 0, 1, 4),
        end_fsync: fc.boolean(),
        sync: fc.constantFrom('none', 'none', 'dsync'),
        dontcache: fc.constantFrom(false, false, false, true),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ kernel, preempt, fail_write, fail_mapping, size, jobs }) => {
    const parsed = parseScenario({
      version: 1,
      machine: { cpus: 2, preempt, nvme: { queues: 2, read: { mean_ns: 1000 }, write: { mean_ns: 1000 } } },
      kernel: { name: kernel },
      files: [
        { id: 'data', filesystem: 'fuse', size_bytes: size, fail_write, fail_mapping, old_mtime: true },
      ],
      actors: jobs.map(({ bytes, ...job }, i) => ({
        kind: 'fio',
        name: `job${i}`,
        file: 'data',
        direct: false,
        size_bytes: 1 << 18,
        bs_write: [{ bytes, weight: 1 }],
        ...job,
        // A worker of io_uring is told in place of the job; the monitors take a task for an open file.
        sync: job.ioengine === 'io_uring' ? 'none' : job.sync,
      })),
      limits: { events: 400_000 },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return parsed.value;
  });

test('whatever fails, no writeback bit stays, nothing is found wrong, and the same scenario is the same log', () => {
  let ended = 0;
  fc.assert(
    fc.property(scenario, (s) => {
      const { log, summary, digest } = runAndDigest(s);
      expect(summary.stop).toBe('done');
      expect(leftInWriteback(log)).toBe(0);
      expect([hazards(log), wrong(log)]).toEqual([[], []]);
      expect(made(log, 'bio')).toBe(0);
      expect(runAndDigest(s).digest).toBe(digest);
      ended += calls(log, 'folio_end_writeback').length;
    }),
    { numRuns: 40 },
  );
  expect(ended).toBeGreaterThan(100);
});

function runAndDigest(s: Parameters<typeof runToEnd>[0]) {
  const { log, summary } = runToEnd(s);
  return { log, summary, digest: summary.fingerprint.log };
}

import { describe, expect, test } from 'vitest';
import { hasBit } from '../analysis/fields.ts';
import { BIO_COMPLETE_IN_TASK } from '../kernel/include/linux/blk_types.ts';
import { Ev } from '../log/events.ts';
import { parseScenario } from '../scenario/parse.ts';
import { calls, type Given, hazards, made, ran, results, values } from './testing.ts';

const KIB = 1024;
const FILE = { filesystem: 'blkdev' } as const;
/** Two writes of 4 KiB, then an fsync, as in recordings 17f and 17g. */
const device = (given: Given) =>
  ran({ ...given, file: { ...FILE, ...given.file }, job: { end_fsync: true, ...given.job } });

const SUBMIT = ['block_write_full_folio', '__block_write_full_folio', 'submit_bh_wbc', 'bh_submit'];
const END = [
  'end_bio_bh_io_sync',
  'end_buffer_async_write',
  '__bio_complete_in_task',
  'bh_end_async_write',
  'folio_end_writeback',
  'folio_unmap_invalidate',
];

describe('recording 17f: buffered writes and fsync, through buffer heads', () => {
  test('6.12 submits a bio for each buffer, whose end calls that of the buffer', () => {
    const log = device({ kernel: '6.12.107' });
    const one = ['job block_write_full_folio', 'job __block_write_full_folio', 'job submit_bh_wbc'];
    expect(calls(log, 'blkdev_fsync', 'blkdev_writepages', ...SUBMIT, 'nvme_queue_rqs')).toEqual([
      'job blkdev_fsync',
      'job blkdev_writepages',
      ...one,
      ...one,
      'job nvme_queue_rqs',
    ]);
    const end = ['irq end_bio_bh_io_sync', 'irq end_buffer_async_write', 'irq folio_end_writeback'];
    expect(calls(log, ...END)).toEqual([...end, ...end]);
    expect(calls(log, 'blkdev_issue_flush')).toHaveLength(1);
    expect(hazards(log)).toEqual([]);
  });

  test('7.3 ends the bio with the end of the buffer', () => {
    const log = device({ kernel: '7.3.4' });
    expect(calls(log, ...SUBMIT).slice(2, 3)).toEqual(['job bh_submit']);
    const end = ['irq bh_end_async_write', 'irq folio_end_writeback'];
    expect(calls(log, ...END)).toEqual([...end, ...end]);
  });
});

describe('recording 17g: RWF_DONTCACHE', () => {
  const uncached = { job: { dontcache: true } };

  test('is refused before 7.3', () => {
    const log = device({ kernel: '7.2.12', ...uncached });
    expect(results(log)).toEqual([-95, -95]);
    expect(calls(log, 'blkdev_write_iter')).toEqual([]);
  });

  test('7.3 leaves both bios to one run of the worker, which drops the folios', () => {
    const log = device({ kernel: '7.3.4', switches: { DONTCACHE_KICK: 'writer' }, ...uncached });
    const drop = [
      'kworker bh_end_async_write',
      'kworker folio_end_writeback',
      'kworker folio_unmap_invalidate',
    ];
    expect(results(log)).toEqual([4096, 4096]);
    expect(calls(log, ...END)).toEqual(expect.arrayContaining(['irq __bio_complete_in_task', ...drop]));
    expect(calls(log, 'folio_unmap_invalidate')).toEqual(Array(2).fill('kworker folio_unmap_invalidate'));
    expect(values(log, Ev.Set, 'nrpages').at(-1)).toBe(0);
  });

  test.each(['in-task-rfc-v4', 'in-task-rfc-v5', 'in-task-v6', 'for-7.3-block'] as const)(
    '%s flags the bios, too',
    (kernel) => {
      const log = device({ kernel, ...uncached });
      const flagged = values(log, Ev.Set, 'bi_flags').filter((flags) => hasBit(flags, BIO_COMPLETE_IN_TASK));
      expect(flagged).toHaveLength(2);
      expect(calls(log, 'folio_unmap_invalidate')).toEqual(Array(2).fill('kworker folio_unmap_invalidate'));
    },
  );

  test('only folios that the call has made are dropped', () => {
    const cached = [{ offset_bytes: 0, length_bytes: 4 * KIB }];
    const log = device({ kernel: '7.3.4', file: { cached }, ...uncached });
    expect(calls(log, 'folio_unmap_invalidate')).toHaveLength(1);
  });
});

test('of a folio of several blocks each has a bio, and the last one ends its writeback', () => {
  const job = { ios: 1, bs_write: [{ bytes: 32 * KIB, weight: 1 }] };
  const log = device({ job });
  expect(made(log, 'buffer_head')).toBe(8);
  expect(calls(log, 'bh_end_async_write')).toHaveLength(8);
  expect(calls(log, 'folio_end_writeback')).toHaveLength(1);
  const small = device({ job, file: { large_folios: false } });
  expect(calls(small, 'folio_end_writeback')).toHaveLength(8);
});

describe('without CONFIG_BUFFER_HEAD', () => {
  const iomap = (given: Given) => device({ ...given, machine: { buffer_head: false } });

  test('one bio of iomap writes both folios', () => {
    const log = iomap({});
    expect(calls(log, 'blkdev_writeback_range', 'blkdev_iomap_begin', 'ioend_writeback_end_bio')).toEqual([
      'job blkdev_iomap_begin',
      'job blkdev_iomap_begin',
      'job blkdev_writeback_range',
      'job blkdev_iomap_begin',
      'job blkdev_writeback_range',
      'irq ioend_writeback_end_bio',
    ]);
    expect(made(log, 'buffer_head')).toBe(0);
  });

  test('a failed mapping ends the ioend that is being filled with the error', () => {
    const log = iomap({ file: { fail_mapping: 2 } });
    expect(calls(log, 'submit_bio', 'ioend_writeback_end_bio', 'iomap_fail_ioends')).toEqual([
      'job ioend_writeback_end_bio',
      'kworker iomap_fail_ioends',
    ]);
    expect(hazards(log)).toEqual([]);
  });

  test('uncached folios are dropped in the worker, too', () => {
    const log = iomap({ kernel: 'for-7.3-block', job: { dontcache: true } });
    expect(calls(log, 'folio_unmap_invalidate')).toEqual(Array(2).fill('kworker folio_unmap_invalidate'));
  });
});

describe('errors', () => {
  const faults = { faults: [{ op: 'write' as const, count: 2 }] };

  test.each([true, false])('with buffer heads %s fsync tells of a failed write once', (buffer_head) => {
    const log = device({
      machine: { buffer_head },
      nvme: faults,
      job: { calls: [{ call: 'fsync', after_ios: 2 }] },
    });
    expect(values(log, Ev.Trace, 'filemap_set_wb_err').length).toBeGreaterThan(0);
    expect(calls(log, 'blkdev_fsync')).toHaveLength(2);
    expect(calls(log, 'blkdev_issue_flush')).toHaveLength(1); // only the second gets so far
    expect(hazards(log)).toEqual([]);
  });

  test('a buffer whose place is not found is not written, its neighbours are', () => {
    // pages that were cached have no buffers yet; those of a write know their place since then
    const cached = [{ offset_bytes: 0, length_bytes: 8 * KIB }];
    const mmap_write = { call: 'mmap_write' as const, offset_bytes: 0, length_bytes: 8 * KIB };
    const log = device({ file: { cached, fail_mapping: 1 }, job: { ios: 0, calls: [mmap_write] } });
    expect(calls(log, 'bh_submit')).toHaveLength(1);
    expect(calls(log, 'folio_end_writeback')).toEqual(['job folio_end_writeback', 'irq folio_end_writeback']);
    expect(hazards(log)).toEqual([]);
  });
});

test('reads are read ahead, page by page where that failed', () => {
  const job = { rw: 'read', ios: 2, end_fsync: false } as const;
  const log = device({ job });
  expect(calls(log, 'blkdev_readahead', 'mpage_read_end_io')).toEqual([
    'job blkdev_readahead',
    'irq mpage_read_end_io',
    'job blkdev_readahead',
    'irq mpage_read_end_io',
  ]);
  const failing = device({ nvme: { faults: [{ op: 'read' }] }, job: { ...job, ios: 1 } });
  expect(calls(failing, 'block_read_full_folio', 'bh_end_async_read', 'end_buffer_async_read')).toEqual([
    'job block_read_full_folio',
    'irq bh_end_async_read',
    'irq end_buffer_async_read',
  ]);
  expect(results(failing)).toEqual([4096]);
});

test('a write of a part of a block reads its buffer first', () => {
  const bs = [{ bytes: KIB, weight: 1 }];
  const log = device({ job: { ios: 1, offset_bytes: KIB, size_bytes: KIB, bs_read: bs, bs_write: bs } });
  expect(calls(log, '__block_write_begin_int', 'bh_read', 'block_commit_write', 'bh_submit')).toEqual([
    'job __block_write_begin_int',
    'job bh_read',
    'job block_commit_write',
    'job bh_submit',
  ]);
});

test('io-wq does buffered writes of io_uring, because they may have to wait', () => {
  const log = device({ job: { ioengine: 'io_uring', end_fsync: false } });
  expect(calls(log, 'blkdev_write_iter').map((call) => call.split(' ')[0])).toEqual([
    'job',
    'iou-wrk',
    'job',
    'iou-wrk',
  ]);
  expect(values(log, Ev.Notify, 'cqe')).toEqual([4096, 4096]);
});

test('direct I/O on the device is refused by name', () => {
  const parsed = parseScenario({
    version: 1,
    machine: { cpus: 1, nvme: { queues: 1, read: { mean_ns: 5000 }, write: { mean_ns: 5000 } } },
    kernel: { name: '7.3.4' },
    files: [{ id: 'data', filesystem: 'blkdev', size_bytes: 1 << 20 }],
    actors: [{ kind: 'fio', name: 'job', file: 'data', rw: 'write', ioengine: 'psync', ios: 1 }],
  });
  expect(parsed).toMatchObject({ ok: false, error: [{ field: 'actors.0.direct' }] });
});

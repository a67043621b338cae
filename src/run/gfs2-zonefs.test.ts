import { describe, expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import { calls, type Given, hazards, ran, results, values } from './testing.ts';

const KIB = 1024;
/** Two writes of 4 KiB, then an fsync, as in recordings 30r and 33a. */
const on = (file: Given['file']) => (given: Given) =>
  ran({ ...given, file: { ...file, ...given.file }, job: { end_fsync: true, ...given.job } });
const gfs2 = on({ filesystem: 'gfs2', old_mtime: true });
const zonefs = on({ filesystem: 'zonefs', conventional: true });

const WRITE = ['iomap_writepages', 'iomap_add_to_ioend', 'iomap_ioend_writeback_submit', 'submit_bio'];
const END = [
  'ioend_writeback_end_bio',
  'iomap_writepage_end_bio',
  'iomap_fail_ioends',
  'iomap_finish_folio_write',
  'folio_end_writeback',
];

describe('recording 33a: buffered writes and fsync on gfs2', () => {
  const log = gfs2({});

  test('one bio writes both folios, and the interrupt ends them', () => {
    expect(
      calls(log, 'gfs2_file_write_iter', 'gfs2_file_buffered_write', 'gfs2_writepages', ...WRITE).slice(0, 9),
    ).toEqual([
      'job gfs2_file_write_iter',
      'job gfs2_file_buffered_write',
      'job gfs2_file_write_iter',
      'job gfs2_file_buffered_write',
      'job gfs2_writepages',
      'job iomap_writepages',
      'job iomap_add_to_ioend',
      'job iomap_add_to_ioend',
      'job iomap_ioend_writeback_submit',
    ]);
    const one = ['irq iomap_finish_folio_write', 'irq folio_end_writeback'];
    expect(calls(log, ...END)).toEqual(['irq ioend_writeback_end_bio', ...one, ...one]);
    expect(hazards(log)).toEqual([]);
  });

  test('fsync waits for the data, writes the log, the inode and the log again', () => {
    expect(
      calls(
        log,
        '__writeback_single_inode',
        'folio_wait_writeback',
        'gfs2_log_flush',
        'gfs2_write_inode',
        'gfs2_ail_flush',
      ),
    ).toEqual([
      'job __writeback_single_inode',
      'job folio_wait_writeback',
      'job folio_wait_writeback',
      'job gfs2_write_inode',
      'job gfs2_log_flush',
      'job gfs2_ail_flush',
      'job gfs2_log_flush',
    ]);
    expect(calls(log, 'gfs2_log_submit_write')).toHaveLength(4);
    expect(calls(log, 'gfs2_end_log_write').every((call) => call.startsWith('irq'))).toBe(true);
  });

  test('6.12 submits the ioend itself', () => {
    const older = gfs2({ kernel: '6.12.107' });
    expect(calls(older, 'gfs2_map_blocks', 'iomap_submit_ioend', 'iomap_writepage_end_bio')).toEqual([
      'job gfs2_map_blocks',
      'job iomap_submit_ioend', // of nothing yet, as recorded
      'job gfs2_map_blocks',
      'job iomap_submit_ioend',
      'irq iomap_writepage_end_bio',
    ]);
  });
});

test('recording 33c: with syncfs the flusher submits, and the log is written afterwards', () => {
  const log = gfs2({ job: { end_fsync: false, calls: [{ call: 'syncfs', after_ios: 2 }] } });
  expect(calls(log, 'gfs2_writepages', 'gfs2_log_flush')).toEqual([
    'kworker gfs2_writepages',
    'job gfs2_log_flush',
  ]);
});

test('recording 33d: gfs2 refuses RWF_DONTCACHE, and its fsync finds nothing to do', () => {
  const log = gfs2({ job: { dontcache: true } });
  expect(results(log)).toEqual([-95, -95]);
  expect(calls(log, 'gfs2_fsync', 'submit_bio')).toEqual(['job gfs2_fsync']);
});

describe('recording 33z1: a write error on gfs2', () => {
  const faults = { faults: [{ op: 'write' as const }] };

  test('ends in a worker since 7.0, in the interrupt before', () => {
    expect(calls(gfs2({ nvme: faults }), ...END).slice(0, 3)).toEqual([
      'irq ioend_writeback_end_bio',
      'kworker iomap_fail_ioends',
      'kworker iomap_finish_folio_write',
    ]);
    const older = gfs2({ kernel: '6.17.13', nvme: faults });
    expect(calls(older, ...END).slice(0, 2)).toEqual([
      'irq ioend_writeback_end_bio',
      'irq iomap_finish_folio_write',
    ]);
    expect(values(older, Ev.Trace, 'sys_exit')).toEqual([-5]);
  });

  test('a failed mapping ends what is being filled with the error', () => {
    const log = gfs2({ file: { fail_mapping: 2 } });
    expect(calls(log, 'ioend_writeback_end_bio')).toEqual(['job ioend_writeback_end_bio']);
    expect(values(log, Ev.Trace, 'sys_exit')).toEqual([-5]);
    expect(hazards(log)).toEqual([]);
  });

  test('a log that cannot be written takes the filesystem down', () => {
    const log = gfs2({ nvme: { faults: [{ op: 'write', nth: 2 }] } });
    expect(values(log, Ev.Trace, 'sys_exit')).toEqual([-5]);
    expect(values(log, Ev.Set, 'shutdown')).toEqual([1]);
  });
});

test('a write behind the end of a gfs2 file allocates at once, its writeback is an overwrite', () => {
  const log = gfs2({ job: { offset_bytes: 1 << 20, size_bytes: 8 * KIB } });
  expect(calls(log, 'gfs2_iomap_alloc', ...END).slice(0, 3)).toEqual([
    'job gfs2_iomap_alloc',
    'job gfs2_iomap_alloc',
    'irq ioend_writeback_end_bio',
  ]);
});

describe('zonefs', () => {
  test('recording 30r: a conventional zone is written through the page cache', () => {
    const log = zonefs({});
    expect(
      calls(log, 'zonefs_write_checks', 'zonefs_writepages', ...WRITE, 'blkdev_issue_flush').slice(0, 7),
    ).toEqual([
      'job zonefs_write_checks',
      'job zonefs_write_checks',
      'job zonefs_writepages',
      'job iomap_writepages',
      'job iomap_add_to_ioend',
      'job iomap_add_to_ioend',
      'job iomap_ioend_writeback_submit',
    ]);
    const one = ['irq iomap_finish_folio_write', 'irq folio_end_writeback'];
    expect(calls(log, ...END)).toEqual(['irq ioend_writeback_end_bio', ...one, ...one]);
    expect(calls(log, 'zonefs_write_iomap_begin')).toHaveLength(3);
    expect(hazards(log)).toEqual([]);
  });

  test('recording 30z1: after a write error fsync asks for the state of the zone', () => {
    const log = zonefs({ nvme: { faults: [{ op: 'write' }] } });
    expect(calls(log, 'iomap_fail_ioends', 'zonefs_io_error')).toEqual([
      'kworker iomap_fail_ioends',
      'job zonefs_io_error',
    ]);
    expect(values(log, Ev.Trace, 'sys_exit')).toEqual([-5]);
  });

  test('RWF_DONTCACHE is refused, and sequential zones refuse the page cache', () => {
    expect(results(zonefs({ job: { dontcache: true } }))).toEqual([-95, -95]);
    expect(results(zonefs({ file: { conventional: false } }))).toEqual([-5, -5]);
  });

  test('recordings 30u and 30w: direct writes anywhere, by io_uring in a worker', () => {
    const job = { direct: true, offset_bytes: 64 * KIB, end_fsync: false } as const;
    const sync = zonefs({ job });
    expect(results(sync)).toEqual([4096, 4096]);
    const ring = zonefs({ job: { ...job, ioengine: 'io_uring' } });
    expect(calls(ring, 'zonefs_file_write_iter', 'io_complete_rw')).toEqual([
      'iou-wrk zonefs_file_write_iter',
      'irq io_complete_rw',
      'iou-wrk zonefs_file_write_iter',
      'irq io_complete_rw',
    ]);
  });
});

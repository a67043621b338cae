import { describe, expect, test } from 'vitest';
import { PG_dirty } from '../kernel/include/linux/pagemap.ts';
import type { KernelName } from '../kernel/kernels.ts';
import { Ev } from '../log/events.ts';
import {
  cachedFolios,
  calls,
  decided,
  type FileInput,
  type Given,
  hazards,
  type Job,
  lastOf,
  type Nvme,
  ran,
  results,
  rowsOf,
  valuesOf,
} from './testing-ext4.ts';

// Recordings 17b, 17c, 17e, 17xa, 17xb, 19k and 19l: the functions that they show, in their order and contexts.

const WRITEBACK =
  /^(ext4_(sync_file|writepages|do_writepages|io_submit|put_io_end|put_io_end_defer|release_io_end|bio_write_\w+|end_bio|finish_bio|end_io_rsv_work|end_io_end|convert_unwritten_\w+)|submit_bio|folio_wait_writeback|folio_end_writeback|filemap_end_dropbehind|wb_workfn|jbd2_write_superblock)$/;

const APPEND: Job = { offset_bytes: 16_384, size_bytes: 8192 };
const UNWRITTEN: FileInput = { extents: [{ offset_bytes: 0, length_bytes: 16_384, state: 'unwritten' }] };
const FAILS: Nvme = { faults: [{ op: 'write', status: 'BLK_STS_MEDIUM' }] };

/** Writes what was written to pages without written blocks, up to the submission; `name` as the kernel calls it. */
const submits = (name: string): string[] => [
  'folio_wait_writeback in task',
  'ext4_io_submit in task',
  'ext4_put_io_end_defer in task',
  'ext4_release_io_end in task',
  'folio_wait_writeback in task',
  `${name} in task`,
  'ext4_io_submit in task',
  'submit_bio in task',
  'ext4_put_io_end in task',
];
const CONVERTS = [
  'ext4_end_bio in irq',
  'ext4_put_io_end_defer in irq',
  'ext4_end_io_rsv_work in kworker',
  'ext4_end_io_end in kworker',
  'ext4_convert_unwritten_io_end_vec in kworker',
  'ext4_convert_unwritten_extents in kworker',
  'ext4_release_io_end in kworker',
  'ext4_finish_bio in kworker',
];
const ENDS_HERE = [
  'ext4_end_bio in irq',
  'ext4_put_io_end_defer in irq',
  'ext4_release_io_end in irq',
  'ext4_finish_bio in irq',
  'folio_end_writeback in irq',
];

/** Without what the journal submits afterwards. */
const withoutJournal = (list: readonly string[]): string[] => list.filter((call) => !call.endsWith('jbd2'));

describe.each<KernelName>(['6.1.192', '6.12.107', '6.17.13', '6.19.14', '7.3.4'])(
  'as recorded: %s',
  (kernel) => {
    const pages = kernel === '6.1.192';
    const pass = pages
      ? ['ext4_writepages in task']
      : ['ext4_writepages in task', 'ext4_do_writepages in task'];
    const write = pages ? 'ext4_bio_write_page' : 'ext4_bio_write_folio';

    test.each<[string, Partial<Given>]>([
      ['17b: an append', { job: { ...APPEND, end_fsync: true } }],
      ['17c: a write to unwritten blocks', { file: UNWRITTEN, job: { end_fsync: true } }],
    ])('%s ends in the worker, which converts its blocks first', (_name, given) => {
      const log = ran({ kernel, ...given });
      expect(withoutJournal(calls(log, WRITEBACK))).toEqual([
        'ext4_sync_file in task',
        ...pass,
        ...submits(write),
        'folio_wait_writeback in task',
        ...CONVERTS,
        'folio_end_writeback in kworker',
        'folio_wait_writeback in task',
      ]);
      expect(hazards(log)).toEqual([]);
      expect(results(log)).toEqual([4096, 4096]);
    });

    test('17e: an overwrite by the flusher ends in the interrupt', () => {
      const log = ran({ kernel, job: { calls: [{ call: 'syncfs', after_ios: 2 }] } });
      const seen = withoutJournal(calls(log, WRITEBACK)).filter((call) => !call.endsWith('in task'));
      expect(seen).toEqual([
        'wb_workfn in kworker',
        ...pass.map((call) => call.replace('task', 'kworker')),
        ...[1, 2].flatMap(() => ['folio_wait_writeback in kworker', `${write} in kworker`]),
        'ext4_io_submit in kworker',
        'submit_bio in kworker',
        'ext4_put_io_end_defer in kworker',
        ...ENDS_HERE,
      ]);
    });
  },
);

describe('an uncached write', () => {
  const dontcache = (kernel: KernelName, given: Partial<Given>): ReturnType<typeof ran> =>
    ran({ kernel, ...given, job: { dontcache: true, end_fsync: true, ...given.job } });

  test.each<KernelName>(['6.17.13', '6.19.14', '7.3.4'])(
    '17xa: %s leaves the folios of an overwrite in the cache',
    (kernel) => {
      const log = dontcache(kernel, {});
      expect(calls(log, /^(filemap_end_dropbehind|folio_unmap_invalidate)$/)).toEqual([]);
      expect(cachedFolios(log).length).toBe(2);
      expect(hazards(log)).toEqual([]);
    },
  );

  test.each<KernelName>(['6.17.13', '6.19.14', '7.3.4'])(
    '17xb: %s drops those of an append in its worker',
    (kernel) => {
      const log = dontcache(kernel, { job: APPEND });
      expect(calls(log, /^filemap_end_dropbehind$/)).toEqual(['filemap_end_dropbehind in kworker']);
      expect(cachedFolios(log)).toEqual([]);
      expect(hazards(log)).toEqual([]);
    },
  );

  test.each<[KernelName, readonly string[]]>([
    ['6.17.13', ['filemap_fdatawrite_range_kick in task', '__filemap_fdatawrite_range in task']],
    ['6.19.14', ['filemap_writeback in task']],
    ['7.3.4', []],
  ])('of %s begins its writeback by %j', (kernel, expected) => {
    const log = dontcache(kernel, { job: { ios: 1, end_fsync: false } });
    expect(
      calls(log, /^(filemap_writeback|filemap_fdatawrite_range_kick|__filemap_fdatawrite_range)$/),
    ).toEqual(expected);
  });

  test.each<KernelName>(['6.16.12', 'ext4-iomap-v4'])('%s refuses', (kernel) => {
    expect(results(ran({ kernel, job: { dontcache: true, ios: 1 } }))).toEqual([-95]);
  });
});

describe('data that cannot be written', () => {
  const job: Job = { dontcache: true, end_fsync: true, ios: 1 };

  test.each<KernelName>(['6.17.13', '7.3.4'])(
    '19k: %s ends the folio in the interrupt, and the fsync is told',
    (kernel) => {
      const log = ran({ kernel, job, nvme: FAILS });
      expect(calls(log, WRITEBACK).filter((call) => call.endsWith('irq'))).toEqual(ENDS_HERE);
      expect(calls(log, /^jbd2_journal_abort$/)).toEqual([]);
      expect(decided(log, 'file-sees-wb-error')).toEqual([1]);
    },
  );

  test.each<KernelName>(['6.17.13', '7.3.4'])(
    '19l: %s with data_err=abort leaves it to the worker, which aborts the journal',
    (kernel) => {
      const log = ran({ kernel, job, nvme: FAILS, file: { data_err: 'abort' } });
      const seen = calls(log, WRITEBACK).filter((call) => !call.endsWith('task'));
      expect(seen.slice(seen.indexOf('ext4_end_bio in irq'))).toEqual([
        'ext4_end_bio in irq',
        'ext4_put_io_end_defer in irq',
        'ext4_end_io_rsv_work in kworker',
        'ext4_end_io_end in kworker',
        'jbd2_write_superblock in kworker',
        'submit_bio in kworker',
        'ext4_release_io_end in kworker',
        'ext4_finish_bio in kworker',
        'folio_end_writeback in kworker',
        'filemap_end_dropbehind in kworker',
      ]);
      expect(cachedFolios(log)).toEqual([]);
      expect(decided(log, 'file-sees-wb-error')).toEqual([1]);
    },
  );

  test('an old kernel knows no abort, and the failed overwrite ends in the interrupt', () => {
    const log = ran({
      kernel: '6.12.107',
      job: { end_fsync: true, ios: 1 },
      nvme: FAILS,
      file: { data_err: 'abort' },
    });
    expect(calls(log, WRITEBACK).filter((call) => call.endsWith('irq'))).toEqual(ENDS_HERE);
    expect(calls(log, /^jbd2_journal_abort$/)).toEqual([]);
  });

  test('after the abort the next transaction finds out, and every write fails with -EROFS', () => {
    const first = { end_fsync: true, ios: 1 };
    const later = { start_delay_ns: 20_000_000, ios: 2, offset_bytes: 4096 };
    const log = ran({ kernel: '7.3.4', job: first, other: later, nvme: FAILS, file: { data_err: 'abort' } });
    expect(decided(log, 'ext4-journal-aborted').at(-1)).toBe(1);
    expect(results(log)).toEqual([4096, -30, -30]);
    const fine = ran({ kernel: '7.3.4', job: first, other: later, nvme: FAILS });
    expect(results(fine)).toEqual([4096, 4096, 4096]);
  });

  test.each<[KernelName, readonly string[], number]>([
    ['6.1.192', ['stale-data-exposed'], 1],
    ['6.12.107', [], 0],
    ['7.3.4', [], 0],
  ])('unwritten blocks whose data is lost: %s', (kernel, expected, converted) => {
    const log = ran({ kernel, file: UNWRITTEN, job: { end_fsync: true, ios: 1 }, nvme: FAILS });
    expect(hazards(log)).toEqual(expected);
    expect(rowsOf(log, Ev.Enter, 'ext4_convert_unwritten_extents').length).toBe(converted);
  });
});

describe('delayed allocation', () => {
  test('a hole is reserved when it is written to, and allocated when it is written back', () => {
    const log = ran({ kernel: '7.3.4', job: { ...APPEND, end_fsync: true } });
    expect(valuesOf(log, 'ext4_inode_info', 'i_reserved_data_blocks')).toEqual([1, 2, 0]);
  });

  test('the size on disk follows when blocks are mapped, before their data is written', () => {
    const log = ran({ kernel: '7.3.4', job: { ...APPEND, end_fsync: true } });
    const sizes = rowsOf(log, Ev.Set, 'i_disksize');
    expect(sizes.map((row) => log.value(row))).toEqual([16_384, 24_576]);
    expect(sizes.at(-1)).toBeLessThan(rowsOf(log, Ev.Trace, 'block_bio_queue')[0] ?? 0);
  });

  test('an append inside a written block moves it at once', () => {
    const file = { size_bytes: 14_000 };
    const bs = [{ bytes: 2000, weight: 1 }];
    const job = { offset_bytes: 14_000, size_bytes: 2000, bs_read: bs, bs_write: bs, ios: 1 };
    const log = ran({ kernel: '7.3.4', file, job });
    expect(decided(log, 'ext4-da-updates-disksize')).toEqual([1]);
    expect(rowsOf(log, Ev.Set, 'i_disksize').map((row) => log.value(row))).toEqual([14_000, 16_000]);
  });

  test('a truncate gives back what was reserved and not written', () => {
    const job: Job = { calls: [{ call: 'ftruncate', after_ios: 2, offset_bytes: 20_480 }], end_fsync: true };
    const log = ran({ kernel: '7.3.4', job: { ...APPEND, ...job } });
    expect(valuesOf(log, 'ext4_inode_info', 'i_reserved_data_blocks')).toEqual([1, 2, 1, 0]);
    expect(cachedFolios(log).length).toBe(1);
  });

  test('where allocation fails the data is lost, and its reservation given back', () => {
    const log = ran({ kernel: '7.3.4', file: { fail_mapping: 1 }, job: { ...APPEND, end_fsync: true } });
    expect(lastOf(log, 'ext4_inode_info', 'i_reserved_data_blocks')).toBe(0);
    expect(calls(log, /^(ext4_bio_write_folio|ext4_end_bio)$/)).toEqual([]);
    expect(cachedFolios(log).filter(({ flags }) => (flags & PG_dirty) !== 0)).toEqual([]);
  });
});

describe('folios of several blocks', () => {
  const job: Job = { bs_write: [{ bytes: 65_536, weight: 1 }], ios: 1, end_fsync: true };
  const file: FileInput = {
    size_bytes: 65_536,
    extents: [
      { offset_bytes: 8192, length_bytes: 16_384, state: 'unwritten' },
      { offset_bytes: 32_768, length_bytes: 8192, state: 'hole' },
    ],
  };

  test('the extents of a folio are mapped one by one, and its writeback ends with the last of its bios', () => {
    const log = ran({ kernel: '7.3.4', file, job });
    expect(rowsOf(log, Ev.Enter, 'folio_end_writeback').length).toBe(1);
    expect(valuesOf(log, 'ext4_inode_info', 'i_reserved_data_blocks')).toEqual([1, 2, 0]);
    expect(rowsOf(log, Ev.Enter, 'ext4_convert_unwritten_extents').length).toBe(2);
    expect(hazards(log)).toEqual([]);
  });

  test('before v6.16 each page is a folio of its own', () => {
    const log = ran({ kernel: '6.12.107', file, job });
    expect(rowsOf(log, Ev.Enter, 'folio_end_writeback').length).toBe(16);
    expect(valuesOf(log, 'folio', 'order')).toEqual([]);
    expect(hazards(log)).toEqual([]);
  });
});

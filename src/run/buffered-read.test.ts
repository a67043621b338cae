import { describe, expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import { calls, made, ran, results, values, wrong } from './testing.ts';

const KIB = 1024;
/** Reads at 2 MiB and behind it, as in recording 16. */
const READS = { rw: 'read', offset_bytes: 2 << 20, size_bytes: 64 * KIB } as const;
const FILE = { size_bytes: 4 << 20 };

describe('recording 16: two uncached reads of 4 KiB', () => {
  const log = ran({ file: FILE, job: { ...READS, dontcache: true } });

  test('the first reads one page, the second as the beginning of a stream four', () => {
    expect(values(log, Ev.Trace, 'iomap_readahead')).toEqual([1, 4]);
    expect(results(log)).toEqual([4096, 4096]);
    expect(wrong(log)).toEqual([]);
  });

  test('the interrupt unlocks each folio, the reader drops those that it has copied', () => {
    const one = ['irq iomap_finish_folio_read', 'irq folio_end_read'];
    const drop = ['job filemap_end_dropbehind', 'job folio_unmap_invalidate'];
    expect(
      calls(
        log,
        'iomap_readahead',
        'iomap_bio_read_folio_range',
        'submit_bio',
        'iomap_read_end_io',
        'iomap_finish_folio_read',
        'folio_end_read',
        'filemap_end_dropbehind',
        'folio_unmap_invalidate',
      ),
    ).toEqual([
      'job iomap_readahead',
      'job iomap_bio_read_folio_range',
      'job submit_bio',
      'irq iomap_read_end_io',
      ...one,
      ...drop,
      'job iomap_readahead',
      ...Array<string>(4).fill('job iomap_bio_read_folio_range'),
      'job submit_bio',
      'irq iomap_read_end_io',
      ...one,
      ...one,
      ...one,
      ...one,
      ...drop,
    ]);
  });

  test('what was read ahead stays for the next reads', () => {
    expect(values(log, Ev.Set, 'nrpages').at(-1)).toBe(3);
  });
});

test('recording 16 of 6.17: the bio is submitted after the last mapping was looked up', () => {
  const order = (kernel: '6.17.13' | '7.3.4'): string[] =>
    calls(ran({ kernel, file: FILE, job: { ...READS, ios: 1 } }), 'iomap_iter', 'submit_bio');
  expect(order('6.17.13')).toEqual(['job iomap_iter', 'job iomap_iter', 'job submit_bio']);
  expect(order('7.3.4')).toEqual(['job iomap_iter', 'job submit_bio', 'job iomap_iter']);
});

test('a read that asks for uncached folios leaves those that were cached before', () => {
  const cached = [{ offset_bytes: 2 << 20, length_bytes: 64 * KIB }];
  const log = ran({ file: { ...FILE, cached }, job: { ...READS, dontcache: true } });
  expect(calls(log, 'submit_bio', 'filemap_end_dropbehind')).toEqual([]);
  expect(results(log)).toEqual([4096, 4096]);
});

test('a stream of reads is read ahead in growing windows, before anybody waits for them', () => {
  const log = ran({ job: { rw: 'read', ios: 28 } });
  expect(values(log, Ev.Trace, 'iomap_readahead')).toEqual([4, 8, 16, 32]);
  expect(calls(log, 'page_cache_async_ra')).toHaveLength(3);
  expect(wrong(log)).toEqual([]);
});

test('with large folios the later windows have folios of several pages', () => {
  const small = ran({ file: { large_folios: false }, job: { rw: 'read', ios: 16 } });
  const large = ran({ job: { rw: 'read', ios: 16 } });
  expect(made(large, 'folio')).toBeLessThan(made(small, 'folio'));
  expect(results(large)).toEqual(results(small));
});

test('random reads are not read ahead', () => {
  const log = ran({ file: FILE, job: { rw: 'randread', ios: 8 } });
  expect(values(log, Ev.Trace, 'iomap_readahead').every((pages) => pages === 1)).toBe(true);
});

test('holes, unwritten blocks and what is behind the end are zero, without the device', () => {
  const hole = { offset_bytes: 0, length_bytes: 256 * KIB, state: 'hole' } as const;
  const log = ran({ file: { extents: [hole] }, job: { rw: 'read', ios: 2 } });
  expect(calls(log, 'submit_bio')).toEqual([]);
  expect(results(log)).toEqual([4096, 4096]);
  const end = ran({ file: { size_bytes: 6 * KIB }, job: { rw: 'read', ios: 3, size_bytes: 12 * KIB } });
  expect(results(end)).toEqual([4096, 2048, 0]);
});

describe('a folio that cannot be read', () => {
  const faults = (count: number) => ({ faults: [{ op: 'read' as const, count }] });

  test('is read once more by who needs it, who gets the error if that fails, too', () => {
    const once = ran({ file: FILE, nvme: faults(1), job: { ...READS, ios: 1 } });
    expect(calls(once, 'xfs_vm_readahead', 'xfs_vm_read_folio')).toEqual([
      'job xfs_vm_readahead',
      'job xfs_vm_read_folio',
    ]);
    expect(results(once)).toEqual([4096]);
    expect(results(ran({ file: FILE, nvme: faults(9), job: { ...READS, ios: 1 } }))).toEqual([-5]);
  });
});

describe('recording 16b: uncached reads by io_uring', () => {
  const log = ran({ file: FILE, job: { ...READS, ioengine: 'io_uring', dontcache: true } });

  test('the folio calls back when it is read, and the task tries again', () => {
    const read = [
      'job io_read',
      'job xfs_file_read_iter',
      'job xfs_file_read_iter',
      'irq folio_end_read',
      'irq io_async_buf_func',
    ];
    const again = [
      'job io_req_task_submit',
      'job io_read',
      'job xfs_file_read_iter',
      'job filemap_end_dropbehind',
      'job kiocb_done',
    ];
    expect(
      calls(
        log,
        'io_read',
        'xfs_file_read_iter',
        'folio_end_read',
        'io_async_buf_func',
        'io_req_task_submit',
        'filemap_end_dropbehind',
        'kiocb_done',
        'io_queue_iowq',
      ),
    ).toEqual([...read, ...again, ...read, ...Array<string>(3).fill('irq folio_end_read'), ...again]);
    expect(values(log, Ev.Notify, 'cqe')).toEqual([4096, 4096]);
    expect(wrong(log)).toEqual([]);
  });

  test.each([
    ['xfs', 0],
    ['ext4', 0],
    ['zonefs', 2],
  ] as const)('on %s io-wq gets %i of two reads', (filesystem, count) => {
    const read = ran({ file: { ...FILE, filesystem }, job: { ...READS, ioengine: 'io_uring' } });
    expect(calls(read, 'io_queue_iowq')).toHaveLength(count);
    expect(values(read, Ev.Notify, 'cqe')).toEqual([4096, 4096]);
  });

  test('a read of several windows is finished by one request', () => {
    const log = ran({
      job: { rw: 'read', ioengine: 'io_uring', ios: 1, bs_read: [{ bytes: 256 * KIB, weight: 1 }] },
    });
    expect(values(log, Ev.Notify, 'cqe')).toEqual([256 * KIB]);
  });
});

test('ext4 reads whole blocks as the other filesystems without iomap do', () => {
  const log = ran({ file: { ...FILE, filesystem: 'ext4' }, job: { ...READS, ios: 1 } });
  expect(calls(log, 'ext4_readahead', 'submit_bio', 'mpage_end_io', 'folio_end_read')).toEqual([
    'job ext4_readahead',
    'job submit_bio',
    'irq mpage_end_io',
    'irq folio_end_read',
  ]);
});

test('two tasks that want the same page share one read', () => {
  const job = { rw: 'read', ios: 1 } as const;
  const log = ran({ job, others: [{ ...job, cpus_allowed: [0] }] });
  expect(calls(log, 'submit_bio')).toHaveLength(1);
  expect(results(log)).toEqual([4096, 4096]);
  expect(wrong(log)).toEqual([]);
});

test('the read that a job makes beside its I/Os leaves pages in the cache', () => {
  const log = ran({
    job: { direct: true, ios: 1, calls: [{ call: 'read', offset_bytes: 0, length_bytes: 8192 }] },
  });
  expect(calls(log, 'filemap_read', 'invalidate_inode_pages2_range')[0]).toBe('job filemap_read');
  expect(values(log, Ev.Set, 'nrpages')).toContain(2);
});

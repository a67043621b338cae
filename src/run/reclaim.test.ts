import { describe, expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { calls, type FileInput, hazards, type JobInput, ran, values, wrong } from './testing.ts';

// A task takes pages of a file out of memory: mm/vmscan.c, shrink_folio_list.

const KIB = 1024;
/** Two pages are written; a second job has their memory taken back while they are under writeback. */
function reclaimed(
  call: 'reclaim' | 'force_empty',
  {
    file = {},
    job = {},
    at_ns = 20_000,
  }: { file?: Partial<FileInput>; job?: Partial<JobInput>; at_ns?: number } = {},
): LogView {
  const calls: JobInput['calls'] = [{ call, length_bytes: 8 * KIB }];
  return ran({
    file: { large_folios: false, ...file },
    job: { end_fsync: true, ...job },
    others: [{ ios: 0, calls, start_delay_ns: at_ns, cpus_allowed: [0] }],
  });
}
const decided = (log: LogView, rule: string): number[] => values(log, Ev.Decide, rule);
const dropped = (log: LogView): number => values(log, Ev.Trace, 'mm_filemap_delete_from_page_cache').length;
const rowOf = (log: LogView, kind: Ev, name: string): number => {
  const rows = Array.from({ length: log.rows }, (_, row) => row);
  const is = (row: number): boolean => log.kind(row) === kind && log.name(row) === name;
  return rows.find(is) ?? -1;
};

describe('folios under writeback', () => {
  test('a cgroup of version 2 marks them and gives up; the end of writeback rotates them', () => {
    const log = reclaimed('reclaim');
    expect(decided(log, 'reclaim-marks')).toEqual([1, 1, 1, 1]);
    const rotates = 'irq folio_rotate_reclaimable';
    expect(calls(log, 'folio_rotate_reclaimable')).toEqual([rotates, rotates]);
    expect(calls(log, 'folio_wait_writeback')).not.toContain('job 2 folio_wait_writeback');
    expect([dropped(log), hazards(log), wrong(log)]).toEqual([0, [], []]);
  });

  test('one of version 1 marks them in the first pass, waits in the second, and takes them', () => {
    const log = reclaimed('force_empty');
    expect(decided(log, 'reclaim-marks')).toEqual([1, 1, 0]);
    expect(decided(log, 'folio-rotates')).toEqual([1, 1]);
    expect([dropped(log), hazards(log), wrong(log)]).toEqual([2, [], []]);
  });

  test('of a bio in a batch it waits until the worker of the batch has ended it', () => {
    const log = reclaimed('force_empty', { job: { dontcache: true, end_fsync: false }, at_ns: 1000 });
    expect(calls(log, 'bio_complete_work_fn')[0]).toContain('kworker');
    expect(calls(log, 'folio_wait_writeback')).toEqual(['job 2 folio_wait_writeback']);
    const moments = [
      rowOf(log, Ev.Enter, 'folio_wait_writeback'),
      rowOf(log, Ev.Enter, 'bio_complete_work_fn'),
      rowOf(log, Ev.Enter, 'folio_end_writeback'),
      rowOf(log, Ev.Exit, 'folio_wait_writeback'),
    ];
    expect(moments).toEqual([...moments].sort((one, other) => one - other));
    expect(calls(log, 'folio_end_writeback').every((who) => who.startsWith('kworker'))).toBe(true);
    expect([dropped(log), hazards(log), wrong(log)]).toEqual([2, [], []]);
  });

  test('it never waits for FUSE, whose daemon may need memory', () => {
    const log = reclaimed('force_empty', { file: { filesystem: 'fuse' } });
    expect(decided(log, 'reclaim-marks')).toEqual([1, 1, 1, 1]);
    expect(calls(log, 'folio_wait_writeback')).not.toContain('job 2 folio_wait_writeback');
    expect([dropped(log), hazards(log)]).toEqual([0, []]);
  });
});

test('dirty folios are marked, never written; clean ones leave the cache', () => {
  const dirty = reclaimed('force_empty', { job: { end_fsync: false } });
  expect(decided(dirty, 'reclaim-dirty')).toEqual([1, 1, 1, 1]);
  expect(calls(dirty, 'do_writepages', 'submit_bio')).toEqual([]);
  const clean = reclaimed('reclaim', { at_ns: 10_000_000 });
  expect(decided(clean, 'reclaim-busy')).toEqual([0, 0]);
  expect([dropped(clean), hazards(clean), wrong(clean)]).toEqual([2, [], []]);
  const cached = reclaimed('reclaim', {
    file: { cached: [{ offset_bytes: 0, length_bytes: 64 * KIB }] },
    job: { ios: 0 },
  });
  expect([dropped(cached), values(cached, Ev.Set, 'nrpages').at(-1)]).toEqual([2, 14]);
});

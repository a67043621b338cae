import { describe, expect, test } from 'vitest';
import type { KernelName } from '../kernel/kernels.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
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
  rowsOf,
  valuesOf,
} from './testing-ext4.ts';

const V2: KernelName = 'ext4-iomap-v2';
const V4: KernelName = 'ext4-iomap-v4';
const PLAN: KernelName = 'ext4-iomap-plan-2026-06';

const BLOCK = 4096;
const OVERWRITE: FileInput = {};
const UNWRITTEN: FileInput = { extents: [{ offset_bytes: 0, length_bytes: 4 * BLOCK, state: 'unwritten' }] };
/** The write is behind the size on disk, but in written blocks. */
const APPEND: FileInput = {
  size_bytes: 0,
  extents: [{ offset_bytes: 0, length_bytes: 4 * BLOCK, state: 'mapped' }],
};
const ABORT: FileInput = { data_err: 'abort' };
const FAILS: Nvme = { faults: [{ op: 'write' }] };
/** Two blocks, one after the other. */
const job: Job = { size_bytes: 2 * BLOCK, end_fsync: true };

/** What the bios of writeback end with. */
const handlers = (log: LogView): string[] => [
  ...new Set(
    rowsOf(log, Ev.Set, 'bi_end_io')
      .map((row) => log.string(log.value(row)))
      .filter((name) => /^(ext4_|ioend_)/.test(name)),
  ),
];
/** Where folios end, in which context. */
const ends = (log: LogView): string[] => [...new Set(calls(log, /^folio_end_writeback$/))];
/** The places where ioends wait. */
const waits = (log: LogView): string[] => [
  ...new Set(
    Array.from({ length: log.rows }, (_, row) => row)
      .filter((row) => log.kind(row) === Ev.Put && log.objectType(log.object(row)) === 'iomap_ioend')
      .map((row) => log.objectType(log.value(row))),
  ),
];

const EXT4 = 'ext4_iomap_end_bio';
const IOMAP = 'ioend_writeback_end_bio';
const LIST = 'i_iomap_ioend_list';

describe('writeback-completion.md section 2: who ends an ioend, and where', () => {
  test.each<[KernelName, string, FileInput, Nvme, string, string | null]>([
    [V2, 'overwrite', OVERWRITE, {}, IOMAP, null],
    [V2, 'unwritten', UNWRITTEN, {}, EXT4, LIST],
    [V2, 'append', APPEND, {}, EXT4, LIST],
    [V2, 'append that fails', APPEND, FAILS, EXT4, LIST],
    [V2, 'overwrite, data_err=abort', { ...OVERWRITE, ...ABORT }, {}, IOMAP, null],
    [V4, 'overwrite', OVERWRITE, {}, IOMAP, null],
    [V4, 'overwrite, data_err=abort', { ...OVERWRITE, ...ABORT }, {}, EXT4, null],
    [V4, 'overwrite that fails', OVERWRITE, FAILS, IOMAP, 'failed_ioend_list'],
    [V4, 'overwrite that fails, data_err=abort', { ...OVERWRITE, ...ABORT }, FAILS, EXT4, LIST],
    [V4, 'unwritten', UNWRITTEN, {}, EXT4, LIST],
    [V4, 'append', APPEND, {}, EXT4, LIST],
    [V4, 'append that fails', APPEND, FAILS, EXT4, LIST],
    [PLAN, 'overwrite', OVERWRITE, {}, EXT4, LIST],
    [PLAN, 'append', APPEND, {}, EXT4, LIST],
  ])('%s, %s', (kernel, _what, file, nvme, handler, list) => {
    const log = ran({ kernel, file, nvme, job });
    expect(handlers(log)).toEqual([handler]);
    expect(waits(log)).toEqual(list === null ? [] : [list]);
    expect(ends(log)).toEqual([`folio_end_writeback in ${list === null ? 'irq' : 'kworker'}`]);
    expect(hazards(log)).toEqual([]);
  });

  test.each<[KernelName, FileInput, string | null]>([
    [V2, APPEND, LIST],
    [V4, APPEND, LIST],
    [V4, UNWRITTEN, LIST],
    [PLAN, OVERWRITE, LIST],
  ])('%s: a mapping that fails ends what was filled before, too: %j', (kernel, file, list) => {
    const log = ran({ kernel, file: { ...file, large_folios: false, fail_mapping: 2 }, job });
    expect(handlers(log)).toEqual([EXT4]);
    expect(waits(log)).toEqual([list]);
    expect(calls(log, /^(submit_bio|ext4_iomap_end_bio)$/)[0]).toBe('ext4_iomap_end_bio in task');
    expect(calls(log, /^ext4_convert_unwritten_extents$/)).toEqual([]);
    expect(decided(log, 'file-sees-wb-error')).toEqual([1]);
  });

  test('data_err=abort aborts the journal of v4, before the folios end', () => {
    const log = ran({ kernel: V4, file: ABORT, nvme: FAILS, job });
    expect(calls(log, /^(jbd2_journal_abort|folio_end_writeback)$/)).toEqual([
      'jbd2_journal_abort in kworker',
      'folio_end_writeback in kworker',
    ]);
  });
});

describe('mapping', () => {
  const holes: Job = { ...job, offset_bytes: 4 * BLOCK, size_bytes: 8 * BLOCK, ios: 8 };

  test('one transaction maps all of a delayed extent; the next folios use the mapping', () => {
    const log = ran({ kernel: V4, file: { large_folios: false }, job: holes });
    expect(rowsOf(log, Ev.Enter, 'ext4_iomap_map_one_extent').length).toBe(1);
    expect(decided(log, 'ext4-iomap-mapping-valid')).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    expect(valuesOf(log, 'ext4_inode_info', 'i_reserved_data_blocks')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 0]);
  });

  test('the size on disk moves when the data is there, after its blocks were converted', () => {
    const log = ran({ kernel: V4, job: holes });
    const [before, after] = rowsOf(log, Ev.Set, 'i_disksize');
    expect(log.value(before ?? 0)).toBe(4 * BLOCK);
    expect(log.value(after ?? 0)).toBe(12 * BLOCK);
    const [converted] = rowsOf(log, Ev.Enter, 'ext4_convert_unwritten_extents');
    expect(after).toBeGreaterThan(converted ?? Infinity);
  });

  test('neighbours that ended while the worker was busy are one conversion', () => {
    const bytes = 4 << 20;
    const large: Job = { bs_write: [{ bytes, weight: 1 }], size_bytes: bytes, ios: 1, end_fsync: true };
    const file: FileInput = {
      size_bytes: bytes,
      large_folios: false,
      extents: [{ offset_bytes: 0, length_bytes: bytes, state: 'unwritten' }],
    };
    const log = ran({ kernel: V4, file, job: large, costs: { 'fs.convert': 50_000_000 } });
    expect(rowsOf(log, Ev.New, 'iomap_ioend').length).toBe(4);
    expect(rowsOf(log, Ev.Enter, 'ext4_convert_unwritten_extents').length).toBe(2);
    expect(hazards(log)).toEqual([]);
  });

  test('what is dirty over a hole is skipped: the folio was dirtied through a mapping when the file ended inside it', () => {
    const first: Job = {
      bs_write: [{ bytes: 2 * BLOCK, weight: 1 }],
      size_bytes: 2 * BLOCK,
      ios: 1,
      calls: [
        { call: 'ftruncate', after_ios: 1, offset_bytes: BLOCK },
        { call: 'mmap_write', after_ios: 1, offset_bytes: 0 },
        { call: 'ftruncate', after_ios: 1, offset_bytes: 2 * BLOCK },
      ],
      end_fsync: true,
    };
    const log = ran({ kernel: V4, file: { size_bytes: 0 }, job: first });
    expect(rowsOf(log, Ev.Enter, 'iomap_add_to_ioend').length).toBe(2);
    expect(valuesOf(log, 'iomap_ioend', 'io_size').at(-1)).toBe(BLOCK);
    expect(lastOf(log, 'ext4_inode_info', 'i_reserved_data_blocks')).toBe(0);
    expect(hazards(log)).toEqual([]);
  });
});

describe('ordered zeros', () => {
  /** The file ends inside block 2; the writes are behind that block. */
  const inside: FileInput = { size_bytes: 10_000, large_folios: false };
  const behind: Job = { offset_bytes: 4 * BLOCK, size_bytes: 4 * BLOCK, end_fsync: true };
  const orderedBits = (log: LogView): number[] => decided(log, 'ext4-zeroes-eof-block');

  test.each<[KernelName, readonly number[]]>([
    [V2, []],
    [V4, [1]],
    [PLAN, [1]],
  ])('%s zeroes the rest of the old last block and writes it at once: %j', (kernel, zeroes) => {
    const log = ran({ kernel, file: inside, job: behind });
    expect(orderedBits(log)).toEqual(zeroes);
    if (zeroes.length === 0) return;
    expect(valuesOf(log, 'ext4_inode_info', 'i_ordered_lblk')).toEqual([2]);
    expect(valuesOf(log, 'ext4_inode_info', 'i_ordered_len')).toEqual([1, 0]);
    expect(handlers(log)).toEqual([EXT4]);
    expect(hazards(log)).toEqual([]);
  });

  test.each<[string, FileInput]>([
    ['at the end of a block', { size_bytes: 2 * BLOCK }],
    [
      'in a block that is not written',
      { ...inside, extents: [{ offset_bytes: 0, length_bytes: 10_000, state: 'unwritten' }] },
    ],
  ])('nothing is zeroed for a file that ends %s', (_where, file) => {
    const log = ran({ kernel: V4, file, job: behind });
    expect(orderedBits(log).filter((zeroed) => zeroed === 1)).toEqual([]);
    expect(valuesOf(log, 'ext4_inode_info', 'i_ordered_len')).toEqual([]);
  });

  test('a write into the last block itself is none behind it', () => {
    const bs = [{ bytes: 512, weight: 1 }];
    const within: Job = {
      offset_bytes: 10_000,
      size_bytes: 1024,
      bs_read: bs,
      bs_write: bs,
      end_fsync: true,
    };
    expect(orderedBits(ran({ kernel: V4, file: { size_bytes: 10_000 }, job: within }))).toEqual([]);
  });

  test('the size on disk never moves before the zeros are there, in whichever order the device answers', () => {
    let waited = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const nvme: Nvme = { write: { mean_ns: 200_000, kind: 'gamma', cv_percent: 150 } };
      const log = ran({ kernel: V4, file: inside, job: behind, nvme, seed });
      const [recorded, cleared] = rowsOf(log, Ev.Set, 'i_ordered_len');
      const moves = rowsOf(log, Ev.Set, 'i_disksize').filter((row) => row > (recorded ?? 0));
      expect(moves.length).toBeGreaterThan(0);
      expect(Math.min(...moves)).toBeGreaterThan(cleared ?? Infinity);
      waited += decided(log, 'ext4-waits-for-ordered-zeros').filter((waits_) => waits_ === 1).length;
    }
    expect(waited).toBeGreaterThan(0);
  });

  test('a truncate up moves the size on disk when the zeros are there', () => {
    const grow: Job = { ios: 0, calls: [{ call: 'ftruncate', offset_bytes: 9 * BLOCK }, { call: 'fsync' }] };
    const log = ran({ kernel: V4, file: inside, job: grow });
    const [cleared] = rowsOf(log, Ev.Set, 'i_ordered_len').slice(1);
    const moved = rowsOf(log, Ev.Set, 'i_disksize').at(-1) ?? 0;
    expect(log.value(moved)).toBe(9 * BLOCK);
    expect(moved).toBeGreaterThan(cleared ?? Infinity);
    const v2 = ran({ kernel: V2, file: inside, job: grow });
    expect(calls(v2, /^ext4_iomap_writepages$/)).toEqual([]);
    expect(rowsOf(v2, Ev.Set, 'i_disksize').map((row) => v2.value(row))).toEqual([10_000, 9 * BLOCK]);
  });

  test('zeros that are truncated away are waited for by nobody', () => {
    const nvme: Nvme = { write: { mean_ns: 5_000_000 } };
    const shrink: Job = {
      ios: 1,
      calls: [{ call: 'ftruncate', after_ios: 1, offset_bytes: BLOCK }],
      end_fsync: true,
    };
    const log = ran({ kernel: V4, file: inside, job: { ...behind, ...shrink }, nvme });
    expect(lastOf(log, 'ext4_inode_info', 'i_ordered_len')).toBe(0);
    expect(cachedFolios(log)).toEqual([]);
  });
});

describe('ext4-iomap.md section 4: a truncate between the look-up and i_data_sem', () => {
  const THREE: Job = { size_bytes: 3 * BLOCK, ios: 3, thinktime_ns: 80_000, end_fsync: true };
  /** A transaction takes so long to begin that the truncate can come in between. */
  const costs: Given['costs'] = { 'journal.start': 50_000 };
  const given = (recheck: 'none' | 'look-up repeated' | 'sequence check', start_delay_ns: number): Given => ({
    kernel: V4,
    switches: { EXT4_MAP_RECHECK: recheck },
    file: { size_bytes: 0, large_folios: false },
    job: THREE,
    other: { ios: 0, size_bytes: BLOCK, start_delay_ns, calls: [{ call: 'ftruncate', offset_bytes: BLOCK }] },
    costs,
  });
  const DELAYS = Array.from({ length: 35 }, (_, i) => i * 10_000);
  /** For each moment of the truncate: hazards, and whether the writer began anew. */
  const scan = (
    recheck: Parameters<typeof given>[0],
  ): { leaks: number; changed: number; lookUps: number }[] =>
    DELAYS.map((delay) => {
      const log = ran(given(recheck, delay));
      expect(lastOf(log, 'ext4_inode_info', 'i_reserved_data_blocks')).toBe(0);
      return {
        leaks: hazards(log).filter((name) => name === 'stale-blocks').length,
        changed: decided(log, 'ext4-mapping-changed').filter((outcome) => outcome === 1).length,
        lookUps: rowsOf(log, Ev.Enter, 'ext4_map_blocks').length,
      };
    });

  /** The first moment at which the truncate comes in between. */
  const momentOf = (all: readonly { changed: number }[]): number => {
    const at = all.findIndex(({ changed }) => changed > 0);
    expect(at).toBeGreaterThanOrEqual(0);
    return DELAYS[at] ?? 0;
  };
  /** Blocks that were allocated for delayed ones, and reservations that were used for them. */
  const allocated = (log: LogView): number[][] =>
    rowsOf(log, Ev.Decide, 'ext4-blocks-were-reserved').map((row) => [
      log.value(row + 1),
      log.value(row + 2),
    ]);

  test('without a recheck blocks are allocated that nothing is reserved for', () => {
    const all = scan('none');
    const leaking = all.filter(({ leaks }) => leaks > 0);
    expect(leaking.length).toBeGreaterThan(0);
    expect(leaking.length).toBeLessThan(all.length);
    expect(all.every(({ leaks, changed }) => leaks === changed)).toBe(true);
    // three blocks are allocated, one reservation is left: two are stale
    expect(allocated(ran(given('none', momentOf(all))))).toEqual([[3, 1]]);
  });

  test('a look-up that is repeated under i_data_sem cuts the range', () => {
    const all = scan('look-up repeated');
    expect(all.filter(({ leaks }) => leaks > 0)).toEqual([]);
    expect(all.filter(({ changed }) => changed > 0).every(({ lookUps }) => lookUps === 1)).toBe(true);
    expect(allocated(ran(given('look-up repeated', momentOf(all))))).toEqual([[1, 1]]);
  });

  test('a sequence check begins anew, once', () => {
    const all = scan('sequence check');
    expect(all.filter(({ leaks }) => leaks > 0)).toEqual([]);
    expect(
      all
        .filter(({ changed }) => changed > 0)
        .every(({ changed, lookUps }) => changed === 1 && lookUps === 2),
    ).toBe(true);
    expect(allocated(ran(given('sequence check', momentOf(all))))).toEqual([[1, 1]]);
  });
});

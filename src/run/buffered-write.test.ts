import { describe, expect, test } from 'vitest';
import { hasBit } from '../analysis/fields.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { REQ_OP_WRITE } from '../kernel/include/linux/blk_types.ts';
import { calls, type FileInput, hazards, ran, results, values } from './testing.ts';

const KIB = 1024;
/** One write of 1 KiB in the middle of a block, then an fsync. */
const PART = {
  bs_read: [{ bytes: KIB, weight: 1 }],
  bs_write: [{ bytes: KIB, weight: 1 }],
  offset_bytes: 64 * KIB + KIB,
  size_bytes: KIB,
  ios: 1,
  end_fsync: true,
};
const at64k = (state: 'hole' | 'unwritten' | 'shared'): Partial<FileInput> => ({
  extents: [{ offset_bytes: 64 * KIB, length_bytes: 64 * KIB, state }],
});

/** The bios in the order of their submission, as "R sector" or "W sector"; the log and flushes are at 0. */
function bios(log: LogView): string[] {
  const opf = new Map<number, number>();
  const found: string[] = [];
  for (let row = 0; row < log.rows; row++) {
    const [kind, name, object] = [log.kind(row), log.name(row), log.object(row)];
    if (kind === Ev.Set && name === 'bi_opf') opf.set(object, log.value(row));
    if (kind === Ev.Trace && name === 'block_bio_queue')
      found.push(`${hasBit(opf.get(object) ?? 0, REQ_OP_WRITE) ? 'W' : 'R'} ${log.value(row)}`);
  }
  return found.filter((text) => !text.endsWith(' 0'));
}

describe('a write of a part of a block', () => {
  test('reads the block first, and is written back as a whole block', () => {
    const log = ran({ job: PART });
    expect(bios(log)).toEqual(['R 128', 'W 128']);
    expect(calls(log, 'iomap_bio_read_folio_range_sync', 'filemap_dirty_folio')).toEqual([
      'job iomap_bio_read_folio_range_sync',
      'job filemap_dirty_folio',
    ]);
    expect(hazards(log)).toEqual([]);
  });

  test.each(['hole', 'unwritten'] as const)('reads nothing where there is a %s', (state) => {
    expect(bios(ran({ file: at64k(state), job: PART }))).toEqual(['W 128']);
  });

  test('reads nothing that is cached, or that it covers', () => {
    const cached = [{ offset_bytes: 64 * KIB, length_bytes: 4 * KIB }];
    expect(bios(ran({ file: { cached }, job: PART }))).toEqual(['W 128']);
    const whole = { bs_write: [{ bytes: 4 * KIB, weight: 1 }], offset_bytes: 64 * KIB, size_bytes: 4 * KIB };
    expect(bios(ran({ job: { ...PART, ...whole } }))).toEqual(['W 128']);
  });

  test('of shared blocks reads the old ones and writes others', () => {
    const [read, write] = bios(ran({ file: at64k('shared'), job: PART }));
    expect(read).toBe('R 128');
    expect(write).toMatch(/^W \d{6,}$/);
  });

  test('on zones reads where the data is, too', () => {
    expect(bios(ran({ file: { filesystem: 'xfs-zoned' }, job: PART }))[0]).toBe('R 128');
  });

  test('fails when the block cannot be read', () => {
    const log = ran({ nvme: { faults: [{ op: 'read' }] }, job: { ...PART, end_fsync: false } });
    expect(results(log)).toEqual([-5]);
    expect(calls(log, 'filemap_dirty_folio')).toEqual([]);
  });

  test('is left to io-wq when it may not wait', () => {
    const job = { ...PART, ioengine: 'io_uring' } as const;
    expect(calls(ran({ job }), 'io_queue_iowq')).toHaveLength(1);
    const cached = [{ offset_bytes: 64 * KIB, length_bytes: 4 * KIB }];
    expect(calls(ran({ file: { cached }, job }), 'io_queue_iowq')).toEqual([]);
  });
});

describe('a write through a mapping', () => {
  const mmap = (offset_bytes: number) =>
    ({
      ios: 0,
      calls: [{ call: 'mmap_write', offset_bytes, length_bytes: 4 * KIB }],
      end_fsync: true,
    }) as const;
  const job = (offset_bytes: number) => ({ ...mmap(offset_bytes), calls: [...mmap(offset_bytes).calls] });

  test('reads the page first', () => {
    const log = ran({ job: job(64 * KIB) });
    expect(bios(log)).toEqual(['R 128', 'W 128']);
    expect(
      calls(log, 'filemap_fault', 'xfs_vm_read_folio', 'iomap_page_mkwrite', 'xfs_writeback_range'),
    ).toEqual([
      'job filemap_fault',
      'job xfs_vm_read_folio',
      'job iomap_page_mkwrite',
      'job xfs_writeback_range',
    ]);
    expect(hazards(log)).toEqual([]);
  });

  test('reserves space in a hole, for which its writeback chooses blocks', () => {
    const log = ran({ file: at64k('hole'), job: job(64 * KIB) });
    expect(bios(log)).toEqual(['W 128']);
    expect(calls(log, 'xfs_buffered_write_iomap_begin', 'xfs_convert_blocks', 'xfs_end_bio')).toEqual([
      'job xfs_buffered_write_iomap_begin',
      'job xfs_convert_blocks',
      'irq xfs_end_bio',
    ]);
  });

  test('behind the end of the file is none', () => {
    const log = ran({ job: job(1 << 20) });
    expect(bios(log)).toEqual([]);
    expect(calls(log, 'filemap_fault', 'do_page_mkwrite')).toEqual(['job filemap_fault']);
  });

  test('of a page that cannot be read is none', () => {
    const log = ran({ nvme: { faults: [{ op: 'read' }] }, job: { ...job(64 * KIB), end_fsync: false } });
    expect(calls(log, 'do_page_mkwrite')).toEqual([]);
    expect(values(log, Ev.Set, 'mapped')).toEqual([]);
  });
});

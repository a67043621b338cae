import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PG_dirty, PG_locked, PG_writeback } from '../kernel/include/linux/pagemap.ts';
import { KERNEL_NAMES, switchesOf } from '../kernel/kernels.ts';
import { EXTENTS, parseScenario } from '../scenario/parse.ts';
import type { Scenario } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';
import { cachedFolios, hazards, valuesOf } from './testing-ext4.ts';

// Buffered writes of every size to files of every kind, with truncates, holes that are punched, mappings that are written to and devices
// that fail: whatever becomes of the data, nothing stays under writeback or reserved.

const BLOCK = 4096;
const BLOCKS = 48;

/** Few of all kernels. */
const ON_IOMAP = KERNEL_NAMES.filter((name) => switchesOf(name, {}).EXT4_WRITEBACK !== 'buffer heads');

const place = fc.record({
  offset_bytes: fc.nat(BLOCKS - 1).map((n) => n * BLOCK),
  length_bytes: fc.integer({ min: 1, max: 12 }).map((n) => n * BLOCK),
});
const call = fc.record({
  call: fc.constantFrom('ftruncate', 'fallocate', 'mmap_write', 'fsync', 'syncfs'),
  after_ios: fc.nat(6),
  offset_bytes: fc.oneof(
    fc.nat(BLOCKS).map((n) => n * BLOCK),
    fc.nat(BLOCKS * BLOCK),
  ),
  length_bytes: fc.integer({ min: 1, max: 8 }).map((n) => n * BLOCK),
});
const job = fc.record({
  rw: fc.constantFrom('write', 'randwrite'),
  bytes: fc.constantFrom(512, BLOCK, 3 * BLOCK, 16 * BLOCK),
  ios: fc.integer({ min: 1, max: 8 }),
  dontcache: fc.boolean(),
  fsync: fc.constantFrom(0, 0, 3),
  calls: fc.array(call, { maxLength: 4 }),
});

const file = fc.constantFrom('ext4', 'ext4', 'xfs', 'xfs-zoned').chain((filesystem) =>
  fc.record({
    id: fc.constant('data'),
    filesystem: fc.constant(filesystem),
    size_bytes: fc.nat(BLOCKS * 8).map((n) => n * 512),
    extents: fc.array(
      fc
        .record({ place, state: fc.constantFrom(...EXTENTS[filesystem]) })
        .map((e) => ({ ...e.place, state: e.state })),
      { maxLength: 4 },
    ),
    large_folios: fc.boolean(),
    fail_mapping: fc.constantFrom(0, 0, 0, 1, 3),
    data_err: fc.constantFrom('ignore', 'abort'),
  }),
);

const scenario = fc
  .record({
    kernel: fc.oneof(fc.constantFrom(...KERNEL_NAMES), fc.constantFrom(...ON_IOMAP)),
    file,
    max_transfer_bytes: fc.constantFrom(BLOCK, 256 * BLOCK),
    faults: fc.array(
      fc.record({
        op: fc.constant('write'),
        nth: fc.integer({ min: 1, max: 8 }),
        count: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 2 },
    ),
    jobs: fc.array(job, { minLength: 1, maxLength: 3 }),
  })
  .map(({ kernel, max_transfer_bytes, faults, jobs, file: f }): Scenario => {
    const nvme = {
      queues: 2,
      max_transfer_bytes,
      faults,
      read: { mean_ns: 9000 },
      write: { mean_ns: 20_000 },
    };
    const actors = jobs.map(({ bytes, ...j }, i) => ({
      kind: 'fio',
      name: `job${i}`,
      file: 'data',
      ioengine: 'psync',
      direct: false,
      size_bytes: BLOCKS * BLOCK,
      bs_read: [{ bytes, weight: 1 }],
      bs_write: [{ bytes, weight: 1 }],
      ...j,
    }));
    const sync = {
      kind: 'fio',
      name: 'sync',
      file: 'data',
      rw: 'write',
      ioengine: 'psync',
      ios: 0,
      size_bytes: BLOCK,
    };
    const parsed = parseScenario({
      version: 1,
      machine: { cpus: 2, nvme },
      kernel: { name: kernel },
      files: [f],
      actors: [
        ...actors,
        { ...sync, direct: false, stonewall: true, calls: [{ call: 'fsync' }, { call: 'fsync' }] },
      ],
      limits: { events: 600_000 },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return parsed.value;
  });

/** What older kernels really do wrong: unwritten blocks are converted although their data was lost. */
const isKnownBug = ({ kernel }: Scenario, hazard: string): boolean =>
  hazard === 'stale-data-exposed' &&
  switchesOf(kernel.name, kernel.switches).EXT4_FAILED_IO_END === 'converts';

test('nothing stays under writeback, locked, dirty or reserved', () => {
  fc.assert(
    fc.property(scenario, (s) => {
      const { log, summary } = runToEnd(s);
      expect(summary.stop).toBe('done');
      expect(hazards(log).filter((hazard) => !isKnownBug(s, hazard))).toEqual([]);
      const reserved = valuesOf(log, 'ext4_inode_info', 'i_reserved_data_blocks');
      expect(reserved.filter((blocks) => blocks < 0 || !Number.isInteger(blocks))).toEqual([]);
      const flags = cachedFolios(log).reduce((all, folio) => all | folio.flags, 0);
      expect(flags & (PG_locked | PG_writeback)).toBe(0);
      const given = ['emergency_ro', 'shutdown'].flatMap((field) => valuesOf(log, 'super_block', field));
      if (given.length > 0) return; // the filesystem gave up: what is dirty stays dirty
      expect(flags & PG_dirty).toBe(0);
      expect(reserved.at(-1) ?? 0).toBe(0);
    }),
    { numRuns: Number(process.env['BIOSCOPE_RUNS'] ?? 80), seed: 20261121, endOnFailure: true },
  );
});

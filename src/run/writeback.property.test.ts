import fc from 'fast-check';
import { expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { flowsOf } from '../analysis/journey.ts';
import { notifiedOnce } from '../analysis/monitors-io.ts';
import { waitsInto } from '../analysis/writeback-latency.ts';
import { WAITS, WbMoment } from '../analysis/writeback-moments.ts';
import { writebacksOf } from '../analysis/writeback.ts';
import { NO_ROW } from '../base/units.ts';
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import { parseScenario } from '../scenario/parse.ts';
import { FAULT_STATUS } from '../scenario/schema-machine.ts';
import type { Scenario } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

// Buffered writes of every kind: whatever becomes of them, the parts of each bio's latency add up.

const BLOCK = 4096;

const extent = fc.record({
  offset_bytes: fc.nat(40).map((n) => n * BLOCK),
  length_bytes: fc.integer({ min: 1, max: 20 }).map((n) => n * BLOCK),
  state: fc.constantFrom('unwritten', 'hole', 'shared', 'mapped'),
});

const job = fc.record({
  rw: fc.constantFrom('write', 'randwrite', 'randrw'),
  ioengine: fc.constantFrom('io_uring', 'libaio', 'psync'),
  dontcache: fc.boolean(),
  direct: fc.constantFrom(false, false, false, true),
  fsync: fc.constantFrom(0, 0, 3),
  end_fsync: fc.boolean(),
  bytes: fc.constantFrom(BLOCK, 3 * BLOCK, 20 * BLOCK),
  ios: fc.integer({ min: 1, max: 12 }),
});

const scenario = fc
  .record({
    kernel: fc.constantFrom(...KERNEL_NAMES),
    hz: fc.constantFrom(100, 250, 1000),
    filesystem: fc.constantFrom('xfs', 'xfs-zoned', 'ext4', 'blkdev'),
    extents: fc.array(extent, { maxLength: 4 }),
    large_folios: fc.boolean(),
    fail_mapping: fc.constantFrom(0, 0, 0, 2),
    max_transfer_bytes: fc.constantFrom(2 * BLOCK, 256 * BLOCK),
    faults: fc.array(
      fc.record({
        op: fc.constant('write'),
        nth: fc.integer({ min: 1, max: 12 }),
        count: fc.integer({ min: 1, max: 3 }),
        status: fc.constantFrom(...FAULT_STATUS),
      }),
      { maxLength: 1 },
    ),
    jobs: fc.array(job, { minLength: 1, maxLength: 3 }),
  })
  .map(({ kernel, hz, filesystem, extents, large_folios, fail_mapping, jobs, ...nvme }): Scenario => {
    const parsed = parseScenario({
      version: 1,
      machine: {
        cpus: 2,
        hz,
        nvme: { queues: 2, ...nvme, read: { mean_ns: 9000 }, write: { mean_ns: 20_000 } },
      },
      kernel: { name: kernel },
      files: [
        {
          id: 'data',
          filesystem,
          size_bytes: 60 * BLOCK,
          extents: filesystem === 'xfs' ? extents : [],
          large_folios,
          fail_mapping,
        },
      ],
      actors: jobs.map(({ bytes, ...j }, i) => ({
        kind: 'fio',
        name: `job${i}`,
        file: 'data',
        size_bytes: 80 * BLOCK,
        ...j,
        direct: j.direct && filesystem !== 'blkdev',
        bs_read: [{ bytes, weight: 1 }],
        bs_write: [{ bytes, weight: 1 }],
      })),
      limits: { events: 300_000 },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return parsed.value;
  });

test('the parts of each bio’s latency after the device add up to it, in any run', () => {
  let seen = 0;
  fc.assert(
    fc.property(scenario, (s) => {
      const { log } = runToEnd(s);
      const ios = iosOf(log);
      const table = writebacksOf(ios);
      expect(table.count).toBe(ios.writebacks);
      expect(notifiedOnce.check(log, ios).filter(({ message }) => message.includes('writeback'))).toEqual([]);
      const waits = new Float64Array(WAITS.length);
      for (let bio = 0; bio < table.count; bio++) {
        const total_ns = waitsInto(table, bio, waits);
        const known = waits.filter((ns) => !Number.isNaN(ns));
        const ended = table.row(bio, WbMoment.Ended) !== NO_ROW;
        expect(Number.isNaN(total_ns)).toBe(!ended);
        if (!ended) continue;
        seen++;
        expect(known.reduce((sum, ns) => sum + ns, 0)).toBe(total_ns);
        for (const ns of known) expect(ns).toBeGreaterThanOrEqual(0);
        expect(table.folios(bio).length).toBeGreaterThan(0);
        expect(log.objectName(table.file(bio))).toBe('data');
        for (const { from, to } of flowsOf(log, ios, table.ioOf(bio))) expect(from).toBeLessThan(to);
      }
    }),
    { numRuns: 60 },
  );
  expect(seen).toBeGreaterThan(50);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { KERNEL_NAMES, switchesOf } from '../kernel/kernels.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import { EXTENT_STATES } from '../scenario/schema-file.ts';
import { FIO_SYNC } from '../scenario/schema-job.ts';
import { FAULT_OPS, FAULT_STATUS } from '../scenario/schema-machine.ts';
import type { Scenario } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

// Files of every kind with holes and shared pieces, cached pages and failing devices: whatever the kernel makes of them,
// each I/O ends once, and nothing stays behind.

const BLOCK = 4096;
const BLOCKS = 64;

const place = fc.record({
  offset_bytes: fc.nat(BLOCKS - 1).map((n) => n * BLOCK),
  length_bytes: fc.integer({ min: 1, max: 20 }).map((n) => n * BLOCK),
});
type State = (typeof EXTENT_STATES)[number];
/** Filesystems with direct I/O. */
type Direct = Exclude<Scenario['files'][number]['filesystem'], 'blkdev' | 'gfs2' | 'fuse'>;
const STATES: Readonly<Record<Direct, readonly State[]>> = {
  xfs: ['mapped', 'unwritten', 'hole', 'shared'],
  'xfs-zoned': ['mapped', 'hole'],
  ext4: ['mapped', 'unwritten', 'hole'],
  zonefs: [],
  iomap: EXTENT_STATES,
};
const extentsOn = (states: readonly State[]) =>
  states.length === 0
    ? fc.constant([])
    : fc.array(
        fc.record({ place, state: fc.constantFrom(...states) }).map((e) => ({ ...e.place, state: e.state })),
        { maxLength: 5 },
      );

const file = fc.constantFrom('xfs', 'xfs-zoned', 'ext4', 'zonefs', 'iomap').chain((filesystem) =>
  fc.record({
    id: fc.constant('data'),
    filesystem: fc.constant(filesystem),
    size_bytes: fc.nat(BLOCKS * 8).map((n) => n * 512),
    extents: extentsOn(STATES[filesystem]),
    cached: fc.array(place, { maxLength: 2 }),
    dirty_inode: fc.boolean(),
    old_mtime: fc.boolean(),
    force_wait: fc.boolean().map((wait) => wait && filesystem === 'iomap'),
    overlay: fc.boolean(),
  }),
);

const job = fc.record({
  rw: fc.constantFrom('read', 'write', 'randread', 'randwrite', 'rw', 'randrw'),
  ioengine: fc.constantFrom('io_uring', 'libaio', 'psync'),
  hipri: fc.boolean(),
  sync: fc.constantFrom(...FIO_SYNC),
  sync_every: fc.constantFrom(0, 0, 2),
  bytes: fc.constantFrom(512, BLOCK, BLOCK, 3 * BLOCK, 40 * BLOCK),
  iodepth: fc.integer({ min: 1, max: 6 }),
  ios: fc.integer({ min: 1, max: 12 }),
});

const scenario = fc
  .record({
    kernel: fc.constantFrom(...KERNEL_NAMES),
    poll_queues: fc.constantFrom(0, 1),
    volatile_cache: fc.boolean(),
    fua: fc.boolean(),
    write_cache: fc.constantFrom('write back', 'write through'),
    max_transfer_bytes: fc.constantFrom(BLOCK, 16 * BLOCK, 256 * BLOCK),
    faults: fc.array(
      fc.record({
        op: fc.constantFrom(...FAULT_OPS),
        nth: fc.integer({ min: 1, max: 12 }),
        count: fc.integer({ min: 1, max: 3 }),
        status: fc.constantFrom(...FAULT_STATUS),
      }),
      { maxLength: 2 },
    ),
    file,
    jobs: fc.array(job, { minLength: 1, maxLength: 3 }),
  })
  .map(({ kernel, file: f, jobs, ...nvme }): Scenario => {
    const parsed = parseScenario({
      version: 1,
      machine: {
        cpus: 2,
        nvme: { queues: 2, ...nvme, read: { mean_ns: 9000 }, write: { mean_ns: 20_000 }, flush_ns: 40_000 },
      },
      kernel: { name: kernel },
      files: [f],
      actors: jobs.map(({ bytes, ...j }, i) => ({
        kind: 'fio',
        name: `job${i}`,
        file: 'data',
        size_bytes: 80 * BLOCK,
        ...j,
        hipri: j.hipri && !(f.overlay && j.ioengine === 'io_uring'), // overlayfs refuses IOPOLL rings
        bs_read: [{ bytes, weight: 1 }],
        bs_write: [{ bytes, weight: 1 }],
      })),
      limits: { events: 300_000 },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    return parsed.value;
  });

/** The last value of a field of each object that has it. */
function lastValues(log: LogView, field: string): number[] {
  const last = new Map<number, number>();
  for (let row = 0; row < log.rows; row++)
    if (log.kind(row) === Ev.Set && log.name(row) === field) last.set(log.object(row), log.value(row));
  return [...last.values()];
}

/** Before 2d1b3bbc3dd5 a write handed back through overlayfs never finished (H6). */
function losesCompletions({ kernel, files }: Scenario): boolean {
  const { ISSUER_REQUESTS, STACK_HIDES_BIT } = switchesOf(kernel.name, kernel.switches);
  return files[0]?.overlay === true && ISSUER_REQUESTS && !STACK_HIDES_BIT;
}

/** What older kernels really do wrong: zonefs takes a lock for a failed read in the interrupt (H18). */
const isKnownBug = ({ kernel, files }: Scenario, message: string): boolean =>
  message.includes('has an error handled outside task context') &&
  files[0]?.filesystem === 'zonefs' &&
  !switchesOf(kernel.name, kernel.switches).ERR_TO_TASK;

test('each I/O ends once, with bytes or an error, and nothing stays behind', () => {
  fc.assert(
    fc.property(scenario, (s) => {
      fc.pre(!losesCompletions(s));
      const { log, summary } = runToEnd(s);
      expect(summary.stop).toBe('done');
      const ios = iosOf(log);
      expect(ios.count).toBe(s.actors.reduce((sum, a) => sum + a.ios, 0));
      for (let io = 0; io < ios.count; io++) expect(ios.notifications(io)).toBe(1);
      for (const count of lastValues(log, 'i_dio_count')) expect(count).toBe(0);
      const wrong = findingsOf(log, ios).filter((f) => f.severity === 'error' && !isKnownBug(s, f.message));
      expect(wrong).toEqual([]);
    }),
    { numRuns: Number(process.env['BIOSCOPE_RUNS'] ?? 80), seed: 20261121, endOnFailure: true },
  );
});

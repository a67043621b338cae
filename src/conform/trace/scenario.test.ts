import { describe, expect, test } from 'vitest';
import { parseScenario } from '../../scenario/parse.ts';
import type { RecordedIo } from './recorded.ts';
import { notRun, scenarioOf } from './scenario.ts';
import { type Workload, workloadOf } from './workload.ts';

const HEAD = {
  kernel: '6.12.107+deb13-cloud-amd64 (#1 SMP), preempt=voluntary, QEMU TCG, 2 CPUs',
  filesystem: 'xfs (reflink=1) on emulated nvme; file preallocated and written (mapped, clean)',
  device: 'nvme0n1 write_cache=write back fua=1 io_poll=1 nvme.poll_queues=1 rq_affinity=1 scheduler=[none]',
  workload: 'a write',
  tool: 'wl file=/x/map op=write align direct count=1 => io_uring write off=65536 len=4096: res=4096 (3239 us)',
};

function work(changes: Partial<typeof HEAD> = {}): Workload {
  const parsed = workloadOf(
    Object.entries({ ...HEAD, ...changes }).map(([key, value]) => `${key}: ${value}`),
  );
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

const IO: RecordedIo = {
  calls: [],
  result: 4096,
  write: true,
  offset_bytes: 65_536,
  length_bytes: 4096,
  cpu: 1,
  mappings: [],
  bios: [],
  works: [],
  line: 20,
};
const built = (changes: Partial<typeof HEAD> = {}, io: Partial<RecordedIo> = {}) =>
  scenarioOf(work(changes), [{ ...IO, ...io }]);
const tool = (options: string): Partial<typeof HEAD> => ({ tool: `wl ${options} => x` });

describe('the head of a recording becomes a scenario', () => {
  test('a plain overwrite by io_uring', () => {
    const scenario = built();
    expect(parseScenario(scenario).ok).toBe(true);
    expect(scenario.kernel).toEqual({ name: '6.12.107' });
    expect(scenario.machine.nvme).toMatchObject({
      queues: 2,
      poll_queues: 1,
      fua: true,
      volatile_cache: true,
    });
    expect(scenario.files[0]).toMatchObject({ filesystem: 'xfs', extents: [], old_mtime: false });
    expect(scenario.actors[0]).toMatchObject({
      rw: 'write',
      ioengine: 'io_uring',
      offset_bytes: 65_536,
      ios: 1,
      cpus_allowed: [1],
    });
  });

  test.each([
    ['engine=sync o_dsync op=write direct', { ioengine: 'psync', sync: 'dsync', hipri: false }],
    ['engine=aio o_sync op=write direct', { ioengine: 'libaio', sync: 'sync' }],
    ['hipri op=write direct', { ioengine: 'io_uring', hipri: true, sync: 'none' }],
  ])('options of the tool: %s', (options, expected) => {
    expect(built(tool(options)).actors[0]).toMatchObject(expected);
  });

  test.each([
    [
      "fallocate'd file (unwritten extent)",
      '',
      { extents: [{ offset_bytes: 0, length_bytes: 4_194_304, state: 'unwritten' }] },
    ],
    [
      'reflinked copy (shared extents) of a written file',
      '',
      { extents: [{ offset_bytes: 0, length_bytes: 4_194_304, state: 'shared' }] },
    ],
    ['file of 16 written blocks', 'append', { size_bytes: 65_536, extents: [] }],
    [
      'unwritten blocks preallocated beyond EOF',
      'append keepfalloc',
      {
        size_bytes: 65_536,
        extents: [{ offset_bytes: 65_536, length_bytes: 4_194_304, state: 'unwritten' }],
      },
    ],
    ['EOF 512 bytes before the end of the last written block', 'trunc512', { size_bytes: 69_120 }],
    ['file of 17 written blocks', 'straddle len=4096', { size_bytes: 67_584 }],
    [
      'page cache populated by buffered reads',
      'populate',
      { cached: [{ offset_bytes: 0, length_bytes: 4_194_304 }] },
    ],
    ['inode made dirty', 'dirtyinode', { dirty_inode: true, old_mtime: true }],
  ])('the file: %s', (state, options, expected) => {
    const changes = {
      filesystem: `xfs (reflink=1) on emulated nvme; ${state}`,
      ...tool(`${options} op=write direct`),
    };
    expect(built(changes).files[0]).toMatchObject({ filesystem: 'xfs', ...expected });
  });

  test('what the head cannot tell: whether the clock ticked, whether the inode is still dirty', () => {
    const calls = [{ name: 'io_wq_submit_work', place: 'io-wq' } as const];
    expect(built({}, { calls }).files[0]?.old_mtime).toBe(true);
    const reached = [{ name: 'iomap_dio_rw', place: 'task' } as const, ...calls];
    expect(built({}, { calls: reached }).files[0]?.old_mtime).toBe(false);
    const second = scenarioOf(work(), [IO, { ...IO, calls }]).actors[0];
    expect(second?.thinktime_ns).toBeGreaterThan(4_000_000);
    expect(built(tool('dirtyinode direct'), { mappings: ['DIRTY|MERGED'] }).files[0]?.dirty_inode).toBe(true);
    expect(built(tool('dirtyinode direct'), { mappings: [''] }).files[0]?.dirty_inode).toBe(false);
  });

  test('devices: one queue of virtio-blk, a hidden write cache, an injected error', () => {
    const vda =
      'vda write_cache=write back fua=0 io_poll=0 nvme.poll_queues=1 rq_affinity=0 scheduler=[none]';
    expect(built({ device: vda }).machine).toMatchObject({
      rq_affinity: 0,
      nvme: { queues: 1, poll_queues: 0, fua: false, volatile_cache: true },
    });
    const through = HEAD.device.replace('write back', 'write through');
    expect(built({ device: through }).machine.nvme).toMatchObject({
      volatile_cache: true,
      write_cache: 'write through',
    });
    const filesystem = `${HEAD.filesystem}; blkdebug read error`;
    expect(built({ filesystem }, { write: false }).machine.nvme.faults).toMatchObject([{ op: 'read' }]);
  });
});

test('PREEMPT_RT is told by the flavour of the kernel, which calls itself fully preemptible', () => {
  const kernel = HEAD.kernel.replace('cloud', 'rt').replace('voluntary', 'full');
  expect(built({ kernel }).machine.preempt).toBe('rt');
  expect(built({ kernel: HEAD.kernel.replace('voluntary', 'full') }).machine.preempt).toBe('full');
});

test('interrupt threads are told by the device: those of the boot parameter, and those of the driver', () => {
  const machine = (suffix: string) => built({ device: `${HEAD.device} ${suffix}` }).machine;
  const [none, forced, driver] = [
    '',
    'nvme.use_threaded_interrupts=0 threadirqs',
    'nvme.use_threaded_interrupts=1',
  ].map(machine);
  expect(none).toMatchObject({ threadirqs: false, nvme: { use_threaded_interrupts: false } });
  expect(forced).toMatchObject({ threadirqs: true, nvme: { use_threaded_interrupts: false } });
  expect(driver).toMatchObject({ threadirqs: false, nvme: { use_threaded_interrupts: true } });
});

describe('what is not compared', () => {
  test.each([
    [tool('engine=sync op=write'), 'outside', 'nothing of it is written back'],
    [tool('file=/dev/nvme2n1 op=write direct'), 'outside', 'blkdev_direct_IO'],
    [{ kernel: HEAD.kernel.replace('6.12.107', '5.10.1') }, 'outside', 'kernel 5.10.1'],
    [{ filesystem: 'btrfs on null_blk' }, 'outside', 'filesystem btrfs'],
    [{ filesystem: 'gfs2 (lock_nolock) on null_blk' }, 'outside', 'direct I/O on gfs2'],
    [{ filesystem: 'none (/dev/loop0, not mounted)' }, 'outside', 'the loop device'],
  ])('%j', (changes, kind, reason) => {
    const why = notRun(work(changes), [IO]);
    expect(why?.kind).toBe(kind);
    expect(why?.reason).toContain(reason);
  });

  test('everything else is', () => {
    expect(notRun(work(), [IO])).toBeNull();
  });
});

test('the release is that of the package, where the kernel calls itself something else', () => {
  const kernel =
    '6.1.0-56-cloud-amd64 (#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)), preempt=voluntary';
  expect(work({ kernel }).release).toBe('6.1.192');
});

test.each(Object.keys(HEAD))('a head without its line on the %s is an error', (key) => {
  const lines = Object.entries(HEAD).filter(([name]) => name !== key);
  expect(workloadOf(lines.map(([name, value]) => `${name}: ${value}`)).ok).toBe(false);
});

/** The workload of a recording as a scenario, or why the model cannot run it. */
import { KERNEL_NAMES, type KernelName } from '../../kernel/kernels.ts';
import { FILESYSTEMS } from '../../scenario/schema-file.ts';
import { type ScenarioInput } from '../../scenario/schema.ts';
import type { RecordedIo } from './recorded.ts';
import { offlineActor, offlineCpu, offlineMachine, STATES_OF } from './offline.ts';
import type { Workload } from './workload.ts';

/** It is of something that the model has not got. */
export type NotRun = { readonly kind: 'outside'; readonly reason: string };

type FileInput = ScenarioInput['files'][number];
type ActorInput = ScenarioInput['actors'][number];
type NvmeInput = ScenarioInput['machine']['nvme'];

/** Name of the job that stands for the tool. */
export const JOB = 'wl';
/** The file that it works on. */
const FILE = 'file';
/** Size of the tool's files where nothing else is said. */
const FILE_BYTES = 4 * 1024 * 1024;
/** The laboratory's disks answer after this long, so that no interrupt overtakes its submitter. */
const READ_NS = 1_000_000;
const WRITE_NS = 2_000_000;
/** What a device of the laboratory takes at once of scattered pages, by the block_split events of the recordings. */
const MAX_TRANSFER_BYTES = { nvme: 512 * 1024, nvmeOf61: 127 * 4096, virtio: 254 * 4096 };
/** A bio holds 256 pages, unless some of them are neighbours. */
const BIO_BYTES = 256 * 4096;
/** Longer than a tick, so that the time of the last change is an old one. */
const PAST_A_TICK_NS = 10_000_000;
const IOPS_PAST_A_TICK = 100;
/** All I/Os fail on a device that is said to fail. */
const EVERY = 1000;

/** Why a recording is not compared, or null when it can be. */
export function notRun(work: Workload, ios: readonly RecordedIo[]): NotRun | null {
  const { options, filesystem } = work;
  const outside = (reason: string): NotRun => ({ kind: 'outside', reason });
  if (options.get('file')?.startsWith('/dev/') && options.has('direct'))
    return outside('direct I/O on a raw block device: blkdev_direct_IO is not modelled');
  if (filesystem.startsWith('none (/dev/loop'))
    return outside('the flush of the loop device wrote its own block device, with the same functions');
  if (offlineCpu(work) !== null && work.release !== STATES_OF)
    return outside(`the numbers of hotplug states are those of ${STATES_OF}`);
  const syncs = options.has('direct') || options.get('after') !== undefined || offlineCpu(work) !== null;
  if (!syncs && ios.every(({ write }) => write)) return outside('nothing of it is written back');
  if (filesystem.startsWith('ext4') && options.get('after') === 'syncfs')
    return outside('syncfs wrote the filesystem’s metadata from the device’s own page cache, too');
  if (options.has('shutdir'))
    return outside('another thread shuts the filesystem down in a race with writeback');
  if (kernelOf(work) === null) return outside(`kernel ${work.release} is not among the named kernels`);
  if (filesystemOf(filesystem) === null)
    return outside(`filesystem ${/^(zoned )?\w+/.exec(filesystem)?.[0] ?? ''} is not modelled`);
  if (filesystem.startsWith('gfs2') && options.get('after') === 'syncfs')
    return outside('syncfs wrote gfs2’s metadata, too');
  if (filesystem.startsWith('gfs2') && options.has('direct'))
    return outside('direct I/O on gfs2 is not modelled');
  if (options.has('frag') && ios.some((io) => io.bios.some((bytes) => bytes > BIO_BYTES)))
    return outside(
      'pages of its buffer happened to lie side by side, so that its bios are longer than the model’s',
    );
  if (ios.some(({ works }) => works.includes('xfs_log_worker')))
    return outside('the filesystem’s own log worker wrote meanwhile, with the same functions');
  return null;
}

/** The scenario; only for what `notRun` has nothing against. */
export function scenarioOf(work: Workload, ios: readonly RecordedIo[]): ScenarioInput {
  const offline = offlineCpu(work);
  return {
    version: 1,
    title: work.workload,
    machine: {
      cpus: 2,
      preempt: preemptOf(work),
      threadirqs: /\bthreadirqs\b/.test(work.device.text),
      rq_affinity: work.device.rqAffinity === 0 ? 0 : work.device.rqAffinity === 2 ? 2 : 1,
      ...driverOf(work),
      nvme: nvmeOf(work, ios),
      ...(offline === null ? {} : offlineMachine(offline)),
    },
    kernel: { name: kernelOf(work) ?? 'v6.19+' },
    files: [fileOf(work, ios)],
    actors: [offline === null ? actorOf(work, ios) : offlineActor(JOB, FILE, offline)],
  };
}

function kernelOf({ release }: Workload): KernelName | null {
  return KERNEL_NAMES.find((name) => name === release) ?? null;
}

function preemptOf({ preempt, flavour }: Workload): 'none' | 'voluntary' | 'full' | 'lazy' | 'rt' {
  if (/-rt\b/.test(flavour)) return 'rt'; // whatever it says of itself
  return preempt === 'none' || preempt === 'full' || preempt === 'lazy' ? preempt : 'voluntary';
}

/** The model's name of what the head of a recording calls a filesystem, if the model has it. */
function filesystemOf(text: string): (typeof FILESYSTEMS)[number] | null {
  if (text.startsWith('none (')) return 'blkdev';
  const name = text.startsWith('zoned xfs') ? 'xfs-zoned' : (text.split(' ')[0] ?? '');
  return FILESYSTEMS.find((known) => known === name) ?? null;
}

/** The laboratory's null_blk ends requests in the task that submits them, where its head names no timer. */
function driverOf({ device }: Workload): Pick<ScenarioInput['machine'], 'driver' | 'irqmode'> {
  if (!device.name.startsWith('nullb')) return {};
  return { driver: 'null_blk', irqmode: device.text.includes('irqmode=2') ? 'timer' : 'none' };
}

/** virtio-blk and loop have one queue. */
function nvmeOf({ device, filesystem, release, options }: Workload, ios: readonly RecordedIo[]): NvmeInput {
  const write = ios[0]?.write === true;
  // Only the blocks of the file are bad; what is written behind them, such as a journal, succeeds.
  const count = options.has('direct') ? EVERY : ios.length;
  const drive = device.name.startsWith('nvme');
  const oneQueue = /^(vd|loop)/.test(device.name);
  const fails = /blkdebug|every block of the device is bad/.test(filesystem);
  return {
    queues: oneQueue ? 1 : 2,
    poll_queues: drive ? device.pollQueues : 0,
    use_threaded_interrupts: drive && device.text.includes('use_threaded_interrupts=1'),
    read: { mean_ns: READ_NS },
    write: { mean_ns: WRITE_NS },
    fua: device.fua,
    volatile_cache: drive || device.writeCache === 'write back',
    write_cache: device.writeCache === 'write through' ? 'write through' : 'write back',
    max_transfer_bytes: device.name.startsWith('vd')
      ? MAX_TRANSFER_BYTES.virtio
      : MAX_TRANSFER_BYTES[release.startsWith('6.1.') ? 'nvmeOf61' : 'nvme'],
    ...(fails ? { faults: [{ op: write ? 'write' : 'read', count }] } : {}),
  };
}

function fileOf(work: Workload, ios: readonly RecordedIo[]): FileInput {
  const { options, filesystem } = work;
  const size_bytes = sizeOf(work, ios);
  return {
    id: FILE,
    filesystem: filesystemOf(filesystem) ?? 'xfs',
    size_bytes,
    extents: extentsOf(filesystem, size_bytes),
    ...(filesystem.includes('conventional zone file') ? { conventional: true } : {}),
    ...(filesystem.includes('data_err=abort') ? { data_err: 'abort' as const } : {}),
    ...(options.has('populate') ? { cached: [{ offset_bytes: 0, length_bytes: size_bytes }] } : {}),
    // "align" leaves a new modification time that is in no log yet, which only O_SYNC minds
    dirty_inode:
      (options.has('dirtyinode') && isDirty(ios)) || (options.has('o_sync') && options.has('align')),
    // "align" has the file changed in the tick of the write, which succeeds most of the time
    old_mtime: !options.has('align') || isTurnedAway(ios[0]),
  };
}

/** Dirtying the inode may have come too early: what the filesystem says of its mappings decides, if that is recorded. */
const isDirty = (ios: readonly RecordedIo[]): boolean =>
  ios.every(({ mappings }) => mappings.length === 0 || mappings.some((flags) => flags.includes('DIRTY')));

/**
 * Was the first attempt turned away before it reached iomap? For XFS that is an old modification time, and whether the
 * clock has ticked since the last change is chance, which the head cannot tell.
 */
const isTurnedAway = (io: RecordedIo | undefined): boolean =>
  io?.calls.some(({ name }) => name === 'io_wq_submit_work') === true &&
  !io.calls.some(({ name, place }) => name === 'iomap_dio_rw' && place === 'task');

/** i_size before the first I/O. */
function sizeOf({ options }: Workload, ios: readonly RecordedIo[]): number {
  const first = ios[0];
  if (first === undefined) return FILE_BYTES;
  if (options.has('append') || (options.has('seq') && first.write)) return first.offset_bytes;
  if (options.has('straddle')) return first.offset_bytes + first.length_bytes / 2;
  if (options.has('trunc512')) return first.offset_bytes + first.length_bytes - 512;
  return Math.max(FILE_BYTES, ...ios.map((io) => io.offset_bytes + io.length_bytes)); // a device is larger
}

function extentsOf(filesystem: string, size_bytes: number): NonNullable<FileInput['extents']> {
  if (filesystem.includes('unwritten blocks preallocated beyond EOF'))
    return [{ offset_bytes: size_bytes, length_bytes: FILE_BYTES, state: 'unwritten' }];
  const whole = { offset_bytes: 0, length_bytes: size_bytes };
  if (filesystem.includes('unwritten extent')) return [{ ...whole, state: 'unwritten' }];
  return filesystem.includes('shared extents') ? [{ ...whole, state: 'shared' }] : [];
}

/** What the tool calls at the end besides fsync. */
function callsOf(after: string | undefined, ios: readonly RecordedIo[]): NonNullable<ActorInput['calls']> {
  const after_ios = ios.length;
  if (after === 'syncfs') return [{ call: 'syncfs', after_ios }];
  if (after !== 'sfr') return [];
  return [{ call: 'sync_file_range', after_ios, offset_bytes: 0, length_bytes: FILE_BYTES }];
}

function actorOf({ options }: Workload, ios: readonly RecordedIo[]): ActorInput {
  const first = ios[0];
  const bytes = first?.length_bytes ?? 4096;
  const engine = options.get('engine');
  return {
    kind: 'fio',
    name: JOB,
    file: FILE,
    rw: first?.write === true ? 'write' : 'read',
    ioengine: engine === 'sync' ? 'psync' : engine === 'aio' ? 'libaio' : 'io_uring',
    direct: options.has('direct'),
    dontcache: options.has('dontcache'),
    end_fsync: options.get('after') === 'fsync',
    calls: callsOf(options.get('after'), ios),
    hipri: options.has('hipri'),
    taskrun: options.has('defer') ? 'defer' : 'default',
    sync: options.has('o_sync') ? 'sync' : options.has('o_dsync') ? 'dsync' : 'none',
    bs_read: [{ bytes, weight: 1 }],
    bs_write: [{ bytes, weight: 1 }],
    offset_bytes: first?.offset_bytes ?? 0,
    size_bytes: bytes * ios.length,
    ios: ios.length,
    rate_iops: !options.has('direct') && ios.slice(1).some(isTurnedAway) ? IOPS_PAST_A_TICK : 0,
    thinktime_ns: options.has('direct') && ios.slice(1).some(isTurnedAway) ? PAST_A_TICK_NS : 0,
    cpus_allowed: [first?.cpu ?? 0],
  };
}

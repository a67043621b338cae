/** A scenario in which the writeback of one buffered write meets the conditions of a row of the decision table. */
import { KERNELS, type KernelName } from '../kernel/kernels.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { ORDERED, SPLIT_OFF, WB_REVISIONS, type WbChoice } from './writeback-columns.ts';

type FileInput = ScenarioInput['files'][number];
type MachineInput = ScenarioInput['machine'];

const KIB = 1024;
const BLOCK_BYTES = 4 * KIB;
/** Where the write begins. */
const OFFSET_BYTES = 64 * KIB;
/** Two blocks: where the mapping of the second fails, the first is under writeback already. */
const WRITE_BYTES = 2 * BLOCK_BYTES;
/** How far behind the old end of the file a write begins that is to leave a gap. */
const BEHIND_BYTES = 4 * BLOCK_BYTES;
/** Long enough that no interrupt overtakes its submitter. */
const SERVICE_NS = 1_000_000;
const QUEUE_DEPTH = 32;
const MAX_EVENTS = 100_000;

type RowLabel = { readonly id: string; readonly isRecorded: boolean };

/** Builds the scenario of one choice. A recorded row names its release; other rows mean the kernel of their revision. */
export function writebackScenario(row: RowLabel, choice: WbChoice): ScenarioInput {
  const name = kernelOf(row, choice);
  return {
    version: 1,
    title: `${row.id.slice(0, 100)}: ${choice.filesystem}, ${choice.ioend_state}, ${name}`,
    machine: machineOf(choice),
    kernel: { name },
    files: [fileOf(choice)],
    actors: [
      {
        kind: 'fio',
        name: 'writer',
        file: 'data',
        rw: 'write',
        ioengine: 'psync',
        direct: false,
        dontcache: choice.dontcache === 'y',
        bs_write: [{ bytes: WRITE_BYTES, weight: 1 }],
        offset_bytes: isOrdered(choice) ? OFFSET_BYTES + BEHIND_BYTES : OFFSET_BYTES,
        size_bytes: WRITE_BYTES,
        cpus_allowed: [1],
        ios: 1,
        end_fsync: true,
      },
    ],
    limits: { events: MAX_EVENTS },
  };
}

const isKernel = (name: string): name is KernelName => Object.hasOwn(KERNELS, name);

function kernelOf({ id, isRecorded }: RowLabel, { revision }: WbChoice): KernelName {
  const release = id.split('/')[0] ?? '';
  if (isRecorded && isKernel(release)) return release;
  return WB_REVISIONS[revision as keyof typeof WB_REVISIONS]; // parseTable knows no other
}

function machineOf({ config, io_error, bio_completes_in }: WbChoice): MachineInput {
  const counts = !config.includes('PREEMPT_COUNT=n');
  const inTask = bio_completes_in === 'task' || bio_completes_in === 'task-preemptible';
  const atomic = bio_completes_in === 'task-atomic';
  return {
    cpus: 2,
    preempt: counts ? 'lazy' : 'none',
    preempt_count: counts,
    preempt_rcu: counts,
    ...(config.includes('BUFFER_HEAD') ? { buffer_head: !config.includes('BUFFER_HEAD=n') } : {}),
    driver: inTask || atomic ? 'null_blk' : 'nvme',
    irqmode: atomic ? 'locked' : 'none',
    nvme: {
      queues: 2,
      queue_depth: QUEUE_DEPTH,
      read: { mean_ns: SERVICE_NS },
      write: { mean_ns: SERVICE_NS },
      max_transfer_bytes: isSplit(config) ? BLOCK_BYTES : 256 * KIB,
      faults: io_error === 'y' ? [{ op: 'write', count: isSplit(config) ? 2 : 1 }] : [],
    },
  };
}

/** The rest of the block in which the file ends is zeroed because the write begins behind it: those zeros are what is meant. */
const isOrdered = ({ config }: WbChoice): boolean => config === ORDERED;

const isSplit = (config: string): boolean => config === SPLIT_OFF;

const FILESYSTEMS = {
  xfs: 'xfs',
  'xfs-zoned': 'xfs-zoned',
  'ext4-iomap': 'ext4',
  'ext4-buffer-head': 'ext4',
  gfs2: 'gfs2',
  zonefs: 'zonefs',
  blkdev: 'blkdev',
} as const;

function fileOf(choice: WbChoice): FileInput {
  const { filesystem, ioend_state, submit_error, data_error_abort } = choice;
  const written = { offset_bytes: OFFSET_BYTES, length_bytes: WRITE_BYTES };
  const ordered = isOrdered(choice);
  const state = ioend_state === 'unwritten' || ioend_state === 'shared' ? ioend_state : 'mapped';
  return {
    id: 'data',
    filesystem: FILESYSTEMS[filesystem as keyof typeof FILESYSTEMS],
    ...(filesystem === 'zonefs' ? { conventional: true } : {}),
    size_bytes: ordered
      ? OFFSET_BYTES + BLOCK_BYTES / 2
      : ioend_state === 'append'
        ? OFFSET_BYTES
        : OFFSET_BYTES + WRITE_BYTES,
    extents: [{ ...written, state }],
    large_folios: false,
    fail_mapping: submit_error === 'y' ? 2 : 0,
    ...(data_error_abort === 'y' ? { data_err: 'abort' as const } : {}),
  };
}

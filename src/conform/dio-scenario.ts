/** A scenario in which one direct I/O meets the conditions of a row of the decision table. */
import { KERNELS, type KernelName, switchesOf } from '../kernel/kernels.ts';
import type { Switches } from '../kernel/switches.ts';
import { LIMITS } from '../scenario/limits.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import type { DioChoice } from './dio-columns.ts';

type FileInput = ScenarioInput['files'][number];
type ActorInput = ScenarioInput['actors'][number];

const KIB = 1024;
const MIB = 1024 * KIB;
const BLOCK_BYTES = 4 * KIB;
/** Where the I/O begins; before it is room for cached pages that it does not touch. */
const IO_OFFSET_BYTES = MIB;
const CACHED_BYTES = 64 * KIB;
/** 256 pages, as many as one bio holds of a scattered buffer. */
const LARGEST_BIO_BYTES = MIB;
/** The device answers long after the submitter has dropped its reference of the dio. */
const SERVICE_NS = 1_000_000;
/** More tags than one I/O needs, and few to set up: thousands of machines are built for a table. */
const QUEUE_DEPTH = 32;
/** More than two timeouts of the driver: a polled bio for which nobody polls is found by the first. */
const SIM_NS = 61_000_000_000;
const MAX_EVENTS = 100_000;

/** What a row is called, and whether that says which release it was recorded on. */
type RowLabel = { readonly id: string; readonly isRecorded: boolean };

/** Builds the scenario of one choice. A recorded row names its release; other rows mean the kernel of their revision. */
export function dioScenario(row: RowLabel, choice: DioChoice): ScenarioInput {
  const length_bytes = ioLength(choice);
  const name = kernelOf(row, choice);
  const asks = requestOf(name, choice);
  return {
    version: 1,
    title: `${row.id.slice(0, 100)}: ${choice.op}, ${choice.issuer}, ${name}`,
    machine: machineOf(choice),
    kernel: { name, switches: asks.switches },
    files: [fileOf(choice, length_bytes, asks.overlay)],
    actors: [actorOf(choice, length_bytes)],
    limits: { sim_ns: SIM_NS, events: MAX_EVENTS },
  };
}

const isKernel = (name: string): name is KernelName => Object.hasOwn(KERNELS, name);

/** "6.12.107/04-xfs-iouring-dio-read.txt" was recorded on a kernel with backports that its revision has not got. */
function kernelOf({ id, isRecorded }: RowLabel, { revision }: DioChoice): KernelName {
  const release = id.split('/')[0] ?? '';
  if (isRecorded && isKernel(release)) return release;
  return isKernel(revision) ? revision : 'v6.5'; // parseTable has refused what is neither
}

/** One bio or two, and room for the end of the file inside where that is asked for. */
function ioLength({ bios, poll_survives, extends_eof }: DioChoice): number {
  if (bios === 'multi') return 2 * LARGEST_BIO_BYTES;
  if (poll_survives === 'no') return LARGEST_BIO_BYTES;
  return extends_eof === 'straddle' ? 2 * BLOCK_BYTES : BLOCK_BYTES;
}

function machineOf({ op, device_vwc, device_fua, poll_survives, io_error, issuer }: DioChoice) {
  const every = { nth: 1, count: LIMITS.ios };
  return {
    cpus: 2,
    nvme: {
      queues: 2,
      queue_depth: QUEUE_DEPTH,
      poll_queues: issuer === 'io_uring-iopoll' ? 1 : 0,
      read: { mean_ns: SERVICE_NS },
      write: { mean_ns: SERVICE_NS },
      volatile_cache: device_vwc !== 'no',
      fua: device_fua !== 'no',
      // Polling does not survive that the block layer splits the bio.
      max_transfer_bytes: poll_survives === 'no' ? LARGEST_BIO_BYTES / 2 : LARGEST_BIO_BYTES,
      faults:
        io_error === 'yes' ? [{ op: op === 'read' ? ('read' as const) : ('write' as const), ...every }] : [],
    },
  };
}

/** Whether the request for caller completion reaches the filesystem. Where the kernel decides otherwise than the row
 *  says, overlayfs hides it as it did in v6.6-rc, or else the switch of the issuer is flipped. */
function requestOf(
  name: KernelName,
  { op, issuer, caller_comp_requested }: DioChoice,
): { readonly overlay: boolean; readonly switches: Partial<Switches> } {
  const { ISSUER_REQUESTS, STACK_HIDES_BIT } = switchesOf(name, {});
  const wanted = caller_comp_requested === 'yes';
  if (op !== 'write' || issuer !== 'io_uring' || wanted === ISSUER_REQUESTS)
    return { overlay: false, switches: {} };
  if (!wanted && STACK_HIDES_BIT) return { overlay: true, switches: {} };
  return { overlay: false, switches: { ISSUER_REQUESTS: wanted } };
}

function fileOf(choice: DioChoice, length_bytes: number, overlay: boolean): FileInput {
  const { extent, page_cache, force_wait } = choice;
  const state = extent as NonNullable<FileInput['extents']>[number]['state']; // parseTable knows no other
  return {
    id: 'data',
    filesystem: 'iomap',
    size_bytes: IO_OFFSET_BYTES + sizeWithin(choice, length_bytes),
    extents: [{ offset_bytes: IO_OFFSET_BYTES, length_bytes, state }],
    cached: page_cache === 'present' ? [{ offset_bytes: 0, length_bytes: CACHED_BYTES }] : [],
    force_wait: force_wait === 'yes',
    overlay,
  };
}

/** How much of the I/O lies within the file. */
function sizeWithin({ extends_eof }: DioChoice, length_bytes: number): number {
  if (extends_eof === 'append') return 0;
  return extends_eof === 'straddle' ? length_bytes / 2 : length_bytes;
}

const ENGINES = {
  sync: 'psync',
  libaio: 'libaio',
  io_uring: 'io_uring',
  'io_uring-iopoll': 'io_uring',
} as const;
const SYNC = { none: 'none', O_DSYNC: 'dsync', O_SYNC: 'sync' } as const;

function actorOf({ op, issuer, hipri, sync_mode }: DioChoice, length_bytes: number): ActorInput {
  const sizes = [{ bytes: length_bytes, weight: 1 }];
  return {
    kind: 'fio',
    name: 'issuer',
    file: 'data',
    rw: op === 'read' ? 'read' : 'write',
    ioengine: ENGINES[issuer as keyof typeof ENGINES],
    hipri: issuer === 'io_uring-iopoll' || (issuer === 'sync' && hipri === 'yes'),
    sync: Object.hasOwn(SYNC, sync_mode) ? SYNC[sync_mode as keyof typeof SYNC] : 'none',
    bs_read: sizes,
    bs_write: sizes,
    offset_bytes: IO_OFFSET_BYTES,
    size_bytes: length_bytes,
    cpus_allowed: [1],
    ios: 1,
  };
}

/**
 * The one list of what may differ between a recording and the model without one of them being wrong: each entry takes
 * calls out of the comparison, for the recordings it is about, and says why. What the filter of the recordings never
 * shows is not here but in `traced.ts`. An error of the model has no place in this list.
 */
import type { Call, Place } from './calls.ts';
import type { Workload } from './workload.ts';

export type Difference = {
  readonly id: string;
  readonly functions: readonly string[] | RegExp;
  /** Only recorded calls by other functions than these. */
  readonly notBy?: readonly string[];
  /** Only calls in these contexts. */
  readonly places?: readonly Place[];
  /** Which recordings it is about. */
  readonly applies: (about: About) => boolean;
  readonly reason: string;
};

/** What an entry may ask: the head of the recording, and which functions the recording shows at all. */
export type About = { readonly work: Workload; readonly shown: ReadonlySet<string> };

const always = (): boolean => true;
const onDevice =
  (kind: RegExp) =>
  ({ work }: About): boolean =>
    kind.test(work.device.name);

export const DIFFERENCES: readonly Difference[] = [
  {
    id: 'vectored-calls',
    functions: ['vfs_write', 'vfs_read', 'do_iter_readv_writev'],
    applies: always,
    reason:
      'the recordings’ tool calls preadv2 and pwritev2 and writes its markers with write; a job of the model calls pread64 and pwrite64',
  },
  {
    id: 'filter-extended',
    functions: ['__iomap_dio_rw'],
    applies: ({ work, shown }) => work.release === '6.17.13' && !shown.has('__iomap_dio_rw'),
    reason:
      'was put into the filter after most recordings of 6.17.13 were made; they name it as a caller but never show it',
  },
  {
    id: 'scheduler-tick',
    functions: ['task_work_add'],
    notBy: ['__io_req_task_work_add', 'io_req_normal_work_add'],
    applies: always,
    reason:
      'the timer tick of the scheduler adds work of its own to a task (mm_cid compaction), which is no part of the I/O; see withoutForeignWork for where it runs',
  },
  {
    id: 'completion-inlined',
    functions: ['iomap_dio_complete_work'],
    places: ['hardirq', 'softirq', 'task', 'io-wq'],
    applies: always,
    reason:
      'where the bio’s end calls it directly the compiler inlined it; the tracer sees only the copy that a worker calls',
  },
  {
    id: 'other-driver',
    functions: /^(nvme_|virtio_|virtblk_|vring_)/,
    applies: onDevice(/^(?!nvme)/),
    reason:
      'the model’s only driver is NVMe; recordings on virtio-blk, loop and null_blk are compared above the driver',
  },
  {
    id: 'loop-completes-in-its-worker',
    functions: ['blk_mq_complete_request', 'blk_mq_complete_request_remote'],
    applies: onDevice(/^loop/),
    reason:
      'the loop driver ends a request in the kworker that did its file I/O, a drive in its interrupt; both raise the same softirq',
  },
];

/** The entry that takes a call out of the comparison, if there is one. */
export function differenceFor(call: Call, about: About): Difference | null {
  const names = ({ functions, notBy, places }: Difference): boolean =>
    (functions instanceof RegExp ? functions.test(call.name) : functions.includes(call.name)) &&
    (places === undefined || places.includes(call.place)) &&
    (notBy === undefined || (call.caller !== undefined && !notBy.includes(call.caller)));
  return DIFFERENCES.find((d) => names(d) && d.applies(about)) ?? null;
}

import { KIB, preset, type Preset } from './preset.ts';

const MIB = 1024 * KIB;

/** What the review of the caller completion series found, and what was found too late. */
export const REVIEW_PRESETS: readonly Preset[] = [
  preset({
    id: 'poll-dsync-v4',
    title: 'Found in review: a polled O_DSYNC write syncs inside the poll loop',
    summary:
      'Version 4 completed a write inline if its bio was still polled. Without FUA the data must be flushed first, so ' +
      'generic_write_sync waits for the device inside io_do_iopoll, and nothing else of the ring completes (hazard H3). ' +
      'Give the device FUA and no sync is left; choose v6.6-rc and the write is not polled at all.',
    nvme: { poll_queues: 1, fua: false, flush_ns: 50_000 },
    kernel: 'v4-series',
    job: { rw: 'randwrite', ioengine: 'io_uring', hipri: true, sync: 'dsync', ios: 2 },
  }),
  preset({
    id: 'append-v4',
    title: 'Found in review: an append is handed back although it must update the size',
    summary:
      'Version 4 handed a write back to its issuer unless it needed zeroing or a sync. An append into preallocated blocks needs ' +
      'neither, so i_size and the transaction for it are left to task_work (hazard H4). Flip EOF_CLEARS_CALLER: the write ' +
      'loses the flag and goes to the worker, as merged.',
    kernel: 'v4-series',
    file: { size_bytes: MIB, extents: [{ offset_bytes: MIB, length_bytes: 64 * KIB, state: 'mapped' }] },
    job: {
      rw: 'write',
      ioengine: 'io_uring',
      offset_bytes: MIB,
      size_bytes: 64 * KIB,
      ios: 2,
    },
  }),
  preset({
    id: 'deadlock-fallocate',
    title: 'The deadlock that ended caller completion: fallocate waits for its own writes',
    summary:
      'Two writes are in flight when the job calls fallocate, which sleeps until i_dio_count is zero. The interrupt leaves both ' +
      'writes to the task_work of the job, and that runs only on its way to user mode: each waits for the other (hazard H5). ' +
      'Flip ISSUER_REQUESTS off, as 6.6 was released, and the worker ends them.',
    kernel: 'v6.6-rc',
    job: {
      rw: 'randwrite',
      ioengine: 'io_uring',
      iodepth: 2,
      ios: 4,
      calls: [{ call: 'fallocate', after_ios: 2, offset_bytes: 8 * MIB, length_bytes: 64 * KIB }],
    },
  }),
  preset({
    id: 'overlayfs-lost',
    title: 'Through overlayfs the write is reported with 0 and never finished',
    summary:
      'overlayfs copied the request for caller completion down and ignored the dio_complete that came back. ki_complete is ' +
      'called with 0, the CQE says 0, iomap_dio_complete never runs and i_dio_count stays (hazard H6). Flip STACK_HIDES_BIT ' +
      'on: the filesystem below is not asked any more, and the worker finishes the write.',
    kernel: 'v6.6-rc',
    switches: { STACK_HIDES_BIT: false },
    file: { overlay: true },
    job: { rw: 'randwrite', ioengine: 'io_uring', ios: 2 },
  }),
  preset({
    id: 'error-in-interrupt',
    title: 'A failed read of zonefs takes a sleeping lock inside an interrupt',
    summary:
      'Reads complete where their bio ends, failed ones too. zonefs then asks the device for the state of the zone, under a ' +
      'mutex and with memory to allocate, which no interrupt may do (hazard H18). Compare with 6.17.13.',
    nvme: { faults: [{ op: 'read' }] },
    kernel: '6.16.12',
    file: { filesystem: 'zonefs' },
    job: { rw: 'randread', ioengine: 'io_uring', ios: 2 },
  }),
  preset({
    id: 'error-in-worker',
    title: 'The same failed read with the fix: only the error takes the detour',
    summary:
      'The last bio looks at dio->error first (dio-error-to-task) and queues the completion of the failed read on s_dio_done_wq, ' +
      'where zonefs may sleep. The next read does not fail and still completes in the interrupt.',
    nvme: { faults: [{ op: 'read' }] },
    kernel: '6.17.13',
    file: { filesystem: 'zonefs' },
    job: { rw: 'randread', ioengine: 'io_uring', ios: 2 },
  }),
  preset({
    id: 'workqueue-missing',
    title: 'A failed read finds no workqueue: half of a fix',
    summary:
      'Errors go to s_dio_done_wq, but only the first asynchronous write makes that queue, and nobody has written yet: a NULL ' +
      'pointer in the interrupt, found by syzbot (hazard H11). Flip WQ_FOR_READS on for the other half.',
    nvme: { faults: [{ op: 'read' }] },
    kernel: 'v6.6-to-v6.18',
    switches: { ERR_TO_TASK: true },
    job: { rw: 'randread', ioengine: 'io_uring', ios: 2 },
  }),
];

import { KIB, preset, type Preset } from './preset.ts';

/** How a ring is set up, and who works for it. */
export const RING_PRESETS: readonly Preset[] = [
  preset({
    id: 'nowait-punt',
    title: 'Cached pages in the way: the write is tried twice, then by a worker of io-wq',
    summary:
      'io_uring first issues with IOCB_NOWAIT. Pages of the range are cached and dropping them may wait, so the try ends with ' +
      '-EAGAIN (dio-range-cached) and an iou-wrk thread issues the write again, this time allowed to wait. The completion ' +
      'is the same as ever.',
    kernel: 'v6.6-to-v6.18',
    file: { cached: [{ offset_bytes: 0, length_bytes: 64 * KIB }] },
    job: { rw: 'write', ioengine: 'io_uring', size_bytes: 64 * KIB, ios: 2 },
  }),
  preset({
    id: 'defer-taskrun',
    title: 'DEFER_TASKRUN: completions gather until the job asks for them',
    summary:
      'The interrupts put the reads on the list of the ring and wake the job only when as many are there as it waits for. ' +
      'One pass of __io_run_local_work posts all four CQEs. Choose coop or default to see it woken earlier.',
    kernel: 'v6.6-to-v6.18',
    job: {
      rw: 'randread',
      ioengine: 'io_uring',
      taskrun: 'defer',
      iodepth: 4,
      iodepth_batch_submit: 4,
      iodepth_batch_complete_min: 4,
    },
  }),
  preset({
    id: 'sqpoll',
    title: 'SQPOLL: a thread of the kernel submits, the job makes no system call',
    summary:
      'The iou-sqp thread on CPU 0 looks at the submission ring, issues the reads and posts their CQEs. The job on CPU 1 only ' +
      'writes into one ring and looks at the other.',
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randread', ioengine: 'io_uring', sqthread_poll: true, sqthread_poll_cpu: 0 },
  }),
  preset({
    id: 'shared-poll-queue',
    title: 'Two jobs share a poll queue and finish each other’s reads',
    summary:
      'A completion belongs to whoever finds it. Both jobs poll the one queue of the device, so a read is ended in the poll loop ' +
      'of the other job, at its expense; the owner only finds iopoll_completed set. Give the device two poll queues.',
    nvme: { poll_queues: 1 },
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randread', ioengine: 'io_uring', hipri: true },
    other: { rw: 'randread', ioengine: 'io_uring', hipri: true, iodepth: 2 },
  }),
];

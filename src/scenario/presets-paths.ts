import { FAST_DRIVE, KIB, preset, type Preset } from './preset.ts';

/** The ways a direct I/O completes, and what decides among them. The first is what a first-time visitor sees. */
export const PATH_PRESETS: readonly [Preset, ...Preset[]] = [
  preset({
    id: 'overwrite-workqueue',
    title: 'An io_uring overwrite takes a detour through a kworker',
    summary:
      'The interrupt ends the bio, but a write may have to sleep on its way out, so iomap queues the rest on s_dio_done_wq. ' +
      'A kworker finishes it, and only then does task_work in the submitter post the CQE: two hops for one write.',
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randwrite', ioengine: 'io_uring' },
  }),
  preset({
    id: 'overwrite-caller-comp',
    title: 'The same overwrite on 6.6-rc finishes in the submitter’s task_work',
    summary:
      'io_uring asked with IOCB_DIO_CALLER_COMP to finish the write itself. The interrupt hands it the completion instead of ' +
      'queueing work, and the kworker of the first preset never runs.',
    kernel: 'v6.6-rc',
    job: { rw: 'randwrite', ioengine: 'io_uring' },
  }),
  preset({
    id: 'overwrite-inline-irq',
    title: 'Since 6.19 an overwrite of clean blocks ends right in the interrupt',
    summary:
      'Nobody asks for caller completion any more. The last bio looks whether the file has cached pages that a task would ' +
      'have to drop; it has none, so iomap skips the invalidation and completes the write where the bio ends.',
    kernel: 'v6.19+',
    job: { rw: 'randwrite', ioengine: 'io_uring' },
  }),
  preset({
    id: 'read-inline-irq',
    title: 'An io_uring read completes inside the interrupt',
    summary:
      'Nothing of a read has to sleep, so iomap_dio_complete runs in hard interrupt context. The CQE still waits for the ' +
      'submitter: it is posted by task_work.',
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randread', ioengine: 'io_uring' },
  }),
  preset({
    id: 'poll-read',
    title: 'A polled read needs no interrupt at all',
    summary:
      'With hipri the ring is an IOPOLL ring: the submitter looks at the completion queue itself until the read is there, ' +
      'completes it inside the poll loop and posts the CQE in the same pass.',
    nvme: { poll_queues: 1 },
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randread', ioengine: 'io_uring', hipri: true },
  }),
  preset({
    id: 'poll-write-v6.5',
    title: 'On 6.5 a write is polled and yet ends in a kworker',
    summary:
      'The poll loop finds the completion without an interrupt, then hands it to s_dio_done_wq like any write, and goes on ' +
      'polling until the kworker is done: polling was for nothing (hazard H13).',
    nvme: { poll_queues: 1 },
    kernel: 'v6.5',
    job: { rw: 'randwrite', ioengine: 'io_uring', hipri: true },
  }),
  preset({
    id: 'poll-write-v4',
    title: 'In version 4 of the patches a polled write completes in the poll loop itself',
    summary:
      'The series as posted tested at the end of the bio whether it is still polled, and completed writes inline too. ' +
      'Review found that an O_DSYNC write would then sync its journal inside the poll loop, and the test was dropped.',
    nvme: { poll_queues: 1 },
    kernel: 'v4-series',
    job: { rw: 'randwrite', ioengine: 'io_uring', hipri: true },
  }),
  preset({
    id: 'poll-write-never-polled',
    title: 'Since 6.6 a write on an IOPOLL ring is never polled',
    summary:
      'iomap drops IOCB_HIPRI because the completion could run neither inline nor in the caller. The bio goes to a queue with ' +
      'an interrupt and through the kworker, while the submitter spins in a poll loop that has nothing to poll (hazard H14).',
    nvme: { poll_queues: 1 },
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randwrite', ioengine: 'io_uring', hipri: true },
  }),
  preset({
    id: 'libaio-read',
    title: 'With libaio the interrupt itself tells the application',
    summary:
      'aio_complete_rw runs in the interrupt right after iomap_dio_complete and puts the event in the ring that io_getevents ' +
      'reads: no task_work, and no hop between the interrupt and the result.',
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randread', ioengine: 'libaio', iodepth: 2 },
  }),
  preset({
    id: 'psync-write',
    title: 'A synchronous write is finished by the task that waits for it',
    summary:
      'pwrite sleeps until the bio has ended. The interrupt only wakes it; iomap_dio_complete runs in the submitter, which may ' +
      'sleep, so no workqueue is needed.',
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randwrite', ioengine: 'psync' },
  }),
  preset({
    id: 'hole-read',
    title: 'A read of a hole is complete before anything was sent to the device',
    summary:
      'There is nothing to read, so iomap makes no bio and the reference of the submitter is the only one. It drops it, finds ' +
      'that it was the last (dio-submitter-last), and completes the read itself: no interrupt, and the CQE is posted at once.',
    kernel: 'v6.6-to-v6.18',
    file: { extents: [{ offset_bytes: 0, length_bytes: 64 * KIB, state: 'hole' }] },
    job: { rw: 'read', ioengine: 'io_uring', size_bytes: 64 * KIB },
  }),
  preset({
    id: 'remote-completion',
    title: 'Fewer queues than CPUs: the completion is sent home by IPI',
    summary:
      'Four CPUs share two queues, so the interrupt lands on another CPU than the one that submitted. rq_affinity=2 insists: an ' +
      'IPI and the BLOCK softirq end the request on the submitting CPU.',
    machine: { cpus: 4, rq_affinity: 2, nvme: FAST_DRIVE },
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randread', ioengine: 'io_uring', cpus_allowed: [3] },
  }),
  preset({
    id: 'queue-depth-16',
    title: 'Sixteen overwrites in flight and one CPU for everything',
    summary:
      'The published measurement behind IOCB_DIO_CALLER_COMP: submission, interrupts, the kworker and task_work share one CPU. ' +
      'Compare with v6.6-rc: published was a quarter less of it for each write, with the default costs it is about a sixth.',
    machine: {
      cpus: 2,
      nvme: {
        queues: 2,
        read: { kind: 'gamma', mean_ns: 5_000, cv_percent: 50 },
        write: { kind: 'gamma', mean_ns: 4_900, cv_percent: 50 },
      },
    },
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randwrite', ioengine: 'io_uring', iodepth: 16, norandommap: true, ios: 96 },
  }),
  preset({
    id: 'one-interrupt-many',
    title: 'One interrupt ends eight reads, which two lists have turned round twice',
    summary:
      'Before v6.13 the plug was last in, first out, so eight reads that are submitted together are issued in reverse; so was ' +
      'the batch of the interrupt, which ends them in the order of submission again. Flip PLUG_FIFO or BATCH_FIFO for one half.',
    kernel: 'v6.6-to-v6.18',
    job: {
      rw: 'read',
      ioengine: 'io_uring',
      iodepth: 8,
      iodepth_batch_submit: 8,
      iodepth_batch_complete_min: 8,
      ios: 16,
    },
  }),
];

import { KIB, preset, type Preset } from './preset.ts';

/** What the device and the file have to do with it: caches and flushes, extents, cached pages, filesystems. */
export const STORAGE_PRESETS: readonly Preset[] = [
  preset({
    id: 'dsync-fua',
    title: 'O_DSYNC with FUA: the write itself is durable, nothing follows',
    summary:
      'The blocks are written already and the device can do FUA, so iomap marks the bio REQ_FUA and forgets NEED_SYNC ' +
      '(dio-uses-fua). The completion has nothing left to sync. Take FUA from the device and compare.',
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randwrite', ioengine: 'io_uring', sync: 'dsync', ios: 2 },
  }),
  preset({
    id: 'dsync-flush',
    title: 'O_DSYNC without FUA: each write is followed by a flush of the whole cache',
    summary:
      'The device has a volatile cache and no FUA, so the worker must call generic_write_sync, and that issues a flush and ' +
      'sleeps until the flush machine has served it. The flush takes longer than all the rest.',
    nvme: { fua: false, flush_ns: 50_000 },
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randwrite', ioengine: 'io_uring', sync: 'dsync', ios: 2 },
  }),
  preset({
    id: 'dsync-write-through-lie',
    title: 'Told that there is no cache, the kernel reports data as durable that is not',
    summary:
      'queue/write_cache says "write through" of a device with a volatile cache. iomap believes that a plain write is ' +
      'stable, the block layer drops REQ_FUA, nothing is flushed, and the write is reported. Look at nvme_ctrl.unflushed: ' +
      'these writes would be lost with the power.',
    nvme: { write_cache: 'write through' },
    kernel: 'v6.6-to-v6.18',
    job: { rw: 'randwrite', ioengine: 'io_uring', sync: 'dsync', ios: 2 },
  }),
  preset({
    id: 'unwritten-convert',
    title: 'A write into preallocated blocks needs the worker, in any kernel',
    summary:
      'The extent is unwritten: it reads as zeroes until end_io has converted it, which is a transaction and may sleep. Since ' +
      '6.19 the mapping says so (dio-metadata-needs-task) and the interrupt queues the write on s_dio_done_wq.',
    kernel: 'v6.19+',
    file: { extents: [{ offset_bytes: 0, length_bytes: 256 * KIB, state: 'unwritten' }] },
    job: { rw: 'write', ioengine: 'io_uring', size_bytes: 256 * KIB, ios: 2 },
  }),
  preset({
    id: 'shared-remap',
    title: 'A write to a reflinked block goes elsewhere and is put in place at its end',
    summary:
      'The blocks are also part of another file, so XFS writes new ones and xfs_reflink_end_cow puts them into this file when ' +
      'the write ends. That is a transaction, so a worker does it. On v6.6-rc the same runs in task_work (hazard H4).',
    kernel: 'v6.19+',
    file: { extents: [{ offset_bytes: 0, length_bytes: 256 * KIB, state: 'shared' }] },
    job: { rw: 'write', ioengine: 'io_uring', size_bytes: 256 * KIB, ios: 2 },
  }),
  preset({
    id: 'cached-page-worker',
    title: 'One cached page anywhere in the file sends overwrites back to the worker',
    summary:
      'Since 6.19 the last bio of an overwrite asks whether the file has any page in the cache (dio-cached-pages). It has one, ' +
      'far from what is written, but dropping pages may sleep, so the completion goes to s_dio_done_wq as it used to.',
    kernel: 'v6.19+',
    file: { cached: [{ offset_bytes: 1024 * KIB, length_bytes: 4 * KIB }] },
    job: { rw: 'write', ioengine: 'io_uring', size_bytes: 64 * KIB },
  }),
  preset({
    id: 'ext4-append-waits',
    title: 'ext4 waits for an appending write itself',
    summary:
      'ext4 must update the size under the inode lock that it holds, so it passes IOMAP_DIO_FORCE_WAIT. io_uring tries the ' +
      'append without waiting, gets -EAGAIN and gives it to io-wq: the iou-wrk thread sleeps for the bio, completes it and posts the CQE.',
    kernel: 'v6.6-to-v6.18',
    file: { filesystem: 'ext4', size_bytes: 64 * KIB },
    job: { rw: 'write', ioengine: 'io_uring', offset_bytes: 64 * KIB, size_bytes: 64 * KIB, ios: 2 },
  }),
  preset({
    id: 'split-loses-poll',
    title: 'A read larger than the device takes is split, and nobody polls for it',
    summary:
      'The bio leaves iomap with REQ_POLLED. The block layer splits it, because the device takes 32 KiB at a time, and clears ' +
      'the bit of the pieces: interrupts end them while the job spins in its poll loop.',
    nvme: { poll_queues: 1, max_transfer_bytes: 32 * KIB },
    kernel: '7.3.4',
    job: {
      rw: 'randread',
      ioengine: 'io_uring',
      hipri: true,
      bs_read: [{ bytes: 64 * KIB, weight: 1 }],
      ios: 2,
    },
  }),
];

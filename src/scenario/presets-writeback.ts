import { FAST_DRIVE, KIB, preset, type Preset } from './preset.ts';

const uncached = { rw: 'write', ioengine: 'psync', direct: false, dontcache: true } as const;
const MIB = 1024 * KIB;
/** Ticks often, so that a jiffy fits the screen. */
const QUICK_TICK = { cpus: 2, hz: 1000, preempt: 'lazy', nvme: FAST_DRIVE } as const;

/** Buffered writes, their writeback, and folios that are dropped when it has ended. */
export const WRITEBACK_PRESETS: readonly Preset[] = [
  preset({
    id: 'dontcache-before',
    title: 'Before the series, XFS sends uncached overwrites to its own worker',
    summary:
      'A folio may only leave the cache in a task, so the ioend carries IOMAP_IOEND_DONTCACHE and gets xfs_end_bio, although an ' +
      'overwrite needs no transaction. The interrupt puts it on the inode’s list; a kworker ends it and drops the folios.',
    machine: { ...QUICK_TICK },
    kernel: '6.17.13',
    job: { ...uncached, end_fsync: true },
  }),
  preset({
    id: 'dontcache-rfc-v3',
    title: 'RFC v3 defers folios, and forgets those that do not fit',
    summary:
      'Each CPU has room for 31 folios that an interrupt may not drop. One bio of 64 small folios overflows that: the rest stays ' +
      'in the cache, as if nobody had asked for RWF_DONTCACHE. From version 4 on whole bios wait, without limit.',
    machine: { ...QUICK_TICK },
    kernel: 'in-task-rfc-v3',
    switches: { XFS_DONTCACHE_WQ: false },
    file: { large_folios: false },
    job: { ...uncached, ios: 1, bs_write: [{ bytes: 256 * KIB, weight: 1 }], end_fsync: true },
  }),
  preset({
    id: 'dontcache-rfc-v4',
    title: 'RFC v4: the bio itself waits for a task',
    summary:
      'The ioend’s flag becomes BIO_COMPLETE_IN_TASK. bio_endio() finds itself in an interrupt, puts the bio into the batch of its ' +
      'CPU and queues the worker for every bio; that one ends them in the order of arrival and drops the folios.',
    machine: { ...QUICK_TICK },
    kernel: 'in-task-rfc-v4',
    job: { ...uncached, end_fsync: true },
  }),
  preset({
    id: 'dontcache-rfc-v5',
    title: 'RFC v5 waits a jiffy for more bios',
    summary:
      'The first bio of an empty list arms a timer of one jiffy, which takes more than one tick and at most two. All that arrive ' +
      'meanwhile ride along: one run of the worker, few context switches, and an fsync that waits for the timer.',
    machine: { ...QUICK_TICK },
    kernel: 'in-task-rfc-v5',
    job: { ...uncached, end_fsync: true },
  }),
  preset({
    id: 'dontcache-v6',
    title: 'v6 asks bio_in_atomic(): a task under a spinlock must not end the bio either',
    summary:
      'The driver ends the bio in the submitting task, but holds its lock. in_task() would let the handler run there; ' +
      'bio_in_atomic() sees the preempt count and defers. Flip IN_TASK_TEST and a sleeping lock is taken under a spinlock.',
    machine: { ...QUICK_TICK, driver: 'null_blk', irqmode: 'locked' },
    kernel: 'in-task-v6',
    job: { ...uncached, end_fsync: true },
  }),
  preset({
    id: 'dontcache-7.3',
    title: '7.3: overwrites go through the batch, the rest only through XFS’s worker',
    summary:
      'The flusher submits, the interrupt puts the bio into the batch, the bio_complete worker ends it and drops its folios. ' +
      'Writes that need a transaction have the flag cleared again: their own worker is a task already.',
    machine: { ...QUICK_TICK },
    kernel: '7.3.4',
    job: { ...uncached, end_fsync: true },
  }),
  preset({
    id: 'dontcache-two-hops',
    title: 'As merged for 7.3, an extending uncached write took two hops',
    summary:
      'The bio is flagged, so the interrupt puts it into the batch; its handler is xfs_end_bio, which puts the ioend on the inode’s ' +
      'list for a second worker. The release clears the flag at submission: flip XFS_CLEARS_IN_TASK to see one hop.',
    machine: { ...QUICK_TICK },
    kernel: 'for-7.3-block',
    file: { size_bytes: 0 },
    job: { ...uncached, size_bytes: MIB, end_fsync: true },
  }),
  preset({
    id: 'batch-error',
    title: 'One bio of a batch fails',
    summary:
      'The second of four bios has an I/O error. Its handler leaves it to the list of failed ioends, because the report of the ' +
      'error takes the inode’s lock; the others of the batch end as ever. The next fsync is told, once for each open file.',
    machine: { ...QUICK_TICK, nvme: { ...FAST_DRIVE, faults: [{ op: 'write', nth: 2 }] } },
    kernel: '7.3.4',
    file: { large_folios: false },
    job: { ...uncached, rw: 'randwrite', calls: [{ call: 'fsync', after_ios: 4 }], end_fsync: true },
  }),
  preset({
    id: 'ioends-merged',
    title: 'Many ioends of one inode become few conversions',
    summary:
      'Each uncached write to preallocated blocks submits a bio of its own. While the worker converts the first, the others end ' +
      'and gather on the inode’s list. It sorts them by offset and merges neighbours: eight bios, two transactions.',
    machine: { ...QUICK_TICK, preempt: 'none', nvme: { ...FAST_DRIVE, write: { mean_ns: 20_000 } } },
    kernel: '6.17.13',
    file: {
      size_bytes: MIB,
      extents: [{ offset_bytes: 0, length_bytes: MIB, state: 'unwritten' }],
      large_folios: false,
    },
    job: { ...uncached, ios: 8, end_fsync: true },
  }),
  preset({
    id: 'writeback-shared',
    title: 'Writeback of shared blocks goes to a copy',
    summary:
      'The blocks belong to another file, too. At submission the copy’s blocks become real ones, without recursion into the ' +
      'filesystem; when the bio has ended, the worker puts them in the place of the shared ones.',
    machine: { ...QUICK_TICK },
    kernel: '7.3.4',
    file: { extents: [{ offset_bytes: 0, length_bytes: 16 * MIB, state: 'shared' }] },
    job: { ...uncached, dontcache: false, end_fsync: true },
  }),
  preset({
    id: 'ext4-kept',
    title: 'ext4 accepts RWF_DONTCACHE and keeps the folios of an overwrite',
    summary:
      'Its plain overwrites end in the interrupt, where a folio may not be dropped: the test for a task fails and the folio stays, ' +
      'until memory is short. Writes to new blocks end in ext4’s worker and are dropped.',
    machine: { ...QUICK_TICK },
    kernel: '7.3.4',
    file: { filesystem: 'ext4' },
    job: { ...uncached, end_fsync: true },
  }),
  preset({
    id: 'ext4-abort',
    title: 'ext4 with data_err=abort: an I/O error of the data aborts the journal',
    summary:
      'To abort the journal takes a task, so a failed io_end goes to the worker although it has nothing to convert. From then on ' +
      'the journal commits nothing any more, and every sync fails.',
    machine: { ...QUICK_TICK, nvme: { ...FAST_DRIVE, faults: [{ op: 'write', nth: 1 }] } },
    kernel: '7.3.4',
    file: { filesystem: 'ext4', data_err: 'abort' },
    job: { ...uncached, dontcache: false, ios: 2, fsync: 1 },
  }),
  preset({
    id: 'buffered-two-jobs',
    title: 'An fsync and the flusher share the dirty folios',
    summary:
      'Plain buffered writes leave dirty folios. Two jobs write and sync the same file: who gets a folio locks it, sets its ' +
      'writeback bit under i_pages with interrupts off, and the other one waits for that bit.',
    machine: { ...QUICK_TICK },
    kernel: '7.3.4',
    job: { ...uncached, dontcache: false, ios: 6, fsync: 2 },
    other: { ...uncached, dontcache: false, ios: 6, fsync: 3 },
  }),
  preset({
    id: 'batch-cpu-offline',
    title: 'A CPU goes offline with bios in its batch',
    summary:
      'v6 takes the batch’s work item back early on the way down, while the CPU still gets interrupts: bios that end from then on ' +
      'are parked in its batch. When it is dead, another CPU ends them. The steps of hotplug are shortened here to fit the screen.',
    machine: {
      ...QUICK_TICK,
      nvme: { ...FAST_DRIVE, write: { mean_ns: 100_000 } },
      offline: [{ cpu: 1, at_ns: 60_000 }],
    },
    kernel: 'in-task-v6',
    costs: { 'rcu.grace': 5000, 'cpuhp.step': 20_000, 'cpuhp.boot': 5000, stop_machine: 2000 },
    file: { size_bytes: MIB, large_folios: false },
    job: { ...uncached, ios: 16, end_fsync: true },
  }),
  preset({
    id: 'bdev-dontcache',
    title: 'A block device in 7.3: uncached writes go through the batch, too',
    summary:
      'The page cache of a device is written through buffer heads. Its bios carry BIO_COMPLETE_IN_TASK, so each folio’s ' +
      'last buffer ends in the worker of the batch, where the folio may be dropped.',
    machine: { ...QUICK_TICK },
    kernel: '7.3.4',
    file: { filesystem: 'blkdev' },
    job: { ...uncached, end_fsync: true },
  }),
  preset({
    id: 'fuse-no-bio',
    title: 'Writeback without a bio: the context of the pass is FUSE’s own',
    summary:
      'Since 6.17 iomap does not look into wb_ctx. Here it is a request to a daemon in user mode: iomap goes over the folios as ' +
      'ever, FUSE gathers neighbours and sends them, and the daemon’s answer ends the folios in the daemon’s task.',
    machine: { ...QUICK_TICK },
    kernel: '7.3.4',
    file: { filesystem: 'fuse', size_bytes: 64 * KIB },
    job: { ...uncached, rw: 'randwrite', dontcache: false, ios: 6, end_fsync: true },
  }),
  preset({
    id: 'read-dontcache',
    title: 'An uncached read drops its folios itself',
    summary:
      'Nothing has to be deferred: the interrupt only marks the folio as read and unlocks it. The reader has waited for that, ' +
      'copies the data, and drops the folio in its own call, on the way out.',
    machine: { ...QUICK_TICK },
    kernel: '7.3.4',
    job: { ...uncached, rw: 'read' },
  }),
];

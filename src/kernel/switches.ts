/**
 * A kernel is a set of switches. The model asks `k.switches.CALLER_FLAG`, never for a version. Ids and values are those
 * of the fact sheets; a named kernel (see `kernels.ts`) gives every switch a value, a reader may flip single ones.
 */
export const SWITCHES = {
  ISSUER_REQUESTS: {
    title: 'io_uring asks for caller completion (IOCB_DIO_CALLER_COMP)',
    values: [false, true],
    owner: 'application',
    help: 'io_uring set the bit on every write that is not polled; switched off again in the last week before v6.6.',
    source: 'commit 099ada2c8726 (v6.6-rc1), off in 838b35bb6a89 (v6.6)',
  },
  CALLER_FLAG: {
    title: 'iomap can hand the completion back to the caller (IOMAP_DIO_CALLER_COMP)',
    values: ['none', 'DEFER_COMP', 'CALLER_COMP'],
    owner: 'kernel',
    help: 'With it, a write whose issuer asked for it is finished by the issuer instead of the s_dio_done_wq worker. DEFER_COMP is its name in version 4 of the series. Removed in v6.19.',
    source: 'commit 8c052fb3002e (v6.6), removed by f9f85149994d (v6.19)',
  },
  IOCB_FLAG: {
    title: 'What the request for caller completion in ki_flags is called',
    values: ['none', 'IOCB_DIO_DEFER', 'IOCB_DIO_CALLER_COMP'],
    owner: 'kernel',
    help: 'IOCB_DIO_DEFER in version 4 of the series, renamed after review because it says neither what is deferred nor to whom.',
    source:
      'mail 20230721154837.GO11352@frogsfrogsfrogs; commit 9cf3516c29e6 (v6.6), removed by f9f85149994d (v6.19)',
  },
  EOF_CLEARS_CALLER: {
    title: 'A write that begins at or after the end of the file is never handed back',
    values: [false, true],
    owner: 'kernel',
    help: 'Version 4 of the series kept the flag for appending writes, which still have to update the size: the bug that review found.',
    source: 'mail ZLsBMGe/X62e92Tz@dread.disaster.area; commit 8c052fb3002e (v6.6)',
  },
  SYNC_CLEARS_CALLER: {
    title: 'Which writes lose the caller completion because they need a sync afterwards',
    values: ['mapped and not new only', 'always'],
    owner: 'kernel',
    help: 'Version 4 looked only at written extents; since v6.6-rc every write that needs a sync which FUA does not cover.',
    source: 'mail ZLsBMGe/X62e92Tz@dread.disaster.area; commit 8c052fb3002e (v6.6)',
  },
  STACK_HIDES_BIT: {
    title: 'overlayfs hides the request for caller completion from the filesystem below',
    values: [false, true],
    owner: 'filesystem',
    help: 'Without it overlayfs copied IOCB_DIO_CALLER_COMP down but ignored dio_complete, so that the write never finished.',
    source: 'commit 2d1b3bbc3dd5 (v6.6-rc4)',
  },
  CALLER_TEST: {
    title: 'How io_uring sees that a direct I/O is still to be finished',
    values: ['pointer', 'flag and pointer'],
    owner: 'application',
    help: 'dio_complete shares its place with ki_waitq; version 4 tested the pointer alone and cleared it only for writes.',
    source: 'direct-io.md section 5; commit 099ada2c8726 (v6.6-rc1)',
  },
  WT_NAME: {
    title: 'What the promise that every write reaches stable media by itself is called',
    values: ['WRITE_FUA', 'STABLE_WRITE', 'WRITE_THROUGH'],
    owner: 'kernel',
    help: 'IOMAP_DIO_WRITE_FUA until v6.5; STABLE_WRITE in version 4 of the series; WRITE_THROUGH since v6.6.',
    source: 'commit 3a0be38cc84d (v6.6); mail 20230721061554.GC20600@lst.de',
  },
  NO_VWC_IS_STABLE: {
    title: 'A device without volatile write cache counts as one that can do FUA',
    values: [false, true],
    owner: 'kernel',
    help: 'Such a device needs no flush after the write: iomap asks for FUA, and the block layer drops the bit again.',
    source: 'commit 3a0be38cc84d (v6.6); mail 20230720181310.71589-4-axboe@kernel.dk',
  },
  READ_INLINE: {
    title: 'How a read is known to finish where its last bio ends',
    values: ['not WRITE', 'INLINE_COMP', 'no COMP_WORK'],
    owner: 'kernel',
    help: 'Before v6.6 the test is "this is not a write"; then reads carry IOMAP_DIO_INLINE_COMP; since v6.19 whatever does not carry IOMAP_DIO_COMP_WORK.',
    source: 'commits 7b3c14d1a96b (v6.6) and 76192a42c210 (v6.19)',
  },
  HIPRI_RULE: {
    title: 'When IOCB_HIPRI is dropped before the first bio',
    values: ['zeroing or append', 'neither INLINE_COMP nor CALLER_COMP', 'COMP_WORK'],
    owner: 'kernel',
    help: 'From v6.6 to v6.18 a bio is only polled if its completion may run inline or in the caller, so no write is polled; since v6.19 unless the completion is known to need a worker.',
    source: 'commits 7b3c14d1a96b, 8c052fb3002e (v6.6), 76192a42c210 (v6.19)',
  },
  POLLED_INLINE: {
    title: 'A bio that is still polled when it ends completes inline, writes too',
    values: [false, true],
    owner: 'kernel',
    help: 'Version 4 of the series tested REQ_POLLED at the end of the bio; dropped after review because the sync of an O_DSYNC write would run in the poll loop.',
    source: 'mail 20230720181310.71589-5-axboe@kernel.dk; objection ZLr8D60gYqDrHl21@dread.disaster.area',
  },
  IRQ_WRITES: {
    title: 'A write that needs no task finishes where its last bio ends',
    values: [false, true],
    owner: 'kernel',
    help: 'Since v6.19 a write without IOMAP_DIO_COMP_WORK completes in the interrupt, as reads do.',
    source: 'commit eca9dc20891d (v6.19)',
  },
  ERR_TO_TASK: {
    title: 'An I/O that failed is finished in a task',
    values: [false, true],
    owner: 'kernel',
    help: 'Some filesystems take sleeping locks to handle an error. Since v6.19, and in stable kernels that carry the fix.',
    source: 'commit ddb4873286e0 (v6.19)',
  },
  EOF_PUNT: {
    title: 'A write that ends past the end of the file is finished in a task',
    values: [false, true],
    owner: 'kernel',
    help: 'It will have to update the size. Decided before the first mapping is known.',
    source: 'commit eca9dc20891d (v6.19)',
  },
  META_PUNT: {
    title: 'A write to an unwritten, new or shared extent is finished in a task',
    values: [false, true],
    owner: 'kernel',
    help: 'Its extents will have to be converted or remapped.',
    source: 'commit eca9dc20891d (v6.19)',
  },
  SYNC_PUNT: {
    title: 'A write that still needs a sync after its submission is finished in a task',
    values: [false, true],
    owner: 'kernel',
    help: 'Known only after the last bio was built, so after the choice to poll.',
    source: 'commit eca9dc20891d (v6.19)',
  },
  WQ_FOR_READS: {
    title: 'Asynchronous reads make sure that the workqueue exists, too',
    values: [false, true],
    owner: 'kernel',
    help: 'Once failed reads are finished in s_dio_done_wq it must exist before a read is submitted, or the error finds none.',
    source: 'commit 7fd8720dff2d (v6.19)',
  },
  BUF_FLAG: {
    title: 'What the flag of a read into user memory is called',
    values: ['DIRTY', 'USER_BACKED'],
    owner: 'kernel',
    help: 'IOMAP_DIO_DIRTY, renamed IOMAP_DIO_USER_BACKED in v7.0.',
    source: 'commit c96b8b220271 (v7.0)',
  },
  BIO_FREED_FIRST: {
    title: 'A bio is released before its direct I/O is finished',
    values: [false, true],
    owner: 'kernel',
    help: 'Until v6.19 the pages and the bio were released after the completion had run.',
    source: 'commit 45cec0de6c89 (v7.0)',
  },
  SIMPLE_READ: {
    title: 'Small direct reads take a short path without iomap_dio',
    values: [false, true],
    owner: 'kernel',
    help: 'A read of one mapping and one bio is done by __iomap_dio_read_simple, seen in 7.3.4 and not in 7.2.12.',
    source: 'recordings of 7.2.12 and 7.3.4, direct-io.md section 12',
  },
  EXT4_UNWRITTEN_SHARED: {
    title: 'ext4 writes whole unwritten blocks under the shared inode lock',
    values: [false, true],
    owner: 'filesystem',
    help: 'Before, such a write took the exclusive lock, so that one that may not wait was handed to io-wq.',
    source: 'commit 240930fb7e6b (v6.3); recordings of 6.1.192 and 6.12.107',
  },
  EXT4_NOWAIT_MTIME: {
    title: 'ext4 does not update the modification time in a write that may not wait',
    values: [false, true],
    owner: 'filesystem',
    help: 'It fails with -EAGAIN then and io_uring hands it to io-wq, as XFS has it do since v6.0.',
    source: 'recordings of 7.1.13 (updated at once) and 7.3.4 (handed to io-wq)',
  },
  CACHE_HELPERS: {
    title: 'Cached pages of the range are dealt with by kiocb_write_and_wait and kiocb_invalidate_pages',
    values: [false, true],
    owner: 'kernel',
    help: 'Older kernels called filemap_write_and_wait_range and invalidate_inode_pages2_range themselves, even for an I/O that may not wait.',
    source: 'commit 8ee93b4bb626 (v6.5); recordings of 6.1.192',
  },
  ZERO_EMPTY: {
    title: 'iomap_dio_zero is called for an empty range, too',
    values: [false, true],
    owner: 'kernel',
    help: 'It returns at once then; before, the caller looked whether there is something to zero in front of the write.',
    source: 'commit 10553a91652d (v6.12); recordings of 6.1.192 and 6.12.107',
  },
  ZONED_DIRTY: {
    title: 'Zoned XFS says that a direct write changes metadata',
    values: [false, true],
    owner: 'filesystem',
    help: 'Without it an O_DSYNC write goes out with FUA and is not synced, although its new blocks are only in memory.',
    source: 'recordings of 6.16.12 and 6.17.13 (off) and 7.3.4 (on), direct-io.md section 12',
  },
  ZONED_END_IO: {
    title: 'A direct write to zones has an end_io of its own',
    values: [false, true],
    owner: 'filesystem',
    help: 'xfs_zoned_dio_write_end_io only updates the size, because the worker has mapped the blocks already.',
    source: 'recordings of 6.17.13 (off) and 7.3.4 (on)',
  },
  ZONED_SHUTDOWN: {
    title: 'Zoned XFS shuts down after a failed write',
    values: [false, true],
    owner: 'filesystem',
    help: 'The worker that finds the error shuts the filesystem down before it ends the write.',
    source: 'recordings of 6.17.13 (off) and 7.3.4 (on), direct-io.md section 12',
  },
  CACHE_CHECK_AT_END: {
    title: 'Whether the file has cached pages decides at the end of the last bio',
    values: [false, true],
    owner: 'kernel',
    help: 'With cached pages a write completes in the worker, without it skips the invalidation and may complete inline.',
    source: 'commit eca9dc20891d (v6.19)',
  },
  PRIVATE_SET: {
    title: 'Where iocb->private learns of the bio to poll',
    values: ['after the loop', 'in iomap_dio_submit_bio'],
    owner: 'kernel',
    help: 'Before v6.6 the bio is remembered while building and stored after the loop over the mappings.',
    source: 'commit daa99c5a3319 (v6.6)',
  },
  PRIVATE_CLEARED_FOR_WQ: {
    title: 'iocb->private is cleared before the completion is queued',
    values: [false, true],
    owner: 'kernel',
    help: 'Before v6.6 the worker path forgets the polled bio first; afterwards only the inline path does.',
    source: 'fact sheet direct-io.md 1.1',
  },
  UNPOLLABLE: {
    title: 'What becomes of a polled bio on a queue that cannot poll',
    values: ['stripped', 'refused'],
    owner: 'block',
    help: 'Older kernels dropped REQ_POLLED in silence, newer ones fail the bio with BLK_STS_NOTSUPP.',
    source: 'direct-io.md section 9; recordings of 6.1.192 (dropped) and 6.12.107 (refused)',
  },
  IOPOLL_FLUSH: {
    title: 'A pass of an IOPOLL ring posts what is complete through __io_submit_flush_completions',
    values: [false, true],
    owner: 'application',
    help: 'Before v6.6 io_do_iopoll filled in the completions itself.',
    source: 'commit ec26c225f06f (v6.6); recordings of 6.1.192 and 6.12.107',
  },
  IOPOLL_TAKES_ALL: {
    title: 'A pass of an IOPOLL ring takes every request that is complete',
    values: [false, true],
    owner: 'application',
    help: 'Before v7.0 only those in a row from where the pass stopped, so that requests which complete out of order wait behind others.',
    source: 'commit 3c7d76d6128a (v7.0)',
  },
  RW_REISSUE: {
    title: 'Where a read or write of io_uring that ended with -EAGAIN is issued again',
    values: ['when issued', 'when completed, not IOPOLL', 'when completed'],
    owner: 'application',
    help: 'Until v6.13 whoever issues the request finds the mark. Then the flush of completions puts it to io-wq; at first requests of IOPOLL rings were marked but never found, and hung.',
    source: 'commit d803d123948f (v6.14-rc1); fix in mail 92b0a330-4782-45e9-8de7-3b90a94208c2@kernel.dk',
  },
  NOWAIT_SPLIT: {
    title: 'What becomes of a bio that may not wait and is too large for the device',
    values: ['refused', 'split'],
    owner: 'block',
    help: 'Its pieces might have to wait for tags, so the bio fails with -EAGAIN and io_uring hands the I/O to io-wq. Seen split all the same in 7.3.4.',
    source: 'commit 9cea62b2cbab (v6.2, stable 6.1); recordings of 6.12.107 (refused) and 7.3.4 (split)',
  },
  SPLIT_RESUBMIT: {
    title: 'How the rest of a split bio is submitted again',
    values: ['submit_bio_noacct', 'submit_bio_noacct_nocheck'],
    owner: 'block',
    help: 'The checks of a submission were made for the whole bio, so newer kernels leave them out for the rest.',
    source: 'recordings of 6.12.107 (submit_bio_noacct) and 6.17.13 (not called); bio_submit_split_bioset',
  },
  FLUSH_DATA: {
    title: 'How a request with REQ_FUA is issued whose device does all of it by itself',
    values: ['bypass', 'like others'],
    owner: 'block',
    help: 'Before v6.5 blk_insert_flush put it on the dispatch list, past the plug; since then it is issued as any other.',
    source: 'commit 615939a2ae73 (v6.5); recordings of 6.1.192',
  },
  PLUG_FIFO: {
    title: 'A plug issues its requests in the order of submission',
    values: [false, true],
    owner: 'block',
    help: 'Before v6.13 requests were added at the head of the plug, so that the last one was issued first.',
    source: 'commit 05634083a304 (v6.13)',
  },
  BATCH_FIFO: {
    title: 'A batch of requests ends in the order of the completion queue',
    values: [false, true],
    owner: 'block',
    help: 'Before v6.13 the batch list of an interrupt was last in, first out.',
    source: 'commit 65550dea4381 (v6.13)',
  },
  REMOTE_SAME_CPU: {
    title: 'A queue of one CPU completes locally only on that CPU',
    values: [false, true],
    owner: 'block',
    help: 'Since v6.2 blk_mq_complete_request_remote also compares the submitting CPU for a queue with a single context.',
    source: 'block-completion.md section 3, rule 1',
  },
} as const satisfies Record<string, SwitchText>;

type SwitchText = {
  readonly title: string;
  readonly values: readonly (string | boolean)[];
  /** Who decides it in real life; the controls are grouped by it. */
  readonly owner: 'application' | 'filesystem' | 'block' | 'device' | 'kernel';
  readonly help: string;
  readonly source: string;
};

export type SwitchId = keyof typeof SWITCHES;
export type SwitchValue<S extends SwitchId> = (typeof SWITCHES)[S]['values'][number];
/** Every switch with its value. */
export type Switches = { readonly [S in SwitchId]: SwitchValue<S> };
export const SWITCH_IDS = Object.keys(SWITCHES) as SwitchId[];

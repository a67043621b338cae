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
  READ_INLINE: {
    title: 'How an I/O is known to finish where its last bio ends',
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

import { SWITCH_IDS, type Switches } from './switches.ts';

/** v6.5: the last release before the caller completion series. */
const V6_5: Switches = {
  ISSUER_REQUESTS: false,
  CALLER_FLAG: 'none',
  IOCB_FLAG: 'none',
  EOF_CLEARS_CALLER: false,
  SYNC_CLEARS_CALLER: 'mapped and not new only',
  STACK_HIDES_BIT: false,
  CALLER_TEST: 'pointer',
  WT_NAME: 'WRITE_FUA',
  NO_VWC_IS_STABLE: false,
  READ_INLINE: 'not WRITE',
  HIPRI_RULE: 'zeroing or append',
  POLLED_INLINE: false,
  IRQ_WRITES: false,
  ERR_TO_TASK: false,
  EOF_PUNT: false,
  META_PUNT: false,
  SYNC_PUNT: false,
  WQ_FOR_READS: false,
  BUF_FLAG: 'DIRTY',
  BIO_FREED_FIRST: false,
  SIMPLE_READ: false,
  ZONED_DIRTY: false,
  ZONED_END_IO: false,
  ZONED_SHUTDOWN: false,
  CACHE_CHECK_AT_END: false,
  PRIVATE_SET: 'after the loop',
  PRIVATE_CLEARED_FOR_WQ: true,
  UNPOLLABLE: 'stripped',
  IOPOLL_TAKES_ALL: false,
  RW_REISSUE: 'when issued',
  CACHE_HELPERS: true,
  EXT4_UNWRITTEN_SHARED: true,
  EXT4_NOWAIT_MTIME: false,
  IOPOLL_FLUSH: false,
  FLUSH_DATA: 'like others',
  ZERO_EMPTY: false,
  NOWAIT_SPLIT: 'refused',
  SPLIT_RESUBMIT: 'submit_bio_noacct',
  PLUG_FIFO: false,
  BATCH_FIFO: false,
  REMOTE_SAME_CPU: true,
};

/** The series as posted on 20 July 2023, never merged in this form. */
const V4_SERIES: Switches = {
  ...V6_5,
  ISSUER_REQUESTS: true,
  CALLER_FLAG: 'DEFER_COMP',
  IOCB_FLAG: 'IOCB_DIO_DEFER',
  WT_NAME: 'STABLE_WRITE',
  NO_VWC_IS_STABLE: true,
  READ_INLINE: 'INLINE_COMP',
  POLLED_INLINE: true,
  PRIVATE_SET: 'in iomap_dio_submit_bio',
  PRIVATE_CLEARED_FOR_WQ: false,
};

/** As merged for v6.6-rc1. */
const V6_6_RC: Switches = {
  ...V4_SERIES,
  IOPOLL_FLUSH: true,
  CALLER_FLAG: 'CALLER_COMP',
  IOCB_FLAG: 'IOCB_DIO_CALLER_COMP',
  EOF_CLEARS_CALLER: true,
  SYNC_CLEARS_CALLER: 'always',
  STACK_HIDES_BIT: true,
  CALLER_TEST: 'flag and pointer',
  WT_NAME: 'WRITE_THROUGH',
  HIPRI_RULE: 'neither INLINE_COMP nor CALLER_COMP',
  POLLED_INLINE: false,
};

/** The same iomap code, but io_uring no longer asks; the block layer as in 6.12. */
const V6_6: Switches = {
  ...V6_6_RC,
  ISSUER_REQUESTS: false,
  UNPOLLABLE: 'refused',
  ZERO_EMPTY: true,
};

/** Caller completion removed, errors in a task, pure overwrites in the interrupt; the flag's name as since v7.0. */
const V6_19: Switches = {
  ...V6_6,
  CALLER_FLAG: 'none',
  IOCB_FLAG: 'none',
  READ_INLINE: 'no COMP_WORK',
  HIPRI_RULE: 'COMP_WORK',
  IRQ_WRITES: true,
  ERR_TO_TASK: true,
  EOF_PUNT: true,
  META_PUNT: true,
  SYNC_PUNT: true,
  WQ_FOR_READS: true,
  BUF_FLAG: 'USER_BACKED',
  BIO_FREED_FIRST: true,
  CACHE_CHECK_AT_END: true,
  IOPOLL_TAKES_ALL: true,
  RW_REISSUE: 'when completed',
  PLUG_FIFO: true,
  BATCH_FIFO: true,
  SPLIT_RESUBMIT: 'submit_bio_noacct_nocheck',
};

/**
 * The releases that were recorded: each is a revision and what it differs in, with the reason. The one list of backports.
 */
const ERRORS_BACKPORTED =
  'carries ddb4873286e0 and 7fd8720dff2d: its failed direct reads end in s_dio_done_wq';
const LISTS_TURNED = 'plug and batch are first in, first out since v6.13 (05634083a304, 65550dea4381)';
const REISSUED = 'the flush of completions issues again what ended with -EAGAIN since v6.14 (d803d123948f)';
const SPLIT_UNCHECKED =
  'never shows submit_bio_noacct for the rest of a split bio, which 6.12.107 always does';
const RELEASES = {
  '6.1.192': release('Debian 12, before the caller completion series', V6_5, [
    [{ REMOTE_SAME_CPU: false }, 'the CPU is compared since v6.2'],
    [{ EXT4_UNWRITTEN_SHARED: false }, 'ext4 shares the lock for unwritten blocks since v6.3 (240930fb7e6b)'],
    [{ CACHE_HELPERS: false }, 'the helpers came with v6.5'],
    [{ FLUSH_DATA: 'bypass' }, 'writes with FUA join the plug since v6.5'],
  ]),
  '6.12.107': release('Debian 13', V6_6, [[{ ERR_TO_TASK: true, WQ_FOR_READS: true }, ERRORS_BACKPORTED]]),
  '6.16.12': release('without the errors of later stable releases', V6_6, [
    [{ PLUG_FIFO: true, BATCH_FIFO: true }, LISTS_TURNED],
    [{ RW_REISSUE: 'when completed' }, REISSUED],
  ]),
  '6.17.13': release('Debian 13 backports', V6_6, [
    [{ PLUG_FIFO: true, BATCH_FIFO: true }, LISTS_TURNED],
    [{ RW_REISSUE: 'when completed' }, REISSUED],
    [{ SPLIT_RESUBMIT: 'submit_bio_noacct_nocheck' }, SPLIT_UNCHECKED],
    [{ ERR_TO_TASK: true, WQ_FOR_READS: true }, ERRORS_BACKPORTED],
  ]),
  '6.18.15': release('the last with IOMAP_DIO_CALLER_COMP in its code', V6_6, [
    [{ PLUG_FIFO: true, BATCH_FIFO: true }, LISTS_TURNED],
    [{ RW_REISSUE: 'when completed' }, REISSUED],
    [{ SPLIT_RESUBMIT: 'submit_bio_noacct_nocheck' }, SPLIT_UNCHECKED],
    [{ ERR_TO_TASK: true, WQ_FOR_READS: true }, ERRORS_BACKPORTED],
  ]),
  '6.19.14': release('the first with overwrites that end in the interrupt', V6_19, [
    [
      { BUF_FLAG: 'DIRTY', BIO_FREED_FIRST: false },
      'renamed by c96b8b220271 and moved by 45cec0de6c89 in v7.0',
    ],
    [{ IOPOLL_TAKES_ALL: false }, 'the poll pass takes all that is complete since v7.0 (3c7d76d6128a)'],
  ]),
  '7.0.13': release('Debian 13 backports', V6_19, []),
  '7.1.13': release('Debian 13 backports', V6_19, []),
  '7.2.12': release('the last without the short path for small reads', V6_19, []),
  '7.3.4': release('with the short path for small direct reads', V6_19, [
    [{ SIMPLE_READ: true }, '__iomap_dio_read_simple is in its recordings, not in those of 7.2.12'],
    [
      { ZONED_DIRTY: true, ZONED_END_IO: true, ZONED_SHUTDOWN: true },
      'seen in its recordings of zoned XFS, not in those of 6.17.13',
    ],
    [
      { EXT4_NOWAIT_MTIME: true },
      'its ext4 hands an old modification time to io-wq, that of 7.1.13 does not',
    ],
    [{ NOWAIT_SPLIT: 'split' }, 'its polled read of 1 MiB that may not wait is split, in 6.12.107 refused'],
  ]),
} as const;

/** A kernel: what it is, its switches, and for a release why it differs from its revision. */
export type KernelText = {
  readonly title: string;
  readonly switches: Switches;
  readonly differences: readonly KernelDifference[];
};
export type KernelDifference = readonly [switches: Partial<Switches>, reason: string];

function release(what: string, base: Switches, differences: readonly KernelDifference[]): KernelText {
  const switches = differences.reduce((all, [some]) => ({ ...all, ...some }), base);
  return { title: `As recorded: ${what}`, switches, differences };
}

function revision(title: string, switches: Switches): KernelText {
  return { title, switches, differences: [] };
}

/**
 * Named kernels: each gives every switch a value. The revision names are those of the direct I/O fact sheet; the numbers
 * are releases of which there are recordings.
 */
export const KERNELS = {
  'v6.5': revision('Linux 6.5, the last release before the caller completion series', V6_5),
  'v4-series': revision(
    'Version 4 of the caller completion series on 6.5, as posted; never merged',
    V4_SERIES,
  ),
  'v6.6-rc': revision('Linux 6.6-rc1 to rc7: io_uring writes finish in the submitter’s task_work', V6_6_RC),
  'v6.6-to-v6.18': revision(
    'Linux 6.6 to 6.18: the same iomap code, but io_uring no longer asks (here as in 6.12)',
    V6_6,
  ),
  'v6.19+': revision(
    'Linux 6.19 and later: caller completion is gone, pure overwrites finish in the interrupt',
    V6_19,
  ),
  ...RELEASES,
} as const satisfies Record<string, KernelText>;

export type KernelName = keyof typeof KERNELS;
export const KERNEL_NAMES = Object.keys(KERNELS) as KernelName[];

/** The switches of a named kernel with single ones flipped. */
export function switchesOf(name: KernelName, flipped: Partial<Switches>): Switches {
  return { ...KERNELS[name].switches, ...flipped };
}

/** The flipped switches that differ from what the kernel has anyway. */
export function effectiveFlips(name: KernelName, flipped: Partial<Switches>): Partial<Switches> {
  const own: Switches = KERNELS[name].switches;
  return Object.fromEntries(
    SWITCH_IDS.filter((id) => flipped[id] !== undefined && flipped[id] !== own[id]).map((id) => [
      id,
      flipped[id],
    ]),
  );
}

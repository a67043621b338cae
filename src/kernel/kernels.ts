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
  ZONED_LOG_FLUSH: false,
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
  SUBMIT_PLUG: false,
  PLUG_FIFO: false,
  BATCH_FIFO: false,
  REMOTE_SAME_CPU: true,
  WB_HOOK: 'submit_ioend',
  IOEND_END_IO: 'iomap_writepage_end_bio',
  IOEND_FINISH: 'iomap_finish_ioend',
  XFS_DONTCACHE_WQ: true,
  IOEND_DONTCACHE: true,
  FAILED_IOENDS: 'in place',
  FSERROR: false,
  IN_TASK: 'none',
  IN_TASK_SET: 'with the ioend',
  IN_TASK_TEST: '!in_task()',
  IN_TASK_DELAY: 'none',
  BATCH_LIST: 'bio_list, local_lock',
  BATCH_QUEUED: 'for every bio',
  BATCH_WQ: 'system',
  BATCH_EXIT: 'when empty',
  BATCH_HOTPLUG: 'none',
  XFS_CLEARS_IN_TASK: false,
  BDEV_DONTCACHE: false,
  BH_END_IO: 'end_buffer_async_write',
  DROPBEHIND_END: 'filemap_end_dropbehind_write',
  DONTCACHE_KICK: 'writer',
  READ_SUBMIT: 'at the end',
  EXT4_WRITEBACK: 'buffer heads',
  EXT4_DONTCACHE: false,
  EXT4_LARGE_FOLIOS: false,
  EXT4_WRITE_PAGES: 'folios',
  EXT4_FAILED_IO_END: 'converts',
  EXT4_MAP_RECHECK: 'none',
};

/** ext4's writeback as in v6.16, and as since v6.17. */
const EXT4_6_16 = { EXT4_LARGE_FOLIOS: true, EXT4_FAILED_IO_END: 'keeps unwritten, may abort' } as const;
const EXT4_6_17 = { ...EXT4_6_16, EXT4_DONTCACHE: true } as const;

/** Buffered writeback as in v6.17: the hook takes a writeback context. */
const WB_6_17 = {
  WB_HOOK: 'writeback_submit',
  IOEND_END_IO: 'ioend_writeback_end_bio',
  IOEND_FINISH: 'iomap_finish_ioend_buffered',
} as const;
/** The end of writeback as in v6.18. */
const WB_6_18 = { ...WB_6_17, DROPBEHIND_END: 'folio_end_dropbehind' } as const;
/** And as in v7.0, where the report of an error needs a task. */
const WB_7_0 = { ...WB_6_18, FAILED_IOENDS: 'failed_ioend_list', FSERROR: true } as const;

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
  SUBMIT_PLUG: true,
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
  ...WB_6_18,
  ...EXT4_6_17,
};

/** The series for BIO_COMPLETE_IN_TASK on the kernel of its time, version by version: bio-complete-in-task.md section 3. */
const RFC_V3: Switches = { ...V6_19, IN_TASK: 'folios', BDEV_DONTCACHE: true };
const RFC_V4: Switches = {
  ...V6_19,
  IN_TASK: 'bios',
  BATCH_HOTPLUG: 'dead',
  XFS_DONTCACHE_WQ: false,
  BDEV_DONTCACHE: true,
};
const RFC_V5: Switches = {
  ...RFC_V4,
  IN_TASK_SET: 'with the folio',
  IOEND_DONTCACHE: false,
  IN_TASK_DELAY: '1 jiffy',
  BATCH_LIST: 'llist',
  BATCH_QUEUED: 'for the first bio',
  BATCH_WQ: 'bio_complete',
};
const IN_TASK_V6: Switches = {
  ...RFC_V5,
  IN_TASK_TEST: 'bio_in_atomic()',
  BATCH_LIST: 'bio_list, local_lock',
  BATCH_EXIT: 'when need_resched',
  BATCH_HOTPLUG: 'down_prep, dead',
};
/** As merged on 31 July 2026, on a kernel that also has the list of failed ioends and the new end of buffer heads. */
const FOR_7_3_BLOCK: Switches = {
  ...IN_TASK_V6,
  ...WB_7_0,
  IN_TASK_DELAY: 'none',
  BATCH_LIST: 'bio_list, irqs off',
  BATCH_EXIT: 'when empty',
  BATCH_HOTPLUG: 'online, down_prep, dead',
  IOEND_FINISH: 'iomap_finish_ioend_buffered_write',
  BH_END_IO: 'bh_end_async_write',
  DONTCACHE_KICK: 'flusher',
};

/** What 7.3 has of it. */
const IN_TASK_7_3 = {
  IN_TASK: 'bios',
  IN_TASK_SET: 'with the folio',
  IN_TASK_TEST: 'bio_in_atomic()',
  BATCH_LIST: 'bio_list, irqs off',
  BATCH_QUEUED: 'for the first bio',
  BATCH_WQ: 'bio_complete',
  BATCH_HOTPLUG: 'online, down_prep, dead',
  XFS_DONTCACHE_WQ: false,
  IOEND_DONTCACHE: false,
  XFS_CLEARS_IN_TASK: true,
  BDEV_DONTCACHE: true,
} as const;

/** ext4 as its developers had it in 2026. */
const EXT4_BH_2026: Switches = { ...V6_19, ...WB_7_0 };
const EXT4_IOMAP_V2: Switches = {
  ...V6_19,
  EXT4_WRITEBACK: 'iomap v2',
  EXT4_MAP_RECHECK: 'look-up repeated',
};
const EXT4_IOMAP_V4: Switches = {
  ...EXT4_BH_2026,
  EXT4_WRITEBACK: 'iomap v4',
  EXT4_MAP_RECHECK: 'look-up repeated',
};
const EXT4_IOMAP_PLAN: Switches = {
  ...EXT4_BH_2026,
  EXT4_WRITEBACK: 'iomap, always a worker',
  EXT4_MAP_RECHECK: 'sequence check',
};

/**
 * The releases that were recorded: each is a revision and what it differs in, with the reason. The one list of backports.
 */
const ERRORS_BACKPORTED =
  'carries ddb4873286e0 and 7fd8720dff2d: its failed direct reads end in s_dio_done_wq';
const LISTS_TURNED = 'plug and batch are first in, first out since v6.13 (05634083a304, 65550dea4381)';
const REISSUED = 'the flush of completions issues again what ended with -EAGAIN since v6.14 (d803d123948f)';
const WB_CONTEXTS = 'its hooks take a writeback context since v6.17';
const DROPBEHIND_SPLIT = 'folio_end_dropbehind is a function of its own since v6.18';
const ERRORS_REPORTED =
  'failed writes are reported since v7.0, and overwrites go to iomap_fail_ioends for it';
const FLUSHER_KICKED = 'an uncached write wakes the flusher since v7.2';
const EXT4_FOLIOS = 'ext4 has large folios since v6.16, and looks at failed io_ends since v6.15';
const EXT4_UNCACHED = `${EXT4_FOLIOS}; it takes RWF_DONTCACHE since v6.17`;
const SPLIT_UNCHECKED =
  'never shows submit_bio_noacct for the rest of a split bio, which 6.12.107 always does';
const RELEASES = {
  '6.1.192': release('Debian 12, before the caller completion series', V6_5, [
    [{ REMOTE_SAME_CPU: false }, 'the CPU is compared since v6.2'],
    [{ EXT4_UNWRITTEN_SHARED: false }, 'ext4 shares the lock for unwritten blocks since v6.3 (240930fb7e6b)'],
    [{ CACHE_HELPERS: false }, 'the helpers came with v6.5'],
    [{ FLUSH_DATA: 'bypass' }, 'writes with FUA join the plug since v6.5'],
    [{ EXT4_WRITE_PAGES: 'pages' }, 'its recordings show ext4_io_submit called by ext4_writepages'],
  ]),
  '6.12.107': release('Debian 13', V6_6, [
    [{ ERR_TO_TASK: true, WQ_FOR_READS: true }, ERRORS_BACKPORTED],
    [{ EXT4_FAILED_IO_END: 'keeps unwritten' }, 'e856f93e0fb2 is in stable 6.12, ce51afb8cc5e is not'],
  ]),
  '6.16.12': release('without the errors of later stable releases', V6_6, [
    [{ IOEND_FINISH: 'iomap_finish_ioend_buffered' }, 'ioends of direct writes to zones since v6.15'],
    [EXT4_6_16, EXT4_FOLIOS],
    [{ PLUG_FIFO: true, BATCH_FIFO: true }, LISTS_TURNED],
    [{ RW_REISSUE: 'when completed' }, REISSUED],
  ]),
  '6.17.13': release('Debian 13 backports', V6_6, [
    [WB_6_17, WB_CONTEXTS],
    [EXT4_6_17, EXT4_UNCACHED],
    [{ PLUG_FIFO: true, BATCH_FIFO: true }, LISTS_TURNED],
    [{ RW_REISSUE: 'when completed' }, REISSUED],
    [{ SPLIT_RESUBMIT: 'submit_bio_noacct_nocheck' }, SPLIT_UNCHECKED],
    [{ ERR_TO_TASK: true, WQ_FOR_READS: true }, ERRORS_BACKPORTED],
  ]),
  '6.18.15': release('the last with IOMAP_DIO_CALLER_COMP in its code', V6_6, [
    [WB_6_17, WB_CONTEXTS],
    [EXT4_6_17, EXT4_UNCACHED],
    [{ DROPBEHIND_END: 'folio_end_dropbehind' }, DROPBEHIND_SPLIT],
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
  '7.0.13': release('Debian 13 backports', V6_19, [
    [{ FAILED_IOENDS: 'failed_ioend_list', FSERROR: true }, ERRORS_REPORTED],
  ]),
  '7.1.13': release('Debian 13 backports', V6_19, [
    [{ FAILED_IOENDS: 'failed_ioend_list', FSERROR: true }, ERRORS_REPORTED],
  ]),
  '7.2.12': release('the last without the short path for small reads', V6_19, [
    [{ FAILED_IOENDS: 'failed_ioend_list', FSERROR: true }, ERRORS_REPORTED],
    [{ DONTCACHE_KICK: 'flusher' }, FLUSHER_KICKED],
    [{ BH_END_IO: 'bh_end_async_write' }, 'has bh_end_async_write in its recordings'],
  ]),
  '7.3.4': release('with the short path for small direct reads', V6_19, [
    [{ FAILED_IOENDS: 'failed_ioend_list', FSERROR: true }, ERRORS_REPORTED],
    [{ DONTCACHE_KICK: 'flusher' }, FLUSHER_KICKED],
    [{ BH_END_IO: 'bh_end_async_write' }, 'has bh_end_async_write in its recordings'],
    [{ IOEND_FINISH: 'iomap_finish_ioend_buffered_write' }, 'its name in the recordings'],
    [{ SUBMIT_PLUG: false }, 'single bios are issued directly in its recordings'],
    [IN_TASK_7_3, 'the first release with BIO_COMPLETE_IN_TASK; recordings 15a to 15d'],
    [{ SIMPLE_READ: true }, '__iomap_dio_read_simple is in its recordings, not in those of 7.2.12'],
    [
      { ZONED_DIRTY: true, ZONED_END_IO: true, ZONED_SHUTDOWN: true, ZONED_LOG_FLUSH: true },
      'seen in its recordings of zoned XFS, not in those of 6.17.13',
    ],
    [
      { EXT4_NOWAIT_MTIME: true },
      'its ext4 hands an old modification time to io-wq, that of 7.1.13 does not',
    ],
    [
      { READ_SUBMIT: 'for each mapping' },
      'its readahead submits before the last look-up, that of 6.17.13 after it',
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
  'in-task-rfc-v3': revision('Dropbehind folios in a per-CPU batch of 31, RFC v3 of 27 Feb 2026', RFC_V3),
  'in-task-rfc-v4': revision('BIO_COMPLETE_IN_TASK, RFC v4 of 25 Mar 2026', RFC_V4),
  'in-task-rfc-v5': revision('BIO_COMPLETE_IN_TASK, RFC v5 of 8 Apr 2026: llist, one jiffy of delay', RFC_V5),
  'in-task-v6': revision('BIO_COMPLETE_IN_TASK, v6 of 14 May 2026: bio_in_atomic()', IN_TASK_V6),
  'for-7.3-block': revision('BIO_COMPLETE_IN_TASK as merged for 7.3 on 31 Jul 2026', FOR_7_3_BLOCK),
  'ext4-bh-2026': revision('ext4 with buffer heads, as of 2026', EXT4_BH_2026),
  'ext4-iomap-v2': revision('ext4 on iomap, series v2 of 3 Feb 2026', EXT4_IOMAP_V2),
  'ext4-iomap-v4': revision('ext4 on iomap, series v4 of June 2026', EXT4_IOMAP_V4),
  'ext4-iomap-plan-2026-06': revision(
    'ext4 on iomap as agreed on 30 June 2026: always a worker (a plan; no code was seen)',
    EXT4_IOMAP_PLAN,
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

/** The columns of the decision table of buffered writeback. Source: writeback-completion.md section 1 of the fact sheets. */
import type { ColumnDef, Columns } from './table.ts';

const oneOf = (...values: readonly string[]): ColumnDef => ({ values, dash: false });

/** What a row may say of the one thing that matters to it beyond the other columns. */
export const WB_CONFIGS = [
  '-',
  'PREEMPT_COUNT=y',
  'PREEMPT_COUNT=n',
  'BUFFER_HEAD=y',
  'BUFFER_HEAD=n',
  'BUFFER_HEAD=y; PREEMPT_COUNT=y',
  'BUFFER_HEAD=n; PREEMPT_COUNT=y',
  'BUFFER_HEAD=y; PREEMPT_COUNT=n',
  'BUFFER_HEAD=n; PREEMPT_COUNT=n',
  'unsplit or parent ioend',
  'ioend split off by iomap_split_ioend',
  'not an ordered-zeroing I/O',
  'ordered-zeroing I/O',
] as const;

/** Revisions of the fact sheet, and the kernel of the model that stands for each. */
export const WB_REVISIONS = {
  '6.16': '6.16.12',
  '6.17': '6.17.13',
  'RFC-v4': 'in-task-rfc-v4',
  'RFC-v5': 'in-task-rfc-v5',
  v6: 'in-task-v6',
  'for-7.3-block': 'for-7.3-block',
  '7.3': '7.3.4',
  'ext4-bh-2026': 'ext4-bh-2026',
  'ext4-iomap-v2': 'ext4-iomap-v2',
  'ext4-iomap-v4': 'ext4-iomap-v4',
  'ext4-iomap-plan-2026-06': 'ext4-iomap-plan-2026-06',
} as const;

export const ORDERED = 'ordered-zeroing I/O';
export const SPLIT_OFF = 'ioend split off by iomap_split_ioend';
export const SUBMITTER_ENDS = 'task (bio_endio called by the flusher)';

const inputs = {
  revision: oneOf(...Object.keys(WB_REVISIONS)),
  config: { values: WB_CONFIGS, dash: true },
  filesystem: oneOf('xfs', 'xfs-zoned', 'ext4-iomap', 'ext4-buffer-head', 'gfs2', 'zonefs', 'blkdev'),
  ioend_state: oneOf('overwrite', 'append', 'unwritten', 'shared', 'any'),
  dontcache: oneOf('y', 'n'),
  submit_error: oneOf('y', 'n'),
  io_error: oneOf('y', 'n'),
  data_error_abort: { values: ['y', 'n'], dash: true },
  bio_completes_in: oneOf('irq', 'task', 'task-atomic', 'task-preemptible', SUBMITTER_ENDS),
} as const satisfies Record<string, ColumnDef>;
export type WbInput = keyof typeof inputs;

const BATCH = 'bio_complete batch';
const XFS = 'per-inode i_ioend_list + xfs-conv wq';
const FAILED = 'error path: failed_ioend_list + system wq';
/** Where a bio or its ioend waits, by the type of the place in the log. */
export const WB_PLACES: Readonly<Record<string, string>> = {
  bio_complete_batch: BATCH,
  i_ioend_list: XFS,
  i_iomap_ioend_list: 'per-inode i_iomap_ioend_list + ext4-rsv-conversion wq',
  i_rsv_conversion_list: 'per-inode i_rsv_conversion_list + ext4-rsv-conversion wq',
  failed_ioend_list: FAILED,
};

/** Whose worker it is, by the function of its work item. */
export const WB_WORKERS: Readonly<Record<string, string>> = {
  bio_complete_work_fn: 'bio_complete kworker',
  xfs_end_io: 'xfs-conv kworker',
  ext4_iomap_end_io: 'ext4-rsv-conversion kworker',
  ext4_end_io_rsv_work: 'ext4-rsv-conversion kworker',
  iomap_fail_ioends: 'system wq kworker (failed_ioend_work)',
};

const CONTEXTS = [
  'irq',
  'completing task',
  'flusher task (submitter)',
  ...new Set(Object.values(WB_WORKERS)),
] as const;

const outcomes = {
  bi_end_io: oneOf(
    'iomap_writepage_end_bio',
    'ioend_writeback_end_bio',
    'xfs_end_bio',
    'ext4_iomap_end_bio',
    'ext4_end_bio',
    'end_buffer_async_write',
    'bh_end_async_write',
  ),
  queue: oneOf('none', ...Object.values(WB_PLACES), `${BATCH} -> ${XFS}`, `${BATCH} -> ${FAILED}`),
  folio_end_writeback_ctx: oneOf(...CONTEXTS),
  dropbehind_ctx: oneOf('n/a', 'skipped', ...CONTEXTS),
} as const satisfies Record<string, ColumnDef>;
export type WbOutcome = keyof typeof outcomes;

export const WB_COLUMNS: Columns<WbInput, WbOutcome> = { inputs, outcomes };

/** One value for each condition of a row. */
export type WbChoice = Readonly<Record<WbInput, string>>;

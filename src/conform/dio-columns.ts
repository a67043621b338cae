/** The columns of the decision table of direct I/O. Source: direct-io.md section 2 of the fact sheets. */
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import type { ColumnDef, Columns } from './table.ts';

const oneOf = (...values: readonly string[]): ColumnDef => ({ values, dash: false });
const oneOfOrDash = (...values: readonly string[]): ColumnDef => ({ values, dash: true });

const inputs = {
  revision: oneOf(...KERNEL_NAMES),
  op: oneOf('read', 'write'),
  kiocb: oneOf('sync', 'async'),
  issuer: oneOf('sync', 'libaio', 'io_uring', 'io_uring-iopoll'),
  hipri: oneOf('no', 'yes'),
  caller_comp_requested: oneOf('no', 'yes'),
  force_wait: oneOf('no', 'yes'),
  extent: oneOf('mapped', 'mapped-dirty', 'unwritten', 'new', 'shared', 'hole'),
  extends_eof: oneOfOrDash('no', 'straddle', 'append'),
  sync_mode: oneOfOrDash('none', 'O_DSYNC', 'O_SYNC'),
  device_vwc: oneOfOrDash('no', 'yes'),
  device_fua: oneOfOrDash('no', 'yes'),
  page_cache: oneOfOrDash('none', 'present'),
  bios: oneOfOrDash('single', 'multi'),
  poll_survives: oneOfOrDash('yes', 'no'),
  io_error: oneOfOrDash('no', 'yes'),
} as const satisfies Record<string, ColumnDef>;
export type DioInput = keyof typeof inputs;

const CONTEXTS = ['submitting-task', 'irq', 'iopoll-loop', 'task_work', 'kworker'] as const;

const outcomes = {
  /** Bits of `dio->flags` in the order in which they are printed (section 1.2). */
  flags_at_completion: {
    values: [
      'WRITE',
      ...['WRITE_FUA', 'STABLE_WRITE', 'WRITE_THROUGH'],
      'NEED_SYNC',
      'INLINE_COMP',
      ...['DEFER_COMP', 'CALLER_COMP'],
      'COMP_WORK',
      'NO_INVALIDATE',
      'UNWRITTEN',
      'COW',
      ...['DIRTY', 'USER_BACKED'],
    ],
    dash: false,
    joined: '+',
  },
  hipri_at_submit: oneOf('yes', 'no', 'n/a'),
  req_polled: oneOf('kept', 'stripped', 'never'),
  path: oneOf(
    'wait-wake',
    'submitter-direct',
    'inline-irq',
    'inline-poll',
    'caller-comp-task-work',
    's_dio_done_wq',
  ),
  context: oneOf(...CONTEXTS),
  notify: oneOf(
    'return-value',
    ...CONTEXTS.map((context) => `aio_complete-in-${context}`),
    ...CONTEXTS.map((context) => `iopoll_completed-set-in-${context}`),
    'kiocb_done-in-submitting-task',
    'io_complete_rw-in-irq-then-task_work',
    'io_complete_rw-in-kworker-then-task_work',
  ),
  post_invalidate: oneOf('called', 'skipped', 'n/a'),
  sync_after: oneOf('yes', 'no'),
  fua: oneOf('sent', 'stripped', 'no'),
} as const satisfies Record<string, ColumnDef>;
export type DioOutcome = keyof typeof outcomes;

export const DIO_COLUMNS: Columns<DioInput, DioOutcome> = { inputs, outcomes };

/** One value for each condition of a row. */
export type DioChoice = Readonly<Record<DioInput, string>>;

/** Values that a recording cannot tell apart: the block layer takes the bit off before the first event, and an I/O that
 *  is no longer polled uses the same queue as one that never was. */
export const DIO_SAME_IN_RECORDINGS: Readonly<Partial<Record<DioOutcome, readonly string[]>>> = {
  fua: ['stripped', 'no'],
  req_polled: ['stripped', 'never'],
};

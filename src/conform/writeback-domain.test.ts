import { describe, expect, test } from 'vitest';
import { runToEnd } from '../run/run.ts';
import { parseScenario } from '../scenario/parse.ts';
import { SUBMITTER_ENDS, type WbChoice, type WbOutcome } from './writeback-columns.ts';
import { readWriteback } from './writeback-reading.ts';
import { writebackScenario } from './writeback-scenario.ts';

// The whole domain of the decision table of writeback, not only the rows that we were given, against the outcome rules R1
// to R7 of writeback-completion.md section 3. The model knows nothing of these rules.

const FLAGGED = ['RFC-v4', 'RFC-v5', 'v6', 'for-7.3-block', '7.3'];
const BIO_IN_ATOMIC = ['v6', 'for-7.3-block', '7.3'];
const BATCH = 'bio_complete batch';
const XFS = 'per-inode i_ioend_list + xfs-conv wq';
const EXT4_BH = 'per-inode i_rsv_conversion_list + ext4-rsv-conversion wq';
const EXT4_IOMAP = 'per-inode i_iomap_ioend_list + ext4-rsv-conversion wq';
const FAILED = 'error path: failed_ioend_list + system wq';
const WORKER: Readonly<Record<string, string>> = {
  [BATCH]: 'bio_complete kworker',
  [XFS]: 'xfs-conv kworker',
  [EXT4_BH]: 'ext4-rsv-conversion kworker',
  [EXT4_IOMAP]: 'ext4-rsv-conversion kworker',
  [FAILED]: 'system wq kworker (failed_ioend_work)',
};

/** R2. */
function handler(c: WbChoice): string {
  const plain = c.revision === '6.16' ? 'iomap_writepage_end_bio' : 'ioend_writeback_end_bio';
  const old = c.revision === '6.16' || c.revision === '6.17';
  switch (c.filesystem) {
    case 'xfs':
      return c.ioend_state !== 'overwrite' || (old && c.dontcache === 'y') ? 'xfs_end_bio' : plain;
    case 'xfs-zoned':
      return 'xfs_end_bio';
    case 'blkdev':
      if (c.config.includes('BUFFER_HEAD=n')) return plain;
      return ['for-7.3-block', '7.3'].includes(c.revision) ? 'bh_end_async_write' : 'end_buffer_async_write';
    case 'ext4-buffer-head':
      return 'ext4_end_bio';
    case 'ext4-iomap': {
      const may =
        c.revision === 'ext4-iomap-v2' || (c.revision === 'ext4-iomap-v4' && c.data_error_abort === 'n');
      return may && c.ioend_state === 'overwrite' && c.config !== 'ordered-zeroing I/O'
        ? plain
        : 'ext4_iomap_end_bio';
    }
    default:
      return plain;
  }
}

/** R3 and R4. */
function goesToBatch(c: WbChoice, bi_end_io: string): boolean {
  const split = c.config === 'ioend split off by iomap_split_ioend';
  if (c.dontcache !== 'y' || split || !FLAGGED.includes(c.revision)) return false;
  if (!['xfs', 'xfs-zoned', 'blkdev'].includes(c.filesystem)) return false;
  if (c.revision === '7.3' && bi_end_io === 'xfs_end_bio') return false;
  if (c.bio_completes_in === 'irq') return true;
  if (!BIO_IN_ATOMIC.includes(c.revision)) return false;
  return c.bio_completes_in === 'task-atomic' || c.config.includes('PREEMPT_COUNT=n');
}

/** R6. */
function secondHop(c: WbChoice, bi_end_io: string): string | null {
  const error = c.submit_error === 'y' || c.io_error === 'y';
  switch (bi_end_io) {
    case 'xfs_end_bio':
      return XFS;
    case 'ext4_end_bio':
      return c.ioend_state === 'unwritten' || (error && c.data_error_abort === 'y') ? EXT4_BH : null;
    case 'ext4_iomap_end_bio':
      return ext4Defers(c, error) ? EXT4_IOMAP : null;
    case 'ioend_writeback_end_bio':
      return error && ['for-7.3-block', '7.3', 'ext4-iomap-v4'].includes(c.revision) ? FAILED : null;
    default:
      return null;
  }
}

function ext4Defers(c: WbChoice, error: boolean): boolean {
  if (c.revision === 'ext4-iomap-plan-2026-06' || c.ioend_state !== 'overwrite') return true;
  if (c.revision === 'ext4-iomap-v2') return error && c.data_error_abort === 'y';
  return error || c.config === 'ordered-zeroing I/O';
}

/** R5 and R7. */
function expected(c: WbChoice): Record<WbOutcome, string> {
  const bi_end_io = handler(c);
  const second = secondHop(c, bi_end_io);
  const hops = [...(goesToBatch(c, bi_end_io) ? [BATCH] : []), ...(second === null ? [] : [second])];
  const runner =
    c.submit_error === 'y'
      ? 'flusher task (submitter)'
      : c.bio_completes_in === 'irq'
        ? 'irq'
        : 'completing task';
  const ctx = WORKER[hops.at(-1) ?? ''] ?? runner;
  return {
    bi_end_io,
    queue: hops.length === 0 ? 'none' : hops.join(' -> '),
    folio_end_writeback_ctx: ctx,
    dropbehind_ctx: c.dontcache === 'n' ? 'n/a' : ctx === 'irq' ? 'skipped' : ctx,
  };
}

const YN = ['y', 'n'];
const RFC = ['RFC-v4', 'RFC-v5'];
const MODERN = ['v6', 'for-7.3-block', '7.3'];

/** Every combination of these values. */
function product(domain: Readonly<Record<keyof WbChoice, readonly string[]>>): WbChoice[] {
  return Object.entries(domain).reduce<Record<string, string>[]>(
    (all, [column, values]) => all.flatMap((row) => values.map((value) => ({ ...row, [column]: value }))),
    [{}],
  ) as WbChoice[]; // every column was given its values
}

/** A submission error ends in the submitter, and has no device error. */
const possible = (c: WbChoice): boolean =>
  (c.submit_error === 'y') === (c.bio_completes_in === SUBMITTER_ENDS) &&
  !(c.submit_error === 'y' && c.io_error === 'y');

const XFS_STATES = ['overwrite', 'append', 'unwritten', 'shared'];
const DOMAIN: Readonly<Record<string, WbChoice[]>> = {
  'xfs until RFC v5': product({
    revision: ['6.16', '6.17', ...RFC],
    config: ['-'],
    filesystem: ['xfs'],
    ioend_state: XFS_STATES,
    dontcache: YN,
    submit_error: YN,
    io_error: YN,
    data_error_abort: ['-'],
    bio_completes_in: ['irq', 'task', SUBMITTER_ENDS],
  }).filter((c) => c.revision !== 'RFC-v5' || (c.submit_error === 'n' && c.io_error === 'n')),
  'xfs since v6': product({
    revision: MODERN,
    config: ['PREEMPT_COUNT=y', 'PREEMPT_COUNT=n'],
    filesystem: ['xfs'],
    ioend_state: XFS_STATES,
    dontcache: YN,
    submit_error: YN,
    io_error: YN,
    data_error_abort: ['-'],
    bio_completes_in: ['irq', 'task-atomic', 'task-preemptible', SUBMITTER_ENDS],
  }).filter((c) => c.revision !== 'v6' || (c.submit_error === 'n' && c.io_error === 'n')),
  'xfs on zones': product({
    revision: ['6.16', '6.17', 'RFC-v4', '7.3'],
    config: ['unsplit or parent ioend'],
    filesystem: ['xfs-zoned'],
    ioend_state: ['any'],
    dontcache: YN,
    submit_error: YN,
    io_error: YN,
    data_error_abort: ['-'],
    bio_completes_in: ['irq', SUBMITTER_ENDS],
  }),
  'a part of an ioend on zones': product({
    revision: ['7.3'],
    config: ['ioend split off by iomap_split_ioend'],
    filesystem: ['xfs-zoned'],
    ioend_state: ['any'],
    dontcache: YN,
    submit_error: ['n'],
    io_error: YN,
    data_error_abort: ['-'],
    bio_completes_in: ['irq'],
  }),
  'gfs2 and zonefs': product({
    revision: ['6.17', '7.3'],
    config: ['-'],
    filesystem: ['gfs2', 'zonefs'],
    ioend_state: ['overwrite'],
    dontcache: ['n'],
    submit_error: YN,
    io_error: YN,
    data_error_abort: ['-'],
    bio_completes_in: ['irq', 'task', SUBMITTER_ENDS],
  }),
  'a block device before 7.3': product({
    revision: ['6.17'],
    config: ['BUFFER_HEAD=y', 'BUFFER_HEAD=n'],
    filesystem: ['blkdev'],
    ioend_state: ['overwrite'],
    dontcache: ['n'],
    submit_error: ['n'],
    io_error: YN,
    data_error_abort: ['-'],
    bio_completes_in: ['irq', 'task'],
  }),
  'a block device in 7.3': product({
    revision: ['7.3'],
    config: ['BUFFER_HEAD=y; PREEMPT_COUNT=y', 'BUFFER_HEAD=n; PREEMPT_COUNT=y'],
    filesystem: ['blkdev'],
    ioend_state: ['overwrite'],
    dontcache: YN,
    submit_error: YN,
    io_error: YN,
    data_error_abort: ['-'],
    bio_completes_in: ['irq', 'task-atomic', 'task-preemptible', SUBMITTER_ENDS],
  }).filter((c) => c.config.startsWith('BUFFER_HEAD=n') || c.submit_error === 'n'),
  'ext4 with buffer heads': product({
    revision: ['ext4-bh-2026'],
    config: ['-'],
    filesystem: ['ext4-buffer-head'],
    ioend_state: ['overwrite', 'unwritten'],
    dontcache: YN,
    submit_error: ['n'],
    io_error: YN,
    data_error_abort: YN,
    bio_completes_in: ['irq', 'task'],
  }),
  'ext4 on iomap': product({
    revision: ['ext4-iomap-v2', 'ext4-iomap-v4', 'ext4-iomap-plan-2026-06'],
    config: ['-', 'not an ordered-zeroing I/O', 'ordered-zeroing I/O'],
    filesystem: ['ext4-iomap'],
    ioend_state: ['overwrite', 'append', 'unwritten'],
    dontcache: ['n'],
    submit_error: YN,
    io_error: YN,
    data_error_abort: YN,
    bio_completes_in: ['irq', 'task', SUBMITTER_ENDS],
  }).filter((c) => (c.revision === 'ext4-iomap-v4') === (c.config !== '-')),
};

describe('every combination of conditions goes as the outcome rules of the fact sheet say', () => {
  test.each(Object.entries(DOMAIN))('%s', (_, domain) => {
    const choices = domain.filter(possible);
    expect(choices.length).toBeGreaterThan(3);
    const wrong = choices.flatMap((choice): unknown[] => {
      const scenario = parseScenario(writebackScenario({ id: 'row', isRecorded: false }, choice));
      if (!scenario.ok) throw new Error(JSON.stringify(scenario.error));
      const reading = readWriteback(runToEnd(scenario.value).log, choice);
      if (typeof reading === 'string') return [{ choice, reading }];
      for (const [column, got] of Object.entries(reading.inputs))
        if (got !== choice[column as keyof WbChoice]) return [{ choice, column, got }];
      const should = expected(choice);
      return JSON.stringify(reading.outcomes) === JSON.stringify(should)
        ? []
        : [{ choice, should, got: reading.outcomes }];
    });
    expect(wrong).toEqual([]);
  });
});

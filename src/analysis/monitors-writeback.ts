import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band, bandOf } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import { monitor, rowsNamed, rowsOfKind, valueAt } from './monitor.ts';
import { TRANSACTIONS } from './sites.ts';

// Finishing ioends: where, in which order, how many at once.
const WRITEBACK = 'writeback-completion.md';

export const finishesInTask = monitor(
  {
    id: 'ioends-finished-in-task',
    title: 'What may sleep when it finishes ioends runs in a task',
    severity: 'error',
    source: `${WRITEBACK} sections 6 and 9`,
  },
  (log, _ios, report) => {
    for (const name of ['iomap_finish_ioends', 'iomap_fail_ioends', ...FINISH])
      for (const row of rowsNamed(log, Ev.Enter, name))
        if (bandOf(log.context(row)) !== Band.Task)
          report(row, `${name} runs in an interrupt, and may sleep there`);
  },
);

/** Finishes an ioend with those that were merged with it, in one transaction. */
const FINISH = ['xfs_end_ioend', 'ext4_iomap_finish_ioend'] as const;

export const oneWorkerAnInode = monitor(
  {
    id: 'one-worker-an-inode',
    title: 'The ioends of an inode are never finished by two workers at once',
    severity: 'error',
    source: `${WRITEBACK} section 6: one work item for each inode`,
  },
  (log, _ios, report) => {
    for (const name of ['xfs_end_io', 'ext4_iomap_end_io']) {
      const rows = [...rowsNamed(log, Ev.Enter, name), ...rowsNamed(log, Ev.Exit, name)].sort(
        (a, b) => a - b,
      );
      const open = new Set<number>(); // work items
      for (const row of rows) {
        const work = log.object(row);
        if (log.kind(row) === Ev.Exit) open.delete(work);
        else if (open.has(work))
          report(row, `${name} begins for ${log.objectName(work)}, which it still runs for`);
        else open.add(work);
      }
    }
  },
);

const BOUNDARY = bitOf('iomap_ioend.io_flags', 'IOMAP_IOEND_BOUNDARY');
const NOMERGE = ['SHARED', 'UNWRITTEN', 'DIRECT', 'DONTCACHE'].map((kind) =>
  bitOf('iomap_ioend.io_flags', `IOMAP_IOEND_${kind}`),
);
const SECTOR_BYTES = 512;

export const notMerged = monitor(
  {
    id: 'ioends-not-merged',
    title: 'Ioends that go on where another one ends are finished with it, in one transaction',
    severity: 'info',
    source: `${WRITEBACK} section 6: the point of the list is fewer transactions`,
  },
  (log, _ios, report) => {
    const found = new Map<number, { readonly row: number; ioends: number }>(); // by list
    for (const { row, list } of missedMerges(log)) {
      const entry = found.get(list) ?? { row, ioends: 0 };
      entry.ioends++;
      found.set(list, entry);
    }
    for (const [list, { row, ioends }] of found) {
      const [what, was, is] = ioends === 1 ? ['an ioend', 'was', 'is'] : [`${ioends} ioends`, 'were', 'are'];
      const file = log.objectName(list);
      report(
        row,
        `${what} of ${file} ${was} on the list while the worker finished a neighbour, and ${is} finished in a transaction apart`,
      );
    }
  },
);

/** What is a transaction in the end of an ioend. */
const IN_TRANSACTION = [...TRANSACTIONS, 'xfs_zoned_end_io'];

/** Ioends that were on their list before the one finished last was done, and would have fitted behind or before it. */
function* missedMerges(log: LogView): Generator<{ readonly row: number; readonly list: number }> {
  const put = new Map<number, { readonly row: number; readonly list: number }>(); // by ioend
  const withTransaction = new Set(
    IN_TRANSACTION.flatMap((name) => Array.from(rowsNamed(log, Ev.Enter, name), (row) => log.cause(row))),
  );
  const last = new Map<number, { readonly ioend: number; done: number }>(); // by list
  for (const row of finishRows(log, withTransaction)) {
    const ioend = log.object(row);
    const list = put.get(ioend)?.list ?? 0;
    if (log.kind(row) === Ev.Put) put.set(ioend, { row, list: log.value(row) });
    else if (log.kind(row) === Ev.Exit) {
      const before = last.get(list);
      if (before?.ioend === ioend) before.done = row;
    } else {
      const before = last.get(list);
      const came = put.get(ioend)?.row ?? NO_ROW;
      const near = before !== undefined && came < before.done;
      if (near && (fits(log, before.ioend, ioend, row) || fits(log, ioend, before.ioend, row)))
        yield { row, list };
      last.set(list, { ioend, done: NO_ROW });
    }
  }
}

/** Where ioends come to their lists and are finished with a transaction, ascending. */
function finishRows(log: LogView, withTransaction: ReadonlySet<number>): number[] {
  const calls = FINISH.flatMap((name) => [
    ...[...rowsNamed(log, Ev.Enter, name)].filter((row) => withTransaction.has(row)),
    ...[...rowsNamed(log, Ev.Exit, name)].filter((row) => withTransaction.has(log.prev(row))),
  ]);
  if (calls.length === 0) return [];
  const puts = [...rowsOfKind(log, Ev.Put)].filter(
    (row) => log.objectType(log.object(row)) === 'iomap_ioend',
  );
  return [...calls, ...puts].sort((a, b) => a - b);
}

/** `iomap_ioend_can_merge(ioend, next)`, as they were in `row`. */
function fits(log: LogView, ioend: number, next: number, row: number): boolean {
  const of = (object: number, field: string): number => valueAt(log, object, field, row);
  const status = (object: number): number => of(log.objectParent(object), 'bi_status');
  const [size, flags, nextFlags] = [of(ioend, 'io_size'), of(ioend, 'io_flags'), of(next, 'io_flags')];
  return (
    size > 0 &&
    status(ioend) === status(next) &&
    !hasBit(nextFlags, BOUNDARY) &&
    NOMERGE.every((bit) => hasBit(flags, bit) === hasBit(nextFlags, bit)) &&
    of(next, 'io_offset') === of(ioend, 'io_offset') + size &&
    of(next, 'io_sector') === of(ioend, 'io_sector') + size / SECTOR_BYTES
  );
}

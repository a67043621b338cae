import { NO_ROW } from '../base/units.ts';
import type { Columns } from '../log/columns.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { whyAtomic } from './atomic.ts';
import { Band, bandOf } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import { isOver, monitor, rowsNamed, rowsOfKind } from './monitor.ts';

// Folios that are to leave the cache when their I/O is done (RWF_DONTCACHE).
const DROPBEHIND = 'dropbehind.md';

const LOCKED = bitOf('folio.flags', 'PG_locked');
const WRITEBACK = bitOf('folio.flags', 'PG_writeback');
const UPTODATE = bitOf('folio.flags', 'PG_uptodate');
const DIRTY = bitOf('folio.flags', 'PG_dirty');
const BEHIND = bitOf('folio.flags', 'PG_dropbehind');

export const folioKept = monitor(
  {
    id: 'dropbehind-kept',
    title: 'A folio that was made for uncached I/O leaves the cache when it is written',
    severity: 'warning',
    source: `${DROPBEHIND} sections 2 and 5`,
  },
  (log, _ios, report) => {
    for (const { inode, reason, folios, row, folio } of keptFolios(log)) {
      const file = log.objectName(inode);
      const [who, stay] = folios === 1 ? ['a folio', 'stays'] : [`${folios} folios`, 'stay'];
      report(row, `${who} of ${file}, written with RWF_DONTCACHE, ${stay} in the cache: ${reason}`, folio);
    }
  },
);

/** Folios of one file that stay for one reason, with the first of them and where its writeback ended. */
type Kept = {
  readonly inode: number;
  readonly reason: string;
  readonly row: number;
  readonly folio: number;
  folios: number;
};

function keptFolios(log: LogView): readonly Kept[] {
  const pass = new FolioPass(log);
  const kept = new Map<string, Kept>();
  for (const folio of pass.left()) {
    const row = pass.ended[folio]! - 1;
    const inTask = bandOf(log.context(row)) === Band.Task;
    if (inTask && !isOver(log)) continue; // it may be about to go
    const inode = log.objectParent(folio);
    const reason = pass.full.has(folio)
      ? 'all slots of the batch were taken'
      : inTask
        ? 'the lock was taken when writeback ended'
        : 'writeback ended in an interrupt, where nothing may be dropped';
    const key = `${inode} ${reason}`;
    const entry = kept.get(key) ?? { inode, reason, row, folio, folios: 0 };
    entry.folios++;
    kept.set(key, entry);
  }
  return [...kept.values()];
}

/** Follows the flags of all folios: those with PG_dropbehind whose writeback has ended. */
class FolioPass {
  /** Row plus one where the writeback of a folio ended while it was to be dropped, by object id. */
  readonly ended: Uint32Array;
  /** Folios for which a batch had no slot. */
  readonly full = new Set<number>();
  private readonly log: LogView;
  private readonly flags: Uint32Array;
  private readonly waiting = new Set<number>();
  private readonly names: { readonly flags: number; readonly folio: number; readonly full: number };

  constructor(log: LogView) {
    this.log = log;
    const id = (text: string): number => log.stringId(text);
    this.names = { flags: id('flags'), folio: id('folio'), full: id('dropbehind-batch-full') };
    this.ended = new Uint32Array(log.objectCount);
    this.flags = new Uint32Array(log.objectCount);
    if (this.names.folio < 0) return;
    for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
      const { kind, name } = chunk.columns;
      for (let i = 0; i < chunk.count; i++)
        if (kind[i] !== Ev.Set) this.take(chunk.columns, i);
        else if (name[i] === this.names.flags) this.takeFlags(chunk.columns, i, chunk.first + i);
    }
  }

  /** Folios that are in the cache at the end, clean, written and still marked. */
  *left(): Generator<number> {
    for (let folio = 1; folio < this.ended.length; folio++) {
      const flags = this.flags[folio]!;
      const busy = hasBit(flags, WRITEBACK) || hasBit(flags, DIRTY) || this.waiting.has(folio);
      if (this.ended[folio]! > 0 && hasBit(flags, BEHIND) && !busy) yield folio;
    }
  }

  private take(columns: Columns, i: number): void {
    const folio = columns.object[i]!;
    switch (columns.kind[i]! as Ev) {
      case Ev.Free:
        this.flags[folio] = 0;
        break;
      case Ev.Put:
        if (this.log.objectType(columns.value[i]!) === 'dropbehind_batch') this.waiting.add(folio);
        break;
      case Ev.Take:
        this.waiting.delete(folio);
        break;
      case Ev.Decide:
        if (columns.name[i] === this.names.full && columns.value[i] === 1) this.full.add(folio);
        break;
      default:
    }
  }

  private takeFlags(columns: Columns, i: number, row: number): void {
    const folio = columns.object[i]!;
    if (this.log.objectTypeId(folio) !== this.names.folio) return;
    const [before, now] = [this.flags[folio]!, columns.value[i]!];
    if (hasBit(before, WRITEBACK) && !hasBit(now, WRITEBACK) && hasBit(now, BEHIND))
      this.ended[folio] = row + 1;
    this.flags[folio] = now;
  }
}

export const droppedWhileUsed = monitor(
  {
    id: 'folio-removed-in-use',
    title: 'A folio leaves the cache only when it is locked, clean and not under writeback',
    severity: 'error',
    source: `${DROPBEHIND} section 7`,
  },
  (log, _ios, report) => {
    const rows = [...rowsNamed(log, Ev.Trace, 'mm_filemap_delete_from_page_cache')];
    if (rows.length === 0) return;
    const flags = new Map<number, number>();
    let next = 0;
    for (const row of rowsNamed(log, Ev.Set, 'flags')) {
      for (; next < rows.length && rows[next]! < row; next++) tellRemoval(log, rows[next]!, flags, report);
      flags.set(log.object(row), log.value(row));
    }
    for (; next < rows.length; next++) tellRemoval(log, rows[next]!, flags, report);
  },
);

function tellRemoval(
  log: LogView,
  row: number,
  flags: ReadonlyMap<number, number>,
  report: (row: number, message: string) => void,
): void {
  const now = flags.get(log.object(row));
  if (now === undefined) return; // an imported log need not tell flags
  const wrong = [
    ...(hasBit(now, LOCKED) ? [] : ['not locked']),
    ...(hasBit(now, DIRTY) ? ['dirty'] : []),
    ...(hasBit(now, WRITEBACK) ? ['under writeback'] : []),
  ];
  if (wrong.length > 0)
    report(
      row,
      `${log.objectName(log.object(row))} is removed from the cache while it is ${wrong.join(' and ')}`,
    );
}

export const cachedBefore = monitor(
  {
    id: 'dropbehind-cached-before',
    title: 'Uncached I/O marks no folio to be dropped that was in the cache before',
    severity: 'error',
    source: `${DROPBEHIND} section 2, step 1`,
  },
  (log, _ios, report) => {
    for (const row of rowsNamed(log, Ev.Set, 'flags')) {
      const before = log.prev(row);
      if (before === NO_ROW || log.objectType(log.object(row)) !== 'folio') continue;
      const marks = hasBit(log.value(row), BEHIND) && !hasBit(log.value(before), BEHIND);
      if (marks && hasBit(log.value(before), UPTODATE))
        report(
          row,
          `${log.objectName(log.object(row))} was in the cache already, and is marked to be dropped behind: whoever wanted it loses it`,
        );
    }
  },
);

export const dropInAtomic = monitor(
  {
    id: 'dropbehind-atomic',
    title: 'No folio is unmapped and removed where nothing may sleep',
    severity: 'error',
    source: `${DROPBEHIND} section 2: in_task() is weaker than "may sleep"; btrfs, 2025`,
  },
  (log, _ios, report) => {
    for (const row of rowsNamed(log, Ev.Enter, 'folio_unmap_invalidate')) {
      const where = whyAtomic(log.context(row));
      if (where !== null && bandOf(log.context(row)) === Band.Task)
        report(
          row,
          `a folio of ${log.objectName(log.object(row))} is unmapped and removed ${where}, which may sleep`,
        );
    }
  },
);

export const stillInWriteback = monitor(
  {
    id: 'left-in-writeback',
    title: 'Nothing stays in writeback',
    severity: 'error',
    source:
      'writeback-completion.md section 8: a writeback bit that was set is cleared by some completion, error or not',
  },
  (log, _ios, report) => {
    if (!isOver(log)) return;
    const begun = new Map<number, number>(); // row, by folio
    for (const row of rowsNamed(log, Ev.Set, 'flags')) {
      const folio = log.object(row);
      if (!hasBit(log.value(row), WRITEBACK)) begun.delete(folio);
      else if (!begun.has(folio) && log.objectType(folio) === 'folio') begun.set(folio, row);
    }
    if (begun.size > 0) for (const row of rowsOfKind(log, Ev.Free)) begun.delete(log.object(row));
    for (const [folio, row] of begun)
      report(
        row,
        `${log.objectName(folio)} is still under writeback at the end, and whoever waits for it waits for ever`,
      );
  },
);

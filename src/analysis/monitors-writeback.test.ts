import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { bitOf } from './fields.ts';
import { iosOf } from './io.ts';
import type { Monitor } from './monitor.ts';
import { batchOrder, strandedInBatch } from './monitors-batch.ts';
import * as dropbehind from './monitors-dropbehind.ts';
import * as errors from './monitors-error.ts';
import * as writeback from './monitors-writeback.ts';
import { TestLog } from './testing.ts';

// Hazards of folios and ioends in logs that are written here, each beside one that is right. Those that a kernel of the
// model has are in src/run/writeback-hazards.test.ts, too.

function said(m: Monitor, t: TestLog, reason = 'done'): string[] {
  const log = t.stop(reason);
  return m.check(log, iosOf(log)).map((f) => f.message);
}

const [LOCKED, WRITEBACK, UPTODATE, DIRTY, BEHIND] = [
  'PG_locked',
  'PG_writeback',
  'PG_uptodate',
  'PG_dirty',
  'PG_dropbehind',
].map((flag) => bitOf('folio.flags', flag)) as [number, number, number, number, number];

/** A running task on CPU 0. */
function running(): { readonly t: TestLog; readonly task: number } {
  const t = new TestLog();
  const task = t.task('fio');
  t.switchTo(0, task);
  return { t, task };
}

describe('folios', () => {
  const folioWith = (...flags: readonly number[]): { t: TestLog; folio: number } => {
    const { t } = running();
    const folio = t.create(0, 'folio', t.object('inode', 0, 'data'), 'data 3');
    for (const value of flags) t.set(0, folio, 'flags', value);
    return { t, folio };
  };
  const removed = (...flags: readonly number[]): string[] => {
    const { t, folio } = folioWith(...flags);
    t.trace(0, 'mm_filemap_delete_from_page_cache', folio, 3);
    t.set(0, folio, 'flags', LOCKED);
    return said(dropbehind.droppedWhileUsed, t);
  };
  test('leave the cache locked and clean', () => expect(removed(LOCKED, LOCKED | UPTODATE)).toEqual([]));
  test('and are found otherwise', () => {
    expect(removed(LOCKED, UPTODATE)).toEqual(['data 3 is removed from the cache while it is not locked']);
    expect(removed(LOCKED | DIRTY)).toEqual(['data 3 is removed from the cache while it is dirty']);
    expect(removed(WRITEBACK | DIRTY)).toEqual([
      'data 3 is removed from the cache while it is not locked and dirty and under writeback',
    ]);
  });
  test('of an imported log have no flags', () => expect(removed()).toEqual([]));

  const marked = (...flags: readonly number[]): string[] =>
    said(dropbehind.cachedBefore, folioWith(...flags).t);
  test('that are new may be marked to be dropped', () =>
    expect(marked(LOCKED, LOCKED | BEHIND, LOCKED | BEHIND | UPTODATE)).toEqual([]));
  test('those that were cached may not', () =>
    expect(marked(UPTODATE, UPTODATE | LOCKED, UPTODATE | LOCKED | BEHIND)).toEqual([
      'data 3 was in the cache already, and is marked to be dropped behind: whoever wanted it loses it',
    ]));

  const ended = (reason: string, ...flags: readonly number[]): string[] =>
    said(dropbehind.stillInWriteback, folioWith(...flags).t, reason);
  test('end their writeback', () => expect(ended('done', WRITEBACK | LOCKED, WRITEBACK, 0)).toEqual([]));
  test('or are found when nothing can end it any more', () => {
    expect(ended('stuck', WRITEBACK, WRITEBACK | DIRTY)).toHaveLength(1);
    expect(ended('limit: events', WRITEBACK)).toEqual([]);
  });

  const kept = (irq: boolean, then: (t: TestLog, folio: number) => void = () => undefined): string[] => {
    const { t, folio } = folioWith(LOCKED | BEHIND, WRITEBACK | BEHIND);
    if (irq) t.irq(0, 'nvme0q1');
    t.set(0, folio, 'flags', BEHIND);
    then(t, folio);
    return said(dropbehind.folioKept, t);
  };
  test('that were written uncached go', () =>
    expect(kept(false, (t, folio) => t.free(0, folio, 'folio'))).toEqual([]));
  test('and are found if not, with the reason', () => {
    const stays = 'a folio of data, written with RWF_DONTCACHE, stays in the cache';
    expect(kept(true)).toEqual([`${stays}: writeback ended in an interrupt, where nothing may be dropped`]);
    expect(kept(false)).toEqual([`${stays}: the lock was taken when writeback ended`]);
  });
  test('stay rightly if somebody wants them, or writes to them again', () => {
    expect(kept(true, (t, folio) => t.set(0, folio, 'flags', UPTODATE))).toEqual([]);
    expect(kept(true, (t, folio) => t.set(0, folio, 'flags', BEHIND | DIRTY))).toEqual([]);
  });
  test('that wait for a worker are not kept yet', () =>
    expect(kept(true, (t, folio) => t.put(0, folio, t.object('dropbehind_batch')))).toEqual([]));
});

describe('errors of writeback', () => {
  type Step = 'fails' | 'noted' | 'fsync 0' | 'fsync -5' | 'told';
  /** What happens to one file, in order; `fails` is a folio of a bio with an error. */
  const happens = (m: Monitor, ...steps: readonly Step[]): string[] => {
    const { t } = running();
    const inode = t.object('inode', 0, 'data');
    for (const step of steps) {
      if (step === 'noted') t.trace(0, 'filemap_set_wb_err', inode, -5);
      else if (step === 'fails') folioFails(t, inode);
      else
        t.calls(0, ['do_fsync'], inode, () => {
          t.calls(0, ['file_check_and_advance_wb_err'], 0, () => {
            if (step === 'told') t.decide(0, 'file-sees-wb-error', 0, 1);
          });
          t.trace(0, 'sys_exit', inode, step === 'fsync 0' ? 0 : -5);
        });
    }
    return said(m, t);
  };
  const folioFails = (t: TestLog, inode: number): void => {
    const folio = t.create(0, 'folio', inode, 'data 3');
    const bio = t.create(0, 'bio');
    t.set(0, folio, 'flags', WRITEBACK);
    t.irq(0, 'nvme0q1');
    t.set(0, bio, 'bi_status', 10);
    t.calls(0, ['bio_endio'], bio, () => t.set(0, folio, 'flags', 0));
    t.endInterrupt(0);
  };
  test('reach the next fsync', () => {
    expect(happens(errors.errorLost, 'fails', 'fsync -5', 'fsync 0')).toEqual([]);
    expect(happens(errors.errorLost, 'fsync 0', 'fails', 'noted', 'fsync -5')).toEqual([]);
  });
  test('are lost if that returns 0', () => {
    expect(happens(errors.errorLost, 'fails', 'fsync 0', 'fsync 0')).toEqual([
      'fio is told that data is written, but the write of data 3 failed since it was told last',
    ]);
    expect(happens(errors.errorLost, 'fails', 'fsync -5', 'fails', 'fsync 0')).toHaveLength(1);
    expect(happens(errors.errorLost, 'noted', 'fsync 0')).toHaveLength(1);
  });
  test('are told once', () => {
    expect(happens(errors.errorToldTwice, 'noted', 'told', 'noted', 'told')).toEqual([]);
    expect(happens(errors.errorToldTwice, 'noted', 'told', 'fsync -5')).toEqual([]); // an error of another kind
    expect(happens(errors.errorToldTwice, 'noted', 'told', 'told')).toEqual([
      'fio is told again of the error of data that it knows',
    ]);
    expect(happens(errors.errorToldTwice, 'told')).toHaveLength(1);
  });
});

describe('finishing ioends', () => {
  test.each(['iomap_finish_ioends', 'xfs_end_ioend'])('%s needs a task', (name) => {
    const finishes = (irq: boolean): string[] => {
      const { t } = running();
      if (irq) t.irq(0, 'nvme0q1');
      t.calls(0, [name], t.object('iomap_ioend'));
      return said(writeback.finishesInTask, t);
    };
    expect(finishes(false)).toEqual([]);
    expect(finishes(true)).toEqual([`${name} runs in an interrupt, and may sleep there`]);
  });

  const workers = (same: boolean, overlap: boolean): string[] => {
    const { t } = running();
    const work = t.object('work_struct', 0, 'i_ioend_work data');
    t.switchTo(1, t.task('kworker/1:1'));
    t.enter(0, 'xfs_end_io', work);
    if (!overlap) t.exit(0);
    t.calls(1, ['xfs_end_io'], same ? work : t.object('work_struct'));
    if (overlap) t.exit(0);
    return said(writeback.oneWorkerAnInode, t);
  };
  test('of one inode is for one worker at a time', () => {
    expect(workers(true, true)).toEqual(['xfs_end_io begins for i_ioend_work data, which it still runs for']);
    expect(workers(true, false)).toEqual([]);
    expect(workers(false, true)).toEqual([]);
  });

  /** Two appends of 4 KiB; the second comes before, while or after the first is finished. */
  const merges = (comes: 'before' | 'while' | 'after', sector = 8, status = 0): string[] => {
    const { t } = running();
    const list = t.object('i_ioend_list', 0, 'data');
    const [first, second] = [0, 1].map((n) => {
      const bio = t.create(0, 'bio');
      const ioend = t.create(0, 'iomap_ioend', bio);
      t.set(0, bio, 'bi_status', n * status);
      t.set(0, ioend, 'io_offset', n * 4096);
      t.set(0, ioend, 'io_size', 4096);
      t.set(0, ioend, 'io_sector', n * sector);
      return ioend;
    }) as [number, number];
    const arrives = (when: typeof comes): void => {
      if (comes === when) t.put(0, second, list);
    };
    t.put(0, first, list);
    arrives('before');
    t.calls(0, ['xfs_end_ioend'], first, () => {
      arrives('while');
      t.calls(0, ['xfs_setfilesize'], 0);
    });
    arrives('after');
    t.calls(0, ['xfs_end_ioend'], second, () => t.calls(0, ['xfs_setfilesize'], 0));
    return said(writeback.notMerged, t);
  };
  test('of neighbours that are there in time takes one transaction', () => {
    const found = [
      'an ioend of data was on the list while the worker finished a neighbour, and is finished in a transaction apart',
    ];
    expect(merges('while')).toEqual(found);
    expect(merges('before')).toEqual(found);
    expect(merges('after')).toEqual([]);
  });
  test('takes two where the device or the outcome parts them', () => {
    expect(merges('while', 16)).toEqual([]);
    expect(merges('while', 8, 10)).toEqual([]);
  });
});

test('a row without the one before it is passed over', () => {
  const { t } = running();
  const folio = t.create(0, 'folio');
  t.write({ kind: Ev.Set, cpu: 0, name: 'flags', object: folio, value: BEHIND, prev: NO_ROW });
  t.write({ kind: Ev.Take, cpu: 0, object: folio, value: t.object('bio_complete_batch'), prev: NO_ROW });
  const log = t.stop();
  for (const m of [dropbehind.cachedBefore, dropbehind.folioKept, batchOrder, strandedInBatch])
    expect(m.check(log, iosOf(log))).toEqual([]);
});

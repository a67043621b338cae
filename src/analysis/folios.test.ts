import { describe, expect, test } from 'vitest';
import { NO_ROW, objectId } from '../base/units.ts';
import { bitOf } from './fields.ts';
import { FolioBit, foliosOf, FolioStates, newestBy } from './folios.ts';
import { TestLog } from './testing.ts';

const DIRTY = bitOf('folio.flags', 'PG_dirty');
const WRITEBACK = bitOf('folio.flags', 'PG_writeback');

/** A file of which page 3 is made, dirtied, written, and dropped; then made again, and mapped. */
function story() {
  const t = new TestLog();
  const inode = t.object('inode', 0, 'data');
  const rows: number[] = [];
  const folio = (order = 0): number => {
    const made = t.create(0, 'folio', inode, 'data 3');
    t.set(0, made, 'index', 3);
    if (order > 0) t.set(0, made, 'order', order);
    return made;
  };
  t.set(0, inode, 'i_size', 4096);
  const first = folio();
  for (const flags of [DIRTY, WRITEBACK, 0]) rows.push(t.set(0, first, 'flags', flags));
  rows.push(t.trace(0, 'mm_filemap_delete_from_page_cache', first));
  t.free(0, first, 'folio');
  t.set(0, inode, 'i_size', 16384);
  const second = folio(2);
  rows.push(t.set(0, second, 'mapped', 1));
  return { log: t.stop(), inode, rows };
}

describe('folios', () => {
  const { log, inode, rows } = story();
  const table = foliosOf(log);

  test('are told by file, place and size', () => {
    expect(table.files).toEqual([{ inode, folios: [0, 1] }]);
    expect([0, 1].map((f) => [table.indexOf(f), table.pagesOf(f)])).toEqual([
      [3, 1],
      [3, 4],
    ]);
    expect(table.ofObject(table.objectOf(1))).toBe(1);
    expect(table.ofObject(inode)).toBe(-1);
  });

  test('change their state, forwards and backwards alike, and know what changed them', () => {
    const states = new FolioStates(table);
    const seen = (row: number): [number, number] => {
      states.moveTo(row);
      return [states.stateOf(0), states.changedIn(0)];
    };
    const [dirty = 0, writeback = 0, clean = 0, gone = 0, mapped = 0] = rows;
    const expected: [number, number][] = [
      [FolioBit.Present | FolioBit.Dirty, dirty],
      [FolioBit.Present | FolioBit.Writeback, writeback],
      [FolioBit.Present, clean],
      [FolioBit.Gone, gone],
      [FolioBit.Gone, gone],
    ];
    const all = [dirty, writeback, clean, gone, mapped];
    expect(all.map(seen)).toEqual(expected);
    expect(all.toReversed().map(seen)).toEqual(expected.toReversed());
    expect(seen(0)).toEqual([0, NO_ROW]);
    states.moveTo(mapped);
    expect(states.stateOf(1)).toBe(FolioBit.Present | FolioBit.Mapped);
    expect(states.countsOf(0)).toEqual({ present: 1, dirty: 0, writeback: 0 });
    states.moveTo(dirty);
    expect(states.countsOf(0)).toEqual({ present: 1, dirty: 1, writeback: 0 });
  });

  test('cost a move no more than what changed in between', () => {
    const states = new FolioStates(table);
    states.moveTo(rows[0] ?? 0);
    expect(states.moveTo(rows[1] ?? 0)).toBe(1);
    expect(states.moveTo(rows[1] ?? 0)).toBe(0);
    expect(states.moveTo(rows[0] ?? 0)).toBe(1);
  });

  test('of one place are told apart by when they were made', () => {
    expect(newestBy(table, [0, 1], 0)).toBe(-1);
    expect(newestBy(table, [0, 1], rows[0] ?? 0)).toBe(0);
    expect(newestBy(table, [0, 1], log.rows)).toBe(1);
  });

  test('lie in a file whose sizes are known at any row', () => {
    expect(table.sizesAt(objectId(inode), rows[0] ?? 0)).toEqual({ i_size: 4096, i_disksize: NaN });
    expect(table.sizesAt(objectId(inode), log.rows).i_size).toBe(16384);
  });
});

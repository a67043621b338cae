import { describe, expect, test } from 'vitest';
import { type FolioTable, foliosOf } from '../../analysis/folios.ts';
import { TestLog } from '../../analysis/testing.ts';
import {
  type Cell,
  cellsOf,
  GAP_PX,
  layOutFile,
  neighbourOf,
  PAGE_SIZE,
  placeOfOffset,
  rowsOf,
  sizeFor,
} from './folio-layout.ts';

/** A file with folios of these first pages and orders, made one after the other. */
function tableOf(folios: readonly (readonly [index: number, order: number])[]): FolioTable {
  const t = new TestLog();
  const inode = t.object('inode', 0, 'data');
  for (const [index, order] of folios) {
    const folio = t.create(0, 'folio', inode);
    t.set(0, folio, 'index', index);
    if (order > 0) t.set(0, folio, 'order', order);
  }
  return foliosOf(t.stop());
}

function laidOut(folios: Parameters<typeof tableOf>[0], width_px = 1000) {
  const table = tableOf(folios);
  const file = table.files[0] ?? { inode: 0 as never, folios: [] };
  return { table, layout: layOutFile(table, file, width_px, sizeFor(table)) };
}

const END = 1e6;
const told = ({ folio, isGap }: Cell): string => (isGap ? 'gap' : folio < 0 ? 'never' : String(folio));

describe('a file in the grid', () => {
  test('is in the order of the file, with one gap where there never was a folio', () => {
    const { table, layout } = laidOut([
      [7, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(cellsOf(layout, table, 0, END).map(told)).toEqual(['1', '2', 'gap', '0']);
    expect(layout.width[2]).toBe(GAP_PX);
  });

  test('is wider where a folio has more pages', () => {
    const { layout } = laidOut([
      [0, 0],
      [4, 2],
    ]);
    expect(layout.width[2]).toBeGreaterThan(layout.width[0] ?? 0);
  });

  test('keeps the place of a folio that is not made yet', () => {
    const { table, layout } = laidOut([
      [1, 0],
      [0, 0],
    ]);
    const before = cellsOf(layout, table, 0, table.madeIn(0));
    expect(before.map(told)).toEqual(['never', '0']);
    expect(before[1]?.x).toBe(cellsOf(layout, table, 0, END)[1]?.x);
  });

  test('shows the newest folio of a place, and what is left of a larger one beside it', () => {
    const { table, layout } = laidOut([
      [0, 2],
      [1, 0],
    ]);
    expect(cellsOf(layout, table, 0, table.madeIn(0)).map(told)).toEqual(['0']);
    expect(cellsOf(layout, table, 0, END).map(told)).toEqual(['0', '1', '0']);
  });

  test('wraps to the width', () => {
    const { table, layout } = laidOut(
      Array.from({ length: 10 }, (_, i) => [i, 0] as const),
      4 * 28,
    );
    expect(rowsOf(layout)).toBe(3);
    expect(cellsOf(layout, table, 2, END).map(told)).toEqual(['8', '9']);
    expect(Math.max(...layout.x)).toBeLessThan(4 * 28);
  });
});

test('an offset of the file has a place among its folios, and none past the last', () => {
  const { layout } = laidOut([
    [0, 0],
    [1, 0],
    [8, 0],
  ]);
  const x = (offset: number): number | undefined => placeOfOffset(layout, offset)?.x;
  expect(x(PAGE_SIZE)).toBe(28);
  expect(x(PAGE_SIZE / 2)).toBe(14);
  expect(x(2 * PAGE_SIZE)).toBe(56);
  expect(x(5 * PAGE_SIZE)).toBe(56 + GAP_PX / 2);
  expect(x(9 * PAGE_SIZE)).toBe(56 + GAP_PX + 28);
  expect(x(10 * PAGE_SIZE)).toBeUndefined();
  expect(x(0)).toBeUndefined();
});

test('keys go from folio to folio, over gaps and places that have none yet', () => {
  const { table, layout } = laidOut(
    [
      [0, 0],
      [1, 0],
      [5, 0],
      [6, 0],
      [7, 0],
    ],
    3 * 28,
  );
  const from = (piece: number, key: string, row = END): number | null =>
    neighbourOf(layout, table, piece, key, row);
  expect(from(0, 'ArrowRight')).toBe(1);
  expect(from(1, 'ArrowRight')).toBe(3);
  expect(from(3, 'ArrowLeft')).toBe(1);
  expect(from(0, 'ArrowLeft')).toBeNull();
  expect(from(0, 'ArrowDown')).toBe(3);
  expect(from(3, 'ArrowUp')).toBe(0);
  expect([from(3, 'Home'), from(0, 'End')]).toEqual([0, 5]);
  expect(from(0, 'End', table.madeIn(1))).toBe(1);
  expect(from(0, 'a')).toBeNull();
});

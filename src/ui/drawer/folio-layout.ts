/**
 * Where the folios of a file are in the grid: in the order of the file, wrapped to the width. The file is cut where any
 * folio of the run begins or ends, so that what is in a place stays there while the cursor moves; where there never was
 * a folio there is one narrow gap, however long.
 */
import { lowerBound, upperBound } from '../../base/bisect.ts';
import { type FolioFile, type FolioTable, newestBy } from '../../analysis/folios.ts';

export const PAGE_SIZE = 4096;

/** Sizes of the grid in pixels. */
export type GridSize = {
  readonly cell_px: number;
  /** How much wider a folio is for each order. */
  readonly order_px: number;
  readonly row_px: number;
  /** Whether a cell has room for all letters. */
  readonly isRoomy: boolean;
};
const ROOMY: GridSize = { cell_px: 28, order_px: 9, row_px: 36, isRoomy: true };
const COMPACT: GridSize = { cell_px: 17, order_px: 5, row_px: 24, isRoomy: false };
/** More pieces than this in all files are drawn small. */
const MOST_ROOMY = 600;
export const GAP_PX = 16;

export const sizeFor = (table: FolioTable): GridSize => (table.count > MOST_ROOMY ? COMPACT : ROOMY);

/** A column a field, a line a piece of the file; pieces without folios are gaps. */
export type FileLayout = {
  readonly file: FolioFile;
  readonly count: number;
  readonly page: Float64Array;
  readonly pages: Float64Array;
  /** The folios that ever covered it, in the order in which they were made. */
  readonly folios: readonly (readonly number[])[];
  readonly x: Float64Array;
  readonly width: Float64Array;
  /** First piece of each row of the grid, and one past the last. */
  readonly rowStarts: readonly number[];
};

export function layOutFile(table: FolioTable, file: FolioFile, width_px: number, size: GridSize): FileLayout {
  const edges = edgesOf(table, file);
  const count = Math.max(0, edges.length - 1);
  const page = edges.slice(0, count);
  const pages = Float64Array.from({ length: count }, (_, i) => edges[i + 1]! - edges[i]!);
  const folios = Array.from({ length: count }, (): number[] => []);
  for (const folio of file.folios) {
    const first = table.indexOf(folio);
    const end = first + table.pagesOf(folio);
    for (let i = lowerBound(edges, first); i < count && edges[i]! < end; i++) folios[i]?.push(folio);
  }
  const width = Float64Array.from({ length: count }, (_, i) =>
    folios[i]?.length === 0 ? GAP_PX : size.cell_px + size.order_px * Math.log2(pages[i]!),
  );
  return { file, count, page, pages, folios, width, ...wrapped(width, width_px) };
}

/** Pages at which a folio of the run begins or ends, ascending and each once. */
function edgesOf(table: FolioTable, { folios }: FolioFile): Float64Array {
  const all = new Float64Array(2 * folios.length);
  folios.forEach((folio, i) => {
    all[2 * i] = table.indexOf(folio);
    all[2 * i + 1] = table.indexOf(folio) + table.pagesOf(folio);
  });
  all.sort();
  return all.filter((edge, i) => i === 0 || edge !== all[i - 1]);
}

function wrapped(width: Float64Array, width_px: number): Pick<FileLayout, 'x' | 'rowStarts'> {
  const x = new Float64Array(width.length);
  const rowStarts = [0];
  let at = 0;
  for (let i = 0; i < width.length; i++) {
    if (at > 0 && at + width[i]! > width_px) {
      rowStarts.push(i);
      at = 0;
    }
    x[i] = at;
    at += width[i]!;
  }
  rowStarts.push(width.length);
  return { x, rowStarts };
}

export const rowsOf = (layout: FileLayout): number => layout.rowStarts.length - 1;

/** The row of the grid that a piece is in. */
export const rowOfPiece = (layout: FileLayout, piece: number): number =>
  Math.max(0, upperBound(layout.rowStarts, piece) - 1);

/** What is drawn as one: pieces side by side that the same folio covers. */
export type Cell = {
  /** Number of the folio; -1 where none was made yet. */
  readonly folio: number;
  readonly first: number;
  readonly last: number;
  readonly x: number;
  readonly width: number;
  readonly isGap: boolean;
};

/** The cells of one row of the grid after the event in `row`. */
export function cellsOf(layout: FileLayout, table: FolioTable, gridRow: number, row: number): Cell[] {
  const cells: Cell[] = [];
  const end = layout.rowStarts[gridRow + 1] ?? 0;
  for (let i = layout.rowStarts[gridRow] ?? 0; i < end; i++) {
    const folios = layout.folios[i] ?? [];
    const folio = newestBy(table, folios, row);
    const before = cells.at(-1);
    if (before !== undefined && folio >= 0 && before.folio === folio) {
      cells[cells.length - 1] = { ...before, last: i, width: before.width + layout.width[i]! };
      continue;
    }
    const isGap = folios.length === 0;
    cells.push({ folio, first: i, last: i, x: layout.x[i]!, width: layout.width[i]!, isGap });
  }
  return cells;
}

/** Where an offset of the file is; null past the last folio, or before the first. */
export function placeOfOffset(
  layout: FileLayout,
  offset_bytes: number,
): { readonly gridRow: number; readonly x: number } | null {
  const at = offset_bytes / PAGE_SIZE;
  const piece = lowerBound(layout.page, at) - 1; // an end belongs to what is before it
  if (piece < 0 || piece >= layout.count) return null;
  const share = (at - layout.page[piece]!) / layout.pages[piece]!;
  if (share > 1) return null;
  return { gridRow: rowOfPiece(layout, piece), x: layout.x[piece]! + share * layout.width[piece]! };
}

/** The piece that the keyboard goes to from `piece`: gaps and places without a folio yet are passed over. */
export function neighbourOf(
  layout: FileLayout,
  table: FolioTable,
  piece: number,
  key: string,
  row: number,
): number | null {
  const isFolio = (i: number): boolean => newestBy(table, layout.folios[i] ?? [], row) >= 0;
  const same = (i: number): boolean =>
    newestBy(table, layout.folios[i] ?? [], row) === newestBy(table, layout.folios[piece] ?? [], row);
  const seek = (from: number, by: 1 | -1, isWanted: (i: number) => boolean): number | null => {
    for (let i = from; i >= 0 && i < layout.count; i += by) if (isFolio(i) && isWanted(i)) return i;
    return null;
  };
  switch (key) {
    case 'ArrowRight':
      return seek(piece + 1, 1, (i) => !same(i));
    case 'ArrowLeft':
      return seek(piece - 1, -1, (i) => !same(i));
    case 'Home':
      return seek(0, 1, () => true);
    case 'End':
      return seek(layout.count - 1, -1, () => true);
    case 'ArrowDown':
    case 'ArrowUp':
      return inNextRow(layout, piece, key === 'ArrowDown' ? 1 : -1, isFolio);
    default:
      return null;
  }
}

/** In the next row that has a folio: the one below or above the middle of `piece`. */
function inNextRow(
  layout: FileLayout,
  piece: number,
  by: 1 | -1,
  isFolio: (i: number) => boolean,
): number | null {
  const middle = layout.x[piece]! + layout.width[piece]! / 2;
  for (let r = rowOfPiece(layout, piece) + by; r >= 0 && r < rowsOf(layout); r += by) {
    let best: number | null = null;
    let off = Infinity;
    for (let i = layout.rowStarts[r] ?? 0; i < (layout.rowStarts[r + 1] ?? 0); i++) {
      const distance = Math.max(layout.x[i]! - middle, middle - layout.x[i]! - layout.width[i]!, 0);
      if (!isFolio(i) || distance >= off) continue;
      [best, off] = [i, distance];
    }
    if (best !== null) return best;
  }
  return null;
}

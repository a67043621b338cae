/**
 * Which rows of a long list are on screen. Browsers limit an element's height (about 16 million pixels in the
 * strictest), so beyond `MAX_PX` the scrollbar is a scale of the list: a pixel of it stands for more than a pixel of rows.
 */
export const MAX_PX = 8_000_000;

export type Viewport = { readonly scroll_px: number; readonly height_px: number };

/** Height of the scrolled element. */
export const scrollHeight = (rows: number, row_px: number): number => Math.min(rows * row_px, MAX_PX);

/** First row on screen, as a fraction of rows. */
export function firstRow(rows: number, row_px: number, { scroll_px, height_px }: Viewport): number {
  const scrollable = scrollHeight(rows, row_px) - height_px;
  const hidden = rows - height_px / row_px;
  if (scrollable <= 0 || hidden <= 0) return 0;
  return (Math.min(scroll_px, scrollable) / scrollable) * hidden;
}

/** Where to scroll so that `row` is the first on screen. */
export function scrollFor(row: number, rows: number, row_px: number, height_px: number): number {
  const scrollable = scrollHeight(rows, row_px) - height_px;
  const hidden = rows - height_px / row_px;
  if (scrollable <= 0 || hidden <= 0) return 0;
  return (Math.min(Math.max(row, 0), hidden) / hidden) * scrollable;
}

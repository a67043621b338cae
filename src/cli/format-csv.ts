import { type IoRow, MOMENT_NAMES } from './io-rows.ts';
import { clean } from './lines.ts';

/** The columns of a line. The times of moments are absolute; an empty cell is a moment that is not on the path. */
export const CSV_COLUMNS: readonly string[] = [
  'index',
  'job',
  'op',
  'offset_bytes',
  'bytes',
  'result',
  'path',
  'cpu',
  'context',
  ...MOMENT_NAMES.map((name) => `${name}_ns`),
  'latency_ns',
];

/** One I/O as a line of CSV (RFC 4180, but with plain line feeds, as Unix tools expect). */
export function csvLine(io: IoRow): string {
  const { index, job, op, offset_bytes, bytes, result, path, cpu, context, moments_ns, latency_ns } = io;
  const cells = [index, job, op, offset_bytes, bytes, result, path, cpu, context, ...moments_ns, latency_ns];
  return csvCells(cells);
}

export const csvCells = (cells: readonly (string | number | null)[]): string =>
  `${cells.map(cellText).join(',')}\n`;

export const csvHeader = (): string => `${CSV_COLUMNS.join(',')}\n`;

function cellText(cell: string | number | null): string {
  if (cell === null) return '';
  const text = clean(String(cell));
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The table that is simulated: fio 4 KiB randwrite, io_uring, O_DIRECT, norandommap, pinned to one CPU, a file on XFS, before
 * and after caller completion. Source: Jens Axboe, cover letter of version 4 of "Improve async iomap DIO performance",
 * 20 July 2023; the mail names neither the device nor the machine, and gives IOPS to 1 K.
 */
export const COLUMNS = ['stock', 'patched'] as const;
export type Column = (typeof COLUMNS)[number];
export const DEPTHS = [1, 2, 4, 8, 16] as const;
export type Depth = (typeof DEPTHS)[number];

const KIOPS: Readonly<Record<Column, Readonly<Record<Depth, number>>>> = {
  stock: { 1: 155, 2: 290, 4: 533, 8: 604, 16: 615 },
  patched: { 1: 162, 2: 313, 4: 597, 8: 827, 16: 845 },
};

/** Four parameters are fitted on four rows; the other six are predicted (cost-model.md section 4). */
export type Role = 'fitted' | 'predicted';
const FITTED_DEPTHS: readonly Depth[] = [1, 16];

export type PublishedRow = {
  readonly column: Column;
  readonly depth: Depth;
  readonly iops: number;
  readonly role: Role;
};

export const PUBLISHED: readonly PublishedRow[] = COLUMNS.flatMap((column) =>
  DEPTHS.map((depth) => ({
    column,
    depth,
    iops: KIOPS[column][depth] * 1000,
    role: FITTED_DEPTHS.includes(depth) ? 'fitted' : 'predicted',
  })),
);

export const FITTED = PUBLISHED.filter(({ role }) => role === 'fitted');
export const PREDICTED = PUBLISHED.filter(({ role }) => role === 'predicted');

/** How far a predicted row may be off, as a share of the published figure. */
export const TOLERANCE = 0.06;
/** The device jitter for which the tolerance is meant (cost-model.md section 4). */
export const REFERENCE_CV_PERCENT = 50;

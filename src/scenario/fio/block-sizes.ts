import { LIMITS } from '../limits.ts';
import type { Entry } from './fio-text.ts';
import { DEFAULT_BS, type Settings, type Split } from './settings.ts';
import type { Range } from './values.ts';

export type SizeShare = { readonly bytes: number; readonly weight: number };
export type BlockSizes = {
  readonly shares: readonly SizeShare[];
  /** The option they come from; null for the default. */
  readonly entry: Entry | null;
  /** What is simulated instead of sizes that direct I/O or the simulator cannot do; null where all are as given. */
  readonly instead: string | null;
};

/** Direct I/O works in logical blocks of the drive. */
export const LOGICAL_BLOCK = 512;
/** The schema’s limit on different sizes. */
const MOST_SIZES = 64;

/** The sizes of a job’s reads or writes: bssplit counts before bsrange, bsrange before bs, as fio does. */
export function blockSizes(settings: Settings, direction: 'read' | 'write'): BlockSizes {
  const { bs, bsrange, bssplit } = settings;
  const split = bssplit?.value[direction] ?? null;
  if (split !== null && split.length > 0) return simulable(sharesOfSplit(split), bssplit?.entry ?? null);
  const range = bsrange?.value[direction] ?? null;
  if (range !== null) return simulable(sharesOfRange(range), bsrange?.entry ?? null);
  return simulable([{ bytes: (bs?.value ?? DEFAULT_BS)[direction], weight: 1 }], bs?.entry ?? null);
}

/**
 * Sizes without a percentage share what is left of 100. fio goes through them from the smallest percentage and stops at
 * 100; the last one takes what is missing.
 */
export function sharesOfSplit(split: Split): SizeShare[] {
  const given = split.reduce((sum, { percent }) => sum + (percent ?? 0), 0);
  const without = split.filter(({ percent }) => percent === null).length;
  const rest = without === 0 ? 0 : Math.max(0, Math.floor((100 - given) / without));
  const ascending = split
    .map(({ bytes, percent }) => ({ bytes, weight: percent ?? rest }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => a.weight - b.weight);
  if (ascending.length === 0) return [{ bytes: Math.min(...split.map(({ bytes }) => bytes)), weight: 1 }];
  let left = 100;
  const shares = ascending.map(({ bytes, weight }, i) => {
    const own = i === ascending.length - 1 ? left : Math.min(weight, left);
    left -= own;
    return { bytes, weight: own };
  });
  return shares.filter(({ weight }) => weight > 0);
}

/** Multiples of the lower end, all equally likely; the upper end stands for what would lie beyond it. */
export function sharesOfRange({ low, high }: Range): SizeShare[] {
  const multiples = Math.floor(high / low);
  const every = Math.ceil(multiples / (MOST_SIZES - 1));
  const shares: SizeShare[] = [];
  for (let i = 1; i <= multiples; i += every) shares.push({ bytes: i * low, weight: 1 });
  if (shares.at(-1)?.bytes !== high) shares.push({ bytes: high, weight: 1 });
  return shares;
}

function simulable(wanted: readonly SizeShare[], entry: Entry | null): BlockSizes {
  const shares = new Map<number, number>();
  let changed: SizeShare | null = null;
  for (const share of wanted) {
    const rounded = Math.ceil(share.bytes / LOGICAL_BLOCK) * LOGICAL_BLOCK;
    const bytes = Math.min(rounded, LIMITS.io_bytes);
    if (bytes !== share.bytes) changed ??= share;
    shares.set(bytes, (shares.get(bytes) ?? 0) + share.weight);
  }
  const sorted = [...shares].map(([bytes, weight]) => ({ bytes, weight })).sort((a, b) => a.bytes - b.bytes);
  return {
    shares: sorted.slice(0, MOST_SIZES),
    entry,
    instead: changed === null ? null : whyChanged(changed),
  };
}

function whyChanged({ bytes }: SizeShare): string {
  return bytes > LIMITS.io_bytes
    ? `${bytes} bytes is more than the simulator’s limit of ${LIMITS.io_bytes}, which is used`
    : `${bytes} bytes is no multiple of ${LOGICAL_BLOCK}, so it is rounded up; direct I/O would fail with EINVAL`;
}

/** The mean size of a list of shares, in bytes. */
export function meanSize(shares: readonly SizeShare[]): number {
  const weights = shares.reduce((sum, { weight }) => sum + weight, 0);
  return shares.reduce((sum, { bytes, weight }) => sum + bytes * weight, 0) / weights;
}

/** Numbers as people read them. English everywhere, so that what one person quotes another finds. */

/** 12,345 */
export const count = (n: number): string => COUNT.format(n);
const COUNT = new Intl.NumberFormat('en'); // made once: a table formats thousands

const UNITS = [
  { limit: 1_000, divisor: 1, unit: 'ns', digits: 0 },
  { limit: 1_000_000, divisor: 1_000, unit: 'µs', digits: 3 },
  { limit: 1_000_000_000, divisor: 1_000_000, unit: 'ms', digits: 3 },
  { limit: Infinity, divisor: 1_000_000_000, unit: 's', digits: 6 },
] as const;

/** A duration with the unit that suits it: 850 ns, 12.3 µs, 4.05 ms. */
export function duration(time_ns: number): string {
  if (!Number.isFinite(time_ns)) return '–';
  const unit = UNITS.find(({ limit }) => Math.abs(time_ns) < limit) ?? UNITS[3];
  return `${trimmed(time_ns / unit.divisor, unit.digits)} ${unit.unit}`;
}

/** A point in time: microseconds since the start of the run, to the nanosecond. */
export const instant = (time_ns: number): string => `${MICROSECONDS.format(time_ns / 1000)} µs`;
const MICROSECONDS = new Intl.NumberFormat('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 });

/** 4 KiB, 1.5 MiB, 512 B */
export function bytes(n: number): string {
  if (n >= 1024 * 1024) return `${trimmed(n / 1024 / 1024, 2)} MiB`;
  return n >= 1024 ? `${trimmed(n / 1024, 2)} KiB` : `${n} B`;
}

const trimmed = (n: number, digits: number): string => String(Number(n.toFixed(digits)));

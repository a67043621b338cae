/** Short texts for summaries and titles. */

/** 4096 -> "4 KiB"; a size that is no round number stays in bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit + 1 < units.length) {
    value /= 1024;
    unit++;
  }
  return `${value} ${units[unit] ?? 'B'}`;
}

/** "4 KiB", or "512 B to 64 KiB" where sizes differ. */
export function formatSizes(sizes: readonly number[]): string {
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  return low === high ? formatBytes(low) : `${formatBytes(low)} to ${formatBytes(high)}`;
}

/** 10_000_000_000 -> "10 s". */
export function formatTime(time_ns: number): string {
  if (time_ns >= 1e9) return `${Math.round(time_ns / 1e7) / 100} s`;
  if (time_ns >= 1e6) return `${Math.round(time_ns / 1e4) / 100} ms`;
  return `${Math.round(time_ns / 10) / 100} us`;
}

/** [0, 1, 2, 3, 7] -> "CPUs 0-3,7". */
export function formatCpus(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of cpus) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === cpu) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  const list = ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
  return `${cpus.length > 1 ? 'CPUs' : 'CPU'} ${list}`;
}

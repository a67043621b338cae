import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { rowsNamed } from './monitor.ts';

/** The interrupt that counts jiffies. */
const TICK = 'local_timer';
/** What CONFIG_HZ can be, the longest jiffy first. */
const HZ = [100, 250, 300, 1000] as const;
/** A tick that comes later than this after the jiffy began is one of a higher frequency. */
const LATE_NS = 100_000;
/** Some ticks are late because interrupts were off. */
const MOST_LATE = 0.1;

/** The length of a jiffy in ns, as the ticks of a log show it: the longest whose beginnings they all are; null without
 *  ticks. A log with few may thus give too long a one, never too short a one. */
export function jiffyOf(log: LogView): number | null {
  const ticks = Array.from(rowsNamed(log, Ev.Irq, TICK), (row) => log.time(row) as number);
  if (ticks.length === 0) return null;
  const fits = HZ.map((hz) => Math.round(1e9 / hz)).find(
    (jiffy_ns) => ticks.filter((t) => t % jiffy_ns > LATE_NS).length <= ticks.length * MOST_LATE,
  );
  return fits ?? null;
}

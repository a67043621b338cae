import { contextLevel, Level } from '../log/context.ts';

/** The three bands of a CPU, top to bottom as the timeline draws them. */
export const Band = { Hardirq: 0, Softirq: 1, Task: 2 } as const;
export type Band = (typeof Band)[keyof typeof Band];
export const BAND_NAMES = ['hardirq', 'softirq', 'task'] as const;

/** The band in which an event with this `context` column happened. */
export function bandOf(context: number): Band {
  const level = contextLevel(context);
  return level === Level.Task ? Band.Task : level === Level.Softirq ? Band.Softirq : Band.Hardirq;
}

import type { LogView } from '../log/view.ts';
import type { IoTable } from './io.ts';
import { type Finding, type Monitor, SEVERITIES } from './monitor.ts';
import {
  bioEndsOnce,
  dioCompletesOnce,
  notifiedOnce,
  polledWhere,
  completesOnSubmitter,
  invalidatesInTask,
  polledInVain,
  neverPolled,
} from './monitors-io.ts';
import { engineHazards, timeRunsForward, everyEventHasACause, callsMatch } from './monitors-log.ts';

/** All monitors, those about I/Os first. */
export const MONITORS: readonly Monitor[] = [
  bioEndsOnce,
  dioCompletesOnce,
  notifiedOnce,
  engineHazards,
  timeRunsForward,
  everyEventHasACause,
  callsMatch,
  polledWhere,
  completesOnSubmitter,
  invalidatesInTask,
  polledInVain,
  neverPolled,
];

/** Everything that the monitors have to say, the gravest first and then by row. */
export function findingsOf(log: LogView, ios: IoTable): Finding[] {
  return MONITORS.flatMap((m) => m.check(log, ios)).sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.row - b.row,
  );
}

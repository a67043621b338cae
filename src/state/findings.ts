import type { Finding } from '../analysis/monitor.ts';
import { MONITORS } from '../analysis/monitors.ts';
import type { LogView } from '../log/view.ts';
import { findingsOfLog, iosOfLog } from './derived.ts';

/** Logs up to this size are read at once: that takes less than a frame or two. */
const AT_ONCE_ROWS = 200_000;

/**
 * Has the monitors read a log that has ended and hands over what they found. For a long log they take turns with the
 * page, one monitor at a time, until `isWanted` says that nobody waits any more.
 */
export function findFindings(
  log: LogView,
  isWanted: () => boolean,
  done: (findings: readonly Finding[]) => void,
): void {
  if (log.rows <= AT_ONCE_ROWS) {
    done(findingsOfLog(log));
    return;
  }
  const found: Finding[] = [];
  const next = (which: number): void => {
    if (!isWanted()) return;
    const monitor = MONITORS[which];
    if (monitor === undefined) {
      done(gravestFirst(found));
      return;
    }
    found.push(...monitor.check(log, iosOfLog(log)));
    setTimeout(() => next(which + 1));
  };
  setTimeout(() => next(0));
}

const GRAVITY: Readonly<Record<Finding['severity'], number>> = { error: 0, warning: 1, info: 2 };

function gravestFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity] || a.row - b.row);
}

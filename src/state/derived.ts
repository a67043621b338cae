import { FolioStates, FolioTable } from '../analysis/folios.ts';
import { IoTable } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { Places } from '../analysis/places.ts';
import { CpuStates } from '../analysis/state.ts';
import { WritebackTable } from '../analysis/writeback.ts';
import type { LogView } from '../log/view.ts';

/** What is derived from a log once and then kept with it: gone when the log is. */
function perLog<T>(
  make: (log: LogView) => T,
  refresh: (derived: T) => void = () => undefined,
): (log: LogView) => T {
  const kept = new WeakMap<LogView, T>();
  return (log) => {
    let derived = kept.get(log);
    if (derived === undefined) kept.set(log, (derived = make(log)));
    refresh(derived);
    return derived;
  };
}

/** The I/Os of a log, as far as it has grown. */
export const iosOfLog = perLog(
  (log) => new IoTable(log),
  (ios) => ios.catchUp(),
);

/** The places of a log where items wait, as far as it has grown. */
export const placesOfLog = perLog(
  (log) => new Places(log),
  (places) => places.catchUp(),
);

/** The bios of writeback of a log, as far as somebody has had it read. */
export const writebackTableOf = perLog((log) => new WritebackTable(iosOfLog(log)));

/** The folios of a log, as far as it has grown, with their states where they were last asked for. */
export const foliosOfLog = perLog(
  (log) => new FolioStates(new FolioTable(log)),
  ({ table }) => table.catchUp(),
);

/** What runs on each CPU at any row. */
export const cpuStatesOfLog = perLog((log) => new CpuStates(log));

/** What the monitors have to say of a log that has ended. */
export const findingsOfLog = perLog((log) => findingsOf(log, iosOfLog(log)));

/** `compute`, but the same arguments as last time give the same result without computing. */
export function memo<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | null = null;
  return (...args) => {
    if (last === null || args.some((arg, i) => arg !== last?.args[i]))
      last = { args, result: compute(...args) };
    return last.result;
  };
}

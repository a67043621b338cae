import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';

/** How the bios of a batch were worked off, and what that did to the writer. */
export type BatchFigures = {
  /** Bios that went through a batch. */
  readonly bios: number;
  /** Times that the worker of a batch began. */
  readonly runs: number;
  /** Switches to a task other than the idle one. */
  readonly switches: number;
  /** Latencies of the system calls that wrote, in ns, ascending. */
  readonly writes_ns: Float64Array;
};

/** Reads the figures off a whole log: of all writes but the first `skipped`. */
export function batchFigures(log: LogView, skipped = 0): BatchFigures {
  const worker = log.stringId('bio_complete_work_fn');
  const begun = new Map<number, number>();
  const writes: number[] = [];
  let [bios, runs, switches] = [0, 0, 0];
  for (let row = 0; row < log.rows; row++) {
    const object = log.object(row);
    switch (log.kind(row)) {
      case Ev.Switch:
        if (!log.objectName(object).startsWith('swapper/')) switches++;
        break;
      case Ev.Put:
        if (log.objectType(log.value(row)) === 'bio_complete_batch') bios++;
        break;
      case Ev.Enter:
        if (log.nameId(row) === worker) runs++;
        break;
      case Ev.New:
        if (log.objectType(object) === 'kiocb') begun.set(object, log.time(row));
        break;
      case Ev.Notify:
        writes.push(log.time(row) - (begun.get(object) ?? Number.NaN));
        break;
      default:
    }
  }
  return { bios, runs, switches, writes_ns: Float64Array.from(writes.slice(skipped)).sort() };
}

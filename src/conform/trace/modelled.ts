/** The calls of each I/O of a run. */
import { contextLevel, Level } from '../../log/context.ts';
import { Ev } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { type Call, type IoCalls, type Place, placeOfTask } from './calls.ts';

/** What a job calls to submit, once for each I/O at depth 1. */
const SUBMITS: ReadonlySet<string> = new Set(['io_submit_sqes', 'io_submit', 'pread64', 'pwrite64']);
/** What a job calls beside its I/Os. */
const SYNCS: ReadonlySet<string> = new Set(['do_fsync', 'syncfs', 'sync_file_range']);

/** Does a job of buffered I/O begin something new with this call? */
export const isSubmission = (name: string): boolean => SUBMITS.has(name) || SYNCS.has(name);

/** Splits a run of one job (its name) at depth 1 into its I/Os: each from its submission to the next one's, or the end. */
export function modelledIos(log: LogView, job: string): IoCalls[] {
  const ios: { calls: Call[]; result: number; ended: boolean }[] = [];
  const onCpu = new Map<number, string>();
  const callers = new Callers();
  for (let row = 0; row < log.rows; row++) {
    const kind = log.kind(row);
    if (kind === Ev.Switch) onCpu.set(log.cpu(row), log.objectLabel(log.object(row)));
    const io = ios.at(-1);
    if (kind === Ev.Notify && io !== undefined) {
      io.result = log.value(row);
      // where a worker posts the completion that is the end, see recorded.ts
      io.ended = placeIn(log, row, onCpu, job) === 'io-wq';
    }
    if (kind !== Ev.Enter) continue;
    const name = log.name(row);
    if (SUBMITS.has(name)) ios.push({ calls: [], result: Number.NaN, ended: false });
    else if (io?.ended === false) {
      const place = placeIn(log, row, onCpu, job);
      io.calls.push({
        name,
        place,
        caller: callers.of(`${place} ${onCpu.get(log.cpu(row)) ?? ''}`, log, row),
      });
    }
  }
  return ios;
}

export function placeIn(log: LogView, row: number, onCpu: ReadonlyMap<number, string>, job: string): Place {
  const level = contextLevel(log.context(row));
  const task = onCpu.get(log.cpu(row)) ?? '';
  if (level === Level.Task) return task === job ? 'task' : placeOfTask(task);
  return level === Level.Softirq ? 'softirq' : 'hardirq';
}

/** Who called, by the depth of nesting that each entry carries. */
export class Callers {
  private readonly open = new Map<string, string[]>();

  of(context: string, log: LogView, row: number): string {
    const names = this.open.get(context) ?? [];
    this.open.set(context, names);
    const depth = log.value(row);
    names[depth] = log.name(row);
    return names[depth - 1] ?? '';
  }
}

/** The runs of a recording of buffered I/O, and of the model's run of the same. */
import { contextLevel, Level } from '../../log/context.ts';
import { Ev, TaskState } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import type { FtraceRecord } from '../../trace/ftrace-records.ts';
import { placeOfTask } from './calls.ts';
import { Callers, isSubmission, placeIn } from './modelled.ts';
import { isMarkerWrite, markerOf, placeOf } from './recorded.ts';
import type { RunCall } from './runs.ts';

/** What a sync at the end came to: 0 or a negative errno; null without one. */
export type BufferedRun = { readonly calls: readonly RunCall[]; readonly synced: number | null };

const SUBMIT = /^bioscope: submit #/;
const RETURNED = /^bioscope: (?:fsync|syncfs|sfr) returned (?<ret>-?\d+)/;
/** The tool says -1 and what it means; the errors of the laboratory's disks are all one here. */
const EIO = -5;

/** All that was called from the first submission to the return of the sync, or to the end; what had begun by then is
 *  heard out, because who waits for a folio is woken before the rest of what ends it. */
export function recordedRun(records: readonly FtraceRecord[]): BufferedRun {
  const from = records.findIndex((record) => SUBMIT.test(markerOf(record)));
  const first = records[from];
  if (first === undefined) return { calls: [], synced: null };
  const end = records.findIndex((record) => RETURNED.test(markerOf(record)));
  const g = end < 0 ? undefined : RETURNED.exec(markerOf(records[end] ?? first))?.groups;
  const synced = g === undefined ? null : Number(g['ret']) < 0 ? EIO : 0;
  const part = records.slice(from);
  const calls = new RecordedRuns(first.pid).of(part, end < 0 ? part.length : end - from);
  return { calls, synced };
}

/** The calls of a recording in which a task with this pid did it all. */
export const recordedRuns = (records: readonly FtraceRecord[], submitter: number): RunCall[] =>
  new RecordedRuns(submitter).of(records, records.length);

/** Numbers the runs of a recording. */
class RecordedRuns {
  private readonly submitter: number;
  private runs = 0;
  /** The run of each context: a task, or the interrupts of a CPU. */
  private readonly running = new Map<string, number>();
  /** The call that began the run of a context. */
  private readonly outermost = new Map<string, string>();
  /** The level of the last record on each CPU. */
  private readonly levels = new Map<number, Level>();

  constructor(submitter: number) {
    this.submitter = submitter;
  }

  /** The runs that begin before the record at `end`. */
  of(records: readonly FtraceRecord[], end: number): RunCall[] {
    let begun = Infinity;
    return records.flatMap((record, i): RunCall[] => {
      if (i === end) begun = this.runs;
      const { what, level, cpu, pid } = record;
      const key =
        level === Level.Task ? `task ${pid}` : `${level === Level.Softirq ? 'soft' : 'hard'} ${cpu}`;
      const fresh = this.begins(record) || !this.running.has(key);
      this.levels.set(cpu, level);
      if (fresh) this.running.set(key, this.runs++);
      const run = this.running.get(key) ?? 0;
      const place = placeOf(record, this.submitter);
      if (fresh && what.kind === 'call') this.outermost.set(key, what.name);
      if (place === 'irq-thread' && this.hasHandled(record, key)) this.running.delete(key);
      if (what.kind !== 'call' || isMarkerWrite(records, i)) return [];
      // the runs of a thread of a filesystem have no end
      if (run >= begun || (i >= end && place === 'kthread')) return [];
      return [{ name: what.name, place, caller: what.caller, run }];
    });
  }

  /** The thread of an interrupt sleeps until the next one; waiting for a lock it could not be interrupted. function_graph
   *  loses some of what is in the midst of that, but tells when the handler returns. */
  private hasHandled({ what }: FtraceRecord, key: string): boolean {
    if (what.kind === 'return') return what.name === this.outermost.get(key);
    return what.kind === 'event' && what.name === 'sched_switch' && / prev_state=S /.test(what.text);
  }

  private begins({ what, level, cpu, pid }: FtraceRecord): boolean {
    if (level !== Level.Task) {
      const before = this.levels.get(cpu) ?? Level.Task;
      const entry = what.kind === 'call' ? /^blk_(done_softirq|complete_reqs)$/ : /^irq_handler_entry$/;
      return before < level || entry.test(what.name);
    }
    if (what.kind !== 'event') return false;
    if (pid === this.submitter) return what.name === 'tracing_mark_write';
    return what.name === 'workqueue_execute_start';
  }
}

/** The same of a run of the model. */
export const modelledRun = (log: LogView, job: string): BufferedRun => modelledRuns(log, job, isSubmission);

/** What a run of the model calls from the first call of the job that says so; without one, from the start. */
export function modelledRuns(
  log: LogView,
  job: string,
  isFirst: ((name: string) => boolean) | null = null,
): BufferedRun {
  const calls: RunCall[] = [];
  const onCpu = new Map<number, string>();
  const running = new Map<string, number>();
  const callers = new Callers();
  let runs = 0;
  let begun = isFirst === null;
  let synced: number | null = null;
  for (let row = 0; row < log.rows; row++) {
    const kind = log.kind(row);
    const cpu = log.cpu(row);
    if (kind === Ev.Switch) onCpu.set(cpu, log.objectName(log.object(row)));
    const task = onCpu.get(cpu) ?? '';
    const level = contextLevel(log.context(row));
    const key = level === Level.Task ? `task ${task}` : `${level === Level.Softirq ? 'soft' : 'hard'} ${cpu}`;
    const name = log.name(row);
    const submits = kind === Ev.Enter && task === job && level === Level.Task && isFirst?.(name) === true;
    begun ||= submits;
    const works = kind === Ev.Trace && name === 'workqueue_execute_start';
    if (submits || works || kind === Ev.Irq || kind === Ev.Softirq || !running.has(key))
      running.set(key, runs++);
    if (kind === Ev.Sleep && log.value(row) === TaskState.Interruptible && placeOfTask(task) === 'irq-thread')
      running.delete(key);
    if (kind === Ev.Trace && name === 'sys_exit') synced = log.value(row);
    if (kind !== Ev.Enter || !begun) continue;
    const place = placeIn(log, row, onCpu, job);
    const caller = callers.of(`${place} ${task}`, log, row);
    calls.push({ name, place, caller, run: running.get(key) ?? 0 });
  }
  return { calls, synced };
}

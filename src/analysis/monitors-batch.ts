import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { whyAtomic } from './atomic.ts';
import { handlersInAtomic } from './handler-calls.ts';
import { jiffyOf } from './jiffy.ts';
import { isOver, monitor, objectAbove, rowsNamed, rowsOfKind } from './monitor.ts';
import { durationText } from './narrate.ts';
import { BATCH_TYPE, HAND_OVERS } from './writeback-moments.ts';

// Bios that must end in a task (BIO_COMPLETE_IN_TASK), and the lists on which they wait for it.
const IN_TASK = 'bio-complete-in-task.md';

/** Who may call the handler of a flagged bio: each has looked at the flag before. */
const CALLERS: readonly string[] = ['bio_endio', 'bio_complete_work_fn', 'bio_complete_batch_cpu_dead'];

export const handlerInAtomic = monitor(
  {
    id: 'bio-in-atomic-handler',
    title: 'The handler of a bio with BIO_COMPLETE_IN_TASK begins where it may sleep',
    severity: 'error',
    source: `${IN_TASK} section 2.6: in_task() sees interrupts, but no spinlock`,
  },
  (log, _ios, report) => {
    for (const { row, bio, flagged, caller, where, lock } of handlersInAtomic(log)) {
      if (!flagged || !CALLERS.includes(caller)) continue;
      const under = lock === 0 ? '' : `, under ${log.objectName(lock)}`;
      report(
        row,
        `${log.objectName(bio)} is to end in a task that may sleep, but ${log.name(row)} runs ${where}${under}`,
      );
    }
  },
);

export const deferralBypassed = monitor(
  {
    id: 'deferral-bypassed',
    title: 'Nobody calls the handler of a flagged bio past bio_endio()',
    severity: 'error',
    source: `${IN_TASK} section 5, hazard 12`,
  },
  (log, _ios, report) => {
    for (const { row, bio, flagged, caller, where } of handlersInAtomic(log))
      if (flagged && !CALLERS.includes(caller))
        report(
          row,
          `${caller || 'somebody'} calls ${log.name(row)} of ${log.objectName(bio)} itself, ${where}: only bio_endio() looks at BIO_COMPLETE_IN_TASK`,
        );
  },
);

export const splitNotFlagged = monitor(
  {
    id: 'deferral-lost-in-split',
    title: 'What is cut off a flagged bio ends in a task, too',
    severity: 'warning',
    source: `${IN_TASK} section 5, hazard 11; writeback-completion.md section 7`,
  },
  (log, _ios, report) => {
    for (const { row, bio, flagged, whole, where } of handlersInAtomic(log))
      if (!flagged && whole !== 0)
        report(
          row,
          `${log.objectName(bio)} was cut off ${log.objectName(whole)} without its BIO_COMPLETE_IN_TASK: ${log.name(row)} runs ${where}`,
        );
  },
);

export const needlessDeferral = monitor(
  {
    id: 'deferral-needless',
    title: 'A bio that ends in a task which may sleep takes no detour through the batch',
    severity: 'info',
    source: `${IN_TASK} section 5, hazard 7`,
  },
  (log, _ios, report) => {
    for (const row of rowsNamed(log, Ev.Decide, 'preempt-count-missing'))
      if (log.value(row) === 1 && whyAtomic(log.context(row)) === null)
        report(
          row,
          `${log.objectName(log.object(row))} waits for the worker of the batch although this task may sleep: without PREEMPT_COUNT the kernel cannot know`,
        );
  },
);

export const deferredOnce = monitor(
  {
    id: 'deferred-once',
    title: 'A bio goes to a batch at most once',
    severity: 'error',
    source: `${IN_TASK} section 2.4: the flag doubles as the mark of a bio that was deferred already`,
  },
  (log, _ios, report) => {
    const put = new Uint8Array(log.objectCount);
    for (const row of rowsOfKind(log, Ev.Put)) {
      if (log.objectType(log.value(row)) !== BATCH_TYPE) continue;
      const bio = log.object(row);
      if (put[bio] === 1)
        report(row, `${log.objectName(bio)} goes to a batch again, so its handler runs again`);
      put[bio] = 1;
    }
  },
);

export const batchOrder = monitor(
  {
    id: 'batch-order',
    title: 'The bios of a CPU’s batch end in the order in which they arrived',
    severity: 'error',
    source: `${IN_TASK} section 5, hazard 4`,
  },
  (log, _ios, report) => {
    const last = new Map<number, number>(); // latest Put that was taken, by batch
    for (const row of rowsOfKind(log, Ev.Take)) {
      const batch = log.value(row);
      const put = log.prev(row);
      if (log.objectType(batch) !== BATCH_TYPE || put === NO_ROW) continue;
      const before = last.get(batch) ?? -1;
      if (put < before)
        report(
          row,
          `${log.objectName(log.object(row))} ends after ${log.objectName(log.object(before))}, which came to the batch of ${log.objectName(batch)} later`,
        );
      last.set(batch, Math.max(before, put));
    }
  },
);

/** The lists on which something waits for a worker, and the one of folios that only RFC v3 has. */
const LISTS: ReadonlySet<string> = new Set([...HAND_OVERS.map(({ type }) => type), 'dropbehind_batch']);

export const strandedInBatch = monitor(
  {
    id: 'stranded-in-batch',
    title: 'Nothing is left in a batch or on a list of ioends',
    severity: 'error',
    source: `${IN_TASK} section 5, hazards 1 to 3`,
  },
  (log, _ios, report) => {
    if (!isOver(log)) return;
    const waiting = new Map<number, number[]>(); // rows of Put without Take, by item
    for (const row of putsAndTakes(log)) {
      const rows = waiting.get(log.object(row)) ?? [];
      if (log.kind(row) === Ev.Put) waiting.set(log.object(row), [...rows, row]);
      else rows.splice(Math.max(0, rows.indexOf(log.prev(row))), 1);
    }
    for (const row of [...waiting.values()].flat())
      report(
        row,
        `${log.objectName(log.object(row))} is left ${placeName(log, log.value(row))}: nobody takes it`,
      );
  },
);

/** Rows in which something comes to one of the lists or leaves it, ascending. */
function* putsAndTakes(log: LogView): Generator<number> {
  const types = new Set([...LISTS].map((type) => log.stringId(type)));
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
    const { kind, value } = chunk.columns;
    for (let i = 0; i < chunk.count; i++)
      if ((kind[i] === Ev.Put || kind[i] === Ev.Take) && types.has(log.objectTypeId(value[i]!)))
        yield chunk.first + i;
  }
}

/** "in the batch of cpu 1", "on i_ioend_list data". */
function placeName(log: LogView, place: number): string {
  const [type, label] = [log.objectType(place), log.objectLabel(place)];
  if (type.endsWith('batch'))
    return `in ${type === BATCH_TYPE ? 'the batch' : type} of ${log.objectName(place)}`;
  return `on ${type}${label === type ? '' : ` ${label}`}`.trimEnd();
}

export const twoHops = monitor(
  {
    id: 'two-hops',
    title: 'A bio that another worker finishes anyway does not wait in the batch before',
    severity: 'info',
    source: 'writeback-completion.md section 2: 7.3 clears the flag where XFS’s own worker ends the ioend',
  },
  (log, _ios, report) => {
    const batched = new Uint8Array(log.objectCount);
    for (const row of rowsOfKind(log, Ev.Put)) {
      const place = log.value(row);
      const bio = objectAbove(log, log.object(row), 'bio');
      const type = log.objectType(place);
      if (type === BATCH_TYPE) batched[bio] = 1;
      else if (batched[bio] === 1 && bio !== 0 && LISTS.has(type))
        report(
          row,
          `${log.objectName(bio)} was ended by the worker of the batch, and goes ${placeName(log, place)} to the next one: two hops where one would do`,
        );
    }
  },
);

/** A delay of one jiffy ends at the second tick at the latest; half a jiffy more is left to the softirq and the worker's
 *  way to the CPU. What is longer is not the delay. */
const JIFFIES = 2.5;

export const batchWait = monitor(
  {
    id: 'batch-wait',
    title: 'No bio waits in the batch for longer than a delay of one jiffy can take',
    severity: 'info',
    source: `${IN_TASK} section 5, hazard 8`,
  },
  (log, _ios, report) => {
    const jiffy_ns = jiffyOf(log);
    if (jiffy_ns === null) return;
    for (const row of rowsOfKind(log, Ev.Take)) {
      const put = log.prev(row);
      if (put === NO_ROW || log.objectType(log.value(row)) !== BATCH_TYPE) continue;
      const waited_ns = log.time(row) - log.time(put);
      if (waited_ns > JIFFIES * jiffy_ns)
        report(
          row,
          `${log.objectName(log.object(row))} waited ${durationText(waited_ns)} in the batch of ${log.objectName(log.value(row))}, where a jiffy is ${durationText(jiffy_ns)}`,
        );
    }
  },
);

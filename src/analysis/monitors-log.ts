import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { monitor, rowsOfKind } from './monitor.ts';

// What must hold of any log, whatever it is about.
const DESIGN = 'design.md, Engine';

/** What the engine itself reports, in words; a hazard without words is told by its name. */
export const HAZARD_TEXTS: Readonly<Record<string, string>> = {
  'scheduling-while-atomic': 'sleeps where nothing may sleep (scheduling while atomic)',
  'voluntary-switch-in-rcu':
    'sleeps inside an RCU read-side section (voluntary context switch within RCU read-side critical section)',
  'spinlock-recursion': 'is taken again by its holder, who now waits for itself',
  'invalidate-outside-task': 'has its cached pages dropped outside task context, where that may not sleep',
  'sync-outside-task': 'is synced outside task context, where nobody can wait for the device',
  'transaction-outside-task': 'needs a transaction outside task context, where that may not sleep',
  'error-handling-outside-task': 'has an error handled outside task context, where its lock may not be taken',
  'sleeping-lock-outside-task': 'needs a sleeping lock outside task context',
  'extent-freed-under-dio': 'loses blocks while a direct I/O is in flight',
  'dio-workqueue-missing': 'is to be finished by s_dio_done_wq, which does not exist',
  'waits-for-ever': 'waits for something that cannot come any more',
  'writeback-started-twice': 'is put under writeback although it still is',
  'writeback-without-lock': 'is put under writeback by somebody who does not hold its lock',
  'writeback-ended-twice': 'ends a writeback that has ended before: whoever waits goes on too early',
  'removed-under-writeback': 'leaves the page cache while the device still reads it',
  'folio-put-twice': 'is given up more often than it was taken: its memory may belong to somebody else',
  'ioend-bad-mapping':
    'is to be written to blocks that nobody has chosen yet, and fails instead (WARN_ON_ONCE)',
  'anonymous-write-submitted':
    'has no place on the device yet, and fails instead of being submitted (WARN_ON_ONCE)',
  'writepages-from-reclaim': 'is written back by direct reclaim, which may not do that (WARN_ON_ONCE)',
  'stale-blocks': 'is given blocks that nobody reserved: what was looked up has been cut off meanwhile',
  'stale-data-exposed':
    'has failed, yet its blocks count as written: whoever reads them gets what was there before',
};

/** Hazards that a monitor of their own tells of. */
const TOLD_ELSEWHERE = new Set(['sync-outside-task', 'extent-freed-under-dio', 'dio-workqueue-missing']);

export const engineHazards = monitor(
  {
    id: 'hazard',
    title: 'Nothing sleeps in atomic context, and no other rule of the kernel is broken at run time',
    severity: 'error',
    source: 'block-completion.md section 0',
  },
  (log, _ios, report) => {
    for (const row of rowsOfKind(log, Ev.Hazard)) {
      if (TOLD_ELSEWHERE.has(log.name(row))) continue;
      const who = log.objectName(log.object(row)) || 'something';
      report(row, `${who} ${HAZARD_TEXTS[log.name(row)] ?? `breaks a rule: ${log.name(row)}`}`);
    }
  },
);

export const timeRunsForward = monitor(
  { id: 'time-runs-forward', title: 'Time never runs back', severity: 'error', source: DESIGN },
  (log, _ios, report) => {
    let before = 0;
    for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
      const { time_ns } = chunk.columns;
      for (let i = 0; i < chunk.count; i++) {
        const now = time_ns[i]!;
        if (now < before) report(chunk.first + i, `this event is ${before - now} ns before the one above it`);
        before = now;
      }
    }
  },
);

export const everyEventHasACause = monitor(
  {
    id: 'event-has-cause',
    title: 'Every event but the start of the run has a cause, which comes before it',
    severity: 'error',
    source: DESIGN,
  },
  (log, _ios, report) => {
    for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
      const { cause } = chunk.columns;
      for (let i = c === 0 ? 1 : 0; i < chunk.count; i++) {
        const row = chunk.first + i;
        if (cause[i] === NO_ROW) report(row, 'this event has no cause');
        else if (cause[i]! >= row)
          report(row, `this event is caused by row ${cause[i]}, which comes after it`);
      }
    }
  },
);

export const callsMatch = monitor(
  {
    id: 'calls-match',
    title: 'Every function returns in the context in which it was called, the innermost first',
    severity: 'error',
    source: DESIGN,
  },
  (log, ios, report) => {
    for (const row of ios.mismatchedCalls) {
      const what = log.kind(row) === Ev.Exit ? log.name(row) : 'an interrupt';
      report(row, `${what} ends, but it is not the innermost call of this context`);
    }
  },
);

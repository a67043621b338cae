import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { bitOf, hasBit } from './fields.ts';
import { Moment } from './moments.ts';
import { ioName, isDone, monitor, objectsOfType, rowsNamed, valueAt } from './monitor.ts';
import { WaitGraph } from './wait-graph.ts';

// Completions that never come, and what happens to files meanwhile.
const DIRECT_IO = 'direct-io.md section 10';

export const noWaitCycle = monitor(
  {
    id: 'wait-cycle',
    title: 'No task waits, by whatever detour, for something that only itself can do',
    severity: 'error',
    source: `${DIRECT_IO}, H5; commit 838b35bb6a89`,
  },
  (log, ios, report) => {
    if (!log.complete || isDone(log)) return; // whoever waited has gone on
    const cycle = new WaitGraph(log, ios).cycle();
    if (cycle === null) return;
    const row = Math.max(...cycle.map((wait) => wait.row));
    report(row, `deadlock: ${cycle.map(({ words }) => words).join('; ')}`, Math.abs(cycle[0]?.from ?? 0));
  },
);

export const handBackHonoured = monitor(
  {
    id: 'hand-back-lost',
    title: 'A direct I/O that is handed back is finished before it is reported',
    severity: 'error',
    source: `${DIRECT_IO}, H6; mail 71897125-e570-46ce-946a-d4729725e28f@kernel.dk, commit 2d1b3bbc3dd5`,
  },
  (log, ios, report) => {
    for (const row of rowsNamed(log, Ev.Set, 'dio_complete')) {
      const io = ios.ofObject(log.object(row));
      if (log.value(row) === 0 || io < 0) continue;
      const told = ios.row(io, Moment.Notified);
      const started = ios.row(io, Moment.DioStarted);
      if (told === NO_ROW || (started !== NO_ROW && started < told)) continue;
      const above = log.string(valueAt(log, log.object(row), 'ki_complete', row));
      report(
        told,
        `${ios.name(io)} is reported as done with ${ios.result(io)}, but nobody called dio_complete: ${above} does not know of it, so iomap_dio_complete never runs and i_dio_count stays`,
      );
    }
  },
);

export const workqueueExists = monitor(
  {
    id: 'dio-workqueue',
    title: 's_dio_done_wq exists before a completion is queued on it',
    severity: 'error',
    source: `${DIRECT_IO}, H11; syzbot a2b9a4ed0d61b1efb3f5, commit 7fd8720dff2d`,
  },
  (log, ios, report) => {
    for (const row of rowsNamed(log, Ev.Hazard, 'dio-workqueue-missing'))
      report(
        row,
        `${ioName(log, ios, log.object(row))} is to be finished by s_dio_done_wq, which only an asynchronous write has made so far: a NULL pointer`,
      );
  },
);

export const iopollCompletes = monitor(
  {
    id: 'iopoll-completed-lost',
    title: 'Every request of an IOPOLL ring gets its iopoll_completed',
    severity: 'error',
    source: `${DIRECT_IO}, H7; commit d803d123948f, fix in mail 92b0a330-4782-45e9-8de7-3b90a94208c2@kernel.dk`,
  },
  (log, ios, report) => {
    if (!log.complete) return;
    const last = new Map<number, number>(); // by request
    for (const row of rowsNamed(log, Ev.Enter, 'io_complete_rw_iopoll'))
      last.set(log.objectParent(log.object(row)), row);
    const reissue = bitOf('io_kiocb.flags', 'REQ_F_REISSUE');
    for (const [request, row] of last) {
      const marked = hasBit(valueAt(log, request, 'flags', log.rows), reissue);
      if (marked && valueAt(log, request, 'iopoll_completed', log.rows) === 0)
        report(
          row,
          `${ioName(log, ios, request)} ended with -EAGAIN and is marked to be issued again, but the poll loop waits for iopoll_completed, which nobody sets`,
          request,
        );
    }
  },
);

export const extentsStay = monitor(
  {
    id: 'extent-freed-under-dio',
    title: 'No block of a file is freed and no file is cut while i_dio_count is not zero',
    severity: 'error',
    source: 'direct-io.md section 3.2, step 4; mail ZLxgrnvsVPJYBJ1L@dread.disaster.area',
  },
  (log, _ios, report) => {
    for (const row of rowsNamed(log, Ev.Hazard, 'extent-freed-under-dio'))
      report(row, `blocks of ${log.objectName(log.object(row))} are freed under a direct I/O`);
    for (const inode of objectsOfType(log, 'inode')) reportCuts(log, inode, report);
  },
);

function reportCuts(log: LogView, inode: number, report: (row: number, message: string) => void): void {
  let count = 0;
  for (const row of log.rowsOfObject(inode)) {
    if (log.kind(row) !== Ev.Set) continue;
    if (log.name(row) === 'i_dio_count') count = log.value(row);
    const before = log.prev(row);
    const shrinks = log.name(row) === 'i_size' && before !== NO_ROW && log.value(row) < log.value(before);
    if (shrinks && count > 0)
      report(row, `${log.objectName(inode)} is cut while ${count} of its direct I/Os are in flight`);
  }
}

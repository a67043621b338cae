import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band } from './bands.ts';
import { ioName, monitor, valueAt } from './monitor.ts';
import { callsOf, Inside, type Site, sitesOf, TRANSACTIONS } from './sites.ts';

// Who does what: the task, the interrupt, the poll loop in which parts of a completion run.
const DIRECT_IO = 'direct-io.md section 10';

export const handBackOnlyReports = monitor(
  {
    id: 'hand-back-metadata',
    title: 'A write that is handed back to its issuer has nothing left to sync, to convert or to resize',
    severity: 'warning',
    source: `${DIRECT_IO}, H4; review of version 4, mail ZLsBMGe/X62e92Tz@dread.disaster.area`,
  },
  (log, ios, report) => {
    const handedBack = ({ inside }: Site): boolean => (inside & Inside.HandBack) !== 0;
    const what = new Map<number, { row: number; does: string[] }>();
    const note = (site: Site, does: string): void => {
      if (!handedBack(site)) return;
      const entry = what.get(site.around) ?? { row: site.row, does: [] };
      if (!entry.does.includes(does)) entry.does.push(does);
      what.set(site.around, entry);
    };
    for (const site of sitesOf(log, Ev.Set, 'i_size')) note(site, 'moves i_size');
    for (const name of TRANSACTIONS) for (const site of callsOf(log, name)) note(site, DOES[name]);
    for (const site of callsOf(log, 'generic_write_sync')) note(site, 'syncs');
    for (const [dio, { row, does }] of what)
      report(
        row,
        `${ioName(log, ios, dio)} was handed back as if only its result were left, and its task_work ${does.join(' and ')}`,
      );
  },
);

const DOES: Readonly<Record<(typeof TRANSACTIONS)[number], string>> = {
  xfs_reflink_end_cow: 'remaps copied blocks',
  xfs_setfilesize: 'updates the size on disk',
  xfs_iomap_write_unwritten: 'converts an unwritten extent',
  ext4_convert_unwritten_extents: 'converts an unwritten extent',
  ext4_handle_inode_extension: 'updates the size on disk',
};

export const errorsEndInTask = monitor(
  {
    id: 'error-in-interrupt',
    title: 'A direct I/O that failed is finished in a task',
    severity: 'warning',
    source: `${DIRECT_IO}, H18; mail 20251113170633.1453259-1-hch@lst.de, commit ddb4873286e0`,
  },
  (log, ios, report) => {
    for (const { row, band, object } of callsOf(log, 'iomap_dio_complete')) {
      if (band === Band.Task) continue;
      if (valueAt(log, object, 'error', row) !== 0)
        report(
          row,
          `${ioName(log, ios, object)} failed and is finished in an interrupt; zonefs, for one, takes a sleeping lock there`,
        );
    }
  },
);

export const cqeByOwner = monitor(
  {
    id: 'cqe-by-owner',
    title: 'The CQE of a request is posted by the task that owns the ring, or by a thread that works for it',
    severity: 'error',
    source: `${DIRECT_IO}, H19; section 4.4`,
  },
  (log, ios, report) => {
    for (const { row, band, object, task } of sitesOf(log, Ev.Notify, 'cqe')) {
      if (log.objectType(object) !== 'io_kiocb') continue;
      if (band !== Band.Task) {
        report(row, `the CQE of ${ioName(log, ios, object)} is posted in an interrupt`);
        continue;
      }
      if (task !== log.objectParent(object) && !worksFor(log, task, log.objectParent(object)))
        report(row, `the CQE of ${ioName(log, ios, object)} is posted by ${log.objectName(task)}`);
    }
  },
);

/** The SQPOLL thread of a task, and the workers of its io-wq, which may post what completes while they issue it. */
function worksFor(log: LogView, thread: number, task: number): boolean {
  return [`iou-sqp-${task}`, `iou-wrk-${task}`].includes(log.objectName(thread));
}

export const pollsOwnWork = monitor(
  {
    id: 'foreign-work-in-poll-loop',
    title: 'A poll loop finishes the I/O of its own task only',
    severity: 'info',
    source: 'direct-io.md section 4.2: tasks that share a poll queue take each other’s completions',
  },
  (log, ios, report) => {
    const syncs = new Set(callsOf(log, 'generic_write_sync').map(({ around }) => around));
    for (const { row, band, inside, object, task } of callsOf(log, 'iomap_dio_complete')) {
      const io = ios.ofObject(object);
      if (band !== Band.Task || (inside & Inside.PollLoop) === 0 || io < 0) continue;
      const owner = ios.submitter(io);
      if (owner === task || owner === 0 || worksFor(log, task, owner)) continue;
      const sync = syncs.has(object) ? ', its sync included,' : '';
      report(row, `${ios.name(io)} is finished${sync} in the poll loop of ${log.objectName(task)}`);
    }
  },
);

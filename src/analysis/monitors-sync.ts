import { lowerBound } from '../base/bisect.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import type { IoTable } from './io.ts';
import { Moment } from './moments.ts';
import { ioName, monitor, objectsOfType, rowsNamed } from './monitor.ts';
import { callsOf, Inside, sitesOf } from './sites.ts';
import { lastWrite } from './state.ts';

// What must hold of O_DSYNC and O_SYNC writes: where they are synced, and that they are.
const DIRECT_IO = 'direct-io.md section 10';

export const syncsInTask = monitor(
  {
    id: 'sync-in-task',
    title: 'A write is synced in task context only',
    severity: 'error',
    source: `${DIRECT_IO}, H2; generic_write_sync sleeps until the device has flushed`,
  },
  (log, ios, report) => {
    for (const { row, band, object } of callsOf(log, 'generic_write_sync'))
      if (band !== Band.Task)
        report(
          row,
          `${ioName(log, ios, object)} is synced in ${band === Band.Softirq ? 'a softirq' : 'a hard interrupt'}, which cannot wait for the device`,
        );
  },
);

export const syncsOutsidePollLoop = monitor(
  {
    id: 'sync-in-poll-loop',
    title: 'A poll loop does not stop to sync a write',
    severity: 'error',
    source: `${DIRECT_IO}, H3; review of version 4, mail ZLr8D60gYqDrHl21@dread.disaster.area`,
  },
  (log, ios, report) => {
    for (const { row, band, inside, object, task } of callsOf(log, 'generic_write_sync'))
      if (band === Band.Task && (inside & Inside.PollLoop) !== 0)
        report(
          row,
          `${ioName(log, ios, object)} is synced inside the poll loop of ${log.objectName(task)}, which finds no other completion until the log is written or the cache flushed`,
        );
  },
);

export const dsyncStable = monitor(
  {
    id: 'dsync-stable',
    title: 'The data of an O_DSYNC or O_SYNC write is on stable media when the write is reported',
    severity: 'error',
    source: `${DIRECT_IO}, H16`,
  },
  (log, ios, report) => {
    if (!toldOfCache(log)) return;
    unstable(log, ios, (row, request, io) =>
      report(
        row,
        `${ios.name(io)} is reported as durable, but ${log.objectName(request)} is neither FUA nor flushed: its data is in the volatile cache of the device`,
      ),
    );
  },
);

export const dsyncInHiddenCache = monitor(
  {
    id: 'dsync-in-hidden-cache',
    title: 'The kernel knows of the cache that a write reported as durable sits in',
    severity: 'warning',
    source: 'direct-io.md section 2.3, recordings 07g to 07i and 08b',
  },
  (log, ios, report) => {
    if (toldOfCache(log)) return;
    unstable(log, ios, (row, _request, io) =>
      report(
        row,
        `${ios.name(io)} is reported as durable, but its data is in a volatile cache that queue/write_cache says is not there: lost if the power goes`,
      ),
    );
  },
);

/** Whether the kernel believes that the device has a volatile write cache. */
function toldOfCache(log: LogView): boolean {
  const bit = bitOf('queue_limits.features', 'BLK_FEAT_WRITE_CACHE');
  for (const row of rowsNamed(log, Ev.Set, 'features')) if (!hasBit(log.value(row), bit)) return false;
  return true;
}

/** Calls back for every synced write that is reported while the device holds some of its data only in its cache. */
function unstable(
  log: LogView,
  ios: IoTable,
  found: (row: number, request: number, io: number) => void,
): void {
  let vwc = false;
  for (const row of rowsNamed(log, Ev.Set, 'vwc')) vwc = log.value(row) === 1;
  if (!vwc) return;
  const [flushes, zeroes] = [flushesOf(log), zeroingBios(log)];
  for (let io = 0; io < ios.count; io++) {
    const told = ios.row(io, Moment.Notified);
    if (told === NO_ROW || !(ios.result(io) > 0) || !isSynced(log, ios, io)) continue;
    const request = ios.family(io).find((o) => {
      if (zeroes.has(log.objectParent(o))) return false; // zeroes around the data are not the application's
      const done = writtenWithoutFua(log, o, told);
      return done !== NO_ROW && flushes.lastIssued(told) < done;
    });
    if (request !== undefined) found(told, request, io);
  }
}

/** Flushes that the device has done, by the row when it was done with them, and the last row in which one of those up to
 *  then was issued. */
class Flushes {
  private readonly done: number[] = [];
  private readonly issued: number[] = [];

  /** In the order in which the device was done with them. */
  add(issued: number, done: number): void {
    this.done.push(done);
    this.issued.push(Math.max(issued, this.issued.at(-1) ?? -1));
  }

  /** The last row in which a flush was issued that was done before `row`; -1 without one. */
  lastIssued(row: number): number {
    return this.issued[lowerBound(this.done, row) - 1] ?? -1;
  }
}

function flushesOf(log: LogView): Flushes {
  const flush = bitOf('request.cmd_flags', 'REQ_OP_FLUSH');
  const issued = new Map<number, number>();
  const flushes = new Flushes();
  for (const row of rowsNamed(log, Ev.Trace, 'block_rq_issue')) issued.set(log.object(row), row);
  for (const done of rowsNamed(log, Ev.Trace, 'nvme_device_complete')) {
    const request = log.object(done);
    const flags = lastWrite(log, request, 'cmd_flags', done);
    const start = issued.get(request);
    if (flags !== NO_ROW && hasBit(log.value(flags), flush) && log.value(done) === 0 && start !== undefined)
      flushes.add(start, done);
  }
  return flushes;
}

/** The row before `end` in which the device has done this request, if it is a write without FUA; else `NO_ROW`. */
function writtenWithoutFua(log: LogView, object: number, end: number): number {
  if (log.objectType(object) !== 'request') return NO_ROW;
  for (const row of log.rowsOfObject(object)) {
    if (row > end) break;
    if (log.kind(row) !== Ev.Trace || log.name(row) !== 'nvme_device_complete') continue;
    const flags = lastWrite(log, object, 'cmd_flags', row);
    if (flags === NO_ROW || log.value(row) !== 0) return NO_ROW;
    const [write, fua] = [bitOf('request.cmd_flags', 'REQ_OP_WRITE'), bitOf('request.cmd_flags', 'REQ_FUA')];
    return hasBit(log.value(flags), write) && !hasBit(log.value(flags), fua) ? row : NO_ROW;
  }
  return NO_ROW;
}

function isSynced(log: LogView, ios: IoTable, io: number): boolean {
  const [dsync, write] = [bitOf('kiocb.ki_flags', 'IOCB_DSYNC'), bitOf('kiocb.ki_flags', 'IOCB_WRITE')];
  return ios.family(io).some((o) => {
    if (log.objectType(o) !== 'kiocb') return false;
    const flags = lastWrite(log, o, 'ki_flags', log.rows);
    return flags !== NO_ROW && hasBit(log.value(flags), dsync) && hasBit(log.value(flags), write);
  });
}

export const writeThroughKept = monitor(
  {
    id: 'write-through-promise',
    title:
      'A write keeps the write-through flag only if every bio of its data was FUA, and then needs no sync',
    severity: 'error',
    source: `${DIRECT_IO}, H15; commit 3a0be38cc84d`,
  },
  (log, _ios, report) => {
    const sync = bitOf('iomap_dio.flags', 'IOMAP_DIO_NEED_SYNC');
    const zeroes = zeroingBios(log);
    const plain = new Map<number, number>(); // by dio, a bio of its data without FUA
    for (const bio of objectsOfType(log, 'bio'))
      if (!zeroes.has(bio) && !isSubmittedFua(log, bio)) plain.set(log.objectParent(bio), bio);
    for (const { row, object: dio } of callsOf(log, 'iomap_dio_complete')) {
      const written = lastWrite(log, dio, 'flags', row);
      const flags = written === NO_ROW ? 0 : log.value(written);
      if (!THROUGH.some((flag) => hasBit(flags, bitOf('iomap_dio.flags', flag)))) continue;
      const [name, bio] = [log.objectName(dio), plain.get(dio)];
      if (hasBit(flags, sync))
        report(row, `${name} completes with write-through and NEED_SYNC, which exclude each other`);
      if (bio !== undefined)
        report(row, `${name} kept write-through, but ${log.objectName(bio)} was submitted without FUA`);
    }
  },
);

/** Bios that iomap made to zero the rest of a block; they are never FUA. */
function zeroingBios(log: LogView): ReadonlySet<number> {
  const made = sitesOf(log, Ev.New, 'bio').filter(({ inside }) => (inside & Inside.Zeroing) !== 0);
  return new Set(made.map(({ object }) => object));
}

/** The flag has had three names. */
const THROUGH = ['IOMAP_DIO_WRITE_THROUGH', 'IOMAP_DIO_STABLE_WRITE', 'IOMAP_DIO_WRITE_FUA'] as const;

/** As iomap built the bio; the block layer may drop the bit later. */
function isSubmittedFua(log: LogView, bio: number): boolean {
  const first = log.rowsOfObject(bio).find((r) => log.kind(r) === Ev.Set && log.name(r) === 'bi_opf');
  return first !== undefined && hasBit(log.value(first), bitOf('bio.bi_opf', 'REQ_FUA'));
}

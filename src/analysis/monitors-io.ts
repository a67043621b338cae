import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band, bandOf } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import type { IoTable } from './io.ts';
import { Moment } from './moments.ts';
import { isDone, monitor, objectsOfType, rowsNamed, rowsOfKind } from './monitor.ts';
import { callsOf, Inside, sitesOf } from './sites.ts';
import { lastWrite } from './state.ts';

// What must hold of the I/Os in a log.
const DIRECT_IO = 'direct-io.md section 10';

export const bioEndsOnce = monitor(
  {
    id: 'bio-ends-once',
    title: 'Every bio ends exactly once',
    severity: 'error',
    source: `${DIRECT_IO}, H9`,
  },
  (log, _ios, report) => {
    const ended = new Uint8Array(log.objectCount);
    for (const row of rowsNamed(log, Ev.Enter, 'bio_endio')) {
      const bio = log.object(row);
      if (waitsForPieces(log, bio, row)) continue;
      if (ended[bio] === 1)
        report(row, `${log.objectName(bio)} ends again: its memory may belong to another I/O`);
      ended[bio] = 1;
    }
    if (!isDone(log)) return;
    for (const row of rowsNamed(log, Ev.New, 'bio')) {
      const bio = log.object(row);
      if (ended[bio] === 0 && !endsByPieces(log, bio)) report(row, `${log.objectName(bio)} never ends`);
    }
  },
);

/** A split bio is told of each of its pieces; all but the last only count. */
function waitsForPieces(log: LogView, bio: number, row: number): boolean {
  const written = lastWrite(log, bio, 'remaining', row);
  return written !== NO_ROW && log.value(written) > 1;
}

/** Whether the last piece of a split bio has ended, which ends it, too. */
function endsByPieces(log: LogView, bio: number): boolean {
  const written = lastWrite(log, bio, 'remaining', log.rows - 1);
  return written !== NO_ROW && log.value(written) === 0;
}

export const dioCompletesOnce = monitor(
  {
    id: 'dio-completes-once',
    title: 'Every direct I/O completes exactly once',
    severity: 'error',
    source: `${DIRECT_IO}, H9`,
  },
  (log, _ios, report) => {
    const completed = new Uint8Array(log.objectCount);
    for (const row of rowsNamed(log, Ev.Enter, 'iomap_dio_complete')) {
      const dio = log.object(row);
      if (completed[dio] === 1) report(row, `${log.objectName(dio)} completes again`);
      completed[dio] = 1;
    }
    if (!isDone(log)) return;
    for (const row of rowsNamed(log, Ev.New, 'iomap_dio')) {
      const dio = log.object(row);
      if (completed[dio] === 0 && !isFreed(log, dio)) report(row, `${log.objectName(dio)} never completes`);
    }
  },
);

/** A direct I/O that is refused before anything was submitted is freed without completing. */
const isFreed = (log: LogView, object: number): boolean =>
  log.rowsOfObject(object).some((row) => log.kind(row) === Ev.Free);

export const notifiedOnce = monitor(
  {
    id: 'io-notified-once',
    title: 'The application learns of each I/O exactly once',
    severity: 'error',
    source: `${DIRECT_IO}, H9 and H19`,
  },
  (log, ios, report) => {
    for (const row of rowsOfKind(log, Ev.Notify)) {
      const io = ios.ofObject(log.object(row));
      if (io >= 0 && ios.row(io, Moment.Notified) !== row)
        report(row, `${ios.name(io)} is reported to the application again`);
    }
    if (!isDone(log)) return;
    for (let io = 0; io < ios.count; io++)
      if (ios.isApplication(io) && ios.notifications(io) === 0 && ios.row(io, Moment.Submitted) !== NO_ROW)
        report(ios.row(io, Moment.Submitted), `${ios.name(io)} is never reported to the application`);
  },
);

export const polledWhere = monitor(
  {
    id: 'polled-bio-context',
    title: 'A polled bio ends in a poll loop, one that is not polled in an interrupt or softirq',
    severity: 'error',
    source: `${DIRECT_IO}, H8`,
  },
  (log, ios, report) => {
    const polledBit = bitOf('bio.bi_opf', 'REQ_POLLED');
    for (const { row, object, band, inside } of callsOf(log, 'bio_endio')) {
      const polled = wasPolled(log, object, row, polledBit);
      const name = log.objectName(object);
      if (polled && !ios.endsInPollLoop(row) && wasIssued(log, ios, object, row))
        report(row, `${name} carries REQ_POLLED and ends outside a poll loop`);
      const inTask = band === Band.Task && (inside & (Inside.ForInterrupt | Inside.InSubmission)) === 0;
      if (!polled && inTask && wasIssued(log, ios, object, row))
        report(row, `${name} is not polled and ends in task context`);
    }
  },
);

/** Whether the bio reached the driver: one that is refused ends where it is submitted. */
function wasIssued(log: LogView, ios: IoTable, bio: number, row: number): boolean {
  const io = ios.ofObject(bio);
  if (io < 0) return false; // of the block layer or the filesystem itself
  const requests = ios
    .family(io)
    .filter((o) => log.objectParent(o) === bio && log.objectType(o) === 'request');
  return requests.some((request) =>
    log.rowsOfObject(request).some((r) => r < row && log.name(r) === 'block_rq_issue'),
  );
}

function wasPolled(log: LogView, bio: number, row: number, bit: number): boolean {
  const written = lastWrite(log, bio, 'bi_opf', row);
  return written !== NO_ROW && hasBit(log.value(written), bit);
}

export const completesOnSubmitter = monitor(
  {
    id: 'rq-affinity-2',
    title: 'With rq_affinity=2 a request completes on the CPU that submitted it',
    severity: 'error',
    source: 'block-completion.md section 3',
  },
  (log, _ios, report) => {
    // An interrupt whose threads are forced sends nobody anything: the softirq there would be left to ksoftirqd.
    if (!isForced(log) || log.stringId('irq_forced_thread_fn') >= 0) return;
    const hotplug = new Map(objectsOfType(log, 'cpuhp_cpu_state').map((o) => [log.objectLabel(o), o]));
    const polledBit = bitOf('request.cmd_flags', 'REQ_POLLED');
    for (const { row, object: request, inside } of sitesOf(log, Ev.Trace, 'block_rq_complete')) {
      if ((inside & Inside.Flush) !== 0) continue;
      const submitted = lastWrite(log, request, 'mq_ctx', row);
      const flags = lastWrite(log, request, 'cmd_flags', row);
      if (submitted === NO_ROW || (flags !== NO_ROW && hasBit(log.value(flags), polledBit))) continue;
      const cpu = log.value(submitted);
      const state = lastWrite(log, hotplug.get(`cpu${cpu}`) ?? 0, 'state', row);
      if (state !== NO_ROW && log.value(state) !== CPUHP_ONLINE) continue; // nobody sends it to a CPU that goes
      if (log.cpu(row) !== cpu)
        report(row, `${log.objectName(request)} completes on CPU ${log.cpu(row)}; CPU ${cpu} submitted it`);
    }
  },
);

/** The state of a CPU that is fully online. */
const CPUHP_ONLINE = 235;

/** Whether rq_affinity is 2: an input of each decision for which it matters. */
function isForced(log: LogView): boolean {
  for (const row of rowsNamed(log, Ev.Input, 'rq_affinity')) return log.value(row) === 2;
  return false;
}

export const invalidatesInTask = monitor(
  {
    id: 'invalidate-in-task',
    title: 'The page cache is invalidated in task context only',
    severity: 'error',
    source: `${DIRECT_IO}, H1`,
  },
  (log, _ios, report) => {
    for (const name of ['kiocb_invalidate_post_direct_write', 'invalidate_inode_pages2_range'])
      for (const row of rowsNamed(log, Ev.Enter, name))
        if (bandOf(log.context(row)) !== Band.Task)
          report(
            row,
            `${name} runs in ${bandOf(log.context(row)) === Band.Softirq ? 'a softirq' : 'a hard interrupt'}`,
          );
  },
);

export const polledInVain = monitor(
  {
    id: 'polled-then-kworker',
    title: 'Polling pays only if the completion stays in the poll loop',
    severity: 'info',
    source: `${DIRECT_IO}, H13`,
  },
  (log, ios, report) => {
    const bit = bitOf('bio.bi_opf', 'REQ_POLLED');
    for (let io = 0; io < ios.count; io++) {
      if (ios.path(io) !== 's_dio_done_wq') continue;
      const row = ios.row(io, Moment.DioStarted);
      const polled = ios.family(io).some((o) => log.objectType(o) === 'bio' && wasPolled(log, o, row, bit));
      if (polled) report(row, `${ios.name(io)} was polled for, yet a kworker finishes it`);
    }
  },
);

export const neverPolled = monitor(
  {
    id: 'iopoll-never-polled',
    title: 'A write to an IOPOLL ring is polled for',
    severity: 'info',
    source: `${DIRECT_IO}, H14`,
  },
  (log, ios, report) => {
    const polled = bitOf('bio.bi_opf', 'REQ_POLLED');
    const [hipri, write] = [bitOf('kiocb.ki_flags', 'IOCB_HIPRI'), bitOf('kiocb.ki_flags', 'IOCB_WRITE')];
    for (let io = 0; io < ios.count; io++) {
      const top = ios.topObject(io);
      if (log.objectType(top) !== 'io_kiocb') continue;
      const ended = ios.row(io, Moment.BioEnded);
      const asked = ios.family(io).some((o) => hadFlags(log, o, hipri, write));
      if (ended === NO_ROW || !asked) continue;
      const bios = ios.family(io).filter((o) => log.objectType(o) === 'bio');
      if (!bios.some((bio) => wasPolled(log, bio, ended, polled)))
        report(ended, `${ios.name(io)} is on an IOPOLL ring, but its bio is not polled`, top);
    }
  },
);

/** Whether an object is a kiocb whose flags once had all of `bits`. */
function hadFlags(log: LogView, object: number, ...bits: readonly number[]): boolean {
  if (log.objectType(object) !== 'kiocb') return false;
  return log
    .rowsOfObject(object)
    .some(
      (row) =>
        log.kind(row) === Ev.Set &&
        log.name(row) === 'ki_flags' &&
        bits.every((bit) => hasBit(log.value(row), bit)),
    );
}

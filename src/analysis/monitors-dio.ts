import { upperBound } from '../base/bisect.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import { ioName, monitor, objectsOfType, rowsNamed, valueAt } from './monitor.ts';
import { callsOf, END_IO, type Site } from './sites.ts';

// What must hold of a dio: its references, its flags, the order of its end.
const DIRECT_IO = 'direct-io.md section 10';

export const dioReferences = monitor(
  {
    id: 'dio-references',
    title: 'A direct I/O completes when its last reference is gone, and nobody touches it after its end',
    severity: 'error',
    source: `${DIRECT_IO}, H10; section 3.3`,
  },
  (log, _ios, report) => {
    for (const dio of objectsOfType(log, 'iomap_dio')) {
      let [freed, ref] = [false, 0];
      for (const row of log.rowsOfObject(dio)) {
        const [kind, name] = [log.kind(row), log.name(row)];
        if (kind === Ev.Free) freed = true;
        else if (kind === Ev.Set && freed)
          report(row, `${log.objectName(dio)} is written to (${name}) after its memory was given back`);
        else if (kind === Ev.Enter && name === 'iomap_dio_complete' && ref > 0)
          report(row, `${log.objectName(dio)} completes while it is still counted ${ref} times`);
        else if (kind === Ev.Set && name === 'ref') {
          ref = log.value(row);
          if (ref < 0) report(row, `${log.objectName(dio)} is given up more often than it was taken`);
        }
      }
    }
  },
);

export const privateCleared = monitor(
  {
    id: 'private-outlives-bio',
    title: 'iocb->private forgets the polled bio before the bio is gone',
    severity: 'info',
    source: `${DIRECT_IO}, H12; a poll pass may look at the wrong queue, the memory itself is safe under RCU`,
  },
  (log, ios, report) => {
    for (const name of ['iomap_dio_bio_end_io', 'iomap_dio_simple_end_io'])
      for (const row of rowsNamed(log, Ev.Exit, name)) {
        const bio = log.object(row);
        const io = ios.ofObject(bio);
        if (io < 0) continue;
        const kiocb = ios
          .family(io)
          .find((o) => log.objectType(o) === 'kiocb' && valueAt(log, o, 'private', row) === bio);
        if (kiocb !== undefined)
          report(row, `${log.objectName(bio)} of ${ios.name(io)} has ended, and private still points to it`);
      }
  },
);

export const completionOrder = monitor(
  {
    id: 'completion-order',
    title: 'end_io comes before the invalidation, that before inode_dio_end, and that before the sync',
    severity: 'error',
    source: `${DIRECT_IO}, H20; section 3.2`,
  },
  (log, ios, report) => {
    const steps: (Site & { readonly step: number; readonly name: string })[] = [];
    ORDER.forEach((names, step) =>
      names.forEach((name) => {
        for (const site of callsOf(log, name)) steps.push({ ...site, step, name });
      }),
    );
    steps.sort((a, b) => a.row - b.row);
    const last = new Map<number, { readonly step: number; readonly name: string }>();
    for (const { row, around, step, name } of steps) {
      if (log.objectType(around) !== 'iomap_dio') continue;
      const before = last.get(around);
      if (before !== undefined && before.step > step)
        report(row, `${ioName(log, ios, around)}: ${name} runs after ${before.name}`);
      last.set(around, { step, name });
    }
  },
);

const ORDER: readonly (readonly string[])[] = [
  END_IO,
  ['kiocb_invalidate_post_direct_write'],
  ['inode_dio_end'],
  ['generic_write_sync'],
];

/** The first of ascending `rows` after `from` and before `to`. */
function firstBetween(rows: readonly number[], from: number, to: number): number | undefined {
  const row = rows[upperBound(rows, from)];
  return row !== undefined && row < to ? row : undefined;
}

export const waiterIsWoken = monitor(
  {
    id: 'waiter-woken',
    title: 'Who sleeps for a direct I/O goes on once it has ended, and not before',
    severity: 'error',
    source: `${DIRECT_IO}, H21`,
  },
  (log, ios, report) => {
    const WAIT = 'the last bio of its direct I/O';
    const sleeps = new Map<number, number[]>(); // rows by task
    for (const row of rowsNamed(log, Ev.Sleep, WAIT)) {
      const task = log.object(row);
      const rows = sleeps.get(task);
      if (rows === undefined) sleeps.set(task, [row]);
      else rows.push(row);
    }
    for (const { row, object: dio, band, task } of callsOf(log, 'iomap_dio_complete')) {
      const begun = log.rowsOfObject(dio)[0] ?? row;
      const slept = firstBetween(sleeps.get(task) ?? [], begun, row) !== undefined;
      const waits = band === Band.Task && valueAt(log, dio, 'wait_for_completion', row) === 1;
      if (waits && slept && valueAt(log, dio, 'waiter', row) !== 0)
        report(
          row,
          `${log.objectName(task)} stopped waiting for ${ioName(log, ios, dio)} before it had ended`,
        );
    }
    if (!log.complete) return;
    for (const [task, rows] of sleeps) {
      const asleep = rows.at(-1) ?? 0;
      const woken = log.rowsOfObject(task).some((r) => r > asleep && log.kind(r) === Ev.Wake);
      const dio = woken ? undefined : endedFor(log, task, asleep);
      if (dio !== undefined)
        report(asleep, `${ioName(log, ios, dio)} has ended, and nobody woke ${log.objectName(task)}`);
    }
  },
);

/** The dio for which a task went to sleep in row `asleep`, if its last bio has cleared the waiter. */
function endedFor(log: LogView, task: number, asleep: number): number | undefined {
  return objectsOfType(log, 'iomap_dio').find(
    (dio) =>
      valueAt(log, dio, 'waiter', asleep) === task &&
      valueAt(log, dio, 'waiter', log.rows) === 0 &&
      log.rowsOfObject(dio).every((r) => log.kind(r) !== Ev.Free),
  );
}

export const pollsOneBio = monitor(
  {
    id: 'polled-with-others',
    title: 'A direct I/O of several bios polls for none of them',
    severity: 'info',
    source: `${DIRECT_IO}, H22; section 3.1`,
  },
  (log, ios, report) => {
    const polled = bitOf('bio.bi_opf', 'REQ_POLLED');
    const bios = new Map<number, number[]>();
    for (const bio of objectsOfType(log, 'bio')) {
      const dio = log.objectParent(bio);
      if (log.objectType(dio) !== 'iomap_dio') continue;
      const known = bios.get(dio);
      if (known === undefined) bios.set(dio, [bio]);
      else known.push(bio);
    }
    for (const [dio, all] of bios) {
      if (all.length < 2) continue;
      const first = all.flatMap((bio) => log.rowsOfObject(bio).find((r) => isSet(log, r, polled)) ?? [])[0];
      if (first !== undefined)
        report(
          first,
          `${ioName(log, ios, dio)} polls for ${log.objectName(log.object(first))}, one of its ${all.length} bios: whichever ends last decides where it completes`,
        );
    }
  },
);

const isSet = (log: LogView, row: number, bit: number): boolean =>
  log.kind(row) === Ev.Set && log.name(row) === 'bi_opf' && hasBit(log.value(row), bit);

export const noStalePages = monitor(
  {
    id: 'stale-pages',
    title: 'No page of the range is read into the cache after a write decided to invalidate none',
    severity: 'info',
    source: `${DIRECT_IO}, H17; an accepted race of commit eca9dc20891d`,
  },
  (log, ios, report) => {
    const skips = bitOf('iomap_dio.flags', 'IOMAP_DIO_NO_INVALIDATE');
    const pages = [...rowsNamed(log, Ev.Set, 'nrpages')].filter((row) => {
      const before = log.prev(row);
      return log.value(row) > (before === NO_ROW ? 0 : log.value(before));
    });
    if (pages.length === 0) return;
    for (const dio of objectsOfType(log, 'iomap_dio')) {
      const rows = log.rowsOfObject(dio);
      const decided = rows.find(
        (r) => log.kind(r) === Ev.Set && log.name(r) === 'flags' && hasBit(log.value(r), skips),
      );
      const ended = rows.find((r) => log.kind(r) === Ev.Free) ?? log.rows;
      const filled = decided === undefined ? undefined : firstBetween(pages, decided, ended);
      if (filled !== undefined)
        report(
          filled,
          `${ioName(log, ios, dio)} found no cached page and skips the invalidation, but a page is read into the cache before it is done: it may be of before the write`,
        );
    }
  },
);

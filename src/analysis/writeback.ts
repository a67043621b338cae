/** Buffered writeback, bio by bio: when each got where, through which lists it went, and who ended its folios. */
import { NO_OBJECT, NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import type { Columns } from '../log/columns.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { bandOf } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import { fitting } from './grow.ts';
import type { IoTable } from './io.ts';
import { NO_CALL, Stacks } from './stacks.ts';
import { BATCH_TYPE, HAND_OVERS, WB_MOMENT_COUNT, WbMoment } from './writeback-moments.ts';

const PG_writeback = bitOf('folio.flags', 'PG_writeback');

/** What the pass over the log looks for; -1 for what the log has not mentioned. */
type Names = Readonly<
  Record<
    | 'queue'
    | 'issue'
    | 'device'
    | 'sq'
    | 'complete'
    | 'failed'
    | 'endio'
    | 'end_io'
    | 'size'
    | 'status'
    | 'flags'
    | 'executes'
    | 'executed'
    | 'deleted'
    | 'endsFolio'
    | 'drops'
    | 'dropsRead'
    | 'folio'
    | 'queueType'
    | 'pool',
    number
  >
>;

/** The path of a bio that ended where the device’s completion ran. */
export const NO_HAND_OVER = 'none';

/** What the worker of a place is about: rows, and whether its work item is being executed. */
type Worker = { put: number; offered: number; started: number; runs: boolean };

/**
 * The bios of writeback in a log, a column each, in the order in which they were made. `catchUp` fills the table as far as
 * the log goes, in slices if wanted; it is linear in the rows of the log.
 */
export class WritebackTable {
  readonly ios: IoTable;
  readonly log: LogView;
  count = 0;
  /** Rows of the log that are taken in. */
  rows = 0;

  /** Number of the I/O in `ios`. */
  private io = new Uint32Array(64);
  /** Index plus one by number in `ios`; 0 for the I/Os of applications. */
  private ofIo = new Uint32Array(64);
  private known = 0;
  private moments = new Uint32Array(64 * WB_MOMENT_COUNT).fill(NO_ROW);
  /** Hand-overs in order, one octal digit each: index into `HAND_OVERS` plus one. */
  private hops = new Uint32Array(64);
  private inode = new Uint32Array(64);
  private handler = new Uint32Array(64);
  private status = new Int32Array(64);
  private endTask = new Uint32Array(64);
  private handlerTask = new Uint32Array(64);
  private lastDrop = new Uint32Array(64).fill(NO_ROW);
  private drops = new Uint32Array(64);
  /** The last bio that each folio was part of, plus one, by object id. */
  private bioOfFolio = new Uint32Array(64);
  /** Folios of the bios: a list for each, its newest record by bio plus one. */
  private newest = new Uint32Array(64);
  private recordFolio = new Uint32Array(64);
  private recordBefore = new Uint32Array(64);
  private records = 0;
  private taken = new Uint8Array(64);

  private readonly stacks = new Stacks();
  private readonly workers = new Map<number, Worker>();
  private readonly places = new Map<number, number>();
  private readonly wakes = new Map<number, { readonly row: number; readonly bio: number }>();

  constructor(ios: IoTable) {
    this.ios = ios;
    this.log = ios.log;
  }

  /** Takes in up to `limit` more rows; true when nothing is left. */
  catchUp(limit = Infinity): boolean {
    if (this.rows === this.log.rows) return true;
    this.ios.catchUp(limit);
    this.takeIos();
    const names = namesOf(this.log);
    const end = Math.min(this.ios.rows, this.rows + limit);
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      const last = Math.min(count, end - first);
      for (let i = Math.max(0, this.rows - first); i < last; i++) this.takeRow(names, columns, i, first + i);
      this.rows = Math.max(this.rows, Math.min(end, first + count));
    }
    return this.rows === this.log.rows;
  }

  /** The bio that an object belongs to, or -1. */
  ofObject(object: number): number {
    const io = this.ios.ofObject(object);
    return io < 0 ? -1 : (this.ofIo[io] ?? 0) - 1;
  }

  /** Its number among the I/Os of `ios`. */
  ioOf(bio: number): number {
    return this.io[bio]!;
  }

  topObject(bio: number): ObjectId {
    return this.ios.topObject(this.io[bio]!);
  }

  /** "fio-job writeback 3". */
  name(bio: number): string {
    return this.ios.name(this.io[bio]!);
  }

  /** The row at which a moment was, or `NO_ROW`. */
  row(bio: number, moment: WbMoment): Row {
    return this.moments[bio * WB_MOMENT_COUNT + moment]! as Row;
  }

  /** The lists it was handed over through, in order: names of `HAND_OVERS`. */
  handOvers(bio: number): readonly string[] {
    const queues: string[] = [];
    for (let code = this.hops[bio]!; code > 0; code >>>= 3)
      queues.push(HAND_OVERS[(code & 7) - 1]?.queue ?? '');
    return queues.reverse();
  }

  /** The same as one text: "none", or "bio_complete batch -> failed_ioend_list". */
  path(bio: number): string {
    return this.handOvers(bio).join(' -> ') || NO_HAND_OVER;
  }

  /** The inode that it writes, or none where the log does not tell. */
  file(bio: number): ObjectId {
    return this.inode[bio]! as ObjectId;
  }

  /** Name of its bi_end_io, or ''. */
  endIo(bio: number): string {
    return this.log.string(this.handler[bio]!);
  }

  /** Its block status, 0 for success. */
  statusOf(bio: number): number {
    return this.status[bio]!;
  }

  /** The task on the CPU where its handler was entered, and where the writeback of its last folio ended: who did it, or
   *  whom the interrupt took the time from. */
  handlerTaskOf(bio: number): ObjectId {
    return this.handlerTask[bio]! as ObjectId;
  }
  endTaskOf(bio: number): ObjectId {
    return this.endTask[bio]! as ObjectId;
  }

  /** Where its folios began to be ended: the turn of the worker of the second list, or its handler; `NO_ROW` for a bio that
   *  has not ended. Row of the call, so that its context is not that of a lock inside. */
  finishRow(bio: number): Row {
    const ended = this.row(bio, WbMoment.Ended);
    if (ended === NO_ROW) return NO_ROW;
    const finishing = this.row(bio, WbMoment.Finishing);
    const handler = this.row(bio, WbMoment.Handler);
    return finishing !== NO_ROW ? finishing : handler !== NO_ROW ? handler : ended;
  }

  /** Its folios, in the order in which they were added. */
  folios(bio: number): ObjectId[] {
    const folios: ObjectId[] = [];
    for (let r = this.newest[bio]!; r > 0; r = this.recordBefore[r - 1]!)
      folios.push(this.recordFolio[r - 1]! as ObjectId);
    return folios.reverse();
  }

  /** How many of its folios left the cache because they were uncached, and when the last did, or `NO_ROW`. */
  dropped(bio: number): { readonly folios: number; readonly last: Row } {
    return { folios: this.drops[bio]!, last: this.lastDrop[bio]! as Row };
  }

  /** The writeback among the I/Os of the objects that are new, in the order of the bios. */
  private takeIos(): void {
    const { ios, log } = this;
    const bioType = log.stringId('bio');
    this.ofIo = fitting(this.ofIo, ios.count);
    for (let object = Math.max(1, this.known); object < log.objectCount; object++) {
      if (log.objectTypeId(object) !== bioType) continue;
      const io = ios.ofObject(object);
      if (io < 0 || !ios.isWriteback(io) || this.ofIo[io] !== 0) continue;
      const bio = this.count++;
      if (bio >= this.io.length) this.grow(bio);
      this.io[bio] = io;
      this.ofIo[io] = bio + 1;
    }
    this.known = log.objectCount;
  }

  private grow(bio: number): void {
    const filled = this.io.length;
    this.io = fitting(this.io, bio);
    this.moments = fitting(this.moments, bio * WB_MOMENT_COUNT).fill(NO_ROW, filled * WB_MOMENT_COUNT);
    this.hops = fitting(this.hops, bio);
    this.inode = fitting(this.inode, bio);
    this.handler = fitting(this.handler, bio);
    this.status = fitting(this.status, bio);
    this.endTask = fitting(this.endTask, bio);
    this.handlerTask = fitting(this.handlerTask, bio);
    this.lastDrop = fitting(this.lastDrop, bio).fill(NO_ROW, filled);
    this.drops = fitting(this.drops, bio);
    this.newest = fitting(this.newest, bio);
    this.taken = fitting(this.taken, bio);
  }

  private takeRow(names: Names, columns: Columns, i: number, row: number): void {
    this.stacks.apply(columns, i, row);
    const object = columns.object[i]!;
    switch (columns.kind[i]! as Ev) {
      case Ev.Switch:
        this.takeSwitch(object, columns.cause[i]!, row);
        break;
      case Ev.Wake:
        this.takeWake(names, object, row);
        break;
      case Ev.New:
        this.takeNew(object, row);
        break;
      case Ev.Free:
        this.takeFree(object, row);
        break;
      case Ev.Enter:
        this.takeEnter(names, columns.name[i]!, object, columns.cpu[i]!, row);
        break;
      case Ev.Set:
        this.takeSet(names, columns.name[i]!, object, columns.value[i]!, row);
        break;
      case Ev.Trace:
        this.takeTrace(names, columns.name[i]!, object, row);
        break;
      case Ev.Put:
        this.takePut(names, object, columns.value[i]!, row);
        break;
      case Ev.Take:
        this.takeTake(names, object, columns.value[i]!, columns.prev[i]!, row);
        break;
      default:
    }
  }

  /** The innermost call that an event happened in, or `NO_CALL`; not through causes, which begin anew at each switch. */
  private callOf(row: number): number {
    return this.stacks.top(this.log.cpu(row), bandOf(this.log.context(row)));
  }

  /** The innermost bio that the calls around an event are about, or -1. */
  private around(row: number): number {
    for (let call = this.callOf(row); call !== NO_CALL; call = this.stacks.below[call]!) {
      const bio = this.ofObject(this.stacks.object[call]!);
      if (bio >= 0) return bio;
    }
    return -1;
  }

  /** A bio is made for a folio: its file is that of the folio. */
  private takeNew(object: number, row: number): void {
    const bio = this.ofObject(object);
    if (bio < 0) return;
    if (this.row(bio, WbMoment.Made) === NO_ROW) this.mark(bio, WbMoment.Made, row);
    if (this.inode[bio] !== NO_OBJECT) return;
    const { log } = this;
    for (let call = this.callOf(row); call !== NO_CALL; call = this.stacks.below[call]!) {
      const about = this.stacks.object[call]!;
      const type = about === NO_OBJECT ? '' : log.objectType(about);
      if (type !== 'folio' && type !== 'inode') continue;
      this.inode[bio] = type === 'inode' ? about : log.objectParent(about);
      return;
    }
  }

  /** Where no folio was all its own, it ends with its memory. */
  private takeFree(object: number, row: number): void {
    const bio = this.ofObject(object);
    if (bio < 0 || object !== this.topObject(bio) || this.row(bio, WbMoment.Ended) !== NO_ROW) return;
    this.end(bio, row);
  }

  private end(bio: number, row: number): void {
    this.mark(bio, WbMoment.Ended, row);
    this.endTask[bio] = this.stacks.task(this.log.cpu(row));
  }

  private takeEnter(names: Names, name: number, object: number, cpu: number, row: number): void {
    const bio = this.ofObject(object);
    if (bio < 0) return;
    if (name === names.endio) this.mark(bio, WbMoment.BioEnded, row);
    else if (name === this.handler[bio]) {
      this.mark(bio, WbMoment.Handler, row);
      this.handlerTask[bio] = this.stacks.task(cpu);
    } else if (this.taken[bio] === 1) {
      this.taken[bio] = 0;
      this.mark(bio, WbMoment.Finishing, row);
    }
  }

  private takeSet(names: Names, field: number, object: number, value: number, row: number): void {
    if (field === names.flags) this.takeFolio(names, object, value, row);
    else if (field === names.size || field === names.end_io || field === names.status) {
      const bio = this.ofObject(object);
      if (bio < 0) return;
      if (field === names.end_io) this.handler[bio] = value;
      else if (field === names.size) this.addFolioOf(names, bio, this.callOf(row));
      else if (value !== 0) this.status[bio] = value;
    }
  }

  /** Writeback of a folio ends in the call of the bio that was the last to have a part of it. */
  private takeFolio(names: Names, folio: number, flags: number, row: number): void {
    const { log } = this;
    const before = log.prev(row);
    if (log.objectTypeId(folio) !== names.folio || before === NO_ROW) return;
    if (hasBit(flags, PG_writeback) || !hasBit(log.value(before), PG_writeback)) return;
    const bio = this.around(row);
    if (bio < 0) return; // the flusher itself ended it
    this.addFolio(names, bio, folio);
    this.end(bio, row);
  }

  /** The call that made the bio larger is about the folio, or about a buffer of it that one below is about. */
  private addFolioOf(names: Names, bio: number, call: number): void {
    const { object, below } = this.stacks;
    const isFolio = (c: number): boolean =>
      object[c] !== NO_OBJECT && this.log.objectTypeId(object[c]!) === names.folio;
    let about = call;
    while (about !== NO_CALL && !isFolio(about)) about = below[about]!;
    if (about !== NO_CALL) this.addFolio(names, bio, object[about]!);
  }

  private addFolio(names: Names, bio: number, folio: number): void {
    if (folio === NO_OBJECT || this.log.objectTypeId(folio) !== names.folio) return;
    this.bioOfFolio = fitting(this.bioOfFolio, folio);
    if (this.bioOfFolio[folio] === bio + 1) return;
    this.bioOfFolio[folio] = bio + 1;
    this.recordFolio = fitting(this.recordFolio, this.records);
    this.recordBefore = fitting(this.recordBefore, this.records);
    this.recordFolio[this.records] = folio;
    this.recordBefore[this.records] = this.newest[bio]!;
    this.newest[bio] = ++this.records;
  }

  private takeTrace(names: Names, name: number, object: number, row: number): void {
    if (name === names.executes || name === names.executed) {
      const worker = this.workers.get(this.placeOf(object));
      if (worker === undefined) return;
      worker.runs = name === names.executes;
      if (worker.runs) [worker.offered, worker.started] = [worker.put, row];
    } else if (name === names.deleted) this.takeDrop(names, object, row);
    else {
      const bio = this.ofObject(object);
      if (bio < 0) return;
      if (name === names.queue) this.mark(bio, WbMoment.Queued, row);
      else if (name === names.issue) this.mark(bio, WbMoment.Issued, row);
      else if (name === names.device) this.mark(bio, WbMoment.DeviceDone, row);
      else if (name === names.sq) this.mark(bio, WbMoment.Found, row);
      else if (name === names.complete || name === names.failed) this.mark(bio, WbMoment.Completed, row);
    }
  }

  /** A folio leaves the cache. Only what its own writeback drops counts: others drop folios, too. */
  private takeDrop(names: Names, folio: number, row: number): void {
    const bio = (this.bioOfFolio[folio] ?? 0) - 1;
    if (bio < 0) return;
    const call = this.callOf(row);
    if (!this.stacks.isInside(call, names.drops) || this.stacks.isInside(call, names.dropsRead)) return;
    this.drops[bio]!++;
    this.lastDrop[bio] = row;
  }

  private takePut(names: Names, item: number, place: number, row: number): void {
    if (this.log.objectTypeId(place) === names.pool) {
      const owner = this.placeOf(item);
      if (owner !== NO_OBJECT) this.workerOf(owner).put = row;
      return;
    }
    const bio = this.ofObject(item);
    const hop = bio < 0 ? -1 : handOverOf(this.log.objectType(place));
    if (hop < 0) return;
    this.mark(bio, HAND_OVERS[hop]?.type === BATCH_TYPE ? WbMoment.Batched : WbMoment.Listed, row);
    if ((this.hops[bio]! & 7) !== hop + 1) this.hops[bio] = (this.hops[bio]! << 3) | (hop + 1);
  }

  private takeTake(names: Names, item: number, place: number, put: number, row: number): void {
    const bio = this.ofObject(item);
    if (bio < 0) return;
    const type = this.log.objectTypeId(place);
    if (type === names.queueType) this.mark(bio, WbMoment.Found, row);
    const hop = handOverOf(this.log.objectType(place));
    if (hop < 0) return;
    const first = HAND_OVERS[hop]?.type === BATCH_TYPE;
    const worker = this.workers.get(place);
    // Somebody else may empty the list: all of the time is spent on it then.
    const runs = worker?.runs === true;
    const offered = runs ? Math.max(put, worker.offered) : row;
    const started = runs ? Math.max(put, worker.started) : row;
    this.mark(bio, first ? WbMoment.BatchOffered : WbMoment.ListOffered, offered);
    this.mark(bio, first ? WbMoment.BatchStarted : WbMoment.ListStarted, started);
    if (!first) this.taken[bio] = 1;
  }

  /** Somebody who slept until the writeback of a folio ended is woken. */
  private takeWake(names: Names, task: number, row: number): void {
    if (!this.stacks.isInside(this.callOf(row), names.endsFolio)) return;
    const bio = this.around(row);
    if (bio >= 0) this.wakes.set(task, { row, bio });
  }

  private takeSwitch(task: number, cause: number, row: number): void {
    const wake = this.wakes.get(task);
    if (wake === undefined) return;
    this.wakes.delete(task);
    if (wake.row === cause) this.mark(wake.bio, WbMoment.WaiterRuns, row);
  }

  /** The place whose items a work item takes out: the nearest of its ancestors that is one; none for other work. */
  private placeOf(work: number): number {
    let place = this.places.get(work);
    if (place !== undefined) return place;
    place = this.log.objectParent(work);
    while (place !== NO_OBJECT && handOverOf(this.log.objectType(place)) < 0)
      place = this.log.objectParent(place);
    this.places.set(work, place);
    return place;
  }

  private workerOf(place: number): Worker {
    let worker = this.workers.get(place);
    if (worker === undefined)
      this.workers.set(place, (worker = { put: 0, offered: 0, started: 0, runs: false }));
    return worker;
  }

  private mark(bio: number, moment: WbMoment, row: number): void {
    this.moments[bio * WB_MOMENT_COUNT + moment] = row;
  }
}

const handOverOf = (type: string): number => HAND_OVERS.findIndex((h) => h.type === type);

function namesOf(log: LogView): Names {
  const id = (text: string): number => log.stringId(text);
  return {
    queue: id('block_bio_queue'),
    issue: id('block_rq_issue'),
    device: id('nvme_device_complete'),
    sq: id('nvme_sq'),
    complete: id('block_rq_complete'),
    failed: id('block_rq_error'),
    endio: id('bio_endio'),
    end_io: id('bi_end_io'),
    size: id('bi_size'),
    status: id('bi_status'),
    flags: id('flags'),
    executes: id('workqueue_execute_start'),
    executed: id('workqueue_execute_end'),
    deleted: id('mm_filemap_delete_from_page_cache'),
    endsFolio: id('__folio_end_writeback'),
    drops: id('filemap_end_dropbehind'),
    dropsRead: id('filemap_end_dropbehind_read'),
    folio: id('folio'),
    queueType: id('nvme_queue'),
    pool: id('worker_pool'),
  };
}

/** The bios of writeback of all that the log holds. */
export function writebacksOf(ios: IoTable): WritebackTable {
  const table = new WritebackTable(ios);
  table.catchUp();
  return table;
}

import { lowerBound } from '../base/bisect.ts';
import { NO_OBJECT, NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import type { Columns } from '../log/columns.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band, bandOf } from './bands.ts';
import { fitting } from './grow.ts';
import { IN_PLACE_OF_INTERRUPTS, Moment, MOMENT_COUNT, type Path, PATHS } from './moments.ts';
import { NO_CALL, Stacks } from './stacks.ts';

/** Types of object that an I/O can be the top of, below its task. */
const IO_TYPES = ['io_kiocb', 'aio_kiocb', 'kiocb', 'iomap_dio', 'bio', 'ext4_io_end'];
/** Those of them that a task makes for writeback: an I/O of the kernel itself, of which nobody is told. */
const WRITEBACK_TYPES = ['bio', 'ext4_io_end'];
/** Those of a bio on its way through the block layer and the device. */
const BIO_MOMENTS = [
  Moment.Queued,
  Moment.Issued,
  Moment.DeviceDone,
  Moment.Found,
  Moment.Completed,
  Moment.BioEnded,
] as const;
/** Whose an I/O is. An `ext4_io_end` may come to have no bio; then nothing is written. */
const Owner = { Application: 0, Kernel: 1, Writeback: 2 } as const;
const NO_PATH = 255;

/** String ids that the pass over the log compares with; -1 for what the log has not mentioned. */
type Names = Readonly<Record<'queue' | 'issue' | 'device' | 'sq' | 'endio', number>> &
  Readonly<
    Record<
      'complete' | 'dio' | 'wake' | 'poll' | 'taskWork' | 'worker' | 'ioend' | 'forInterrupt',
      readonly number[]
    >
  >;

/**
 * The I/Os of a log, a column each. An I/O is what the application knows as one: the object below a task from which
 * bios, requests and work items descend. Its numbers count from 0 in order of submission.
 *
 * The table is filled by `catchUp`, as far as the log goes and in slices if wanted.
 */
export class IoTable {
  readonly log: LogView;
  count = 0;
  /** How many of them applications asked for, and how many are writeback. */
  applications = 0;
  writebacks = 0;
  /** Rows of the log that are taken in. */
  rows = 0;

  private readonly stacks = new Stacks();
  /** I/O plus one by object id; 0 for objects of no I/O. Filled up to `objects`. */
  private ioOf = new Uint32Array(256);
  private objects = 0;
  private top = new Uint32Array(64);
  private job = new Uint32Array(64);
  private ordinal = new Uint32Array(64);
  private owner = new Uint8Array(64);
  private moments = new Uint32Array(64 * MOMENT_COUNT).fill(NO_ROW);
  private paths = new Uint8Array(64).fill(NO_PATH);
  private waited = new Uint8Array(64);
  private tasks = new Uint32Array(64);
  private results = new Float64Array(64);
  private notices = new Uint32Array(64);
  /** Rows of the ends of bios inside a poll loop, ascending. */
  private pollEnds = new Uint32Array(64);
  private pollEndCount = 0;
  private readonly perJob = new Map<number, number>();
  private readonly perFlusher = new Map<number, number>();
  private families: {
    readonly objects: number;
    readonly starts: Uint32Array;
    readonly members: Uint32Array;
  } | null = null;

  constructor(log: LogView) {
    this.log = log;
  }

  /** Takes in up to `limit` more rows; true when nothing is left. */
  catchUp(limit = Infinity): boolean {
    if (this.rows === this.log.rows) return true;
    const names = this.names();
    const end = Math.min(this.log.rows, this.rows + limit);
    this.takeObjects();
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      const last = Math.min(count, end - first);
      for (let i = Math.max(0, this.rows - first); i < last; i++) this.takeRow(names, columns, i, first + i);
      this.rows = Math.max(this.rows, Math.min(end, first + count));
    }
    return this.rows === this.log.rows;
  }

  /** The I/O that an object belongs to, or -1. */
  ofObject(object: number): number {
    return (this.ioOf[object] ?? 0) - 1;
  }

  /** All objects that belong to an I/O, the top one first. The index behind it is built when the log has grown. */
  family(io: number): Uint32Array {
    if (this.families === null || this.families.objects !== this.objects)
      this.families = this.indexFamilies();
    const { starts, members } = this.families;
    return members.subarray(starts[io + 1], starts[io + 2]);
  }

  /** The object at the top of the I/O's family. */
  topObject(io: number): ObjectId {
    return this.top[io]! as ObjectId;
  }

  /** The task that submitted it, or none. */
  submitter(io: number): ObjectId {
    return this.job[io]! as ObjectId;
  }

  /** A bio that the kernel writes dirty folios with: no I/O of an application. `WritebackTable` knows more of it. */
  isWriteback(io: number): boolean {
    return this.owner[io] === Owner.Writeback;
  }

  /** An application asked for it, and is told of its end. */
  isApplication(io: number): boolean {
    return this.owner[io] === Owner.Application;
  }

  /** Counts from 1 within its submitter, writeback apart. */
  ordinalInJob(io: number): number {
    return this.ordinal[io]!;
  }

  /** "fio-job I/O 3", or "fio-job writeback 3". */
  name(io: number): string {
    const job = this.log.objectName(this.submitter(io));
    const what = this.isWriteback(io) ? 'writeback' : 'I/O';
    return job === '' ? this.log.objectName(this.topObject(io)) : `${job} ${what} ${this.ordinalInJob(io)}`;
  }

  /** Whether the bio that ends in `row` does so inside a poll loop. */
  endsInPollLoop(row: number): boolean {
    const at = lowerBound(this.pollEnds, row, this.pollEndCount);
    return at < this.pollEndCount && this.pollEnds[at] === row;
  }

  /** Rows that end a call other than the innermost of their context: none in a sound log. */
  get mismatchedCalls(): readonly number[] {
    return this.stacks.mismatches;
  }

  /** The row at which a moment of the I/O was, or `NO_ROW`. With several bios it is that of the last. */
  row(io: number, moment: Moment): Row {
    return this.moments[io * MOMENT_COUNT + moment]! as Row;
  }

  /** How its completion went, or null when `iomap_dio_complete` has not run (yet). */
  path(io: number): Path | null {
    return PATHS[this.paths[io]!] ?? null;
  }

  /** CPU on which `iomap_dio_complete` ran, or `NO_CPU`. */
  cpu(io: number): number {
    const row = this.row(io, Moment.DioStarted);
    return row === NO_ROW ? NO_CPU : this.log.cpu(row);
  }

  /** Task on that CPU: the one that ran it, or the one whose time the interrupt took. */
  task(io: number): ObjectId {
    return this.tasks[io]! as ObjectId;
  }

  /** Bytes or a negative errno; NaN before the application was notified. */
  result(io: number): number {
    return this.notices[io] === 0 ? NaN : this.results[io]!;
  }

  /** How often the application was notified: once is right. */
  notifications(io: number): number {
    return this.notices[io]!;
  }

  /** From submission to the application's having the result; NaN for an I/O that is not over. */
  total_ns(io: number): number {
    const end = this.row(io, Moment.Reaped);
    const last = end === NO_ROW ? this.row(io, Moment.Notified) : end;
    const first = this.row(io, Moment.Submitted);
    return last === NO_ROW || first === NO_ROW ? NaN : this.log.time(last) - this.log.time(first);
  }

  /** Length of a part (index into `PARTS`); NaN when its moment is not on the I/O's path or not known. The parts that
   *  are known add up to the total. */
  part_ns(io: number, part: number): number {
    const until = part + 1; // PARTS[part].until
    const row = this.moments[io * MOMENT_COUNT + until]!;
    if (row === NO_ROW) return NaN;
    for (let m = until - 1; m >= 0; m--) {
      const before = this.moments[io * MOMENT_COUNT + m]!;
      if (before !== NO_ROW) return this.log.time(row) - this.log.time(before);
    }
    return NaN;
  }

  private names(): Names {
    const id = (text: string): number => this.log.stringId(text);
    return {
      queue: id('block_bio_queue'),
      issue: id('block_rq_issue'),
      device: id('nvme_device_complete'),
      sq: id('nvme_sq'),
      complete: [id('block_rq_complete'), id('block_rq_error')],
      endio: id('bio_endio'),
      dio: [id('iomap_dio_complete'), id('iomap_dio_simple_complete')],
      wake: [id('blk_wake_io_task'), id('submit_bio_wait_endio')],
      poll: [id('io_do_iopoll'), id('nvme_timeout')],
      taskWork: [id('task_work_run'), id('io_handle_tw_list'), id('__io_run_local_work')],
      worker: [id('process_one_work'), id('worker_thread')],
      ioend: [id('iomap_finish_ioend_direct')],
      forInterrupt: IN_PLACE_OF_INTERRUPTS.map(id),
    };
  }

  /** Finds the I/O of every object that is new. A parent is older than its children. */
  private takeObjects(): void {
    const { log } = this;
    for (let object = Math.max(1, this.objects); object < log.objectCount; object++) {
      const parent = log.objectParent(object);
      this.ioOf = fitting(this.ioOf, object);
      if (parent === NO_OBJECT || log.objectType(parent) === 'task_struct') {
        if (IO_TYPES.includes(log.objectType(object))) this.ioOf[object] = this.addIo(object, parent) + 1;
      } else this.addChild(object, parent);
    }
    this.objects = log.objectCount;
  }

  /** Counting sort of the objects by I/O; those of none come first. */
  private indexFamilies(): NonNullable<IoTable['families']> {
    const { objects } = this;
    const starts = new Uint32Array(this.count + 2);
    for (let o = 0; o < objects; o++) starts[this.ioOf[o]! + 1]!++;
    for (let io = 0; io <= this.count; io++) starts[io + 1]! += starts[io]!;
    const next = starts.slice();
    const members = new Uint32Array(objects);
    for (let o = 0; o < objects; o++) members[next[this.ioOf[o]!]!++] = o;
    return { objects, starts, members };
  }

  private addIo(top: number, job: number): number {
    const io = this.count++;
    if (io >= this.top.length) this.grow(io);
    const type = this.log.objectType(top);
    const ofKernel = job !== NO_OBJECT && WRITEBACK_TYPES.includes(type);
    this.top[io] = top;
    this.job[io] = job;
    if (!ofKernel) {
      this.applications++;
      this.ordinal[io] = nextOf(this.perJob, job);
    } else if (type === 'bio') this.becomeWriteback(io);
    else this.owner[io] = Owner.Kernel;
    return io;
  }

  private addChild(object: number, parent: number): void {
    const io = this.ioOf[parent]! - 1;
    this.ioOf[object] = io + 1;
    if (io >= 0 && this.owner[io] === Owner.Kernel && this.log.objectType(object) === 'bio')
      this.becomeWriteback(io);
  }

  private becomeWriteback(io: number): void {
    this.owner[io] = Owner.Writeback;
    this.writebacks++;
    this.ordinal[io] = nextOf(this.perFlusher, this.job[io]!);
  }

  private grow(io: number): void {
    const filled = this.top.length;
    this.top = fitting(this.top, io);
    this.job = fitting(this.job, io);
    this.ordinal = fitting(this.ordinal, io);
    this.owner = fitting(this.owner, io);
    this.moments = fitting(this.moments, io * MOMENT_COUNT).fill(NO_ROW, filled * MOMENT_COUNT);
    this.paths = fitting(this.paths, io).fill(NO_PATH, filled);
    this.waited = fitting(this.waited, io);
    this.tasks = fitting(this.tasks, io);
    this.results = fitting(this.results, io);
    this.notices = fitting(this.notices, io);
  }

  private takeRow(names: Names, columns: Columns, i: number, row: number): void {
    this.stacks.apply(columns, i, row);
    const io = this.ioOf[columns.object[i]!]! - 1;
    const name = columns.name[i]!;
    const kind = columns.kind[i]!;
    if (kind === Ev.Enter && names.wake.includes(name)) this.markWaited(columns.cpu[i]!);
    if (io < 0) return;
    if (this.row(io, Moment.Submitted) === NO_ROW) this.mark(io, Moment.Submitted, row);
    switch (kind as Ev) {
      case Ev.Trace:
        this.takeTrace(names, io, name, row);
        break;
      case Ev.Enter:
        if (name === names.endio && this.notices[io] === 0) this.bioEnds(names, io, columns, i, row);
        else if (names.dio.includes(name))
          this.dioStarts(names, io, columns.cpu[i]!, columns.context[i]!, row);
        break;
      case Ev.Exit:
        if (names.dio.includes(name)) this.mark(io, Moment.DioEnded, row);
        break;
      case Ev.Put:
      case Ev.Take:
        this.takeMove(io, this.log.objectType(columns.value[i]!), kind === Ev.Put, row);
        break;
      case Ev.Notify:
        this.notices[io]!++;
        if (this.notices[io] === 1) {
          this.forgetReadahead(io);
          this.mark(io, Moment.Notified, row);
          this.results[io] = columns.value[i]!;
        }
        break;
      default:
    }
  }

  /** A bio that the result does not wait for reads ahead: the I/O did not go through the device. */
  private forgetReadahead(io: number): void {
    const [queued, ended] = [this.row(io, Moment.Queued), this.row(io, Moment.BioEnded)];
    if (queued === NO_ROW || (ended !== NO_ROW && ended > queued)) return;
    for (const moment of BIO_MOMENTS) this.mark(io, moment, NO_ROW);
  }

  private takeTrace(names: Names, io: number, name: number, row: number): void {
    if (this.notices[io]! > 0) return; // it reads ahead
    if (name === names.queue) this.mark(io, Moment.Queued, row);
    else if (name === names.issue) this.mark(io, Moment.Issued, row);
    else if (name === names.device) this.mark(io, Moment.DeviceDone, row);
    else if (name === names.sq) this.mark(io, Moment.Found, row);
    else if (names.complete.includes(name)) this.mark(io, Moment.Completed, row);
  }

  /** The I/O, or something of it, enters or leaves a place. What a place means depends on whether the dio is done. */
  private takeMove(io: number, place: string, isPut: boolean, row: number): void {
    if (place === 'io_wq_acct') return; // a wait before the submission, not on the way back
    if (place === 'worker_pool' || place === 'task_works') {
      if (this.notices[io]! > 0) return; // only its memory is given back
      const early = this.row(io, Moment.DioStarted) === NO_ROW;
      if (isPut) this.mark(io, early ? Moment.HandedOver : Moment.NoticeQueued, row);
      else this.mark(io, early ? Moment.PickedUp : Moment.NoticeTaken, row);
    } else if (place === 'nvme_queue') {
      if (!isPut && this.notices[io] === 0) this.mark(io, Moment.Found, row);
    } else if (!isPut && this.notices[io]! > 0) this.mark(io, Moment.Reaped, row);
  }

  private bioEnds(names: Names, io: number, columns: Columns, i: number, row: number): void {
    this.mark(io, Moment.BioEnded, row);
    if (bandOf(columns.context[i]!) !== Band.Task || !this.isInside(columns.cpu[i]!, names.poll)) return;
    this.pollEnds = fitting(this.pollEnds, this.pollEndCount);
    this.pollEnds[this.pollEndCount++] = row;
  }

  private isInside(cpu: number, functions: readonly number[]): boolean {
    const call = this.stacks.top(cpu, Band.Task);
    return functions.some((name) => this.stacks.isInside(call, name));
  }

  /** `iomap_dio_complete` begins: the context it begins in is the path of the I/O. */
  private dioStarts(names: Names, io: number, cpu: number, context: number, row: number): void {
    this.mark(io, Moment.DioStarted, row);
    this.tasks[io] = this.stacks.task(cpu);
    const path = this.pathHere(names, io, cpu, context);
    this.paths[io] = PATHS.indexOf(path);
    if (path === 'wait-wake') this.markWakeUp(io, cpu);
  }

  private pathHere(names: Names, io: number, cpu: number, context: number): Path {
    if (bandOf(context) !== Band.Task || this.isInside(cpu, names.forInterrupt)) return 'inline-irq';
    if (this.isInside(cpu, names.poll)) return 'inline-poll';
    if (this.isInside(cpu, names.taskWork)) return 'caller-comp-task-work';
    if (this.isInside(cpu, names.ioend)) return 'inline-kworker';
    if (this.isInside(cpu, names.worker)) return 's_dio_done_wq';
    return this.waited[io] === 1 ? 'wait-wake' : 'submitter-direct';
  }

  /** `blk_wake_io_task` begins: the I/O whose bio ends around it has a waiter. */
  private markWaited(cpu: number): void {
    for (let c = this.stacks.innermost(cpu); c !== NO_CALL; c = this.stacks.below[c]!) {
      const io = this.ofObject(this.stacks.object[c]!);
      if (io < 0) continue;
      this.waited[io] = 1;
      return;
    }
  }

  /** The waiter's wake-up and its return to the CPU, where it really slept until the bio ended. */
  private markWakeUp(io: number, cpu: number): void {
    const back = this.stacks.lastSwitch(cpu);
    const ended = this.row(io, Moment.BioEnded);
    if (back < 0 || ended === NO_ROW || back < ended) return;
    this.mark(io, Moment.PickedUp, back);
    const wake = this.log.cause(back);
    if (wake > ended && wake < back) this.mark(io, Moment.HandedOver, wake);
  }

  private mark(io: number, moment: Moment, row: number): void {
    this.moments[io * MOMENT_COUNT + moment] = row;
  }
}

/** The next number of a job, from 1. */
function nextOf(numbers: Map<number, number>, job: number): number {
  const next = (numbers.get(job) ?? 0) + 1;
  numbers.set(job, next);
  return next;
}

/** The I/Os of all that the log holds. */
export function iosOf(log: LogView): IoTable {
  const table = new IoTable(log);
  table.catchUp();
  return table;
}

import { NO_ROW } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import type { IoTable } from './io.ts';
import { objectsOfType, rowsNamed, rowsOfKind, valueAt } from './monitor.ts';
import { callsOf, sitesOf } from './sites.ts';
import { addWriteback, WAITS_FOR_WRITEBACK, writebackNode } from './wait-graph-writeback.ts';

/** One step of a chain of waits: `from` cannot go on before `to` has, since the event in `row`. */
export type Wait = {
  readonly from: number;
  readonly to: number;
  readonly row: number;
  /** "fio waits for the direct I/Os of the file": one step in words. */
  readonly words: string;
};

/**
 * Who waits for whom at the end of a run. Nodes are objects of any type: tasks, locks, inodes, dios, lists of task_work,
 * folios and their writeback, bios, batches, work items. What a task sleeps on is known of `inode_dio_wait()`, and of all
 * once the run is stuck.
 */
export class WaitGraph {
  private readonly edges = new Map<number, Wait[]>();
  private readonly log: LogView;

  constructor(log: LogView, ios: IoTable) {
    this.log = log;
    this.addDioWaiters();
    this.addSleepers();
    if (this.edges.size === 0) return; // nobody waits, so there is no circle
    this.addLocks();
    this.addDirectIo();
    this.addPlaces();
    addWriteback(
      log,
      ios,
      (...wait) => this.add(...wait),
      (row) => runningAt(log, row),
    );
  }

  /** A cycle, beginning with a task where there is one; null when nobody waits in a circle. */
  cycle(): readonly Wait[] | null {
    const done = new Set<number>();
    for (const start of this.edges.keys()) {
      const found = this.search(start, [], done);
      if (found !== null) return this.fromTask(found);
    }
    return null;
  }

  private search(node: number, path: readonly Wait[], done: Set<number>): readonly Wait[] | null {
    const at = path.findIndex((wait) => wait.from === node);
    if (at >= 0) return path.slice(at);
    if (done.has(node)) return null;
    for (const wait of this.edges.get(node) ?? []) {
      const found = this.search(wait.to, [...path, wait], done);
      if (found !== null) return found;
    }
    done.add(node);
    return null;
  }

  private fromTask(cycle: readonly Wait[]): readonly Wait[] {
    const first = cycle.findIndex(({ from }) => from > 0 && this.log.objectType(from) === 'task_struct');
    return first < 0 ? cycle : [...cycle.slice(first), ...cycle.slice(0, first)];
  }

  private add(from: number, to: number, row: number, words: string): void {
    if (from === 0 || to === 0) return;
    this.edges.set(from, [...(this.edges.get(from) ?? []), { from, to, row, words }]);
  }

  private name(object: number): string {
    return this.log.objectName(object);
  }

  /** Tasks that sleep for ever, and what they sleep on: a queue belongs to what its sleepers wait for. */
  private addSleepers(): void {
    const { log } = this;
    for (const row of rowsNamed(log, Ev.Hazard, 'waits-for-ever')) {
      const [task, on] = [log.object(row), log.value(row)];
      if (on === 0 || this.edges.has(task)) continue;
      const isQueue = log.objectType(on) === 'wait_queue_head';
      const queuesFor = isQueue ? log.objectParent(on) : on;
      const asleep = log.rowsOfObject(task).findLast((r) => r < row && log.kind(r) === Ev.Sleep) ?? row;
      const what = log.name(asleep);
      const forWriteback = log.objectType(queuesFor) === 'folio' && what === WAITS_FOR_WRITEBACK;
      const to = forWriteback ? writebackNode(queuesFor) : queuesFor;
      this.add(task, to, asleep, `${this.name(task)} waits for ${what}`);
    }
  }

  /** Tasks in `inode_dio_wait()`, also in a run that was cut off. */
  private addDioWaiters(): void {
    const { log } = this;
    for (const { row, task, object: inode } of callsOf(log, 'inode_dio_wait')) {
      const asleep = sleepsSince(log, task);
      const isOver = log.rowsOfObject(inode).some((r) => r > row && isExit(log, r, row));
      if (asleep === NO_ROW || asleep < row || isOver) continue;
      this.add(task, inode, asleep, `${this.name(task)} waits for ${log.name(asleep)}`);
    }
  }

  /** A lock waits for whoever holds it. */
  private addLocks(): void {
    const { log } = this;
    const open = new Map<number, number>(); // rows of Lock without Unlock
    for (const row of rowsOfKind(log, Ev.Lock)) open.set(row, log.object(row));
    for (const row of rowsOfKind(log, Ev.Unlock)) open.delete(log.prev(row));
    for (const [row, lock] of open) {
      const holder = runningAt(log, row);
      this.add(lock, holder, row, `${this.name(lock)} is held by ${this.name(holder)}`);
    }
  }

  /** A file's i_dio_count waits for every dio that it counts; a sleeping submitter is what its own dio is counted for. */
  private addDirectIo(): void {
    const { log } = this;
    const inodes = new Map<number, number>(); // by kiocb
    for (const { object, around } of sitesOf(log, Ev.Set, 'i_dio_count')) inodes.set(around, object);
    for (const dio of objectsOfType(log, 'iomap_dio')) {
      if (log.rowsOfObject(dio).some((row) => log.kind(row) === Ev.Free)) continue;
      const inode = inodes.get(log.objectParent(dio)) ?? 0;
      const row = log.rowsOfObject(dio)[0] ?? NO_ROW;
      this.add(inode, dio, row, `i_dio_count of ${this.name(inode)} counts ${this.name(dio)}`);
    }
  }

  /** What was put on a list waits for the task that works it off: the I/O's request, its work item, its bio. */
  private addPlaces(): void {
    const { log } = this;
    const waiting = new Map<number, number>(); // rows of Put without Take
    for (const row of rowsOfKind(log, Ev.Put)) waiting.set(row, log.object(row));
    for (const row of rowsOfKind(log, Ev.Take)) waiting.delete(log.prev(row));
    for (const [row, item] of waiting) {
      const place = log.value(row);
      if (log.objectType(place) !== 'task_works') continue;
      for (const dio of this.unfinishedBelow(item))
        this.add(dio, place, row, `${this.name(dio)} is finished by ${this.name(place)}`);
      const task = taskAbove(log, place);
      this.add(place, task, row, `${this.name(place)} is run by ${this.name(task)} alone`);
    }
  }

  /** The dios of a request that have no bio in flight and have not completed. */
  private unfinishedBelow(request: number): number[] {
    const { log } = this;
    return objectsOfType(log, 'iomap_dio').filter((dio) => {
      const above = log.objectParent(log.objectParent(dio));
      const isOwn = above === request || log.objectParent(dio) === request;
      const isFreed = log.rowsOfObject(dio).some((row) => log.kind(row) === Ev.Free);
      return isOwn && !isFreed && valueAt(log, dio, 'ref', log.rows) === 0;
    });
  }
}

/** The row in which a task went to sleep for the last time, or `NO_ROW` if it was woken since. */
function sleepsSince(log: LogView, task: number): number {
  const last = log
    .rowsOfObject(task)
    .findLast((r) => log.cpu(r) !== NO_CPU && (log.kind(r) === Ev.Sleep || log.kind(r) === Ev.Wake));
  return last !== undefined && log.kind(last) === Ev.Sleep ? last : NO_ROW;
}

/** Whether `row` ends the call that began in `enter`. */
const isExit = (log: LogView, row: number, enter: number): boolean =>
  log.kind(row) === Ev.Exit && log.prev(row) === enter;

/** The task that an object belongs to. */
function taskAbove(log: LogView, object: number): number {
  let at = object;
  while (at !== 0 && log.objectType(at) !== 'task_struct') at = log.objectParent(at);
  return at;
}

/** The task on the CPU of a row. */
function runningAt(log: LogView, row: number): number {
  const cpu = log.cpu(row);
  for (let r = row; r >= 0; r--) if (log.kind(r) === Ev.Switch && log.cpu(r) === cpu) return log.object(r);
  return 0;
}

import { NO_ROW } from '../base/units.ts';
import type { Columns } from '../log/columns.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { bandOf } from './bands.ts';
import { bitOf, hasBit } from './fields.ts';
import { rowsNamed } from './monitor.ts';
import { NO_CALL, Stacks } from './stacks.ts';

// Failed writeback, and who was told of it. A job opens its file for itself, so its task stands for the open file.

/** A folio that could not be written: from where the failure is known to where its writeback has ended. */
export type Failure = { readonly folio: number; readonly from: number; readonly to: number };

/** An fsync or sync_file_range has returned: what, where it began, and where in it the cursor of the open file was moved. */
export type Sync = {
  readonly row: number;
  readonly begun: number;
  readonly task: number;
  readonly inode: number;
  readonly check: number;
  readonly result: number;
};

/** An open file is told of an error, which was noted in row `noted`; -1 if none was. */
export type Told = {
  readonly row: number;
  readonly task: number;
  readonly inode: number;
  readonly noted: number;
};

export type WritebackErrors = {
  /** By inode, ascending by `to`. */
  readonly failures: ReadonlyMap<number, readonly Failure[]>;
  readonly syncs: readonly Sync[];
  readonly told: readonly Told[];
};

const NONE: WritebackErrors = { failures: new Map(), syncs: [], told: [] };
const known = new WeakMap<LogView, { readonly rows: number; readonly errors: WritebackErrors }>();

/** The failures of a log; one pass, if anything failed at all. */
export function writebackErrors(log: LogView): WritebackErrors {
  let entry = known.get(log);
  if (entry?.rows !== log.rows) {
    entry = { rows: log.rows, errors: anyFailed(log) ? new Pass(log).all() : NONE };
    known.set(log, entry);
  }
  return entry.errors;
}

/** Calls that return whether a file is written. */
const SYNCS: readonly string[] = ['do_fsync', 'sync_file_range'];
const CHECK = 'file_check_and_advance_wb_err';
const NOTED = 'filemap_set_wb_err';
const TELLS = 'file-sees-wb-error';
const WRITEBACK = bitOf('folio.flags', 'PG_writeback');

function anyFailed(log: LogView): boolean {
  for (const [kind, name] of [
    [Ev.Set, 'bi_status'],
    [Ev.Set, 'io_error'],
    [Ev.Trace, NOTED],
    [Ev.Decide, TELLS],
  ] as const)
    for (const row of rowsNamed(log, kind, name)) if (log.value(row) !== 0) return true;
  return false;
}

class Pass {
  private readonly log: LogView;
  private readonly stacks = new Stacks();
  private readonly failures = new Map<number, Failure[]>();
  private readonly syncs: Sync[] = [];
  private readonly told: Told[] = [];
  /** Those of calls that are about no file, whose name comes when they return: by task, with what was noted by then. */
  private readonly nameless = new Map<
    number,
    { readonly row: number; readonly noted: ReadonlyMap<number, number> }
  >();
  /** Row where a bio or an ioend got its first error, by object. */
  private readonly failed = new Map<number, number>();
  /** Row of the latest error, by inode. */
  private readonly noted = new Map<number, number>();
  /** Row of the latest move of a cursor, by task. */
  private readonly checks = new Map<number, number>();
  private readonly names: Readonly<
    Record<'status' | 'error' | 'flags' | 'noted' | 'check' | 'tells' | 'exit', number>
  >;

  constructor(log: LogView) {
    this.log = log;
    const id = (text: string): number => log.stringId(text);
    this.names = {
      status: id('bi_status'),
      error: id('io_error'),
      flags: id('flags'),
      noted: id(NOTED),
      check: id(CHECK),
      tells: id(TELLS),
      exit: id('sys_exit'),
    };
  }

  all(): WritebackErrors {
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      for (let i = 0; i < count; i++) {
        this.stacks.apply(columns, i, first + i);
        this.take(columns, i, first + i);
      }
    }
    return { failures: this.failures, syncs: this.syncs, told: this.told };
  }

  private take(columns: Columns, i: number, row: number): void {
    const { names } = this;
    const [name, object, value] = [columns.name[i]!, columns.object[i]!, columns.value[i]!];
    switch (columns.kind[i]! as Ev) {
      case Ev.Set:
        if (name === names.flags) this.folioChanges(columns, i, row);
        else if ((name === names.status || name === names.error) && value !== 0 && !this.failed.has(object))
          this.failed.set(object, row);
        break;
      case Ev.Trace:
        if (name === names.noted && value !== 0) {
          this.noted.set(object, row);
          this.fails(object, { folio: 0, from: row, to: row });
        } else if (name === names.exit) this.returns(columns, i, row);
        break;
      case Ev.Enter:
        if (name === names.check) this.checks.set(this.stacks.task(columns.cpu[i]!), row);
        break;
      case Ev.Decide:
        if (name === names.tells && value !== 0) this.tells(columns, i, row);
        break;
      default:
    }
  }

  private fails(inode: number, failure: Failure): void {
    const all = this.failures.get(inode);
    if (all === undefined) this.failures.set(inode, [failure]);
    else all.push(failure);
  }

  /** Writeback of a folio ends in the call of a bio or an ioend that has failed. */
  private folioChanges(columns: Columns, i: number, row: number): void {
    const { log } = this;
    const folio = columns.object[i]!;
    const before = columns.prev[i]!;
    if (before === NO_ROW || before >= row || hasBit(columns.value[i]!, WRITEBACK)) return;
    if (!hasBit(log.value(before), WRITEBACK) || log.objectType(folio) !== 'folio') return;
    const from = this.around(columns, i, (object) => this.failedSince(object));
    if (from !== undefined) this.fails(log.objectParent(folio), { folio, from, to: row });
  }

  /** Where an object has failed: an ioend itself or the bio it is part of. */
  private failedSince(object: number): number | undefined {
    return this.failed.get(object) ?? this.failed.get(this.log.objectParent(object));
  }

  private returns(columns: Columns, i: number, row: number): void {
    const { stacks, log } = this;
    const call = stacks.top(columns.cpu[i]!, bandOf(columns.context[i]!));
    if (call === NO_CALL || !SYNCS.includes(log.string(stacks.name[call]!))) return;
    const task = stacks.task(columns.cpu[i]!);
    const inode = columns.object[i]!;
    const begun = stacks.enter[call]!;
    const check = this.checks.get(task) ?? -1;
    this.syncs.push({
      row,
      begun,
      task,
      inode,
      check: check > begun ? check : row,
      result: columns.value[i]!,
    });
    const told = this.nameless.get(task);
    if (told !== undefined && told.row > begun)
      this.told.push({ row: told.row, task, inode, noted: told.noted.get(inode) ?? -1 });
    this.nameless.delete(task);
  }

  private tells(columns: Columns, i: number, row: number): void {
    const isInode = (object: number): number | undefined =>
      this.log.objectType(object) === 'inode' ? object : undefined;
    const inode = this.around(columns, i, isInode);
    const task = this.stacks.task(columns.cpu[i]!);
    if (inode === undefined) this.nameless.set(task, { row, noted: new Map(this.noted) });
    else this.told.push({ row, task, inode, noted: this.noted.get(inode) ?? -1 });
  }

  /** What `find` says of the innermost object, of the calls around, that it says something of. */
  private around(
    columns: Columns,
    i: number,
    find: (object: number) => number | undefined,
  ): number | undefined {
    const { stacks } = this;
    for (
      let call = stacks.top(columns.cpu[i]!, bandOf(columns.context[i]!));
      call !== NO_CALL;
      call = stacks.below[call]!
    ) {
      const object = stacks.object[call]!;
      const found = object === 0 ? undefined : find(object);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

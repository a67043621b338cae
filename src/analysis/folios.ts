/** The folios of the page cache: which there ever were in each file, and the state of all of them at any row. */
import { upperBound } from '../base/bisect.ts';
import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import type { Columns } from '../log/columns.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { bitOf, hasBit } from './fields.ts';
import { fitting } from './grow.ts';

/** What a folio is at some row, as bits. Nothing set: it has not been made yet. */
export const FolioBit = {
  Present: 1,
  Locked: 2,
  Writeback: 4,
  Uptodate: 8,
  Dirty: 16,
  Reclaim: 32,
  Dropbehind: 64,
  /** A page table refers to it. */
  Mapped: 128,
  /** It has left the cache. */
  Gone: 256,
} as const;

/** The bits that come from `flags`, with those of the kernel. */
const FLAGS: readonly (readonly [bit: number, flag: number])[] = [
  [FolioBit.Locked, bitOf('folio.flags', 'PG_locked')],
  [FolioBit.Writeback, bitOf('folio.flags', 'PG_writeback')],
  [FolioBit.Uptodate, bitOf('folio.flags', 'PG_uptodate')],
  [FolioBit.Dirty, bitOf('folio.flags', 'PG_dirty')],
  [FolioBit.Reclaim, bitOf('folio.flags', 'PG_reclaim')],
  [FolioBit.Dropbehind, bitOf('folio.flags', 'PG_dropbehind')],
];
const NOT_FLAGS = FolioBit.Present | FolioBit.Mapped | FolioBit.Gone;

/** Sizes of a file at a row, in bytes; NaN where the log does not tell. */
export type FileSizes = { readonly i_size: number; readonly i_disksize: number };

/** A file with the folios that it ever had: their numbers, in the order in which they were made. */
export type FolioFile = { readonly inode: ObjectId; readonly folios: number[] };

type Series = { readonly rows: number[]; readonly values: number[] };

/** Numbers count the folios from 0 in the order in which they were made. Grows with the log; linear in its rows. */
export class FolioTable {
  readonly log: LogView;
  count = 0;
  /** Rows of the log that are taken in. */
  rows = 0;
  /** Changes of state, ascending by row. */
  changes = 0;
  changeRow = new Uint32Array(256);
  changeFolio = new Uint32Array(256);
  changeState = new Uint16Array(256);
  /** Index plus one of the folio's change before; 0 for its first. */
  changeBefore = new Uint32Array(256);
  readonly files: FolioFile[] = [];

  private object = new Uint32Array(64);
  private index = new Uint32Array(64);
  private order = new Uint8Array(64);
  private made = new Uint32Array(64);
  private fileNumber = new Uint32Array(64);
  private last = new Uint32Array(64);
  /** Number plus one by object id. */
  private numbers = new Uint32Array(256);
  private readonly fileNumbers = new Map<number, number>();
  private readonly sizes = new Map<string, Series>();

  constructor(log: LogView) {
    this.log = log;
  }

  /** Takes in what the log has gained. */
  catchUp(): void {
    const { log } = this;
    if (this.rows === log.rows) return;
    const names = namesOf(log);
    for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c))
      for (let i = Math.max(0, this.rows - chunk.first); i < chunk.count; i++)
        this.takeRow(names, chunk.columns, i, chunk.first + i);
    this.rows = log.rows;
  }

  /** Number of a folio, or -1 for any other object. */
  ofObject(object: number): number {
    return (this.numbers[object] ?? 0) - 1;
  }
  objectOf(folio: number): ObjectId {
    return this.object[folio]! as ObjectId;
  }
  /** Its first page in the file. */
  indexOf(folio: number): number {
    return this.index[folio]!;
  }
  orderOf(folio: number): number {
    return this.order[folio]!;
  }
  pagesOf(folio: number): number {
    return 2 ** this.order[folio]!;
  }
  /** Index of its file in `files`. */
  fileOf(folio: number): number {
    return this.fileNumber[folio]!;
  }
  /** The row in which it was made. */
  madeIn(folio: number): Row {
    return this.made[folio]! as Row;
  }

  /** The sizes of a file after the event in `row`. */
  sizesAt(inode: ObjectId, row: number): FileSizes {
    return { i_size: this.sizeAt('i_size', inode, row), i_disksize: this.sizeAt('i_disksize', inode, row) };
  }

  private sizeAt(field: string, inode: ObjectId, row: number): number {
    const series = this.sizes.get(`${inode} ${field}`);
    return series?.values[upperBound(series.rows, row) - 1] ?? NaN;
  }

  private takeRow(names: Names, columns: Columns, i: number, row: number): void {
    const object = columns.object[i]!;
    switch (columns.kind[i]! as Ev) {
      case Ev.New:
        if (columns.name[i] === names.folio) this.add(object, row);
        break;
      case Ev.Free:
        if (columns.name[i] === names.folio) this.leave(object, row);
        break;
      case Ev.Trace:
        if (columns.name[i] === names.deleted) this.leave(object, row);
        break;
      case Ev.Set:
        this.takeSet(names, columns.name[i]!, object, columns.value[i]!, row);
        break;
      default:
    }
  }

  private takeSet(names: Names, field: number, object: number, value: number, row: number): void {
    if (field === names.i_size || field === names.i_disksize) {
      this.takeSize(field === names.i_size ? 'i_size' : 'i_disksize', object, value, row);
      return;
    }
    const folio = this.ofObject(object);
    if (folio < 0) return;
    const before = this.stateBefore(folio);
    if (field === names.flags) this.change(folio, (before & NOT_FLAGS) | bitsOf(value), row);
    else if (field === names.mapped)
      this.change(folio, (before & ~FolioBit.Mapped) | (value === 0 ? 0 : FolioBit.Mapped), row);
    else if (field === names.index) this.index[folio] = value;
    else if (field === names.order) this.order[folio] = value;
  }

  private takeSize(field: string, object: number, value: number, row: number): void {
    if (this.log.objectType(object) !== 'inode') return;
    const key = `${object} ${field}`;
    let series = this.sizes.get(key);
    if (series === undefined) this.sizes.set(key, (series = { rows: [], values: [] }));
    series.rows.push(row);
    series.values.push(value);
  }

  private add(object: number, row: number): void {
    const folio = this.count++;
    this.object = fitting(this.object, folio);
    this.index = fitting(this.index, folio);
    this.order = fitting(this.order, folio);
    this.made = fitting(this.made, folio);
    this.fileNumber = fitting(this.fileNumber, folio);
    this.last = fitting(this.last, folio);
    this.numbers = fitting(this.numbers, object);
    this.object[folio] = object;
    this.made[folio] = row;
    this.numbers[object] = folio + 1;
    const file = this.fileFor(this.log.objectParent(object));
    this.fileNumber[folio] = file;
    this.files[file]?.folios.push(folio);
    this.change(folio, FolioBit.Present, row);
  }

  private fileFor(inode: ObjectId): number {
    let file = this.fileNumbers.get(inode);
    if (file === undefined) {
      this.fileNumbers.set(inode, (file = this.files.length));
      this.files.push({ inode, folios: [] });
    }
    return file;
  }

  private leave(object: number, row: number): void {
    const folio = this.ofObject(object);
    if (folio >= 0 && (this.stateBefore(folio) & FolioBit.Gone) === 0) this.change(folio, FolioBit.Gone, row);
  }

  private stateBefore(folio: number): number {
    const last = this.last[folio]!;
    return last === 0 ? 0 : this.changeState[last - 1]!;
  }

  private change(folio: number, state: number, row: number): void {
    const before = this.stateBefore(folio);
    if (state === before || ((before & FolioBit.Gone) !== 0 && (state & FolioBit.Gone) !== 0)) return;
    const at = this.changes++;
    this.changeRow = fitting(this.changeRow, at);
    this.changeFolio = fitting(this.changeFolio, at);
    this.changeState = fitting(this.changeState, at);
    this.changeBefore = fitting(this.changeBefore, at);
    this.changeRow[at] = row;
    this.changeFolio[at] = folio;
    this.changeState[at] = state;
    this.changeBefore[at] = this.last[folio]!;
    this.last[folio] = at + 1;
  }
}

/** What is counted of each file, in the order of `counts`. */
const COUNTED = [FolioBit.Present, FolioBit.Dirty, FolioBit.Writeback] as const;

/** The states of all folios at a row that moves: moving costs no more than the changes in between, in either direction. */
export class FolioStates {
  readonly table: FolioTable;
  /** Changes that have happened. */
  private done = 0;
  private states = new Uint16Array(64);
  /** Index plus one of each folio's last change. */
  private lasts = new Uint32Array(64);
  /** By file: folios in the cache, dirty ones, and those under writeback. */
  private counts = new Uint32Array(48);

  constructor(table: FolioTable) {
    this.table = table;
  }

  /** Goes to the state after the event in `row`; returns how many changes that took. */
  moveTo(row: number): number {
    const { table } = this;
    this.states = fitting(this.states, table.count);
    this.lasts = fitting(this.lasts, table.count);
    this.counts = fitting(this.counts, COUNTED.length * table.files.length);
    const wanted = row === NO_ROW ? 0 : upperBound(table.changeRow, row, table.changes);
    const steps = Math.abs(wanted - this.done);
    while (this.done < wanted) this.redo(this.done++);
    while (this.done > wanted) this.undo(--this.done);
    return steps;
  }

  /** Bits of `FolioBit`. */
  stateOf(folio: number): number {
    return this.states[folio] ?? 0;
  }

  /** The row that last changed it, or `NO_ROW` before it was made. */
  changedIn(folio: number): Row {
    const last = this.lasts[folio] ?? 0;
    return last === 0 ? NO_ROW : (this.table.changeRow[last - 1]! as Row);
  }

  /** How many folios of a file are in the cache, dirty, and under writeback. */
  countsOf(file: number): { readonly present: number; readonly dirty: number; readonly writeback: number } {
    const at = COUNTED.length * file;
    const [present = 0, dirty = 0, writeback = 0] = this.counts.subarray(at, at + COUNTED.length);
    return { present, dirty, writeback };
  }

  private redo(change: number): void {
    const folio = this.table.changeFolio[change]!;
    this.become(folio, this.table.changeState[change]!);
    this.lasts[folio] = change + 1;
  }

  private undo(change: number): void {
    const folio = this.table.changeFolio[change]!;
    const before = this.table.changeBefore[change]!;
    this.become(folio, before === 0 ? 0 : this.table.changeState[before - 1]!);
    this.lasts[folio] = before;
  }

  private become(folio: number, state: number): void {
    const at = COUNTED.length * this.table.fileOf(folio);
    const was = this.states[folio]!;
    for (let i = 0; i < COUNTED.length; i++) {
      const bit = COUNTED[i]!;
      this.counts[at + i]! += ((state & bit) === 0 ? 0 : 1) - ((was & bit) === 0 ? 0 : 1);
    }
    this.states[folio] = state;
  }
}

/** The newest of `folios` that had been made by `row`, or -1. */
export function newestBy(table: FolioTable, folios: readonly number[], row: number): number {
  let [low, high] = [0, folios.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (table.madeIn(folios[middle] ?? 0) <= row) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : (folios[low - 1] ?? -1);
}

type Names = ReturnType<typeof namesOf>;

/** String ids; -1 for what the log has not mentioned. */
function namesOf(log: LogView) {
  const id = (text: string): number => log.stringId(text);
  return {
    folio: id('folio'),
    deleted: id('mm_filemap_delete_from_page_cache'),
    flags: id('flags'),
    mapped: id('mapped'),
    index: id('index'),
    order: id('order'),
    i_size: id('i_size'),
    i_disksize: id('i_disksize'),
  };
}

function bitsOf(flags: number): number {
  let bits = 0;
  for (const [bit, flag] of FLAGS) if (hasBit(flags, flag)) bits |= bit;
  return bits;
}

/** The folios of all that the log holds. */
export function foliosOf(log: LogView): FolioTable {
  const table = new FolioTable(log);
  table.catchUp();
  return table;
}

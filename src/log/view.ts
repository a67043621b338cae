import { assert } from '../base/assert.ts';
import { NO_OBJECT, NO_ROW, type Ns, type ObjectId, type Row } from '../base/units.ts';
import {
  type Chunk,
  chunkFirstRow,
  chunkOfRow,
  type Columns,
  columnsOver,
  chunkRows,
  indexInChunk,
  OBJECT_STRIDE,
} from './columns.ts';
import { Ev } from './events.ts';
import { titleOf } from './titles.ts';

/**
 * The sole reader of the columns. Analysis, page and CLI share it; it grows chunk by chunk while a run streams. Reading
 * a cell allocates nothing.
 */
export class LogView {
  /** Rows so far. */
  rows = 0;
  /** True once the Stop row is in. */
  complete = false;

  private readonly chunks: Columns[] = [];
  private readonly stringTable: string[] = [];
  private readonly stringIds = new Map<string, number>();
  private readonly objectTable: Uint32Array[] = [];
  private objectTotal = 0;
  private objectFlat: Uint32Array | null = null;
  private byObject: { readonly starts: Uint32Array; readonly rows: Uint32Array } | null = null;

  /** Takes over a chunk. Chunks come in order; the buffer is the view's from now on. */
  add(chunk: Chunk): void {
    assert(chunk.index === this.chunks.length, 'chunks arrive in order');
    this.chunks.push(columnsOver(chunk.buffer, chunkRows(chunk.index)));
    chunk.strings.forEach((text, i) => {
      this.stringIds.set(text, chunk.firstString + i);
      this.stringTable.push(text);
    });
    this.objectTable.push(chunk.objects);
    this.objectTotal += chunk.objects.length / OBJECT_STRIDE;
    this.objectFlat = null;
    this.byObject = null;
    this.rows += chunk.count;
    this.complete = this.rows > 0 && this.kind(this.rows - 1) === Ev.Stop;
  }

  time(row: number): Ns {
    return this.columnsOf(row).time_ns[indexInChunk(row)]! as Ns;
  }
  kind(row: number): Ev {
    return this.columnsOf(row).kind[indexInChunk(row)]! as Ev;
  }
  /** CPU, or `NO_CPU`. */
  cpu(row: number): number {
    return this.columnsOf(row).cpu[indexInChunk(row)]!;
  }
  /** Packed context, see `context.ts`. */
  context(row: number): number {
    return this.columnsOf(row).context[indexInChunk(row)]!;
  }
  nameId(row: number): number {
    return this.columnsOf(row).name[indexInChunk(row)]!;
  }
  name(row: number): string {
    return this.string(this.nameId(row));
  }
  object(row: number): ObjectId {
    return this.columnsOf(row).object[indexInChunk(row)]! as ObjectId;
  }
  value(row: number): number {
    return this.columnsOf(row).value[indexInChunk(row)]!;
  }
  cause(row: number): Row {
    return this.columnsOf(row).cause[indexInChunk(row)]! as Row;
  }
  prev(row: number): Row {
    return this.columnsOf(row).prev[indexInChunk(row)]! as Row;
  }

  string(id: number): string {
    const text = this.stringTable[id];
    assert(text !== undefined, `string ${id} is in the table`);
    return text;
  }
  /** Id of a string, or -1 when the log never mentions it. */
  stringId(text: string): number {
    return this.stringIds.get(text) ?? -1;
  }

  /** Number of strings; ids count from 0, the empty string. */
  get stringCount(): number {
    return this.stringTable.length;
  }

  /** Number of objects including object 0, "none". */
  get objectCount(): number {
    return this.objectTotal;
  }
  objectType(object: number): string {
    return this.string(this.objectCell(object, 0));
  }
  objectTypeId(object: number): number {
    return this.objectCell(object, 0);
  }
  /** The object that this one belongs to: a request's bio, a bio's dio ... or `NO_OBJECT`. */
  objectParent(object: number): ObjectId {
    return this.objectCell(object, 1) as ObjectId;
  }
  /** Counts from 1 within the type: "bio 3". */
  objectOrdinal(object: number): number {
    return this.objectCell(object, 2);
  }
  /** The object's own name (a task's comm, a queue's name) or ''. */
  objectLabel(object: number): string {
    return this.string(this.objectCell(object, 3));
  }
  /** How the object is called on screen: its label, with what it is where that does not say it, or type and ordinal. */
  objectName(object: number): string {
    if (object === NO_OBJECT) return '';
    const [type, label] = [this.objectType(object), this.objectLabel(object)];
    return label === '' ? `${type} ${this.objectOrdinal(object)}` : titleOf(type, label);
  }

  /** The last row whose time is at most `t`, or `NO_ROW` before the first. */
  rowAtOrBefore(t: number): Row {
    let low = 0;
    let high = this.rows;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time(middle) <= t) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? NO_ROW : ((low - 1) as Row);
  }

  /** The rows that are about `object`, ascending. The index behind it is built on first use, 8 bytes a row. */
  rowsOfObject(object: number): Uint32Array {
    this.byObject ??= this.indexByObject();
    const { starts, rows } = this.byObject;
    return rows.subarray(starts[object] ?? 0, starts[object + 1] ?? 0);
  }

  /** Time of the last row; 0 for an empty log. */
  get end_ns(): Ns {
    return (this.rows === 0 ? 0 : this.time(this.rows - 1)) as Ns;
  }

  /** Columns and range of one chunk, for passes over everything: `first` is the row of index 0. */
  chunk(index: number): { readonly columns: Columns; readonly first: number; readonly count: number } | null {
    const columns = this.chunks[index];
    if (columns === undefined) return null;
    const first = chunkFirstRow(index);
    return { columns, first, count: Math.min(chunkRows(index), this.rows - first) };
  }

  private columnsOf(row: number): Columns {
    return this.chunks[chunkOfRow(row)]!;
  }

  private objectCell(object: number, cell: number): number {
    this.objectFlat ??= this.flattenObjects();
    return this.objectFlat[object * OBJECT_STRIDE + cell]!;
  }

  private flattenObjects(): Uint32Array {
    const flat = new Uint32Array(this.objectTotal * OBJECT_STRIDE);
    let at = 0;
    for (const part of this.objectTable) {
      flat.set(part, at);
      at += part.length;
    }
    return flat;
  }

  /** Counting sort of the rows by object. */
  private indexByObject(): { starts: Uint32Array; rows: Uint32Array } {
    const starts = new Uint32Array(this.objectTotal + 1);
    for (let c = 0; c < this.chunks.length; c++) {
      const objects = this.chunks[c]!.object;
      const count = Math.min(chunkRows(c), this.rows - chunkFirstRow(c));
      for (let i = 0; i < count; i++) starts[objects[i]! + 1]!++;
    }
    for (let o = 0; o < this.objectTotal; o++) starts[o + 1]! += starts[o]!;
    const next = starts.slice();
    const rows = new Uint32Array(this.rows);
    for (let c = 0; c < this.chunks.length; c++) {
      const objects = this.chunks[c]!.object;
      const first = chunkFirstRow(c);
      const count = Math.min(chunkRows(c), this.rows - first);
      for (let i = 0; i < count; i++) rows[next[objects[i]!]!++] = first + i;
    }
    return { starts, rows };
  }
}

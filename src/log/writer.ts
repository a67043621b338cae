import { Digest } from '../base/digest.ts';
import { type Chunk, chunkRows, type Columns, columnsOver, EVENT_BYTES, OBJECT_STRIDE } from './columns.ts';

/**
 * Writes a log row by row into typed columns. Appending allocates nothing; a full chunk is handed to `sink`, which may
 * transfer its buffer away. The digest covers every byte of every chunk and both tables, in order.
 */
export class LogWriter {
  /** Rows written so far; the next row's index. */
  rows = 0;

  private chunkIndex = 0;
  private capacity = chunkRows(0);
  private index = 0;
  private buffer: ArrayBuffer;
  private columns: Columns;

  private readonly ids = new Map<string, number>([['', 0]]);
  private readonly strings: string[] = [''];
  private stringsSent = 0;

  private objects = new Uint32Array(1024 * OBJECT_STRIDE);
  private objectCount = 1; // object 0 is "none"
  private objectsSent = 0;
  private readonly ordinals = new Map<number, number>();

  private readonly digest = new Digest();

  private readonly sink: (chunk: Chunk) => void;

  constructor(sink: (chunk: Chunk) => void) {
    this.sink = sink;
    this.buffer = new ArrayBuffer(this.capacity * EVENT_BYTES);
    this.columns = columnsOver(this.buffer, this.capacity);
  }

  /** The id of a string, the same for equal strings. */
  intern(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.strings.length;
    this.ids.set(text, id);
    this.strings.push(text);
    return id;
  }

  /** Registers an object; ids and ordinals count from 1. `type` and `label` are string ids. */
  object(type: number, parent: number, label: number): number {
    const id = this.objectCount++;
    if (id * OBJECT_STRIDE >= this.objects.length) {
      const wider = new Uint32Array(this.objects.length * 2);
      wider.set(this.objects);
      this.objects = wider;
    }
    const ordinal = (this.ordinals.get(type) ?? 0) + 1;
    this.ordinals.set(type, ordinal);
    const at = id * OBJECT_STRIDE;
    this.objects[at] = type;
    this.objects[at + 1] = parent;
    this.objects[at + 2] = ordinal;
    this.objects[at + 3] = label;
    return id;
  }

  /** Appends one event and returns its row. */
  append(
    time_ns: number,
    kind: number,
    cpu: number,
    context: number,
    name: number,
    object: number,
    value: number,
    cause: number,
    prev: number,
  ): number {
    const i = this.index;
    const c = this.columns;
    c.time_ns[i] = time_ns;
    c.kind[i] = kind;
    c.cpu[i] = cpu;
    c.context[i] = context;
    c.name[i] = name;
    c.object[i] = object;
    c.value[i] = value;
    c.cause[i] = cause;
    c.prev[i] = prev;
    this.index = i + 1;
    const row = this.rows++;
    if (this.index === this.capacity) this.flush();
    return row;
  }

  /** Hands over the last, partly filled chunk. Nothing may be appended afterwards. */
  close(): void {
    if (this.index > 0 || this.stringsSent < this.strings.length || this.objectsSent < this.objectCount)
      this.flush();
  }

  /** The log's digest; complete only after `close`. */
  digestHex(): string {
    return this.digest.hex();
  }

  private flush(): void {
    const strings = this.strings.slice(this.stringsSent);
    const objects = this.objects.slice(this.objectsSent * OBJECT_STRIDE, this.objectCount * OBJECT_STRIDE);
    this.digestChunk(strings, objects);
    const chunk: Chunk = {
      index: this.chunkIndex,
      count: this.index,
      buffer: this.buffer,
      firstString: this.stringsSent,
      strings,
      firstObject: this.objectsSent,
      objects,
    };
    this.stringsSent = this.strings.length;
    this.objectsSent = this.objectCount;
    this.chunkIndex++;
    this.capacity = chunkRows(this.chunkIndex);
    this.buffer = new ArrayBuffer(this.capacity * EVENT_BYTES);
    this.columns = columnsOver(this.buffer, this.capacity);
    this.index = 0;
    this.sink(chunk);
  }

  private digestChunk(strings: readonly string[], objects: Uint32Array): void {
    // Unused rows of the last chunk are zero, so the whole buffer is a function of the log. A chunk's length in bytes
    // is a multiple of four because its row count is.
    this.digest.words32(new Uint32Array(this.buffer)).words32(new Uint32Array([this.index]));
    for (const text of strings) this.digest.text(text);
    this.digest.words32(objects);
  }
}

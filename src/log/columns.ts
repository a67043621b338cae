import { assert } from '../base/assert.ts';

/**
 * One chunk of the log: typed arrays over one transferable buffer, a field each. The first chunk is small, so that the
 * page has something to draw early; all others hold `CHUNK_ROWS`. Which chunk holds a row is thus arithmetic.
 */
export const FIRST_CHUNK_ROWS = 4096;
export const CHUNK_ROWS = 65536;

/** Bytes that one event takes in a chunk. */
export const EVENT_BYTES = 37;

export type Columns = {
  readonly time_ns: Float64Array;
  readonly value: Float64Array;
  readonly name: Uint32Array;
  readonly object: Uint32Array;
  readonly cause: Uint32Array;
  readonly prev: Uint32Array;
  readonly cpu: Uint16Array;
  readonly context: Uint16Array;
  readonly kind: Uint8Array;
};

export const chunkRows = (chunk: number): number => (chunk === 0 ? FIRST_CHUNK_ROWS : CHUNK_ROWS);
export const chunkFirstRow = (chunk: number): number =>
  chunk === 0 ? 0 : FIRST_CHUNK_ROWS + (chunk - 1) * CHUNK_ROWS;
export const chunkOfRow = (row: number): number =>
  row < FIRST_CHUNK_ROWS ? 0 : 1 + ((row - FIRST_CHUNK_ROWS) >>> 16);
export const indexInChunk = (row: number): number =>
  row < FIRST_CHUNK_ROWS ? row : (row - FIRST_CHUNK_ROWS) & 0xffff;

/** Lays the columns over `buffer`, widest first so that each is aligned. */
export function columnsOver(buffer: ArrayBuffer, rows: number): Columns {
  assert(buffer.byteLength >= rows * EVENT_BYTES, 'a chunk buffer is large enough for its rows');
  let at = 0;
  const take = (bytes: number): number => {
    const start = at;
    at += bytes * rows;
    return start;
  };
  return {
    time_ns: new Float64Array(buffer, take(8), rows),
    value: new Float64Array(buffer, take(8), rows),
    name: new Uint32Array(buffer, take(4), rows),
    object: new Uint32Array(buffer, take(4), rows),
    cause: new Uint32Array(buffer, take(4), rows),
    prev: new Uint32Array(buffer, take(4), rows),
    cpu: new Uint16Array(buffer, take(2), rows),
    context: new Uint16Array(buffer, take(2), rows),
    kind: new Uint8Array(buffer, take(1), rows),
  };
}

/** What leaves the writer: a filled chunk with the strings and objects that its rows are the first to mention.
 *  `buffer` is transferable; the writer does not touch it again. */
export type Chunk = {
  readonly index: number;
  readonly count: number;
  readonly buffer: ArrayBuffer;
  /** Strings with ids `firstString`, `firstString + 1` ... */
  readonly firstString: number;
  readonly strings: readonly string[];
  readonly firstObject: number;
  /** Four numbers an object: type (string id), parent (object id), ordinal within its type, label (string id). */
  readonly objects: Uint32Array;
};

/** Numbers an object takes in `Chunk.objects`. */
export const OBJECT_STRIDE = 4;

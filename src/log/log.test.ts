import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { type Chunk, CHUNK_ROWS, EVENT_BYTES, FIRST_CHUNK_ROWS } from './columns.ts';
import { Ev, NO_CPU } from './events.ts';
import { LogView } from './view.ts';
import { LogWriter } from './writer.ts';

/** A writer whose chunks are kept, and a view of them. */
function newLog() {
  const view = new LogView();
  const chunks: Chunk[] = [];
  const writer = new LogWriter((chunk) => {
    chunks.push(chunk);
    view.add(chunk);
  });
  return { view, chunks, writer };
}

/** Appends rows `from` to `to - 1`, each with other numbers in every column. */
function fill(writer: LogWriter, from: number, to: number): void {
  for (let i = from; i < to; i++)
    writer.append(i * 10, i % 24, i % 7, i % 4096, 0, i % 5, i / 2, i, (i * 3) >>> 0);
}

describe('writer and view', () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const rows = fc.array(
    fc.record({
      time_ns: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      kind: fc.integer({ min: 0, max: 255 }),
      cpu: fc.integer({ min: 0, max: 0xffff }),
      context: fc.integer({ min: 0, max: 0xffff }),
      name: fc.string(),
      value: fc.double({ noNaN: true }),
      object: u32,
      cause: u32,
      prev: u32,
    }),
    { maxLength: 60 },
  );

  test('every column comes back as it was written', () => {
    fc.assert(
      fc.property(rows, (events) => {
        const { view, writer } = newLog();
        events.forEach((e, row) => {
          const name = writer.intern(e.name);
          const at = writer.append(
            e.time_ns,
            e.kind,
            e.cpu,
            e.context,
            name,
            e.object,
            e.value,
            e.cause,
            e.prev,
          );
          expect(at).toBe(row);
        });
        writer.close();
        expect(view.rows).toBe(events.length);
        events.forEach((e, row) => {
          const read = {
            time_ns: view.time(row),
            kind: view.kind(row),
            cpu: view.cpu(row),
            context: view.context(row),
            name: view.name(row),
            value: view.value(row),
            object: view.object(row),
            cause: view.cause(row),
            prev: view.prev(row),
          };
          expect(read).toEqual(e);
        });
      }),
    );
  });

  test('a log without a row has none, and is not complete', () => {
    const { view, writer } = newLog();
    writer.close();
    expect([view.rows, view.complete, view.end_ns, view.rowAtOrBefore(0)]).toEqual([0, false, 0, NO_ROW]);
  });

  test('is complete with the Stop row, not before', () => {
    const { view, writer } = newLog();
    writer.append(0, Ev.Start, NO_CPU, 0, 0, 0, 0, NO_ROW, NO_ROW);
    fill(writer, 1, FIRST_CHUNK_ROWS);
    expect([view.rows, view.complete]).toEqual([FIRST_CHUNK_ROWS, false]);
    writer.append(7, Ev.Stop, NO_CPU, 0, 0, 0, 1, 0, NO_ROW);
    writer.close();
    expect([view.rows, view.complete, view.end_ns]).toEqual([FIRST_CHUNK_ROWS + 1, true, 7]);
  });
});

describe('chunks', () => {
  const second = FIRST_CHUNK_ROWS + CHUNK_ROWS;

  test.each([
    [1, [1]],
    [FIRST_CHUNK_ROWS - 1, [FIRST_CHUNK_ROWS - 1]],
    [FIRST_CHUNK_ROWS, [FIRST_CHUNK_ROWS]],
    [FIRST_CHUNK_ROWS + 1, [FIRST_CHUNK_ROWS, 1]],
    [second - 1, [FIRST_CHUNK_ROWS, CHUNK_ROWS - 1]],
    [second, [FIRST_CHUNK_ROWS, CHUNK_ROWS]],
    [second + 1, [FIRST_CHUNK_ROWS, CHUNK_ROWS, 1]],
  ])('%i rows make chunks of %j', (count, sizes) => {
    const { view, chunks, writer } = newLog();
    fill(writer, 0, count);
    const handedOver = chunks.length;
    writer.close();
    expect(chunks.map((chunk) => chunk.count)).toEqual(sizes);
    expect(handedOver).toBe(
      sizes.filter((size, i) => size === (i === 0 ? FIRST_CHUNK_ROWS : CHUNK_ROWS)).length,
    );
    expect(view.rows).toBe(count);
    for (const row of [0, FIRST_CHUNK_ROWS - 1, FIRST_CHUNK_ROWS, second - 1, second, count - 1]) {
      if (row >= count) continue;
      expect([view.time(row), view.value(row), view.prev(row)]).toEqual([row * 10, row / 2, row * 3]);
    }
    sizes.forEach((size, i) => {
      expect(view.chunk(i)).toMatchObject({ count: size });
    });
    expect(view.chunk(sizes.length)).toBeNull();
  });

  test('a full chunk is handed over at once, whole, in one buffer of 37 bytes a row', () => {
    const { chunks, writer } = newLog();
    fill(writer, 0, FIRST_CHUNK_ROWS);
    expect(chunks).toHaveLength(1);
    expect(chunks[0]?.buffer.byteLength).toBe(FIRST_CHUNK_ROWS * EVENT_BYTES);
    const copy = chunks[0]?.buffer.slice(0);
    fill(writer, FIRST_CHUNK_ROWS, FIRST_CHUNK_ROWS + 10);
    expect(chunks[0]?.buffer).toEqual(copy); // the writer does not touch it again
  });

  test('each carries the strings and objects that are new in it, and no others', () => {
    const { view, chunks, writer } = newLog();
    const type = writer.intern('bio');
    const first = writer.object(type, 0, 0);
    fill(writer, 0, FIRST_CHUNK_ROWS);
    expect(writer.intern('bio')).toBe(type);
    const second = writer.object(writer.intern('request'), first, writer.intern('rq'));
    writer.object(type, 0, 0);
    fill(writer, FIRST_CHUNK_ROWS, FIRST_CHUNK_ROWS + 1);
    writer.close();
    expect(chunks.map((chunk) => chunk.strings)).toEqual([
      ['', 'bio'],
      ['request', 'rq'],
    ]);
    expect(chunks.map((chunk) => [chunk.firstString, chunk.firstObject])).toEqual([
      [0, 0],
      [2, 2],
    ]);
    expect(view.objectCount).toBe(4);
    expect([1, 2, 3].map((id) => view.objectName(id))).toEqual(['bio 1', 'rq', 'bio 2']);
    expect([view.objectType(second), view.objectParent(second), view.objectOrdinal(second)]).toEqual([
      'request',
      first,
      1,
    ]);
    expect(view.objectName(0)).toBe('');
    expect([view.stringId('request'), view.stringId('no such string')]).toEqual([2, -1]);
  });

  test('more objects than the table first has room for', () => {
    const { view, writer } = newLog();
    const type = writer.intern('bio');
    for (let i = 1; i <= 5000; i++) expect(writer.object(type, i - 1, 0)).toBe(i);
    writer.close();
    expect([view.objectOrdinal(5000), view.objectParent(5000)]).toEqual([5000, 4999]);
  });

  test('out of order they are refused', () => {
    const { chunks, writer } = newLog();
    fill(writer, 0, FIRST_CHUNK_ROWS + 1);
    writer.close();
    const other = new LogView();
    const late = chunks[1];
    expect(() => {
      if (late !== undefined) other.add(late);
    }).toThrow('chunks arrive in order');
  });
});

describe('looking up', () => {
  test('the rows of an object, ascending, also across chunks and while the log grows', () => {
    const { view, writer } = newLog();
    for (let i = 0; i < 4; i++) writer.object(writer.intern('thing'), 0, 0);
    const count = FIRST_CHUNK_ROWS + 100;
    fill(writer, 0, FIRST_CHUNK_ROWS);
    expect(view.rowsOfObject(3)).toHaveLength(Math.floor((FIRST_CHUNK_ROWS + 1) / 5));
    fill(writer, FIRST_CHUNK_ROWS, count);
    writer.close();
    for (let object = 0; object < 5; object++) {
      const expected = Array.from({ length: count }, (_, row) => row).filter((row) => row % 5 === object);
      expect(Array.from(view.rowsOfObject(object))).toEqual(expected);
    }
    expect(view.rowsOfObject(99)).toHaveLength(0);
  });

  test('the last row at or before a time', () => {
    const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 });
    fc.assert(
      fc.property(times, fc.integer({ min: -5, max: 60 }), (unsorted, t) => {
        const sorted = unsorted.toSorted((a, b) => a - b);
        const { view, writer } = newLog();
        for (const time of sorted) writer.append(time, 0, 0, 0, 0, 0, 0, 0, 0);
        writer.close();
        const last = sorted.findLastIndex((time) => time <= t);
        expect(view.rowAtOrBefore(t)).toBe(last < 0 ? NO_ROW : last);
      }),
    );
  });
});

describe('the digest', () => {
  type Event = Parameters<LogWriter['append']>;
  const base: readonly Event[] = [
    [0, 0, NO_CPU, 0, 1, 0, 0, NO_ROW, NO_ROW],
    [5, 1, 2, 3, 2, 1, 0.5, 0, 7],
  ];

  function digestOf(events: readonly Event[], strings = ['a', 'b'], parent = 0): string {
    const { writer } = newLog();
    for (const text of strings) writer.intern(text);
    writer.object(1, parent, 0);
    for (const event of events) writer.append(...event);
    writer.close();
    return writer.digestHex();
  }

  test('is the same for the same log, whoever takes the chunks', () => {
    expect(digestOf(base)).toBe(digestOf(base));
    expect(digestOf(base)).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each(
    ['time', 'kind', 'cpu', 'context', 'name', 'object', 'value', 'cause', 'prev'].map((n, i) => [n, i]),
  )('changes with %s', (_column, index) => {
    const changed = base.map((event, row) =>
      row === 1 ? (event.with(index, (event[index] ?? 0) + 1) as Event) : event,
    );
    expect(digestOf(changed)).not.toBe(digestOf(base));
  });

  test('changes with the strings, the objects, the order and the number of rows', () => {
    const all = [
      digestOf(base),
      digestOf(base, ['a', 'c']),
      digestOf(base, ['ab', '']),
      digestOf(base, ['a', 'b'], 1),
      digestOf(base.toReversed()),
      digestOf(base.slice(1)),
      digestOf([...base, [0, 0, 0, 0, 0, 0, 0, 0, 0]]),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test('changes with a single bit anywhere in a full chunk', () => {
    const digestWith = (row: number, bit: number): string => {
      const { writer } = newLog();
      for (let i = 0; i <= FIRST_CHUNK_ROWS; i++) writer.append(i, 0, 0, 0, 0, 0, 0, i === row ? bit : 0, 0);
      writer.close();
      return writer.digestHex();
    };
    const rows = [0, 1, 2047, FIRST_CHUNK_ROWS - 1, FIRST_CHUNK_ROWS];
    const all = [
      digestWith(-1, 0),
      ...rows.flatMap((row) => [digestWith(row, 1), digestWith(row, 0x80000000)]),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

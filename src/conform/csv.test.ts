import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cell, parseCsv } from './csv.ts';

const texts = (text: string): unknown => {
  const rows = parseCsv(text);
  return rows.ok ? rows.value.map((row) => row.map((cell) => cell.text)) : rows.error;
};

const LINE_ENDS = [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const;

describe('comma-separated values', () => {
  test.each(LINE_ENDS)('lines end in %s, the last one may lack it, empty ones are left out', (_, end) => {
    expect(texts(`a,b${end}${end}1,2${end}3,`)).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', ''],
    ]);
  });

  test('a byte order mark is passed over, and blanks around plain cells', () => {
    expect(texts('\uFEFFa , b\n')).toEqual([['a', 'b']]);
  });

  test('quotes hold commas, quotes and lines', () => {
    expect(texts('"a,b","say ""so""","two\nlines"\nnext,,\n')).toEqual([
      ['a,b', 'say "so"', 'two\nlines'],
      ['next', '', ''],
    ]);
  });

  test('cells know their places, behind quotes that hold lines, too', () => {
    const rows = parseCsv('a,bc\n"x\ny",z\n');
    const places = rows.ok ? rows.value.flat().map(({ line, column }: Cell) => [line, column]) : [];
    expect(places).toEqual([
      [1, 1],
      [1, 3],
      [2, 1],
      [3, 4],
    ]);
  });

  test('quotes without end, and text behind quotes, are told with their place', () => {
    expect(texts('a,b\n1,"2\n')).toEqual({
      line: 2,
      column: 3,
      message: expect.stringContaining('never end') as string,
    });
    expect(texts('a\n"1"2\n')).toMatchObject({ line: 2, column: 4 });
  });

  test('an empty text has no rows', () => {
    expect(texts('')).toEqual([]);
    expect(texts('\n\n')).toEqual([]);
  });

  test('whatever is quoted comes back', () => {
    const cell = fc.string().filter((text) => !text.includes('\r'));
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (table) => {
        const text = table
          .map((row) => row.map((part) => `"${part.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        expect(texts(text)).toEqual(table);
      }),
      { endOnFailure: true },
    );
  });
});

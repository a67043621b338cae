import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonFault } from './json-place.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('where a text stops being JSON', () => {
  test.each([
    ['{"a": 1,\n "b": }', 2, 7, 'a value is missing before “}”'],
    ['{"a" 1}', 1, 6, 'expected ":" before “1”'],
    ['{a: 1}', 1, 2, 'expected a name in double quotes before “a”'],
    ['{"a": 1,}', 1, 9, 'expected a name in double quotes before “}”'],
    ['{"a": [1 2]}', 1, 10, 'expected "," or "]" before “2”'],
    ['{"a": 1', 1, 8, 'expected "," or "}" before the end'],
    ['{"a": "x\n"}', 1, 7, 'a string is not closed on its line, or has a wrong escape'],
    ['{"a": "\\x"}', 1, 7, 'a string is not closed on its line, or has a wrong escape'],
    ['{"a": 01}', 1, 8, 'expected "," or "}" before “1”'],
    ['{} {}', 1, 4, '“{” follows the end of the JSON'],
    ['', 1, 1, 'a value is missing before the end'],
    ['{"a": 💾}', 1, 7, 'a value is missing before “💾”'],
  ])('%j', (text, line, column, message) => {
    expect(jsonFault(text)).toEqual({ line, column, message });
    expect(isJson(text)).toBe(false);
  });

  test('it agrees with JSON.parse about what is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonFault(text)).toBeNull();
      }),
    );
    const pieces = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '1',
        '-',
        '.',
        '0',
        'e5',
        'true',
        'nul',
        ' ',
        '\n',
        '\\',
        '\t',
      ],
    );
    fc.assert(
      fc.property(fc.string({ unit: pieces, maxLength: 12 }), (text) => {
        expect(jsonFault(text) === null).toBe(isJson(text));
      }),
      { numRuns: 5000 },
    );
  });

  test('deep nesting and long strings cost no stack', () => {
    expect(jsonFault('['.repeat(200_000))).toMatchObject({ column: 200_001 });
    expect(jsonFault(`"${'a'.repeat(900_000)}"`)).toBeNull();
    expect(jsonFault(`"${'\\n'.repeat(400_000)}`)).toMatchObject({ column: 1 });
  });
});

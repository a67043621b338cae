import { describe, expect, test } from 'vitest';
import {
  numberSeparator,
  readAmount,
  readBoolean,
  readBytes,
  readCpuMask,
  readCpus,
  readRange,
  readTime,
  readTriple,
  type Triple,
  type ValueContext,
} from './values.ts';

const K1024: ValueContext = { kb_base: 1024, ncpus: null, remark: () => undefined };
const K1000: ValueContext = { ...K1024, kb_base: 1000 };
const value = (read: { ok: boolean; value?: unknown }): unknown => (read.ok ? read.value : 'error');

describe('sizes', () => {
  test.each([
    ['0', 0, 0],
    ['4096', 4096, 4096],
    ['4096b', 4096, 4096],
    ['4k', 4096, 4000],
    ['4K', 4096, 4000],
    ['4kb', 4096, 4000],
    ['4KB', 4096, 4000],
    ['4ki', 4000, 4096],
    ['4kib', 4000, 4096],
    ['4KiB', 4000, 4096],
    ['1m', 1_048_576, 1_000_000],
    ['1mi', 1_000_000, 1_048_576],
    ['1g', 2 ** 30, 1e9],
    ['2t', 2 ** 41, 2e12],
    ['1p', 2 ** 50, 1e15],
    ['0x1000', 4096, 4096],
    ['-5', -5, -5],
    ['(2*4k)', 8192, 8000],
    ['(1+2*(3-1))', 5, 5],
    ['(7/2)', 3, 3],
  ])('%s is %i bytes with kb_base=1024 and %i with kb_base=1000', (text, binary, decimal) => {
    expect(value(readBytes(text, K1024))).toBe(binary);
    expect(value(readBytes(text, K1000))).toBe(decimal);
  });

  test.each([
    '',
    'k',
    '4q',
    '4kk',
    '4i',
    '1.5k',
    '0x10k',
    '4 k',
    'four',
    '(1+',
    '(1/0)',
    '9p9',
    '99999999p',
    '$(nproc)',
  ])('%j is an error', (text) => expect(value(readBytes(text, K1024))).toBe('error'));

  test('a suffix with i but without b is remarked, because fio’s manual and parser disagree', () => {
    const remarks: string[] = [];
    readBytes('4ki', { ...K1024, remark: (message) => remarks.push(message) });
    readBytes('4kib', { ...K1024, remark: (message) => remarks.push(message) });
    expect(remarks).toHaveLength(1);
  });

  test.each([
    ['20%', { kind: 'percent', count: 20 }],
    ['3z', { kind: 'zones', count: 3 }],
    ['1m', { kind: 'bytes', count: 1_048_576 }],
    ['101%', 'error'],
    ['-1', 'error'],
  ])('the amount %s', (text, expected) => expect(value(readAmount(text, K1024))).toEqual(expected));
});

test.each([
  ['10', 's', 10e9],
  ['10', 'us', 10e3],
  ['10s', 'us', 10e9],
  ['10sec', 's', 10e9],
  ['2m', 's', 120e9],
  ['1h', 's', 3600e9],
  ['1d', 's', 86_400e9],
  ['5ms', 's', 5e6],
  ['5msec', 's', 5e6],
  ['5US', 's', 5e3],
  ['(2*3)', 's', 6e9],
  ['', 's', 'error'],
  ['5min', 's', 'error'],
  ['1.5s', 's', 'error'],
] as const)('the time %j, plain numbers in %s, is %s ns', (text, plain, expected) =>
  expect(value(readTime(text, K1024, plain))).toBe(expected),
);

describe('up to three values for reads, writes and trims', () => {
  const before: Triple<number> = { read: 1, write: 2, trim: 3 };
  test.each([
    ['8k', { read: 8192, write: 8192, trim: 8192 }],
    ['8k,32k', { read: 8192, write: 32768, trim: 32768 }],
    ['8k,32k,', { read: 8192, write: 32768, trim: 3 }],
    [',8k', { read: 1, write: 8192, trim: 8192 }],
    [',8k,', { read: 1, write: 8192, trim: 3 }],
    ['8k,', { read: 8192, write: 2, trim: 3 }],
    ['1k,2k,3k', { read: 1024, write: 2048, trim: 3072 }],
    ['4k:8k', { read: 4096, write: 8192, trim: 8192 }],
    ['4k-8k', { read: 4096, write: 8192, trim: 8192 }],
    ['1,2,3,4', 'error'],
    ['4k,x', 'error'],
    ['', 'error'],
  ])('%j', (text, expected) => {
    const read = readTriple(text, before, numberSeparator(text), (one) => readBytes(one, K1024));
    expect(value(read)).toEqual(expected);
  });

  test('an error tells at which character', () => {
    const read = readTriple('4k,8q', before, /,/, (one) => readBytes(one, K1024));
    expect(read).toMatchObject({ ok: false, error: { offset: 3 } });
  });
});

test.each([
  ['1k-4k', true, { low: 1024, high: 4096 }],
  ['1k:4k', true, { low: 1024, high: 4096 }],
  ['4k-1k', true, { low: 1024, high: 4096 }],
  ['4k', true, { low: 4096, high: 4096 }],
  ['4k', false, 'error'],
  ['1-2-3', true, 'error'],
  ['1k-', true, 'error'],
] as const)('the range %j (alone allowed: %s)', (text, single, expected) =>
  expect(value(readRange(text, (one) => readBytes(one, K1024), single))).toEqual(expected),
);

test.each([
  ['4', [4]],
  ['0-3,7', [0, 1, 2, 3, 7]],
  ['7,0', [0, 7]],
  ['1,1', [1]],
  ['3-1', 'error'],
  ['0-', 'error'],
  ['8', 'error'],
  ['', 'error'],
  ['a', 'error'],
])('the CPUs %j of 8', (text, expected) => expect(value(readCpus(text, 8))).toEqual(expected));

test.each([
  ['0x5', [0, 2]],
  ['16', [4]],
  ['0', 'error'],
  ['0x100', 'error'],
])('the CPU mask %s of 8', (text, expected) => expect(value(readCpuMask(text, K1024, 8))).toEqual(expected));

test.each([
  [null, true],
  ['1', true],
  ['0', false],
  ['2', true],
  ['true', 'error'],
  ['', 'error'],
])('the boolean %j', (text, expected) => expect(value(readBoolean(text))).toBe(expected));

import { describe, expect, test } from 'vitest';
import { csvHeader, csvLine, CSV_COLUMNS } from './format-csv.ts';
import { jsonText } from './format-json.ts';
import type { IoRow } from './io-rows.ts';
import { columns, counted, duration, fewer, grouped, lineText, proseLast } from './lines.ts';
import { didYouMean, nearest } from '../scenario/nearest.ts';

/** Erases the line, turns the direction of text, starts a command of old terminals, breaks the line. */
const HOSTILE = 'a\u001b[2Kb\u202ec\u009bd\ne\u2028f\ud800g';

describe('lines', () => {
  test('what users name cannot steer a terminal', () => {
    expect(lineText({ text: HOSTILE }, false)).toBe('a?[2Kb?c?d?e?f?g\n');
    expect(lineText({ text: 'é 💾 “x” µ' }, false)).toBe('é 💾 “x” µ\n');
  });

  test('colours only where they are wanted', () => {
    expect(lineText({ text: 'x', tone: 'error' }, true)).toBe('\u001b[31mx\u001b[0m\n');
    expect(lineText({ text: 'x', tone: 'error' }, false)).toBe('x\n');
    expect(lineText({ text: 'x' }, true)).toBe('x\n');
  });

  test('columns line up and end without blanks', () => {
    const rows = [
      ['path', 'I/Os', 'p50'],
      ['inline-irq', '4', ''],
    ];
    expect(columns(rows, 1)).toEqual(['path        I/Os  p50', 'inline-irq     4'.padEnd(16)]);
    expect(proseLast([...rows, ['a', '1', 'some prose']], 1).map(({ text }) => text)).toEqual([
      '  path        I/Os  p50',
      '  inline-irq     4',
      '  a              1  some prose',
    ]);
    expect(columns([], 1)).toEqual([]);
  });

  test('numbers', () => {
    expect([0, 999, 1000, 1234567.4].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([counted(1, 'I/O'), counted(2000, 'I/O')]).toEqual(['1 I/O', '2,000 I/Os']);
    expect([0, 393.28125, 999.6, 4900].map(duration)).toEqual(['0 ns', '393 ns', '1 us', '4.9 us']);
  });

  test('a long list says how much of it is left out', () => {
    expect(fewer([['a'], ['b'], ['c']], 2, 'job')).toEqual([['a'], ['b'], ['', 'and 1 more job']]);
    expect(fewer([['a'], ['b']], 2, 'job')).toEqual([['a'], ['b']]);
  });
});

describe('JSON', () => {
  test('keys are sorted at every level, lists are not', () => {
    expect(jsonText({ b: [2, 1, { d: 1, c: null }], a: 'x' })).toBe(
      `${JSON.stringify({ a: 'x', b: [2, 1, { c: null, d: 1 }] }, null, 2)}\n`,
    );
  });

  test('any text comes back, and none of it steers a terminal', () => {
    const text = jsonText({ [HOSTILE]: `${HOSTILE} 💾 \u{e0001}` });
    expect(text).toMatch(/^[\n\x20-\x7e💾]*$/u);
    expect(JSON.parse(text)).toEqual({ [HOSTILE]: `${HOSTILE} 💾 \u{e0001}` });
  });
});

describe('CSV', () => {
  const row: IoRow = {
    index: 1,
    job: 'job',
    op: 'write',
    offset_bytes: 0,
    bytes: 4096,
    result: 4096,
    path: 'inline-irq',
    cpu: 1,
    context: 'd.h1.',
    moments_ns: Array.from({ length: 15 }, (_, i) => (i === 7 ? null : i * 10)),
    latency_ns: 140,
  };

  test('a line has a cell for each column, empty for what is not known', () => {
    expect(csvLine(row)).toBe(
      '1,job,write,0,4096,4096,inline-irq,1,d.h1.,0,10,20,30,40,50,60,,80,90,100,110,120,130,140,140\n',
    );
    expect(csvHeader().split(',')).toHaveLength(csvLine(row).split(',').length);
    expect(CSV_COLUMNS[0]).toBe('index');
    expect(CSV_COLUMNS.at(-1)).toBe('latency_ns');
  });

  test('names with commas and quotes are one cell, on one line', () => {
    expect(csvLine({ ...row, job: 'a "b", c\nd' })).toMatch(/^1,"a ""b"", c\?d",write,/);
  });
});

describe('names that are nearly right', () => {
  const names = ['machine.cpus', 'actors.0.iodepth', 'kernel.switches.CALLER_FLAG', 'CALLER_FLAG'];
  test.each([
    ['machine.cpu', 'machine.cpus'],
    ['iodepth', 'actors.0.iodepth'],
    ['caller_flag', 'CALLER_FLAG'],
    ['CALLER_FLAGS', 'CALLER_FLAG'],
    ['something else', null],
    ['x'.repeat(1000), null],
  ])('%.20s', (written, name) => {
    expect(nearest(written, names)).toBe(name);
  });

  test('nobody is asked whether they meant what they wrote', () => {
    expect(didYouMean('CALLER_FLAG', names)).toBe('');
  });
});

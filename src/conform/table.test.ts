import { describe, expect, test } from 'vitest';
import { choicesOf, type Columns, parseTable } from './table.ts';

const COLUMNS: Columns = {
  inputs: {
    op: { values: ['read', 'write'], dash: false },
    sync: { values: ['none', 'O_DSYNC'], dash: true },
  },
  outcomes: {
    flags: { values: ['WRITE', 'NEED_SYNC', 'COW'], dash: false, joined: '+' },
    path: { values: ['inline', 'worker'], dash: false },
  },
};
const HEAD = 'row_id,op,sync,flags,path\n';

const problems = (text: string): readonly string[] => {
  const table = parseTable(text, COLUMNS);
  return table.ok
    ? ['none']
    : table.error.map(({ line, column, message }) => `${line}:${column}: ${message}`);
};

describe('reading a table', () => {
  test('cells are checked and split; flags are put into their order', () => {
    expect(parseTable(`${HEAD}r1,read|write,-,COW+WRITE,inline\n`, COLUMNS)).toEqual({
      ok: true,
      value: {
        isRecorded: false,
        extra: [],
        rows: [
          {
            id: 'r1',
            line: 2,
            isRecorded: false,
            inputs: { op: ['read', 'write'], sync: ['-'] },
            outcomes: { flags: 'WRITE+COW', path: 'inline' },
          },
        ],
      },
    });
  });

  test('columns come in any order, and others are named and passed over', () => {
    const table = parseTable('note,path,flags,row_id,sync,op\nx,worker,WRITE,r1,none,read\n', COLUMNS);
    expect(table).toMatchObject({
      ok: true,
      value: { extra: ['note'], rows: [{ outcomes: { path: 'worker' } }] },
    });
  });

  test('in a table of recordings an outcome may be empty, in a decision table not', () => {
    const row = 'x,read,-,,\n';
    expect(parseTable(`recording,op,sync,flags,path\n${row}`, COLUMNS)).toMatchObject({
      ok: true,
      value: { isRecorded: true, rows: [{ outcomes: { flags: '', path: '' } }] },
    });
    expect(problems(HEAD + row)).toEqual([
      '2:10: flags is empty; there are WRITE, NEED_SYNC, COW',
      '2:11: path is empty; there are inline, worker',
    ]);
  });

  test.each([
    ['', '1:1: is empty'],
    [HEAD, '1:1: has a head, but no rows'],
    ['row_id,op,flags,path\nr1,read,WRITE,inline\n', '1:21: the head lacks the column sync'],
    ['row_id,op,snyc,flags,path\n', '1:26: the head lacks the column sync; did you mean snyc?'],
    ['op,sync,flags,path\n', '1:19: the head has neither a column row_id nor recording'],
    ['row_id,op,op,sync,flags,path\n', '1:11: there are two columns “op”'],
    [`${HEAD}r1,read,none,WRITE\n`, '2:14: the row has 4 cells where the head has 5'],
    [`${HEAD}r1,read,none,WRITE,inline,more\n`, '2:27: the row has 6 cells where the head has 5'],
    [
      `${HEAD}r1,raed,none,WRITE,inline\n`,
      '2:4: op “raed” is unknown; there are read, write; did you mean read?',
    ],
    [`${HEAD}r1,read|,none,WRITE,inline\n`, '2:4: op is empty; there are read, write'],
    [`${HEAD}r1,-,none,WRITE,inline\n`, '2:4: op “-” is unknown; there are read, write'],
    [`${HEAD}r1,read,none|-,WRITE,inline\n`, '2:9: sync “-” is unknown; there are none, O_DSYNC, -'],
    [
      `${HEAD}r1,read,none,WRITE+CWO,inline\n`,
      '2:14: flags “CWO” is unknown; there are WRITE, NEED_SYNC, COW; did you mean COW?',
    ],
    [`${HEAD}r1,read,none,WRITE,here\n`, '2:20: path “here” is unknown; there are inline, worker'],
    [`${HEAD},read,none,WRITE,inline\n`, '2:1: the row has no row_id'],
    ['PNG\u0000\u0001', '1:6: the head has neither a column row_id nor recording'],
  ])('%j is told with its place', (text, problem) => {
    expect(problems(text)).toContain(problem);
  });

  test('all that is wrong is told, not the first', () => {
    expect(problems(`${HEAD}r1,x,y,z,w\nr2,read,none,WRITE,inline\nr3,x,none,WRITE,inline\n`)).toHaveLength(
      5,
    );
  });
});

test('a row stands for every combination of its values', () => {
  const table = parseTable(`${HEAD}r1,read|write,none|O_DSYNC,WRITE,inline\n`, COLUMNS);
  expect(table.ok && table.value.rows.flatMap(choicesOf)).toEqual([
    { op: 'read', sync: 'none' },
    { op: 'read', sync: 'O_DSYNC' },
    { op: 'write', sync: 'none' },
    { op: 'write', sync: 'O_DSYNC' },
  ]);
});

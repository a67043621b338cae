import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { examineRow, type KnownTable, readTable, type Verdict } from './examine.ts';

// Every row of the decision table of direct I/O, and every recording of a real kernel in its columns.

function table(name: string): KnownTable {
  const text = readFileSync(new URL(`../../tables/${name}`, import.meta.url), 'utf8');
  const read = readTable(text);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

/** What a row says otherwise than the model, in lines that a failing test can show. */
const told = ({ id, disagreements }: Verdict): readonly string[] =>
  disagreements.map(
    ({ column, expected, got, choice }) =>
      `${id} ${column}: ${expected}, got ${got} with ${JSON.stringify(choice)}`,
  );

const DECISIONS = table('dio-decision-table.csv');
const RECORDINGS = table('dio-recorded.csv');
const REVISIONS = [...new Set(DECISIONS.rows.flatMap((row) => row.inputs['revision'] ?? []))];

describe('the decision table of direct I/O', () => {
  test('is there in full', () => {
    expect(DECISIONS.rows).toHaveLength(223);
    expect(REVISIONS).toEqual(['v6.5', 'v4-series', 'v6.6-rc', 'v6.6-to-v6.18', 'v6.19+']);
    expect(RECORDINGS.rows).toHaveLength(398);
  });

  test.each(REVISIONS)('every row of %s agrees, in all of its combinations', (revision) => {
    const rows = DECISIONS.rows.filter((row) => row.inputs['revision']?.includes(revision) === true);
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.flatMap((row) => told(examineRow(DECISIONS.kind, row)))).toEqual([]);
  });

  test('every recording agrees', () => {
    expect(RECORDINGS.rows.flatMap((row) => told(examineRow(RECORDINGS.kind, row)))).toEqual([]);
  });
});

describe('a row that is wrong is found, whatever its column', () => {
  const row = DECISIONS.rows.find(({ id }) => id === 'd160');
  const { outcomes } = DECISIONS.kind.columns;

  test.each(Object.keys(outcomes))('%s', (column) => {
    if (row === undefined) throw new Error('the row is in the table');
    const right = row.outcomes[column] ?? '';
    for (const wrong of (outcomes[column]?.values ?? []).filter((value) => value !== right)) {
      const { disagreements } = examineRow(DECISIONS.kind, {
        ...row,
        outcomes: { ...row.outcomes, [column]: wrong },
      });
      expect(disagreements).toMatchObject([{ column, expected: wrong, got: right, count: 2 }]);
    }
  });

  test('so is a condition that no kernel meets', () => {
    if (row === undefined) throw new Error('the row is in the table');
    const inputs = { ...row.inputs, kiocb: ['sync'], hipri: ['no'] };
    const { disagreements } = examineRow(DECISIONS.kind, { ...row, inputs });
    expect(disagreements).toMatchObject([
      { column: 'kiocb', expected: 'sync', got: 'async' },
      { column: 'hipri', expected: 'no', got: 'yes' },
    ]);
  });
});

describe('recordings', () => {
  const find = (id: string) => {
    const row = RECORDINGS.rows.find((other) => other.id === id);
    if (row === undefined) throw new Error('the recording is in the table');
    return row;
  };

  test('cannot tell stripped from no or never, but they can tell sent and kept', () => {
    const row = find('6.1.192/01-xfs-iouring-dio-write.txt');
    const outcomes = (fua: string, req_polled: string) => ({
      ...row,
      outcomes: { ...row.outcomes, fua, req_polled },
    });
    expect(told(examineRow(RECORDINGS.kind, outcomes('stripped', 'stripped')))).toEqual([]);
    expect(examineRow(RECORDINGS.kind, outcomes('sent', 'kept')).disagreements).toMatchObject([
      { column: 'req_polled', expected: 'kept', got: 'never' },
      { column: 'fua', expected: 'sent', got: 'no' },
    ]);
    const decided = { ...outcomes('stripped', 'stripped'), isRecorded: false };
    expect(examineRow(RECORDINGS.kind, decided).disagreements.map(({ column }) => column)).toContain('fua');
  });

  test('run on the release that they name, with its backports', () => {
    const row = DECISIONS.rows.find(
      ({ inputs, outcomes }) =>
        inputs['op']?.[0] === 'read' &&
        inputs['revision']?.[0] === 'v6.6-to-v6.18' &&
        outcomes['path'] === 'inline-irq',
    );
    if (row === undefined) throw new Error('the row is in the table');
    const failed = { ...row, inputs: { ...row.inputs, io_error: ['yes'] }, isRecorded: true };
    const pathOn = (id: string) =>
      examineRow(DECISIONS.kind, { ...failed, id }).disagreements.find(({ column }) => column === 'path')
        ?.got;
    expect(pathOn('6.16.12/19e')).toBeUndefined();
    expect(pathOn('6.12.107/19e')).toBe('s_dio_done_wq');
    expect(pathOn('an unknown release')).toBeUndefined();
  });
});

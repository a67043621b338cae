import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { examineRow, type KnownTable, readTable, type Verdict } from './examine.ts';

// Every row of the decision table of buffered writeback, and every recording of a real kernel in its columns.

function table(name: string): KnownTable {
  const text = readFileSync(new URL(`../../tables/${name}`, import.meta.url), 'utf8');
  const read = readTable(text);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

const told = ({ id, disagreements }: Verdict): readonly string[] =>
  disagreements.map(({ column, expected, got }) => `${id} ${column}: ${expected}, got ${got}`);

const DECISIONS = table('writeback-decision-table.csv');
const RECORDINGS = table('writeback-recorded.csv');
const REVISIONS = [...new Set(DECISIONS.rows.flatMap((row) => row.inputs['revision'] ?? []))];

describe('the decision table of writeback', () => {
  test('is there in full', () => {
    expect([DECISIONS.rows.length, RECORDINGS.rows.length]).toEqual([190, 70]);
    expect([...REVISIONS].sort()).toEqual([
      '6.16',
      '6.17',
      '7.3',
      'RFC-v4',
      'RFC-v5',
      'ext4-bh-2026',
      'ext4-iomap-plan-2026-06',
      'ext4-iomap-v2',
      'ext4-iomap-v4',
      'for-7.3-block',
      'v6',
    ]);
  });

  test.each(REVISIONS)('every row of %s agrees', (revision) => {
    const rows = DECISIONS.rows.filter((row) => row.inputs['revision']?.includes(revision) === true);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.flatMap((row) => told(examineRow(DECISIONS.kind, row)))).toEqual([]);
  });

  test('every recording agrees', () => {
    expect(RECORDINGS.rows.flatMap((row) => told(examineRow(RECORDINGS.kind, row)))).toEqual([]);
  });
});

describe('a row that is wrong is found, whatever its column', () => {
  const row = DECISIONS.rows.find(({ id }) => id === 'wb148');
  const { outcomes } = DECISIONS.kind.columns;

  test.each(Object.keys(outcomes))('%s', (column) => {
    if (row === undefined) throw new Error('the row is in the table');
    const right = row.outcomes[column] ?? '';
    const others = new Set(DECISIONS.rows.map((other) => other.outcomes[column] ?? ''));
    others.delete(right);
    expect(others.size).toBeGreaterThan(1);
    for (const wrong of others) {
      const changed = { ...row, outcomes: { ...row.outcomes, [column]: wrong } };
      const { disagreements } = examineRow(DECISIONS.kind, changed);
      expect(disagreements).toMatchObject([{ column, expected: wrong, got: right }]);
    }
  });
});

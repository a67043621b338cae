import { expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import { type EventFilter, filteredRows } from './event-filter.ts';
import { storeWithRun } from './testing.ts';

const log = storeWithRun().store.getState().recording?.log;
const ALL: EventFilter = { text: '', group: 'all', io: null };
const find = (filter: Partial<EventFilter>, rows = log?.rows ?? 0): number[] | null => {
  if (log === undefined) throw new Error('there is a log');
  const found = filteredRows(log, rows, { ...ALL, ...filter });
  return found === null ? null : [...found];
};

test('no filter is all events, without a list of them', () => {
  expect(find({})).toBe(null);
});

test('a text is looked for in names of functions, objects and kinds, whatever its case', () => {
  expect(find({ text: 'BIO_ENDIO' })?.every((row) => log?.name(row) === 'bio_endio')).toBe(true);
  expect(
    find({ text: 'io_kiocb 2' })?.every((row) => log?.objectName(log.object(row)) === 'io_kiocb 2'),
  ).toBe(true);
  expect(find({ text: 'notify' })).toHaveLength(2);
  expect(find({ text: 'no such thing' })).toEqual([]);
});

test('filters add up', () => {
  const decisions = find({ group: 'decisions' }) ?? [];
  expect(decisions.every((row) => log?.kind(row) === Ev.Decide)).toBe(true);
  const ofOne = find({ group: 'decisions', io: log?.object(decisions[0] ?? 0) ?? 0 }) ?? [];
  expect(ofOne).toHaveLength(decisions.length / 2);
});

test('a CPU is found by number', () => {
  expect(find({ text: 'cpu 0' })).toHaveLength((log?.rows ?? 0) - 1); // all but the start, which is on none
  expect(find({ text: 'cpu 9' })).toEqual([]);
});

test('only the rows asked for are read', () => {
  expect(find({ text: 'cpu 0' }, 4)).toEqual([1, 2, 3]);
});

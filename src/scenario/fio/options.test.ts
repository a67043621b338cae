import { expect, test } from 'vitest';
import { editDistance, nearestOption, optionByPrefix, OPTIONS } from './options.ts';
import { COMMAND_OPTIONS, ENGINE_OPTIONS, FLAGS, JOB_OPTIONS } from './option-table.ts';
import { settingOf } from './settings.ts';

const names = [...COMMAND_OPTIONS, ...ENGINE_OPTIONS, ...JOB_OPTIONS].flatMap((group) =>
  group.names.split(/[ /]/),
);

test('no option stands in the table twice', () => {
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  expect(twice).toEqual([]);
});

test('every flag is in the table', () => {
  expect([...FLAGS].filter((name) => !OPTIONS.has(name))).toEqual([]);
});

test('every option that is used has a reader, and only those', () => {
  const used = new Set([...OPTIONS.values()].filter(({ kind }) => kind === 'used').map(({ name }) => name));
  expect([...used].filter((name) => settingOf(name) === null)).toEqual([]);
  const others = [...OPTIONS.values()].filter(({ kind }) => kind !== 'used');
  expect(others.filter(({ name }) => settingOf(name) !== null)).toEqual([]);
});

test.each([
  ['readwrite', 'rw'],
  ['blocksize', 'bs'],
  ['iomem', 'mem'],
  ['timeout', 'runtime'],
  ['io_limit', 'io_size'],
  ['wait_for_previous', 'stonewall'],
  ['iodepth_batch_submit', 'iodepth_batch'],
  ['iodepth_batch_complete', 'iodepth_batch_complete_min'],
])('%s is another name for %s', (alias, name) => expect(OPTIONS.get(alias)?.name).toBe(name));

test.each([
  ['iodpeth', 'iodepth'],
  ['ioengin', 'ioengine'],
  ['block-size', 'blocksize'],
  ['group-reporting', 'group_reporting'],
  ['numjob', 'numjobs'],
  ['completely_different', null],
])('%s is nearest to %s', (key, name) => expect(nearestOption(key)).toBe(name));

test('a command line may shorten an option if only one begins so', () => {
  expect(optionByPrefix('norand')?.name).toBe('norandommap');
  expect(optionByPrefix('log_')).toBeUndefined();
});

test('the edit distance stops at its limit', () => {
  expect(editDistance('kitten', 'sitting', 10)).toBe(3);
  expect(editDistance('kitten', 'sitting', 2)).toBe(2);
  expect(editDistance('a', 'abcdefgh', 4)).toBe(4);
});

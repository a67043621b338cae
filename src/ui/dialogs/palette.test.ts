import { expect, test } from 'vitest';
import { PRESETS } from '../../scenario/presets.ts';
import { COMMANDS } from '../commands/registry.ts';
import { search } from './palette-dialog.tsx';

test('nothing typed shows everything', () => {
  expect(search('')).toEqual(COMMANDS);
  expect(search(' > ')).toEqual(COMMANDS);
});

test('titles come before groups, and equals in the order of the help page', () => {
  expect(
    search('step')
      .slice(0, 2)
      .map((c) => c.id),
  ).toEqual(['step.forward', 'step.back']);
  expect(search('>fio')[0]?.id).toBe('scenario.fio');
  expect(search('dark')[0]?.id).toBe('theme.dark');
});

test('presets are found by their titles', () => {
  for (const { id, title } of PRESETS) expect(search(title)[0]?.id).toBe(`preset.${id}`);
});

test('what is nowhere finds nothing', () => {
  expect(search('qqqqxyz')).toEqual([]);
});

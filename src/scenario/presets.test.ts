import { expect, test } from 'vitest';
import { parseScenario } from './parse.ts';
import { presetById, PRESETS } from './presets.ts';

test.each(PRESETS)('$id is a valid scenario', ({ scenario }) => {
  const parsed = parseScenario(scenario);
  expect(parsed.ok ? [] : parsed.error).toEqual([]);
});

test.each(PRESETS)('$id stays small enough for one screen', ({ id, scenario }) => {
  const ios = scenario.actors.reduce((sum, actor) => sum + actor.ios, 0);
  expect(scenario.machine.cpus).toBeLessThanOrEqual(4);
  expect(ios).toBeLessThanOrEqual(id === 'queue-depth-16' ? 96 : 16);
});

test('ids and titles are unique and short', () => {
  expect(new Set(PRESETS.map(({ id }) => id)).size).toBe(PRESETS.length);
  expect(new Set(PRESETS.map(({ title }) => title)).size).toBe(PRESETS.length);
  expect(PRESETS.every(({ id, title }) => /^[a-z0-9.-]+$/.test(id) && title.length <= 80)).toBe(true);
});

test('a preset is found by its id, and only by that', () => {
  expect(presetById('poll-read')?.id).toBe('poll-read');
  expect(presetById('no-such-preset')).toBeNull();
});

test('the first two differ in nothing but the kernel, so that the flag alone changes the path', () => {
  const strip = (id: string) => {
    const found = presetById(id);
    return { machine: found?.scenario.machine, actors: found?.scenario.actors, files: found?.scenario.files };
  };
  expect(strip('overwrite-workqueue')).toEqual(strip('overwrite-caller-comp'));
});

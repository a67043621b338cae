import { expect, test } from 'vitest';
import { type Outcome, outcomeChanges, outcomeOf } from '../analysis/outcome.ts';
import { parseScenario } from '../scenario/parse.ts';
import { presetById } from '../scenario/presets.ts';
import type { Switches } from '../kernel/switches.ts';
import { runToEnd } from './run.ts';

function outcome(id: string, switches: Partial<Switches> = {}): Outcome {
  const preset = presetById(id)?.scenario;
  if (preset === undefined) throw new Error(`${id} is no preset`);
  const kernel = { ...preset.kernel, switches: { ...preset.kernel.switches, ...switches } };
  const scenario = parseScenario({ ...preset, kernel });
  if (!scenario.ok) throw new Error(JSON.stringify(scenario.error));
  return outcomeOf(runToEnd(scenario.value).log);
}

test('without the delay the worker of the batch runs for each bio', () => {
  const [with1, without] = [outcome('dontcache-v6'), outcome('dontcache-v6', { IN_TASK_DELAY: 'none' })];
  expect(outcomeChanges(with1, without)).toEqual(['runs of the batch’s worker: 1, now 4']);
});

test('what may not be dropped in an interrupt stays', () => {
  const [folios, none] = [outcome('dontcache-rfc-v4'), outcome('dontcache-rfc-v4', { IN_TASK: 'none' })];
  expect(outcomeChanges(folios, none)).toEqual([
    'runs of the batch’s worker: 4, now 0',
    'folios dropped from the cache: 4, now 0',
  ]);
  expect(outcomeChanges(folios, folios)).toEqual([]);
});

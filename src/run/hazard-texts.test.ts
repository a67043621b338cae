import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { HAZARD_TEXTS } from '../analysis/monitors-log.ts';

/** Hazards that the sources in a folder can report. */
function hazardsIn(folder: string): string[] {
  const root = path.join(import.meta.dirname, '..', folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(path.join(root, file), 'utf8').matchAll(HAZARD)])
    .map((match) => match[1] ?? '');
}

const HAZARD = /(?:\.hazard\(|Ev\.Hazard, this\.intern\()\s*'([\w-]+)'/g;

test('every hazard that the engine or the model reports has words, and no other has', () => {
  const reported = new Set([...hazardsIn('engine'), ...hazardsIn('kernel')]);
  expect(Object.keys(HAZARD_TEXTS).sort()).toEqual([...reported].sort());
});

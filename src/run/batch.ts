import { type BatchFigures, batchFigures } from '../analysis/batch-figures.ts';
import type { Scenario } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

/** Runs a scenario and reads off its log how the batches were worked off. */
export function measureBatches(scenario: Scenario, skipped: number): BatchFigures {
  return batchFigures(runToEnd(scenario).log, skipped);
}

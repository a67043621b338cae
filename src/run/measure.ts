import { Meter, type Figures, type MeterWindow } from '../analysis/meter.ts';
import { assert } from '../base/assert.ts';
import type { Scenario } from '../scenario/schema.ts';
import { Run } from './run.ts';

const SLICE_EVENTS = 1_000_000;

/** Runs a scenario and reads figures off its log, of which nothing is kept. */
export function measure(scenario: Scenario, window: MeterWindow): Figures {
  const meter = new Meter(window);
  const run = new Run(scenario, (chunk) => {
    meter.add(chunk);
  });
  while (run.advance(SLICE_EVENTS) === 'more');
  const { figures } = meter;
  assert(figures !== null, `the run went on to result ${window.to}, not only to “${run.summary.stop}”`);
  return figures;
}

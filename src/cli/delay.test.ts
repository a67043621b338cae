import { expect, test } from 'vitest';
import {
  DELAY_DEFAULTS,
  DELAY_SKIPPED,
  delayScenario,
  fitDelay,
  PUBLISHED_DELAY,
} from '../experiment/delay.ts';
import { measureBatches } from '../run/batch.ts';

// The published figures of the delay of one jiffy: fitted on the row without it, the other row keeps what must hold
// whatever the parameters are.

function simulated(hz: (typeof DELAY_DEFAULTS)['hz'], seed: number) {
  const fit = fitDelay({ hz, seed, ios: 1000 });
  let step = fit.next();
  while (step.done !== true) step = fit.next(measureBatches(delayScenario(step.value), DELAY_SKIPPED));
  return step.value;
}

test.each([
  [1000, 1],
  [250, 2],
] as const)('HZ %i, seed %i: what is claimed holds', (hz, seed) => {
  const { rows, claims, copy_ns } = simulated(hz, seed);
  const [none, jiffy] = rows;
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  expect(claims).toHaveLength(3);
  expect(none?.write_ns[2]).toBeGreaterThan(0.99 * PUBLISHED_DELAY.none.p99_ns);
  expect(none?.write_ns[2]).toBeLessThan(1.01 * PUBLISHED_DELAY.none.p99_ns);
  expect(none?.biosPerRun).toBeLessThan(2); // published: 1.1
  expect(jiffy?.biosPerRun).toBeGreaterThan(20);
  expect(copy_ns).toBeGreaterThan(100);
});

import { expect, test } from 'vitest';
import { delayVerdict, nearestHz, PUBLISHED_SWITCH_RATIO, switchRatio } from './delay-words.ts';
import { DELAY_SWEEP_DEFAULTS } from './delay-sweep.ts';
import { delaySwept } from './testing.ts';

test('the verdict names every HZ, and the nearest to the published bios a run is pointed out', () => {
  const result = delaySwept({ ...DELAY_SWEEP_DEFAULTS, ios: 5000 });
  expect(delayVerdict(result)).toBe('All three claims hold at HZ 100, 250, 300, 1000');
  expect(nearestHz(result)).toContain('HZ 300 comes nearest to the published 80.4 bios a run');
  expect(nearestHz(delaySwept({ hz: [250], ios: 500, seed: 1 }))).toBeNull();
});

test('a claim that fails is told', () => {
  const [fit] = delaySwept({ hz: [250], ios: 500, seed: 1 }).fits;
  if (fit === undefined) throw new Error('one HZ was asked for');
  const failing = { ...fit, claims: fit.claims.map((claim) => ({ ...claim, holds: false })) };
  const result = { ...delaySwept({ hz: [250], ios: 500, seed: 1 }), fits: [failing] };
  expect(delayVerdict(result)).toBe('A claim fails at HZ 250');
  expect(switchRatio(fit)).toBeGreaterThan(10);
  expect(PUBLISHED_SWITCH_RATIO).toBe(20);
});

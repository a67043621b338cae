import { expect, test } from 'vitest';
import { TestLog } from '../analysis/testing.ts';
import { NO_CPU } from '../log/events.ts';
import { findGaps } from './gaps.ts';
import { modelOf, smallLog } from './testing.ts';

function gapsOf(log: ReturnType<TestLog['stop']>): (readonly [number, number])[] {
  return findGaps(log, modelOf(log).flames.outermost()).map(({ t0_ns, t1_ns }) => [t0_ns, t1_ns]);
}

test('a gap is where every CPU idles', () => {
  expect(gapsOf(smallLog().log)).toEqual([[3000, 83_000]]);
});

test('a CPU that is busy keeps the clock running for all', () => {
  const t = new TestLog();
  const [idle, spinner] = [t.task('swapper/0'), t.task('fio-poll')];
  t.switchTo(0, idle);
  t.switchTo(1, spinner);
  t.at(90_000).switchTo(1, idle);
  expect(gapsOf(t.stop())).toEqual([]);
});

test('functions keep the clock running also where nobody logged which task runs', () => {
  const t = new TestLog();
  t.at(1000).enter(0, 'submit_bio');
  t.at(50_000).exit(0);
  t.at(90_000);
  expect(gapsOf(t.stop())).toEqual([[50_000, 90_000]]);
});

test('an event outside all CPUs parts a gap in two', () => {
  const t = new TestLog();
  const idle = t.task('swapper/0');
  t.switchTo(0, idle);
  t.at(40_000).trace(NO_CPU, 'nvme_device_complete', 0);
  t.at(41_000).irq(0, 'nvme0q1');
  t.at(42_000).endInterrupt(0);
  expect(gapsOf(t.stop()), 'what is shorter than a fold is shown as it is').toEqual([[0, 40_000]]);
});

test('the end of the run can be a gap', () => {
  const t = new TestLog();
  const [idle, fio] = [t.task('swapper/0'), t.task('fio')];
  t.switchTo(0, fio);
  t.at(1000).switchTo(0, idle);
  t.at(60_000);
  expect(gapsOf(t.stop())).toEqual([[1000, 60_000]]);
});

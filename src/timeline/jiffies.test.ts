import { expect, test } from 'vitest';
import { TestLog } from '../analysis/testing.ts';
import { ClockAxis, FoldedAxis, StepsAxis } from './axis.ts';
import { jiffyMarks } from './jiffies.ts';
import { Viewport } from './viewport.ts';

const JIFFY_NS = 1_000_000;

/** Events at 0, 0.5, 1.5, 1.5 and 5.2 ms. */
function log() {
  const t = new TestLog();
  t.switchTo(0, t.task('fio'));
  for (const at of [500_000, 1_500_000, 1_500_000, 5_200_000]) t.at(at).sleep(0, 'x');
  return t.stop();
}

const told = (axis: Parameters<typeof jiffyMarks>[0], from: number, to: number): string[] =>
  jiffyMarks(axis, new Viewport({ from, to }, 0, 1000), JIFFY_NS).map(
    ({ place, label }) => `${label} at ${place}`,
  );

test('the clock has a tick at each jiffy but the first', () => {
  expect(told(new ClockAxis(log()), 0, 3_500_000)).toEqual([
    'jiffy 1 at 1000000',
    'jiffy 2 at 2000000',
    'jiffy 3 at 3000000',
  ]);
  expect(told(new ClockAxis(log()), 1_000_000, 1_900_000)).toEqual(['jiffy 1 at 1000000']);
});

test('zoomed out there is none: it would be a carpet', () => {
  expect(told(new ClockAxis(log()), 0, 200_000_000)).toEqual([]);
});

test('a fold tells all of its ticks at once, and what is beside it its own', () => {
  const axis = new FoldedAxis(log(), [{ t0_ns: 1_600_000, t1_ns: 5_100_000 }]);
  const marks = jiffyMarks(axis, new Viewport({ from: 1_595_000, to: 1_603_000 }, 0, 1000), JIFFY_NS);
  expect(marks.map(({ label }) => label)).toEqual(['jiffies 2–5']);
  expect(marks[0]?.place).toBeGreaterThan(1_600_000);
  expect(marks[0]?.place).toBeLessThan(1_601_000);
  expect(told(axis, 900_000, 1_300_000)).toEqual(['jiffy 1 at 1000000']);
});

test('on the axis of steps a tick is before the first event after it', () => {
  const marks = told(new StepsAxis(log()), 0, 7);
  expect(marks).toEqual(['jiffy 1 at 3', 'jiffies 2–5 at 5']);
});

test('in a long view not more are looked for than can be told', () => {
  expect(jiffyMarks(new ClockAxis(log()), new Viewport({ from: 0, to: 5_000_000 }, 0, 1000), 1).length).toBe(
    0,
  );
});

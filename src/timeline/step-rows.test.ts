import { expect, test } from 'vitest';
import { TestLog } from '../analysis/testing.ts';
import { TaskState } from '../log/events.ts';
import { modelOf, smallLog } from './testing.ts';

/** Every span of a CPU's lanes as begin and end rows. */
function rowsOf(log: ReturnType<TestLog['stop']>, cpu: number, band: 0 | 1 | 2): [number, number][][] {
  const model = modelOf(log, 'steps');
  const lanes = model.flames.cpus[cpu]?.[band] ?? [];
  return lanes.map((lane) => Array.from({ length: lane.count }, (_, i) => [lane.p0[i]!, lane.p1[i]!]));
}

test('in steps a span goes from the row that opens it to the row that closes it', () => {
  const { log, irq } = smallLog();
  const frame = rowsOf(log, 0, 0)[0]?.[0];
  expect(frame?.[0]).toBe(irq);
  expect(log.prev(frame?.[1] ?? 0)).toBe(irq);
});

test('functions that take no time still have a column each and stay nested', () => {
  const t = new TestLog();
  t.switchTo(0, t.task('fio'));
  t.calls(0, ['outer', 'inner'], 0);
  const [, outer, inner] = rowsOf(t.stop(), 0, 2);
  expect(outer).toEqual([[2, 5]]);
  expect(inner).toEqual([[3, 4]]);
});

test('a function whose task loses the CPU is two pieces with the switch between', () => {
  const t = new TestLog();
  const [fio, other] = [t.task('fio'), t.task('other')];
  t.switchTo(0, fio);
  const enter = t.at(100).enter(0, 'io_cqring_wait');
  const away = t.at(200).switchTo(0, other);
  const back = t.at(300).switchTo(0, fio, TaskState.Preempted);
  const exit = t.at(400).exit(0);
  expect(rowsOf(t.stop(), 0, 2)[1]).toEqual([
    [enter, away],
    [back, exit],
  ]);
});

test('lanes keep their order and never overlap in steps', () => {
  const { log } = smallLog();
  for (const band of [0, 1, 2] as const)
    for (const lane of rowsOf(log, 0, band))
      for (let i = 0; i < lane.length; i++) {
        expect(lane[i]?.[1]).toBeGreaterThan(lane[i]?.[0] ?? 0);
        if (i > 0) expect(lane[i]?.[0]).toBeGreaterThanOrEqual(lane[i - 1]?.[1] ?? 0);
      }
});

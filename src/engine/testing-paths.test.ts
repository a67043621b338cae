import { expect, test } from 'vitest';
import { everyPath, type Path } from './testing-paths.ts';

/** Two tasks with their steps, interleaved. At a `w` a task waits until the other one has made a step; what a task does
 *  behind its last step, such as at `e`, concerns nobody else. */
function interleave(path: Path, tasks: readonly [string, string]): string {
  const left = [...tasks];
  let steps = '';
  const waits = (i: number): boolean =>
    left[i]?.startsWith('w') === true && left[1 - i]?.length === tasks[1 - i]?.length;
  const asleep = new Set<number>();
  for (;;) {
    const may = [0, 1].filter((i) => left[i] !== '' && !(asleep.has(i) && waits(i)));
    if (may.length === 0) return steps;
    const i = may[path.choose(may.length)] ?? 0;
    if (waits(i)) asleep.add(i);
    else left[i] = left[i]?.replace(/^w/, '') ?? '';
    const step = waits(i) ? '' : (/^[A-Z]/.exec(left[i] ?? '')?.[0] ?? '');
    if (!waits(i)) left[i] = left[i]?.slice(1) ?? '';
    if (step === '') path.retract();
    steps += step;
  }
}

const ways = (one: string, other: string, reduces = true): string[] =>
  everyPath((path) => interleave(path, [one, other]), reduces);

test('a program without a choice has one way', () => {
  expect(everyPath(() => 'end')).toEqual(['end']);
  expect(ways('AB', '')).toEqual(['AB']);
});

test('two tasks interleave in every order', () => {
  expect(ways('AB', 'XY')).toEqual(['ABXY', 'AXBY', 'AXYB', 'XABY', 'XAYB', 'XYAB']);
});

test.each([
  ['ABe', 'XYe', 6],
  ['AwB', 'XY', 5],
  ['AwB', 'XYe', 5],
  ['wAB', 'XYe', 3],
  ['AwBe', 'XwYe', 4],
])('what makes no step is no choice: %s and %s', (one, other, count) => {
  const reduced = ways(one, other);
  expect(reduced).toHaveLength(count);
  expect([...reduced].sort()).toEqual([...new Set(ways(one, other, false))].sort());
});

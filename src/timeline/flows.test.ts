import { expect, test } from 'vitest';
import { objectId, row } from '../base/units.ts';
import { densityOf } from './density.ts';
import { arrowsOf } from './flows.ts';
import { modelOf, smallLog } from './testing.ts';
import { Kind } from './theme.ts';
import { layOut } from './tracks.ts';
import { Viewport } from './viewport.ts';

const small = smallLog();
const model = modelOf(small.log);
const layout = layOut(model, new Set());
const view = new Viewport({ from: 0, to: 90_000 }, 0, 900);
const flow = { from: row(small.irq), to: row(small.takeFromPool) };
const x = (time_ns: number): number => view.x(time_ns);

test('what waits is shown to go into its place and out again, not past it', () => {
  const { arrows } = arrowsOf(model, layout, view, { flows: [flow], io: null });
  expect(arrows.map((arrow) => [arrow.x0, arrow.x1])).toEqual([
    [x(83_800), x(83_800)],
    [x(85_500), x(85_500)],
  ]);
  const [into, out] = arrows;
  expect(into?.y1, 'in and out of the same bar').toBe(out?.y0);
});

test('the followed I/O has arrows at all its stays, also those that no flow names', () => {
  const { arrows } = arrowsOf(model, layout, view, { flows: [flow], io: objectId(small.io) });
  expect(arrows.map((arrow) => arrow.x0)).toEqual([x(83_800), x(85_500), x(2500), x(83_500)]);
});

test('nothing is drawn where no flows are wanted', () => {
  expect(arrowsOf(model, layout, view, { flows: [], io: objectId(small.io) }).arrows).toEqual([]);
});

test('a flow between other events is one arrow, if it touches the view', () => {
  const direct = { from: row(small.submit), to: row(small.irq) };
  expect(arrowsOf(model, layout, view, { flows: [direct], io: null }).arrows).toHaveLength(1);
  const later = new Viewport({ from: 85_000, to: 90_000 }, 0, 900);
  expect(arrowsOf(model, layout, later, { flows: [direct], io: null }).arrows).toEqual([]);
});

test('arrows that would be a carpet are thinned, and what is left out is counted', () => {
  const flows = Array.from({ length: 200 }, () => ({ from: row(small.submit), to: row(small.irq) }));
  const { arrows, left } = arrowsOf(model, layout, view, { flows, io: null });
  expect([arrows.length, left]).toEqual([1, 199]);
});

test('the overview shares time out to contexts without losing any', () => {
  const density = densityOf(model, 90); // a microsecond a column
  const sum = (kind: Kind): number => density.share[kind].reduce((total, share) => total + share, 0);
  expect(sum(Kind.HardIrq)).toBeCloseTo(1 + 0.2);
  expect(sum(Kind.Worker)).toBeCloseTo(3);
  expect(sum(Kind.User) + sum(Kind.Task), 'the task was there for 2 us').toBeCloseTo(2);
  expect(density.share[Kind.Task].every((share) => share > -1e-6)).toBe(true);
  expect(density.max).toBeCloseTo(1.2);
});

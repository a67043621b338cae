import { expect, test } from 'vitest';
import { clampWindow, panned, Viewport, withMargin, zoomed } from './viewport.ts';

test('places and pixels are inverse', () => {
  const view = new Viewport({ from: 100, to: 300 }, 50, 400);
  expect(view.x(100)).toBe(50);
  expect(view.x(300)).toBe(view.right);
  expect(view.place(view.x(123))).toBeCloseTo(123);
  expect(view.pixel).toBe(0.5);
});

test('zooming keeps the place under the pointer', () => {
  const before = { from: 100, to: 300 };
  const after = zoomed(before, 150, 0.5);
  expect(after).toEqual({ from: 125, to: 225 });
  const share = (w: { from: number; to: number }): number => (150 - w.from) / (w.to - w.from);
  expect(share(after)).toBeCloseTo(share(before));
});

test('a window never leaves the run, and keeps its size when it is pushed against an end', () => {
  expect(clampWindow({ from: -50, to: 50 }, 1000, 10)).toEqual({ from: 0, to: 100 });
  expect(clampWindow(panned({ from: 900, to: 1000 }, 70), 1000, 10)).toEqual({ from: 900, to: 1000 });
  expect(clampWindow({ from: -9, to: 5000 }, 1000, 10)).toEqual({ from: 0, to: 1000 });
  expect(clampWindow({ from: 500, to: 501 }, 1000, 10)).toEqual({ from: 495.5, to: 505.5 });
  expect(clampWindow({ from: 0, to: 5 }, 4, 10)).toEqual({ from: 0, to: 4 });
});

test('a margin is the same on both sides', () => {
  expect(withMargin({ from: 100, to: 200 }, 0.1)).toEqual({ from: 90, to: 210 });
});

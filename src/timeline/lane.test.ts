import { expect, test } from 'vitest';
import { Lane } from './lane.ts';
import { LanePacker } from './packing.ts';
import { snap, SNAP_PX } from './snap.ts';
import { Kind } from './theme.ts';
import { Viewport } from './viewport.ts';

function laneOf(...spans: (readonly [t0: number, t1: number])[]): Lane {
  const lane = new Lane();
  for (const [i, [t0, t1]] of spans.entries()) lane.append(t0, t1, i + 1, 0, 0, 0, Kind.Task, 0);
  return lane;
}

test('a lane grows past its first capacity and stays on the clock', () => {
  const lane = laneOf(...Array.from({ length: 1000 }, (_, i) => [i * 10, i * 10 + 5] as const));
  expect(lane.count).toBe(1000);
  expect(lane.p0).toBe(lane.t0_ns);
  expect(lane.p1[999]).toBe(9995);
});

test('the spans in view are those that end after its left and begin before its right edge', () => {
  const lane = laneOf([0, 10], [10, 20], [30, 30], [40, 90]);
  expect([lane.firstAfter(0), lane.firstAfter(10), lane.firstAfter(25), lane.firstAfter(95)]).toEqual([
    0, 1, 2, 4,
  ]);
  expect([lane.firstFrom(0), lane.firstFrom(5), lane.firstFrom(30), lane.firstFrom(100)]).toEqual([
    0, 1, 2, 4,
  ]);
  expect(lane.firstAfter(30), 'an empty span lies where it is').toBe(2);
});

test('a narrow span is hit from nearby, the nearer of two wins, and a covering one beats both', () => {
  const lane = laneOf([0, 10], [20, 20], [24, 24]);
  expect(lane.nearest(5, 0)).toBe(0);
  expect(lane.nearest(21, 3)).toBe(1);
  expect(lane.nearest(23, 3)).toBe(2);
  expect(lane.nearest(50, 3)).toBe(-1);
  expect(lane.nearest(9, 100)).toBe(0);
});

test('a span is found by its event', () => {
  const lane = laneOf([0, 10], [10, 10], [10, 30]);
  expect(lane.indexOfRow(3, 10)).toBe(2);
  expect(lane.indexOfRow(9, 10)).toBe(-1);
});

test('bars that overlap never share a lane, and lanes are as few as possible', () => {
  const packer = new LanePacker();
  expect([packer.take(), packer.take(), packer.take()]).toEqual([0, 1, 2]);
  packer.give(2);
  packer.give(0);
  expect(packer.take(), 'the lowest that is free').toBe(0);
  expect(packer.take()).toBe(2);
  expect(packer.take()).toBe(3);
  expect(packer.used).toBe(4);
});

test('an edge within six pixels attracts, and only then', () => {
  const lines = [{ lane: laneOf([100, 200], [300, 400]), top: 0, height: 15, depth: 0 }];
  const view = new Viewport({ from: 0, to: 1000 }, 0, 1000);
  expect(snap(lines, view, 205)).toEqual({ place: 200, snapped: true });
  expect(snap(lines, view, 200 + SNAP_PX + 1).snapped).toBe(false);
  expect(snap(lines, view, 295).place).toBe(300);
  expect(snap(lines, view, 94).place).toBe(100);
  expect(snap([], view, 94)).toEqual({ place: 94, snapped: false });
  const near = new Viewport({ from: 0, to: 100 }, 0, 1000);
  expect(snap(lines, near, 930).snapped, 'pixels count, not nanoseconds').toBe(false);
});

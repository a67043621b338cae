import { expect, test } from 'vitest';
import { firstScroll, followedTracks, layOutToFit, LEAST_LINE_PX } from './fitting.ts';
import { row } from '../base/units.ts';
import { modelOf, smallLog } from './testing.ts';
import { HEADER_PX, layOut, LINE_PX } from './tracks.ts';

const small = smallLog();
const model = modelOf(small.log);
const full = layOut(model, new Set());

test('lines are as high as there is room for, between two limits', () => {
  const heights = [full.height, full.height - 1, full.height - 12, 50].map(
    (room) => layOutToFit(model, new Set(), room, []).line_px,
  );
  expect(heights[0]).toBe(LINE_PX);
  expect(heights[1]).toBe(LINE_PX - 1);
  expect(heights[2]).toBeLessThan(LINE_PX - 1);
  expect(heights[3]).toBe(LEAST_LINE_PX);
  expect(layOutToFit(model, new Set(), 0, []).line_px, 'before it has a size').toBe(LINE_PX);
});

test('a track with one line keeps the room of its name', () => {
  const low = layOut(model, new Set(), LEAST_LINE_PX);
  expect(Math.min(...low.tracks.map((track) => track.height))).toBeGreaterThanOrEqual(18);
  expect(low.height).toBeLessThan(full.height);
});

test('the I/O of the cursor is followed over the tracks that its arrows touch', () => {
  const flows = [{ from: row(small.submit), to: row(small.irq) }];
  const state = { cursor: row(small.worker), io: null, flows };
  expect(followedTracks(model, full, state)).toEqual(['cpu0/task']);
  expect(followedTracks(model, full, { ...state, io: small.log.object(small.submit) })).toEqual([
    'cpu0/task',
    'cpu0/hardirq',
  ]);
});

test('a new run is shown with the header of its group where that fits, else with the cursor in sight', () => {
  const at = (room: number): number =>
    firstScroll(model, full, room, { cursor: small.worker, followed: ['cpu0/task'] }) ?? NaN;
  const task = full.tracks.find((track) => track.id === 'cpu0/task');
  const bottom = (task?.top ?? 0) + (task?.height ?? 0);
  expect(at(bottom)).toBe(0);
  expect(at(bottom - 1), 'the tracks with room for a header').toBe((task?.top ?? 0) - HEADER_PX);
});

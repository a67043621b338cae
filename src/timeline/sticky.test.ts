import { expect, test } from 'vitest';
import { contentAt, coveredPx, stickyHeader } from './sticky.ts';
import { modelOf, smallLog } from './testing.ts';
import { HEADER_PX, layOut } from './tracks.ts';

const layout = layOut(modelOf(smallLog().log), new Set());
const end = layout.tracks.find((track) => track.id === 'cpu1')?.top ?? 0;

test('a header that is in its place needs no other', () => {
  expect(stickyHeader(layout, 0)).toBeNull();
  expect(coveredPx(layout, 0)).toBe(0);
  expect(contentAt(layout, 0, 10)).toBe(10);
});

test('the header of a group that is scrolled stays at the top', () => {
  expect(stickyHeader(layout, 40)).toMatchObject({ track: { id: 'cpu0' }, y: 0 });
  expect(coveredPx(layout, 40)).toBe(HEADER_PX);
  expect(contentAt(layout, 40, 5), 'a click there means the header').toBe(5);
  expect(contentAt(layout, 40, HEADER_PX)).toBe(40 + HEADER_PX);
});

test('the next group pushes it out', () => {
  expect(stickyHeader(layout, end - 10)).toMatchObject({ track: { id: 'cpu0' }, y: 10 - HEADER_PX });
  expect(coveredPx(layout, end - 10)).toBe(10);
});

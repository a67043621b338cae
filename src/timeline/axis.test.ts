import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assert } from '../base/assert.ts';
import { FOLD_MIN_NS, FOLD_SHOWN_NS, FoldedAxis } from './axis.ts';
import { duration } from './format.ts';
import { modelOf, smallLog } from './testing.ts';
import { foldMarks, niceStep, ticks } from './ticks.ts';
import { AXIS_KINDS } from './types.ts';
import { Viewport } from './viewport.ts';

const { log } = smallLog();
const axes = AXIS_KINDS.map((kind) => modelOf(log, kind).axis);
const folded = foldedAxis();

function foldedAxis(): FoldedAxis {
  const { axis } = modelOf(log, 'folded');
  assert(axis instanceof FoldedAxis, 'the model folds');
  return axis;
}

describe('the three axes', () => {
  test('keep the order of events', () => {
    for (const axis of axes)
      for (let row = 1; row < log.rows; row++)
        expect(axis.ofRow(row), axis.kind).toBeGreaterThanOrEqual(axis.ofRow(row - 1));
  });

  test('tell the same time for the place of every event', () => {
    for (const axis of axes)
      for (let row = 0; row < log.rows; row++) expect(axis.toTime(axis.ofRow(row))).toBe(log.time(row));
  });

  test('have the whole run between 0 and their end', () => {
    for (const axis of axes)
      for (let row = 0; row < log.rows; row++) {
        expect(axis.ofRow(row)).toBeGreaterThanOrEqual(0);
        expect(axis.ofRow(row)).toBeLessThanOrEqual(axis.end);
      }
  });

  test('find the last event at a place', () => {
    for (const axis of axes)
      for (let row = 0; row < log.rows; row++)
        expect(log.time(axis.toRow(axis.ofRow(row)))).toBe(log.time(row));
  });

  test('of steps gives each event a column of its own, also when they share a time', () => {
    const steps = modelOf(log, 'steps').axis;
    expect(new Set(Array.from({ length: log.rows }, (_, row) => steps.ofRow(row))).size).toBe(log.rows);
    expect(steps.ofTime(3000)).toBe(log.rowAtOrBefore(3000) + 1);
    expect(steps.toRow(1e9)).toBe(log.rows - 1);
  });
});

describe('the folded clock', () => {
  test('folds exactly the time in which nothing but the device works', () => {
    expect(folded.folds.map(({ t0_ns, t1_ns }) => [t0_ns, t1_ns])).toEqual([[3000, 83_000]]);
  });

  test('prints the real length of the gap', () => {
    const view = new Viewport({ from: 0, to: folded.end }, 0, 1000);
    expect(foldMarks(folded, view).map((mark) => mark.label)).toEqual([duration(80_000)]);
    expect(duration(80_000)).toBe('80\u00a0µs');
  });

  test('is shorter by what it saves, and only there', () => {
    expect(folded.end).toBe(log.end_ns - (80_000 - FOLD_SHOWN_NS));
    expect(folded.ofTime(2500)).toBe(2500);
    expect(folded.ofTime(83_500) - folded.ofTime(83_000)).toBe(500);
    expect(FOLD_SHOWN_NS).toBeLessThan(FOLD_MIN_NS);
  });

  test('turns times into places and back, in and out of any folds', () => {
    const gaps = fc.array(fc.tuple(fc.nat(50_000), fc.integer({ min: FOLD_MIN_NS, max: 400_000 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(gaps, fc.array(fc.nat(5_000_000), { minLength: 2, maxLength: 30 }), (lengths, times) => {
        let at = 0;
        const list = lengths.map(([before, length]) => {
          const t0_ns = at + before;
          at = t0_ns + length;
          return { t0_ns, t1_ns: at };
        });
        const axis = new FoldedAxis({ end_ns: 6_000_000 } as never, list);
        const sorted = Float64Array.from(times).sort();
        const places = new Float64Array(sorted.length);
        axis.setPlaces(places, sorted, 0, 1);
        axis.setPlaces(places, sorted, 1, sorted.length);
        for (const [i, time] of sorted.entries()) {
          expect(places[i]).toBe(axis.ofTime(time));
          if (i > 0) expect(places[i]!).toBeGreaterThanOrEqual(places[i - 1]!);
          expect(Math.abs(axis.toTime(axis.ofTime(time)) - time)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('ticks', () => {
  test('are 1, 2 or 5 times a power of ten', () => {
    expect([0.3, 1, 3, 7, 12, 480, 1001].map(niceStep)).toEqual([1, 1, 5, 10, 20, 500, 2000]);
  });

  test('have labels that do not touch, on every axis and at every zoom', () => {
    for (const axis of axes)
      for (const size of [10, 300, 4000, axis.end]) {
        const view = new Viewport({ from: axis.end - size, to: axis.end }, 0, 700);
        const labelled = ticks(axis, view).filter((tick) => tick.label !== '');
        for (let i = 1; i < labelled.length; i++) {
          const [left, right] = [labelled[i - 1], labelled[i]];
          if (left === undefined || right === undefined) continue;
          expect(view.x(right.place) - view.x(left.place), axis.kind).toBeGreaterThan(left.label.length * 6);
        }
      }
  });

  test('stand where their label says, beyond a fold too', () => {
    const view = new Viewport({ from: 0, to: folded.end }, 0, 1500);
    const labels = ticks(folded, view).filter((tick) => tick.label !== '');
    expect(labels.length).toBeGreaterThan(4);
    for (const tick of labels) {
      const us = Number(/^([\d.]+)/.exec(tick.label)?.[1]);
      expect(folded.toTime(tick.place)).toBe(us * 1000);
    }
  });

  test('count steps on the axis of steps', () => {
    const steps = modelOf(log, 'steps').axis;
    const labels = ticks(steps, new Viewport({ from: 0, to: steps.end }, 0, 1000)).map((tick) => tick.label);
    expect(labels[0]).toBe('0');
    expect(labels).not.toContain('0.5');
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue } from './event-queue.ts';

/** What to do with a queue: push at a time, or (null) pop. */
const steps = fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { freq: 2 }), { maxLength: 400 });

describe('the event queue', () => {
  test('gives entries back by time, and equal times in the order in which they came', () => {
    fc.assert(
      fc.property(steps, (times) => {
        const queue = new EventQueue();
        const reference: { time: number; id: number }[] = [];
        times.forEach((time, id) => {
          if (time !== null) {
            queue.push(time, id % 3, id);
            reference.push({ time, id });
            reference.sort((x, y) => x.time - y.time || x.id - y.id);
          } else {
            const next = reference.shift();
            expect(queue.pop()).toBe(next !== undefined);
            if (next === undefined) return;
            expect([queue.time_ns, queue.code, queue.a]).toEqual([next.time, next.id % 3, next.id]);
          }
          expect(queue.peekTime()).toBe(reference[0]?.time ?? Infinity);
          expect(queue.size).toBe(reference.length);
        });
      }),
    );
  });

  test('grows beyond its first capacity and keeps the order', () => {
    const queue = new EventQueue();
    const count = 5000;
    for (let i = 0; i < count; i++) queue.push((i * 7919) % 1000, 0, i);
    let lastTime = -1;
    let last = -1;
    for (let i = 0; i < count; i++) {
      expect(queue.pop()).toBe(true);
      if (queue.time_ns === lastTime) expect(queue.a).toBeGreaterThan(last);
      else expect(queue.time_ns).toBeGreaterThan(lastTime);
      lastTime = queue.time_ns;
      last = queue.a;
    }
    expect(queue.pop()).toBe(false);
  });
});

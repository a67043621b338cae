import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import { Places, placesOf } from './places.ts';
import { TestLog } from './testing.ts';

describe('places', () => {
  test('contents are in the order of arrival, whatever leaves in between', () => {
    const t = new TestLog();
    const pool = t.object('worker_pool', 0, 'pool cpu 0');
    const [a, b, c] = [t.object('work_struct'), t.object('work_struct'), t.object('work_struct')];
    t.at(10).put(0, a, pool);
    t.at(20).put(0, b, pool);
    const three = t.at(30).put(0, c, pool);
    const two = t.at(40).take(0, b);
    const log = t.at(50).stop();
    const places = placesOf(log);
    expect(places.all()).toEqual([pool]);
    expect(places.contentsAt(pool, three).map((w) => w.item)).toEqual([a, b, c]);
    expect(places.contentsAt(pool, two).map((w) => w.item)).toEqual([a, c]);
    const series = places.series(pool);
    expect([...(series?.depth ?? [])]).toEqual([1, 2, 3, 2]);
    expect([...(series?.time_ns ?? [])]).toEqual([10, 20, 30, 40]);
    expect(series?.max).toBe(3);
  });

  test('what is no place is empty, and a Take without its Put changes nothing', () => {
    const t = new TestLog();
    const pool = t.object('worker_pool');
    const item = t.object('work_struct');
    t.write({ kind: Ev.Take, cpu: 0, object: item, value: pool, prev: 1 });
    const row = t.put(0, item, pool);
    const places = placesOf(t.stop());
    expect(places.depthAt(pool, row)).toBe(1);
    expect(places.series(item)).toBeNull();
    expect(places.contentsAt(item, row)).toEqual([]);
  });

  test('depth and contents agree at every row of any log, taken in whole or in slices', () => {
    const moves = fc.array(fc.record({ item: fc.nat(7), place: fc.nat(2) }), { maxLength: 60 });
    fc.assert(
      fc.property(moves, (list) => {
        const t = new TestLog();
        const pools = [0, 1, 2].map(() => t.object('worker_pool'));
        const items = Array.from({ length: 8 }, () => t.object('work_struct'));
        const where = new Map<number, number>();
        const expected = [new Map<number, number>()];
        for (const { item, place } of list) {
          const [object, pool] = [items[item] ?? 0, pools[place] ?? 0];
          if (where.delete(object)) t.take(0, object);
          else {
            where.set(object, pool);
            t.put(0, object, pool);
          }
          expected.push(new Map(where));
        }
        const log = t.stop();
        const sliced = new Places(log);
        while (!sliced.catchUp(5));
        for (const [row, inside] of expected.entries())
          for (const pool of pools) {
            const own = [...inside].filter(([, p]) => p === pool).map(([o]) => o);
            for (const places of [sliced, placesOf(log)]) {
              expect(places.contentsAt(pool, row).map((w) => w.item)).toEqual(own);
              expect(places.depthAt(pool, row)).toBe(own.length);
            }
          }
      }),
    );
  });
});

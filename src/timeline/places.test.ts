import { expect, test } from 'vitest';
import { TestLog } from '../analysis/testing.ts';
import { MAX_LANES, Places } from './places.ts';
import { Kind } from './theme.ts';
import { modelOf, smallLog } from './testing.ts';

const small = smallLog();
const { places } = modelOf(small.log);

test('an item is a bar from its Put to its Take', () => {
  const [queue, pool] = places.tracks;
  expect([queue?.label, pool?.label]).toEqual(['nvme0q1', 'pool cpu 0']);
  const bar = queue?.lanes[0];
  expect([bar?.count, bar?.t0_ns[0], bar?.t1_ns[0]]).toEqual([1, 2500, 83_500]);
  expect([bar?.row[0], bar?.end[0]]).toEqual([small.putInQueue, small.takeFromQueue]);
  expect([bar?.kind[0], pool?.lanes[0]?.kind[0]]).toEqual([Kind.Device, Kind.Waiting]);
});

test('a list is called by what it is, with its CPU or file', () => {
  const t = new TestLog();
  for (const [type, label] of [
    ['bio_complete_batch', 'cpu 0'],
    ['i_ioend_list', 'data'],
    ['failed_ioend_list', 'failed_ioend_list'],
  ] as const)
    t.put(0, t.object('bio'), t.object(type, 0, label));
  expect(modelOf(t.stop()).places.tracks.map(({ label }) => label)).toEqual([
    'bio_complete batch CPU 0',
    'i_ioend_list data',
    'failed_ioend_list',
  ]);
});

test('the depth steps up at the Put and down at the Take', () => {
  const depth = places.tracks[0]?.depth;
  expect([depth?.at(2499), depth?.at(2500), depth?.at(83_499), depth?.at(83_500), depth?.max]).toEqual([
    0, 1, 1, 0, 1,
  ]);
});

test('a place belongs to the CPU that empties it', () => {
  expect(places.tracks.map((place) => place.cpu)).toEqual([0, 0]);
  const t = new TestLog();
  const pool = t.object('worker_pool', 0, 'unbound');
  for (const cpu of [0, 1]) {
    const item = t.object('work_struct');
    t.put(0, item, pool);
    t.take(cpu, item);
  }
  expect(modelOf(t.stop()).places.tracks[0]?.cpu).toBeNull();
});

/** `count` items go in one by one and come out in the order in which they came. */
function crowded(count: number): Places {
  const t = new TestLog();
  const list = t.object('task_works', t.task('fio'));
  const items = Array.from({ length: count }, () => t.object('io_kiocb'));
  for (const [i, item] of items.entries()) t.at(i * 10).put(0, item, list);
  for (const [i, item] of items.entries()) t.at(1000 + i * 10).take(0, item);
  return modelOf(t.stop()).places;
}

test('items at once lie below each other, and what has no lane still counts', () => {
  const track = crowded(12).tracks[0];
  expect(track?.lanes.map((lane) => lane.count)).toEqual(Array.from({ length: MAX_LANES }, () => 1));
  expect(track?.depth.max).toBe(12);
  expect(track?.depth.maxOf(0, 23)).toBe(12);
  expect(track?.label, 'a list without a name is called by its owner').toBe('task_works fio');
});

test('what is still inside when the run ends stays to the end', () => {
  const t = new TestLog();
  const queue = t.object('nvme_queue', 0, 'nvme0q1');
  t.at(100).put(0, t.object('request'), queue);
  t.at(900);
  const { places: open } = modelOf(t.stop());
  expect(open.tracks[0]?.lanes[0]?.t1_ns[0]).toBe(900);
});

test('a Take without its Put, as at the start of a recording, is no bar', () => {
  const t = new TestLog();
  const queue = t.object('nvme_queue', 0, 'nvme0q1');
  t.write({ kind: 17, cpu: 0, object: t.object('request'), value: queue });
  const { places: cut } = modelOf(t.stop());
  expect(cut.tracks[0]?.lanes).toEqual([]);
});

test('the greatest depth of any stretch is that of its points', () => {
  const depth = crowded(200).tracks[0]?.depth;
  for (const [first, last] of [
    [0, 0],
    [0, 15],
    [3, 40],
    [100, 399],
    [390, 399],
  ] as const) {
    const points = Array.from(depth?.depth.subarray(first, last + 1) ?? []);
    expect(depth?.maxOf(first, last)).toBe(Math.max(...points));
  }
});

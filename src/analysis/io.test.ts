import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { NO_CPU } from '../log/events.ts';
import { IoTable, iosOf } from './io.ts';
import { Moment, MOMENT_COUNT, MOMENTS, PARTS, PATHS } from './moments.ts';
import { stage, tell } from './testing-io.ts';
import { TestLog } from './testing.ts';

const DEVICE = PARTS.findIndex((part) => part.id === 'device');

describe('the I/Os of a run', () => {
  test.each(PATHS)('path %s is read off the context in which iomap_dio_complete ran', (path) => {
    const s = stage();
    tell(s, { path, at_ns: 100 });
    const ios = iosOf(s.t.stop());
    expect(ios.count).toBe(1);
    expect(ios.path(0)).toBe(path);
    expect(ios.cpu(0)).toBe(1);
    expect(ios.task(0)).toBe(
      ['s_dio_done_wq', 'inline-kworker'].includes(path) ? s.kworker : s.job, // an interrupt takes the time of the job here
    );
    expect(ios.result(0)).toBe(4096);
    expect(ios.notifications(0)).toBe(1);
  });

  test.each(PATHS)('on path %s the parts add up to the latency', (path) => {
    const s = stage();
    tell(s, { path, at_ns: 100 });
    const ios = iosOf(s.t.stop());
    const parts = PARTS.map((_, i) => ios.part_ns(0, i)).filter((ns) => !Number.isNaN(ns));
    expect(parts.reduce((a, b) => a + b, 0)).toBe(ios.total_ns(0));
    expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
    expect(ios.part_ns(0, DEVICE)).toBeGreaterThanOrEqual(1000);
  });

  test('waiting in the workqueue and in the task_work list are parts of their own', () => {
    const s = stage();
    tell(s, { path: 's_dio_done_wq', at_ns: 100 });
    const ios = iosOf(s.t.stop());
    const letters = Array.from({ length: MOMENT_COUNT }, (_, m) =>
      ios.row(0, m as Moment) === NO_ROW ? '' : MOMENTS[m]?.letter,
    );
    expect(letters.join('')).toBe('JQDHKCELWVYlwNO');
  });

  test('what is not on the path is unknown, not zero', () => {
    const s = stage();
    tell(s, { path: 'inline-poll', at_ns: 100 });
    const ios = iosOf(s.t.stop());
    const wait = PARTS.findIndex((part) => part.id === 'wait');
    expect(ios.part_ns(0, wait)).toBeNaN();
  });

  test('an I/O that is not over has neither a path nor a latency', () => {
    const t = new TestLog();
    const job = t.task('fio');
    t.switchTo(0, job);
    t.create(0, 'io_kiocb', job);
    t.create(0, 'io_ring_ctx', job);
    const ios = iosOf(t.stop('limit: events'));
    expect(ios.count).toBe(1);
    expect(ios.path(0)).toBeNull();
    expect(ios.total_ns(0)).toBeNaN();
    expect(ios.result(0)).toBeNaN();
    expect(ios.cpu(0)).toBe(NO_CPU);
  });

  test('a family shares its I/O, and I/Os count within their job', () => {
    const s = stage();
    const told = [100, 3000, 6000].map((at_ns) => tell(s, { path: 's_dio_done_wq', at_ns }));
    const ios = iosOf(s.t.stop());
    expect(
      told.map(({ request, bio, dio, io }) => [request, bio, dio, io].map((o) => ios.ofObject(o))),
    ).toEqual([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]);
    expect(ios.ofObject(s.queue)).toBe(-1);
    expect(ios.name(2)).toBe('fio-job I/O 3');
  });

  test('slice by slice gives the same table as all at once', () => {
    const s = stage();
    PATHS.forEach((path, i) => tell(s, { path, at_ns: 100 + 3000 * i }));
    const log = s.t.stop();
    const whole = iosOf(log);
    const sliced = new IoTable(log);
    while (!sliced.catchUp(7));
    for (let io = 0; io < whole.count; io++) {
      expect(sliced.path(io)).toBe(whole.path(io));
      expect(sliced.total_ns(io)).toBe(whole.total_ns(io));
    }
    expect(sliced.count).toBe(PATHS.length);
  });
});

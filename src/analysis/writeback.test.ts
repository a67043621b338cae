import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import type { LogView } from '../log/view.ts';
import { iosOf, IoTable } from './io.ts';
import { notifiedOnce } from './monitors-io.ts';
import { statisticsOf } from './statistics.ts';
import {
  execute,
  finish,
  interrupt,
  queueWork,
  sleep,
  submit,
  wbStage,
  type WbStage,
} from './testing-writeback.ts';
import {
  biosAtPercentiles,
  momentsOf,
  slowestIn,
  waitsInto,
  waitsOf,
  writebackStatistics,
} from './writeback-latency.ts';
import { WAITS, WB_MOMENTS, WbMoment } from './writeback-moments.ts';
import { WritebackTable, writebacksOf } from './writeback.ts';

const END_IO = 'ioend_writeback_end_bio';

const letters = (table: WritebackTable, bio: number): string =>
  momentsOf(table, bio)
    .map((m) => WB_MOMENTS[m]?.letter)
    .join('');

/** "list 30, worker 400": the waits that are on the way. */
function told(table: WritebackTable, bio: number): string {
  const waits = new Float64Array(WAITS.length);
  waitsInto(table, bio, waits);
  return WAITS.flatMap(({ id }, i) => (Number.isNaN(waits[i]) ? [] : [`${id} ${waits[i]}`])).join(', ');
}

/** One bio that is deferred to the batch, with a work item that is queued 1000 ns after it. */
function throughBatch(s: WbStage): LogView {
  const { t } = s;
  const bio = submit(s, END_IO);
  sleep(s);
  t.at(5000);
  interrupt(s, [bio], () => {
    t.at(5100).put(1, bio.bio, s.batch);
  });
  t.at(6100);
  queueWork(s, s.batchWork);
  t.at(6500);
  execute(s, s.batchWork, () => {
    t.at(6520).take(1, bio.bio);
    t.at(6530).enter(1, END_IO, bio.bio);
    t.at(6830);
    finish(s, bio, s.job);
    t.exit(1);
  });
  t.at(7000).switchTo(1, s.job);
  return t.stop();
}

describe('a bio that goes through the batch', () => {
  const table = writebacksOf(iosOf(throughBatch(wbStage())));

  test('has its moments in order, and is told where it went', () => {
    expect(letters(table, 0)).toBe('JQDHKCELOWVZN');
    expect(table.path(0)).toBe('bio_complete batch');
    expect(table.endIo(0)).toBe(END_IO);
    expect(table.log.objectName(table.file(0))).toBe('data');
    expect(table.folios(0).map((folio) => table.log.objectType(folio))).toEqual(['folio']);
    expect(table.log.objectName(table.endTaskOf(0))).toBe('kworker/1:0');
  });

  test('waits on the list until a worker is asked for, then for the worker, and so on', () => {
    expect(told(table, 0)).toBe('interrupt 100, list 1000, worker 400, behind 30, handler 300, waiter 170');
  });

  test('is no I/O of an application: nobody is to be told of it', () => {
    const { ios, log } = table;
    expect([ios.count, ios.applications, ios.isWriteback(0)]).toEqual([1, 0, true]);
    expect(table.name(0)).toBe('fio writeback 1');
    expect(notifiedOnce.check(log, ios)).toEqual([]);
    expect(statisticsOf(log, ios)).toMatchObject({ ios: 0, finished: 0, parts: [] });
  });
});

describe('who waits where', () => {
  test('a bio that comes while the worker is at it waits behind the others only', () => {
    const s = wbStage();
    const { t } = s;
    const [a, b] = [submit(s, END_IO), submit(s, END_IO)];
    sleep(s);
    t.at(1000);
    interrupt(s, [a], () => {
      t.put(1, a.bio, s.batch);
      queueWork(s, s.batchWork);
    });
    t.at(1200);
    execute(s, s.batchWork, () => {
      t.at(1500);
      interrupt(s, [b], () => t.put(1, b.bio, s.batch));
      for (const bio of [a, b]) {
        t.at(bio === a ? 1600 : 2600).take(1, bio.bio);
        t.enter(1, END_IO, bio.bio);
        t.at(bio === a ? 2500 : 3000);
        finish(s, bio);
        t.exit(1);
      }
    });
    const table = writebacksOf(iosOf(t.stop()));
    expect(told(table, 0)).toBe('interrupt 0, list 0, worker 200, behind 400, handler 900');
    expect(told(table, 1)).toBe('interrupt 0, list 0, worker 0, behind 1100, handler 400');
  });

  test('a list that somebody else empties took all of the time', () => {
    const s = wbStage();
    const { t } = s;
    const bio = submit(s, END_IO);
    sleep(s);
    t.at(1000);
    interrupt(s, [bio], () => t.put(1, bio.bio, s.batch));
    t.at(9000).switchTo(1, s.job);
    t.enter(1, 'bio_complete_batch_cpu_dead', s.batch);
    t.take(1, bio.bio);
    t.enter(1, END_IO, bio.bio);
    t.at(9500);
    finish(s, bio);
    const table = writebacksOf(iosOf(t.stop()));
    expect(told(table, 0)).toBe('interrupt 0, list 8000, worker 0, behind 0, handler 500');
  });

  test('two lists count together, and the handler before the second one counts as handler', () => {
    const s = wbStage();
    const { t } = s;
    const bio = submit(s, 'xfs_end_bio');
    sleep(s);
    t.at(1000);
    interrupt(s, [bio], () => {
      t.put(1, bio.bio, s.batch);
      queueWork(s, s.batchWork);
    });
    t.at(1100);
    execute(s, s.batchWork, () => {
      t.take(1, bio.bio);
      t.enter(1, 'xfs_end_bio', bio.bio);
      t.at(1110).put(1, bio.ioend, s.ioends);
      t.at(1150);
      queueWork(s, s.ioendsWork);
      t.exit(1);
    });
    t.at(1400);
    execute(s, s.ioendsWork, () => {
      t.take(1, bio.ioend);
      t.at(1460).enter(1, 'xfs_end_ioend', bio.ioend);
      t.at(2000);
      finish(s, bio);
      t.exit(1);
    });
    const table = writebacksOf(iosOf(t.stop()));
    expect(letters(table, 0)).toBe('JQDHKCELOWVlowvZ');
    expect(table.handOvers(0)).toEqual(['bio_complete batch', 'i_ioend_list']);
    expect(told(table, 0)).toBe('interrupt 0, list 40, worker 350, behind 60, handler 550');
  });

  test('a bio that ends in the interrupt has no waits but that', () => {
    const s = wbStage();
    const { t } = s;
    const bio = submit(s, END_IO);
    sleep(s);
    t.at(1000);
    interrupt(s, [bio], () => {
      t.at(1010).enter(1, END_IO, bio.bio);
      t.at(1200);
      finish(s, bio);
      t.exit(1);
    });
    const table = writebacksOf(iosOf(t.stop()));
    expect(table.path(0)).toBe('none');
    expect(told(table, 0)).toBe('interrupt 10, handler 190');
  });

  test('a bio that has not ended has no waits', () => {
    const s = wbStage();
    submit(s, END_IO);
    const table = writebacksOf(iosOf(s.t.stop('limit: events')));
    expect(told(table, 0)).toBe('');
    expect(table.row(0, WbMoment.Ended)).toBe(NO_ROW);
    expect(waitsInto(table, 0, new Float64Array(WAITS.length))).toBeNaN();
  });

  test('a waiter that runs before the last folio ends is not waited for', () => {
    const s = wbStage();
    const { t } = s;
    const bio = submit(s, END_IO);
    sleep(s);
    t.at(1000);
    interrupt(s, [bio], () => {
      t.enter(1, END_IO, bio.bio);
      t.enter(1, '__folio_end_writeback', bio.folio);
      t.wake(1, s.job);
      t.exit(1);
    });
    t.at(1100).switchTo(1, s.job);
    t.enter(1, 'iomap_finish_ioend_buffered_write', bio.ioend);
    t.at(1300);
    finish(s, bio);
    const table = writebacksOf(iosOf(t.stop()));
    expect(letters(table, 0)).toContain('N');
    expect(told(table, 0)).toBe('interrupt 0, handler 300');
  });
});

describe('numbers of many bios', () => {
  /** `n` bios of one interrupt, each of which takes 100 ns longer in its handler than the one before. */
  function many(n: number): LogView {
    const s = wbStage();
    const { t } = s;
    const bios = Array.from({ length: n }, () => submit(s, END_IO));
    sleep(s);
    let now = 1000;
    t.at(now);
    interrupt(s, bios, (bio) => {
      t.enter(1, END_IO, bio.bio);
      t.at((now += 100));
      finish(s, bio);
      t.exit(1);
    });
    return t.stop();
  }

  test('are distributions, by wait and by path', () => {
    const table = writebacksOf(iosOf(many(100)));
    const numbers = writebackStatistics(table);
    expect(numbers).toMatchObject({ bios: 100, ended: 100, errors: 0 });
    expect(numbers.total?.percentiles_ns).toEqual([5000, 9500, 9900, 10_000]);
    expect(numbers.waits.map(({ wait }) => wait.id)).toEqual(['interrupt', 'handler']);
    expect(numbers.paths.map(({ path, count }) => [path, count])).toEqual([['none', 100]]);
  });

  test('a percentile is that of one bio, whose waits add up to it', () => {
    const table = writebacksOf(iosOf(many(100)));
    const waits = waitsOf(table);
    expect(biosAtPercentiles(waits)).toEqual([49, 94, 98, 99]);
    expect(waits.waits_ns.map((column) => column[98])).toEqual([9800, NaN, NaN, NaN, 100, NaN]);
  });

  test('the slowest of a bin is one of it', () => {
    expect(slowestIn(Float64Array.of(NaN, 8, 11, 9, 12), { from_ns: 8, to_ns: 12 })).toBe(2);
    expect(slowestIn(Float64Array.of(1, NaN), { from_ns: 8, to_ns: 12 })).toBe(-1);
  });

  test('slice by slice gives the same table as all at once', () => {
    const log = many(70);
    const whole = writebacksOf(iosOf(log));
    const sliced = new WritebackTable(new IoTable(log));
    while (!sliced.catchUp(13));
    expect(sliced.count).toBe(70);
    for (let bio = 0; bio < whole.count; bio++) {
      expect(letters(sliced, bio)).toBe(letters(whole, bio));
      expect(told(sliced, bio)).toBe(told(whole, bio));
      expect(sliced.folios(bio)).toEqual(whole.folios(bio));
    }
  });
});

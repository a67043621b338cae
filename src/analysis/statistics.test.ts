import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iosOf } from './io.ts';
import { cpuTimeOf, distributionOf, histogramOf, PERCENTILES, statisticsOf } from './statistics.ts';
import { stage, tell } from './testing-io.ts';
import { TestLog } from './testing.ts';

describe('distributions', () => {
  test('a percentile is a value that occurred, the smallest that enough values do not exceed', () => {
    const d = distributionOf(Float64Array.from({ length: 1000 }, (_, i) => 1000 - i));
    expect(d?.percentiles_ns).toEqual([500, 950, 990, 999]);
    expect([d?.min_ns, d?.mean_ns, d?.max_ns]).toEqual([1, 500.5, 1000]);
    expect(distributionOf(Float64Array.of(7))?.percentiles_ns).toEqual(PERCENTILES.map(() => 7));
  });

  test('unknown durations are left out, and nothing known is no distribution', () => {
    expect(distributionOf(Float64Array.of(NaN, 5))?.count).toBe(1);
    expect(distributionOf(Float64Array.of(NaN))).toBeNull();
  });

  test('the bins of a histogram join up and hold every value once', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(durations, (list) => {
        const bins = histogramOf(Float64Array.from(list));
        expect(bins.reduce((n, bin) => n + bin.count, 0)).toBe(list.length);
        bins.slice(1).forEach((bin, i) => expect(bin.from_ns).toBe(bins[i]?.to_ns));
        const smallest = Math.min(...list);
        expect(bins[0]?.from_ns).toBeLessThanOrEqual(smallest);
        expect(bins[0]?.to_ns).toBeGreaterThan(smallest);
      }),
    );
    expect(histogramOf(new Float64Array())).toEqual([]);
  });
});

describe('statistics of a run', () => {
  test('I/Os are counted by path, and the rate is over the time from first submission to last result', () => {
    const s = stage();
    tell(s, { path: 'inline-irq', at_ns: 0 });
    tell(s, { path: 's_dio_done_wq', at_ns: 10_000 });
    tell(s, { path: 's_dio_done_wq', at_ns: 20_000, result: -5 });
    const log = s.t.stop();
    const stats = statisticsOf(log, iosOf(log));
    expect(stats.paths.map(({ path, count }) => `${count} ${path}`)).toEqual([
      '1 inline-irq',
      '2 s_dio_done_wq',
    ]);
    expect([stats.ios, stats.finished, stats.errors]).toEqual([3, 3, 1]);
    expect(stats.iops).toBeCloseTo(3e9 / stats.span_ns);
    expect(stats.parts.map(({ part, time }) => [part.id, time.count])).toContainEqual(['wait', 2]);
  });

  test('an interrupt takes its time from whatever it interrupts', () => {
    const t = new TestLog();
    const [fio, idle] = [t.task('fio'), t.task('swapper/0')];
    t.at(100).switchTo(0, fio);
    t.at(200).softirq(0);
    t.at(210).irq(0, 'nvme0q1');
    t.at(215).endInterrupt(0);
    t.at(230).endInterrupt(0);
    t.at(300).switchTo(0, idle);
    t.at(350).irq(0, 'nvme0q1');
    t.at(360).endInterrupt(0);
    const time = cpuTimeOf(t.at(400).stop());
    expect(time).toMatchObject({ hardirq_ns: 15, softirq_ns: 25, task_ns: 170, idle_ns: 190 });
  });

  test('a run without I/Os has no latency and no rate', () => {
    const log = new TestLog().stop();
    const stats = statisticsOf(log, iosOf(log));
    expect([stats.iops, stats.latency, stats.cpuPerIo_ns]).toEqual([0, null, NaN]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Meter } from '../analysis/meter.ts';
import { cpuTimeOf } from '../analysis/statistics.ts';
import { Ev } from '../log/events.ts';
import { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { Scenario } from '../scenario/schema.ts';
import { measure } from './measure.ts';
import { Run } from './run.ts';

const IOS = 60;
const CPU = 1;

function scenario(iodepth: number, kernel: string, cv_percent = 50): Scenario {
  const service = { kind: 'gamma', mean_ns: 5000, cv_percent };
  const parsed = parseScenario({
    version: 1,
    machine: { cpus: 2, nvme: { queues: 2, read: service, write: service } },
    kernel: { name: kernel },
    files: [{ id: 'data', size_bytes: 2 ** 24 }],
    actors: [
      {
        kind: 'fio',
        name: 'fio',
        file: 'data',
        rw: 'randwrite',
        ioengine: 'io_uring',
        iodepth,
        cpus_allowed: [CPU],
        ios: IOS,
      },
    ],
  });
  if (!parsed.ok) throw new Error('the scenario is valid');
  return parsed.value;
}

/** The same run with its log kept, and a meter beside it. */
function kept(of: Scenario, from: number, to: number) {
  const log = new LogView();
  const meter = new Meter({ cpu: CPU, from, to });
  const run = new Run(of, (chunk) => {
    meter.add(chunk);
    log.add(chunk);
  });
  while (run.advance(1000) === 'more');
  const results = Array.from({ length: log.rows }, (_, row) => row).filter(
    (row) => log.kind(row) === Ev.Notify,
  );
  return { log, results, figures: meter.figures };
}

describe('measuring a run', () => {
  test('the window is from one result to another, and every nanosecond of it has a use', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 3, 8),
        fc.constantFrom('v6.5', 'v4-series'),
        fc.integer({ min: 1, max: IOS - 1 }),
        fc.integer({ min: 1, max: IOS }),
        (depth, kernel, from, more) => {
          const to = Math.min(IOS, from + more);
          const { log, results, figures } = kept(scenario(depth, kernel), from, to);
          const [first, last] = [results[from - 1] ?? 0, results[to - 1] ?? 0];
          expect(figures?.ios).toBe(to - from);
          expect(figures?.span_ns).toBe(log.time(last) - log.time(first));
          expect(Object.values(figures?.use_ns ?? {}).reduce((sum, ns) => sum + ns, 0)).toBe(
            figures?.span_ns,
          );
          const within = (kind: Ev): number =>
            Array.from({ length: last - first }, (_, i) => first + i).filter((row) => log.kind(row) === kind)
              .length;
          expect(figures?.wakeups).toBe(within(Ev.Wake));
          expect(figures?.interrupts).toBe(within(Ev.Irq));
        },
      ),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test('interrupts, tasks and idling add up as in the statistics of the whole log', () => {
    const { log, results, figures } = kept(scenario(4, 'v6.5'), 1, IOS);
    const { byCpu } = cpuTimeOf(log);
    const edges_ns = log.time(results[0] ?? 0) + (log.end_ns - log.time(results[IOS - 1] ?? 0));
    const { hardirq = 0, user = 0, kernel = 0, kworker = 0 } = figures?.use_ns ?? {};
    const near = (own: number, whole: number | undefined): void => {
      expect(own).toBeLessThanOrEqual(whole ?? 0);
      expect(own).toBeGreaterThanOrEqual((whole ?? 0) - edges_ns);
    };
    near(hardirq, byCpu[4 * CPU]);
    near(user + kernel + kworker, byCpu[4 * CPU + 2]);
  });

  test('with one I/O in flight the work is counted piece by piece', () => {
    const of = (kernel: string) => measure(scenario(1, kernel, 0), { cpu: CPU, from: 10, to: 50 });
    const [stock, patched] = [of('v6.5'), of('v4-series')];
    // stock: interrupt -> kworker -> fio; patched: interrupt -> fio
    expect(stock).toMatchObject({
      ios: 40,
      interrupts: 40,
      switches: 80,
      wakeups: 80,
      workItems: 40,
      kworkerRuns: 40,
    });
    expect(patched).toMatchObject({
      ios: 40,
      interrupts: 40,
      switches: 40,
      wakeups: 40,
      workItems: 0,
      kworkerRuns: 0,
    });
    expect(patched.use_ns.kworker).toBe(0);
    expect(stock.use_ns.kworker).toBeGreaterThan(0);
    expect(patched.use_ns.user).toBe(stock.use_ns.user);
  });
});

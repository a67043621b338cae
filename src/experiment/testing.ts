import type { BatchFigures } from '../analysis/batch-figures.ts';
import type { Figures } from '../analysis/meter.ts';
import type { DelayPoint } from './delay.ts';
import { DelaySweep, type DelaySweepOptions, type DelaySweepResult } from './delay-sweep.ts';
import type { Parameters, Point } from './point.ts';
import { Sweep } from './sweep.ts';
import type { Options, Shard } from './plan.ts';
import type { ExperimentResult } from './result.ts';

/**
 * For tests: an engine that is a closed formula, with one item a kworker run, so that the fit has a solution. `rest_ns` is what
 * an I/O takes beside the parameters.
 */
export function formula({ column, depth, seed, parameters }: Point, rest_ns = 400): Figures {
  const { submit_ns, device_ns, punt_ns, switch_ns }: Parameters = parameters;
  const stock = column === 'stock' ? 1 : 0;
  const alone = depth === 1 ? 1 : 0;
  const switches = alone + stock * (2 - alone);
  const cpu_ns = rest_ns + submit_ns + stock * punt_ns + switches * switch_ns;
  const span_ns = 1000 * Math.max(cpu_ns, (cpu_ns + device_ns) / depth);
  const kworker = 1000 * stock * (punt_ns + switch_ns);
  return {
    ios: 1000,
    span_ns: span_ns + (depth === 4 ? seed : 0),
    use_ns: { hardirq: 0, softirq: 0, user: 0, kernel: span_ns - kworker, kworker, idle: 0 },
    switches: 1000 * switches,
    wakeups: 1000 * stock,
    interrupts: 1000,
    kworkerRuns: 1000 * stock,
    workItems: 1000 * stock,
  };
}

/** For tests: a sweep of formulas, its points taken in the order that `pick` chooses among those that wait. */
export function swept(
  options: Options,
  shard: Shard | null = null,
  pick: (waiting: number) => number = () => 0,
): ExperimentResult {
  const sweep = new Sweep(options, shard);
  const waiting: NonNullable<ReturnType<Sweep['take']>>[] = [];
  while (!sweep.finished) {
    for (let task = sweep.take(); task !== null; task = sweep.take()) waiting.push(task);
    const [task] = waiting.splice(pick(waiting.length) % waiting.length, 1);
    if (task !== undefined) sweep.deliver(task.id, formula(task.point));
  }
  return sweep.result('model');
}

/** For tests: a machine on which a write takes its copies and 3 us, and a jiffy is as long as its writes in a row. */
export function batchFormula({ delay, hz, ios, copy_ns }: DelayPoint): BatchFigures {
  const write_ns = 32 * copy_ns + 3000;
  const runs = delay === 'none' ? ios : Math.max(1, Math.round((ios * write_ns) / (1.5e9 / hz)));
  return { bios: ios, runs, switches: 2 * runs, writes_ns: new Float64Array(ios).fill(write_ns) };
}

/** For tests: the experiment on the delay by that formula, its points in the order they come. */
export function delaySwept(options: DelaySweepOptions): DelaySweepResult {
  const sweep = new DelaySweep(options);
  for (let task = sweep.take(); task !== null; task = sweep.take())
    sweep.deliver(task.id, batchFormula(task.point));
  return sweep.result('model');
}

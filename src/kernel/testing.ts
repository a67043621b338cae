import type { PreemptModel } from '../engine/counts.ts';
import type { Proc } from '../engine/frame.ts';
import type { Task } from '../engine/task.ts';
import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';
import { boot } from './boot.ts';
import { COST_IDS, type CostId, costsOf } from './costs.ts';
import { Kernel } from './kernel.ts';
import { switchesOf } from './kernels.ts';
import type { Switches } from './switches.ts';

export type TestKernelOptions = {
  readonly cpus?: number;
  readonly cpusPerLlc?: number;
  readonly preempt?: PreemptModel;
  readonly preemptCount?: boolean;
  readonly preemptRcu?: boolean;
  readonly threadirqs?: boolean;
  /** Switches that differ from v6.6-to-v6.18. */
  readonly switches?: Partial<Switches>;
  /** Durations in nanoseconds; all that is not named takes no time. */
  readonly costs?: Partial<Record<CostId, number>>;
};

/** A booted kernel without devices for tests of its parts. `note` remembers what was reached and when. */
export class TestKernel extends Kernel {
  /** "time text", in the order in which it happened. */
  readonly notes: string[] = [];
  private readonly view: LogView;

  constructor(writer: LogWriter, view: LogView, options: TestKernelOptions) {
    const free = Object.fromEntries(COST_IDS.map((id) => [id, 0]));
    super(writer, {
      cpus: options.cpus ?? 1,
      maxTime_ns: 1e9,
      maxRows: 1e6,
      scheduler: {
        preempt: options.preempt ?? 'voluntary',
        preemptCount: options.preemptCount ?? true,
        preemptRcu: options.preemptRcu ?? true,
        threadirqs: options.threadirqs ?? options.preempt === 'rt',
        wakePreempts: true,
        switch_ns: 0,
        slice_ns: 3_000_000,
      },
      interrupts: {
        irqEntry_ns: 0,
        irqExit_ns: 0,
        idleExit_ns: 0,
        ipi_ns: 0,
        tick_ns: 0,
        jiffy_ns: 1_000_000,
      },
      switches: switchesOf('v6.6-to-v6.18', options.switches ?? {}),
      costs: costsOf({ ...free, ...options.costs }),
      cpusPerLlc: options.cpusPerLlc ?? 256,
      rqAffinity: 1,
    });
    this.view = view;
    boot(this);
  }

  note(text: string): void {
    this.notes.push(`${this.now_ns} ${text}`);
  }

  /** Starts a task on one CPU; the run lasts until all such tasks have ended. */
  job(comm: string, cpu: number, body: (task: Task) => Proc): Task {
    return this.spawn(comm, [cpu], body, { actor: true });
  }

  /** A device raises an interrupt at `time_ns`. */
  irqAt(time_ns: number, cpu: number, handler: () => Proc): void {
    this.at(time_ns, () => {
      this.raiseIrq(this.cpus[cpu]!, { name: 'device', vector: 1, handler, cause: 0 });
    });
  }

  /** Runs to the end and returns the log. */
  finish(): LogView {
    this.start();
    while (this.advance(1_000_000) === 'more');
    this.log.close();
    return this.view;
  }
}

export function testKernel(options: TestKernelOptions = {}): TestKernel {
  const view = new LogView();
  return new TestKernel(new LogWriter((chunk) => view.add(chunk)), view, options);
}

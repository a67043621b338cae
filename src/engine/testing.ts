import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';
import type { Cpu } from './cpu.ts';
import { Engine, type EngineConfig } from './engine.ts';
import type { Proc } from './frame.ts';
import type { InterruptCosts } from './softirqs.ts';
import type { SchedulerConfig, SpawnOptions } from './scheduler.ts';
import type { Task } from './task.ts';

/** A jiffy of test machines. Tests that stay below it see no tick. */
export const JIFFY_NS = 1_000_000;

type Body = (k: TestMachine, task: Task) => Proc;

export type TestOptions = {
  readonly cpus?: number;
  readonly maxTime_ns?: number;
  readonly maxRows?: number;
} & Partial<SchedulerConfig> &
  Partial<InterruptCosts>;

/**
 * A bare machine for tests. Nothing costs any time unless the test says so: a time in a test is the sum of what its
 * bodies spend. `note` remembers what was reached and when.
 */
export class TestMachine extends Engine {
  /** "time text", in the order in which it happened. */
  readonly notes: string[] = [];
  private readonly view: LogView;

  constructor(writer: LogWriter, view: LogView, config: EngineConfig) {
    super(writer, config);
    this.view = view;
  }

  note(text: string): void {
    this.notes.push(`${this.now_ns} ${text}`);
  }

  /** Starts a task on its first CPU; the run lasts until all such tasks have ended. */
  job(comm: string, cpus: number | readonly number[], body: Body): Task {
    return this.thread(comm, cpus, body, { actor: true });
  }

  /** Starts a task that the run does not wait for. */
  thread(comm: string, cpus: number | readonly number[], body: Body, options: SpawnOptions = {}): Task {
    return this.spawn(comm, typeof cpus === 'number' ? [cpus] : cpus, (task) => body(this, task), options);
  }

  /** A device raises an interrupt at `time_ns`. */
  irqAt(time_ns: number, cpu: number, name: string, body: (k: TestMachine) => Proc): void {
    this.at(time_ns, () => {
      this.raiseIrq(this.cpuAt(cpu), { name, vector: 1, handler: () => body(this), cause: 0 });
    });
  }

  /** The handler of a softirq vector. */
  onSoftirq(vector: number, body: (k: TestMachine) => Proc): void {
    this.softirqHandlers[vector] = () => body(this);
  }

  cpuAt(index: number): Cpu {
    return this.cpus[index]!;
  }

  /** Runs to the end in slices of `slice` events and returns the log. */
  finish(slice = 1_000_000): LogView {
    this.start();
    while (this.advance(slice) === 'more');
    this.log.close();
    return this.view;
  }
}

/** A machine of one CPU, HZ 1000, unless the options say otherwise. */
export function machine(options: TestOptions = {}): TestMachine {
  const view = new LogView();
  const writer = new LogWriter((chunk) => view.add(chunk));
  return new TestMachine(writer, view, {
    cpus: 1,
    maxTime_ns: 1e12,
    maxRows: 1e6,
    ...options,
    scheduler: {
      preempt: 'voluntary',
      preemptCount: true,
      preemptRcu: true,
      threadirqs: options.preempt === 'rt',
      wakePreempts: true,
      switch_ns: 0,
      slice_ns: 3_000_000,
      ...options,
    },
    interrupts: {
      irqEntry_ns: 0,
      irqExit_ns: 0,
      idleExit_ns: 0,
      ipi_ns: 0,
      tick_ns: 0,
      jiffy_ns: JIFFY_NS,
      ...options,
    },
  });
}

/** The rows of a kind. */
export function rowsOf(log: LogView, kind: number): number[] {
  return Array.from({ length: log.rows }, (_, row) => row).filter((row) => log.kind(row) === kind);
}

/** The same as "time name" with the name of its string or, without one, of its object. */
export function eventsOf(log: LogView, kind: number): string[] {
  return rowsOf(log, kind).map(
    (row) => `${log.time(row)} ${log.name(row) || log.objectName(log.object(row))}`,
  );
}

import { NO_ROW } from '../base/units.ts';
import { Ev, NO_CPU, TaskState } from '../log/events.ts';
import type { LogWriter } from '../log/writer.ts';
import { Cpu } from './cpu.ts';
import { Due } from './driver.ts';
import type { InterruptCosts } from './softirqs.ts';
import { Hotplug } from './hotplug.ts';
import type { SchedulerConfig } from './scheduler.ts';
import { IdleTask } from './task.ts';

export type EngineConfig = {
  readonly cpus: number;
  readonly scheduler: SchedulerConfig;
  readonly interrupts: InterruptCosts;
  /** The run ends here. */
  readonly maxTime_ns: number;
  readonly maxRows: number;
};

/** Why a run has stopped. */
export type StopReason = 'done' | 'limit: events' | 'limit: time' | 'stuck';

type Watchdog = { readonly time_ns: number; readonly callback: () => void };

/** The whole machine: what the model's functions work with, plus the loop that drives it. */
export abstract class Engine extends Hotplug {
  protected override readonly config: SchedulerConfig;
  protected override readonly costs_irq: InterruptCosts;
  private stopReason: StopReason | null = null;
  private readonly limits: EngineConfig;

  private readonly watchdogs: Watchdog[] = [];

  constructor(log: LogWriter, limits: EngineConfig) {
    super(log);
    this.limits = limits;
    this.lastRow = limits.maxRows;
    this.stopAt_ns = limits.maxTime_ns;
    this.config = limits.scheduler;
    this.costs_irq = limits.interrupts;
    for (let id = 0; id < limits.cpus; id++) {
      const idle = new IdleTask(this, `swapper/${id}`, id, [id], false, false);
      idle.context.preemptCount = 1;
      idle.context.causeRow = 0;
      idle.context.resumeRow = 0;
      idle.running = true;
      const cpu = new Cpu(id, idle, NO_ROW, limits.scheduler);
      cpu.pack();
      this.cpus.push(cpu);
    }
  }

  /** Why the run ended; null while it goes on. */
  get stopped(): StopReason | null {
    return this.stopReason;
  }

  /** Runs until about `maxEvents` more rows are written: `more` to go on, or how it ended. */
  advance(maxEvents: number): 'more' | StopReason {
    if (this.stopReason !== null) return this.stopReason;
    const rowBudget = Math.min(this.log.rows + maxEvents, this.limits.maxRows);
    this.stopAtRow = rowBudget;
    while (this.log.rows < rowBudget) {
      const cpu = this.nextCpu();
      const time_ns = cpu === null ? this.queue.peekTime() : cpu.due_ns;
      const watchdog = this.watchdogBefore(time_ns);
      if (watchdog !== null) {
        if (watchdog.time_ns > this.limits.maxTime_ns) return this.stop('limit: time');
        this.now_ns = watchdog.time_ns;
        watchdog.callback();
        continue;
      }
      if (time_ns === Infinity) return this.stop(this.actorsLeft === 0 ? 'done' : 'stuck');
      if (time_ns > this.limits.maxTime_ns) return this.stop('limit: time');
      if (cpu === null) this.nextEvent();
      else {
        this.now_ns = time_ns;
        this.goOn(cpu);
      }
    }
    return this.log.rows >= this.limits.maxRows ? this.stop('limit: events') : 'more';
  }

  /**
   * Calls back at `time_ns` if the run has not ended before: unlike an event it does not keep a run alive whose actors
   * have all ended.
   */
  watchdog(time_ns: number, callback: () => void): void {
    this.watchdogs.push({ time_ns, callback });
  }

  /** Takes the first watchdog that is due before `time_ns`; none when only watchdogs are left of a finished run. */
  private watchdogBefore(time_ns: number): Watchdog | null {
    const { watchdogs } = this;
    if (watchdogs.length === 0 || (time_ns === Infinity && this.actorsLeft === 0)) return null;
    const first = watchdogs.reduce((a, b) => (b.time_ns < a.time_ns ? b : a));
    if (first.time_ns >= time_ns) return null;
    watchdogs.splice(watchdogs.indexOf(first), 1);
    return first;
  }

  /** The CPU that goes on next; null when an entry of the queue comes first, or nothing at all. */
  private nextCpu(): Cpu | null {
    const { queue } = this;
    const cpu = this.appointments.first;
    const event_ns = queue.peekTime();
    if (cpu === null || cpu.due_ns > event_ns) return null;
    return cpu.due_ns < event_ns || cpu.dueSequence < queue.peekSequence() ? cpu : null;
  }

  private nextEvent(): void {
    const { queue } = this;
    queue.pop();
    if (queue.code === Due.Callback) {
      this.now_ns = queue.time_ns;
      this.runCallback(queue.a);
    } else {
      const cpu = this.cpus[queue.a]!;
      if (!this.tickWanted(cpu, queue.time_ns)) return;
      this.now_ns = queue.time_ns;
      this.tick(cpu);
    }
  }

  /** Lets the CPUs begin, all at time 0; called once after the actors were spawned. */
  start(): void {
    this.begun = true;
    for (const cpu of this.cpus) this.appoint(cpu, this.now_ns);
  }

  private stop(reason: StopReason): StopReason {
    this.outsideCause = this.log.rows - 1;
    if (reason === 'stuck') this.reportStuck();
    this.stopReason = reason;
    this.emit(Ev.Stop, this.intern(reason), 0, this.log.rows);
    return reason;
  }

  /** Nothing can happen any more, yet somebody waits. */
  private reportStuck(): void {
    for (const task of this.tasks) {
      const sleeps = task.actor ? task.state !== TaskState.Dead : task.state === TaskState.Uninterruptible;
      if (!sleeps) continue; // threads of the kernel wait interruptibly for work that may never come
      const row = this.emit(Ev.Hazard, this.intern('waits-for-ever'), task.id, task.waitsForObject?.id ?? 0);
      this.log.append(
        this.now_ns,
        Ev.Sleep,
        NO_CPU,
        0,
        this.intern(task.waitsFor),
        task.id,
        task.state,
        row,
        row,
      );
    }
  }
}

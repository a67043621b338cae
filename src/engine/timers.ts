import { Ev } from '../log/events.ts';
import { assert } from '../base/assert.ts';
import { type Cpu, type PendingIrq, Resched, type Timer } from './cpu.ts';
import { Due } from './driver.ts';
import type { Proc } from './frame.ts';
import { Interrupts } from './interrupts.ts';
import { HRTIMER_SOFTIRQ, TIMER_SOFTIRQ } from './softirqs.ts';

/** Delays below this many of a wheel level's grains go to that level: LVL_SIZE - 1. Source: kernel/time/timer.c. */
const WHEEL_LEVEL_JIFFIES = 63;
/** How much coarser the next level is: 1 << LVL_CLK_SHIFT. */
const WHEEL_LEVEL_FACTOR = 8;

const TICK = 'local_timer';
const HRTIMER = 'hrtimer_interrupt';
const TIMER_VECTOR = 236;

/** Ticks, timers in jiffies, high-resolution timers. An idle CPU has a tick only for its timers. */
export abstract class Timers extends Interrupts {
  /** `timer_setup` + `add_timer`: `handler` runs in TIMER softirq on this CPU, `delay_jiffies` later, rounded up by a
   *  started jiffy, never early. Each level of the timer wheel is eight times as coarse as the one before.
   *  Source: kernel/time/timer.c, calc_wheel_index. */
  addTimer(cpu: Cpu, delay_jiffies: number, handler: () => Proc): Timer {
    let grain = 1;
    while (delay_jiffies >= WHEEL_LEVEL_JIFFIES * grain) grain *= WHEEL_LEVEL_FACTOR;
    const exact = this.jiffies + delay_jiffies + 1;
    const timer = { dueJiffy: Math.ceil(exact / grain) * grain, handler };
    cpu.timers.push(timer);
    this.armTickAt(cpu, timer.dueJiffy * this.costs_irq.jiffy_ns);
    return timer;
  }

  /** `timer_delete()`: false when it is not armed on `cpu` any more. */
  deleteTimer(cpu: Cpu, timer: Timer): boolean {
    const at = cpu.timers.indexOf(timer);
    if (at >= 0) cpu.timers.splice(at, 1);
    return at >= 0;
  }

  /** A high-resolution timer: `handler` runs at `time_ns` on `cpu` in a hard interrupt; with PREEMPT_RT in HRTIMER softirq,
   *  unless it asks for the `hard` interrupt. */
  hrtimer(cpu: Cpu, time_ns: number, handler: () => Proc<unknown>, hard = false): void {
    const cause = this.emit(Ev.Trace, this.intern('hrtimer_start'), 0, time_ns);
    this.at(time_ns, () => {
      this.hrtimerUp(cpu.online ? cpu : this.otherCpu(cpu), handler, cause, hard); // else hrtimers_cpu_dying() moved it
    });
  }

  private hrtimerUp(cpu: Cpu, handler: () => Proc<unknown>, cause: number, hard: boolean): void {
    const body = this.isRt && !hard ? () => this.leaveToSoftirq(handler) : handler;
    this.raiseIrq(cpu, { name: HRTIMER, vector: TIMER_VECTOR, handler: body, cause });
  }

  private *leaveToSoftirq(handler: () => Proc<unknown>): Proc {
    const { cpu } = this;
    assert(cpu !== null, 'a timer is up on a CPU');
    cpu.softHrtimers.push(handler);
    this.raiseTimerSoftirq(HRTIMER_SOFTIRQ);
  }

  /** Runs the high-resolution timers of `cpu` that are up. */
  *runHrtimers(cpu: Cpu): Proc {
    for (let up = cpu.softHrtimers.shift(); up !== undefined; up = cpu.softHrtimers.shift()) yield* up();
  }

  /** The first CPU but `cpu` that is online: it takes what that one can no longer do. */
  protected otherCpu(cpu: Cpu): Cpu {
    const other = this.cpus.find((one) => one.online && one !== cpu);
    assert(other !== undefined, 'one CPU is always online');
    return other;
  }

  /** `timers_dead_cpu()`: the timers in jiffies of a CPU that is offline, in their order. Those that are overdue fire with
   *  the next tick. */
  moveTimers(from: Cpu, to: Cpu): void {
    for (const timer of from.timers.splice(0)) {
      to.timers.push(timer);
      this.armTickAt(to, Math.max(timer.dueJiffy, this.jiffies + 1) * this.costs_irq.jiffy_ns);
    }
  }

  /** The clock of a CPU stops: its ticks are over, high-resolution timers that are just up go to another CPU. */
  protected stopClock(cpu: Cpu): void {
    cpu.nextTick_ns = Infinity;
    for (const irq of cpu.pendingIrqs.filter(({ name }) => name === HRTIMER))
      this.retrigger(cpu, irq, this.otherCpu(cpu));
    remove(cpu.pendingIrqs, ({ name }) => name === TICK);
    const cause = this.log.rows - 1;
    for (const handler of cpu.softHrtimers.splice(0))
      this.at(this.now_ns, () => {
        this.hrtimerUp(this.otherCpu(cpu), handler, cause, false);
      });
  }

  /** An interrupt that `from` has not taken is raised on another CPU. */
  protected retrigger(from: Cpu, irq: PendingIrq, to: Cpu): void {
    remove(from.pendingIrqs, (one) => one === irq);
    this.at(this.now_ns, () => {
      this.raiseIrq(to, irq);
    });
  }

  protected override armTick(cpu: Cpu): void {
    if (cpu.nextTick_ns - this.now_ns <= this.costs_irq.jiffy_ns) return; // it has one
    this.armTickAt(cpu, (this.jiffies + 1) * this.costs_irq.jiffy_ns);
  }

  private armTickAt(cpu: Cpu, time_ns: number): void {
    if (cpu.nextTick_ns <= time_ns) return;
    cpu.nextTick_ns = time_ns;
    this.queue.push(time_ns, Due.Tick, cpu.id);
  }

  /** Is the tick that was armed for `time_ns` still wanted? An idle CPU has one only for its timers. */
  protected tickWanted(cpu: Cpu, time_ns: number): boolean {
    if (cpu.nextTick_ns !== time_ns) return false; // an earlier one was armed meanwhile, or the CPU has gone offline
    const idle = cpu.current.idle && cpu.queue.length === 0 && !cpu.interrupted;
    if (!idle) return true;
    cpu.nextTick_ns = Infinity;
    const first = cpu.timers.reduce((least, timer) => Math.min(least, timer.dueJiffy), Infinity);
    const first_ns = first * this.costs_irq.jiffy_ns;
    if (first_ns > time_ns && first < Infinity) this.armTickAt(cpu, first_ns);
    return first_ns <= time_ns;
  }

  /** A tick is due. */
  protected tick(cpu: Cpu): void {
    cpu.nextTick_ns = Infinity;
    this.armTick(cpu);
    this.outsideCause = 0; // the clock itself
    if (cpu.pendingIrqs.some((irq) => irq.name === TICK)) return; // one that waits is not raised again
    this.raiseIrq(cpu, { name: TICK, vector: TIMER_VECTOR, handler: () => this.tickBody(cpu), cause: 0 });
  }

  private *tickBody(cpu: Cpu): Proc {
    yield this.spend(this.costs_irq.tick_ns);
    if (cpu.timers.some((timer) => timer.dueJiffy <= this.jiffies)) this.raiseTimerSoftirq(TIMER_SOFTIRQ);
    const waiting = cpu.queue.length > 0 && !cpu.current.realtime;
    const sliceOver = this.now_ns - cpu.current.since_ns >= this.config.slice_ns;
    if (waiting && (sliceOver || cpu.needResched === Resched.Lazy)) this.setResched(cpu, Resched.Now);
  }

  /** Runs the timers that are due on `cpu`, in the order in which they were armed; one may delete another. */
  *runTimers(cpu: Cpu): Proc {
    const next = (): Timer | undefined => cpu.timers.find((timer) => timer.dueJiffy <= this.jiffies);
    for (let due = next(); due !== undefined; due = next()) {
      this.deleteTimer(cpu, due);
      yield* due.handler();
    }
  }
}

/** Takes the items out of which something holds. */
export function remove<T>(list: T[], what: (item: T) => boolean): void {
  for (let i = list.length - 1; i >= 0; i--) if (what(list[i] as T)) list.splice(i, 1);
}

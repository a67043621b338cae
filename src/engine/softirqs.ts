import { assert } from '../base/assert.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev, TaskState } from '../log/events.ts';
import { type Cpu, Resched } from './cpu.ts';
import { ExecContext, Op, type Proc, type Step } from './frame.ts';
import { Scheduler } from './scheduler.ts';

/** Softirq vectors in the order in which a pass runs them. Source: include/linux/interrupt.h. */
export const SOFTIRQ_NAMES = [
  'HI',
  'TIMER',
  'NET_TX',
  'NET_RX',
  'BLOCK',
  'IRQ_POLL',
  'TASKLET',
  'SCHED',
  'HRTIMER',
  'RCU',
];
export const TIMER_SOFTIRQ = 1;
export const BLOCK_SOFTIRQ = 4;

/** Passes over the pending softirqs before the rest is left to ksoftirqd. Source: kernel/softirq.c. */
const MAX_SOFTIRQ_PASSES = 10;
/** Jiffies before the same: msecs_to_jiffies(2). */
const SOFTIRQ_BUDGET_MS = 2;

export type InterruptCosts = {
  readonly irqEntry_ns: number;
  readonly irqExit_ns: number;
  readonly idleExit_ns: number;
  readonly ipi_ns: number;
  readonly tick_ns: number;
  /** Duration of a jiffy. */
  readonly jiffy_ns: number;
};

/**
 * Softirqs: raised by whoever has something to do that need not be done in a hard interrupt. They run when the outermost
 * one returns, or when bottom halves are enabled again, or in ksoftirqd.
 */
export abstract class Softirqs extends Scheduler {
  protected abstract readonly costs_irq: InterruptCosts;
  /** Handler of each softirq vector; the kernel fills them in at boot. */
  readonly softirqHandlers: ((() => Proc) | null)[] = SOFTIRQ_NAMES.map(() => null);

  /** Contexts that have ended, to be used again. */
  private readonly spareSoftirqs: ExecContext[] = [];
  private readonly spareHardirqs: ExecContext[] = [];

  /** What an interrupt interrupted goes on, or gives up the CPU. */
  protected abstract backToTask(cpu: Cpu): void;

  /** The jiffies counter, from 0 at the start of the run. */
  get jiffies(): number {
    return Math.floor(this.now_ns / this.costs_irq.jiffy_ns);
  }

  /** When a jiffy begins. */
  jiffyStart_ns(jiffy: number): number {
    return jiffy * this.costs_irq.jiffy_ns;
  }

  private spares(level: 1 | 2): ExecContext[] {
    return level === 2 ? this.spareHardirqs : this.spareSoftirqs;
  }

  /** Keeps a context that has ended, to use it again. */
  protected giveBack(context: ExecContext): void {
    if (context.level !== 0) this.spares(context.level).push(context);
  }

  protected contextOn(cpu: Cpu, level: 1 | 2): ExecContext {
    const context = this.spares(level).pop() ?? new ExecContext(level);
    cpu.push(context);
    return context;
  }

  protected beginContext(
    cpu: Cpu,
    context: ExecContext,
    kind: Ev,
    name: number,
    value: number,
    cause: number,
  ): void {
    const row = this.log.append(this.now_ns, kind, cpu.id, cpu.bits, name, 0, value, cause, NO_ROW);
    context.resumeRow = row;
    context.causeRow = row;
  }

  /** `raise_softirq()`: sets the bit; from plain task context it also wakes ksoftirqd. */
  raiseSoftirq(vector: number): void {
    const { cpu } = this;
    assert(cpu !== null, 'a softirq is raised by running code');
    cpu.softirqPending |= 1 << vector;
    this.emit(Ev.Trace, this.intern('softirq_raise'), 0, vector);
    if (this.in_task() && cpu.top.bhOff === 0) this.wakeSoftirqd(cpu);
  }

  /** `local_bh_disable()`. */
  bhDisable(): void {
    this.top.bhOff++;
    this.cpu?.pack();
  }

  /** `local_bh_enable()`: `yield k.bhEnable()` runs what is pending. */
  bhEnable(): Step {
    this.top.bhOff--;
    this.cpu?.pack();
    return this.cpu !== null && this.top.bhOff === 0 && this.cpu.softirqPending !== 0
      ? Op.Softirqs
      : this.spend(0);
  }

  protected override startSoftirqs(cpu: Cpu): void {
    this.firstSoftirq(cpu, cpu.top.causeRow);
  }

  protected firstSoftirq(cpu: Cpu, cause: number): void {
    cpu.softirqs.mask = 0;
    cpu.softirqs.passes = 0;
    cpu.softirqs.startJiffy = this.jiffies;
    this.nextSoftirq(cpu, cause);
  }

  /** Begins the next pending vector, or the next pass, or leaves the rest to ksoftirqd. */
  protected nextSoftirq(cpu: Cpu, cause: number): void {
    const pass = cpu.softirqs;
    if (pass.mask === 0 && cpu.softirqPending !== 0) {
      if (pass.passes > 0 && !this.mayRepeatSoftirqs(cpu)) {
        this.wakeSoftirqd(cpu);
        this.softirqsDone(cpu);
        return;
      }
      pass.mask = cpu.softirqPending;
      cpu.softirqPending = 0;
      pass.passes++;
    }
    if (pass.mask === 0) {
      this.softirqsDone(cpu);
      return;
    }
    const vector = 31 - Math.clz32(pass.mask & -pass.mask);
    pass.mask &= pass.mask - 1;
    const handler = this.softirqHandlers[vector];
    assert(handler !== null && handler !== undefined, `softirq ${SOFTIRQ_NAMES[vector] ?? ''} has a handler`);
    const context = this.contextOn(cpu, 1);
    this.beginContext(cpu, context, Ev.Softirq, this.intern(SOFTIRQ_NAMES[vector] ?? ''), vector, cause);
    context.body = handler;
  }

  private mayRepeatSoftirqs(cpu: Cpu): boolean {
    const budget = Math.max(1, Math.ceil((SOFTIRQ_BUDGET_MS * 1_000_000) / this.costs_irq.jiffy_ns));
    const inTime = this.jiffies < cpu.softirqs.startJiffy + budget;
    return inTime && cpu.needResched !== Resched.Now && cpu.softirqs.passes < MAX_SOFTIRQ_PASSES;
  }

  private softirqsDone(cpu: Cpu): void {
    if (cpu.current !== cpu.ksoftirqd) this.backToTask(cpu);
  }

  /** Wakes ksoftirqd of a CPU; one that is parked stays asleep. */
  protected wakeSoftirqd(cpu: Cpu): void {
    cpu.ksoftirqd ??= this.spawn(`ksoftirqd/${cpu.id}`, [cpu.id], () => this.ksoftirqdBody(cpu), {
      asleep: true,
      perCpu: true,
    });
    if (!cpu.softirqdParked) this.wake(cpu.ksoftirqd);
  }

  /** `raise_timer_softirq()`, in a hard interrupt: with forced interrupt threads, timers have a thread of their own. */
  protected raiseTimerSoftirq(vector: number): void {
    const { cpu } = this;
    assert(cpu !== null, 'a softirq is raised by running code');
    if (!this.config.threadirqs) this.raiseSoftirq(vector);
    else {
      cpu.timersPending |= 1 << vector;
      this.emit(Ev.Trace, this.intern('softirq_raise'), 0, vector);
    }
  }

  /** With forced interrupt threads softirqs do not run when an interrupt returns: ksoftirqd is woken, unless bottom halves
   *  are off and will be on again. */
  protected leaveToSoftirqd(cpu: Cpu): void {
    if (cpu.softirqPending !== 0 && cpu.top.bhOff === 0) this.wakeSoftirqd(cpu);
  }

  /** The same for timers and ktimers. */
  protected leaveToKtimers(cpu: Cpu): void {
    if (cpu.timersPending === 0) return;
    cpu.ktimers ??= this.spawn(`ktimers/${cpu.id}`, [cpu.id], () => this.ktimersBody(cpu), {
      asleep: true,
      perCpu: true,
      realtime: true,
    });
    if (!cpu.softirqdParked) this.wake(cpu.ktimers);
  }

  private *ktimersBody(cpu: Cpu): Proc {
    for (;;) {
      cpu.softirqPending |= cpu.timersPending;
      cpu.timersPending = 0;
      if (cpu.softirqPending !== 0) yield Op.Softirqs;
      else {
        this.setState(TaskState.Interruptible, 'timers');
        yield this.schedule();
      }
    }
  }

  private *ksoftirqdBody(cpu: Cpu): Proc {
    for (;;) {
      if (cpu.softirqPending !== 0) {
        yield Op.Softirqs;
        yield this.condResched();
      } else {
        this.setState(TaskState.Interruptible, 'softirqs');
        yield this.schedule();
      }
    }
  }
}

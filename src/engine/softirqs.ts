import { assert } from '../base/assert.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev, TaskState } from '../log/events.ts';
import { type Cpu, Resched } from './cpu.ts';
import { ExecContext, NOT_LOGGED, Op, type Proc, type Step } from './frame.ts';
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
export const HRTIMER_SOFTIRQ = 8;

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
    if (this.in_task() && this.softirqsMayRun(cpu)) this.wakeSoftirqd(cpu);
  }

  /** Has nobody here switched bottom halves off, who will run what is pending when they are on again? */
  private softirqsMayRun(cpu: Cpu): boolean {
    return this.isRt ? cpu.bhOffTasks === 0 : cpu.top.bhOff === 0;
  }

  /** `local_bh_disable()`. With PREEMPT_RT the task can still be preempted, but is inside of RCU and stays on its CPU.
   *  Source: kernel/softirq.c. Simplified: several tasks of a CPU may be there at once, as since 6.18. */
  bhDisable(): void {
    const { top, cpu } = this;
    assert(cpu !== null, 'code runs on a CPU');
    if (top.bhOff === 0 && this.isRt) {
      cpu.bhOffTasks++;
      this.migrateDisable();
      this.rcu_read_lock();
    }
    top.bhOff++;
    cpu.pack();
  }

  /** `local_bh_enable()`: `yield k.bhEnable()` runs what is pending, with PREEMPT_RT in the task itself. */
  bhEnable(): Step {
    const { top, cpu } = this;
    assert(cpu !== null && top.bhOff > 0, 'bottom halves are enabled as often as disabled');
    const pending = top.bhOff === 1 && cpu.softirqPending !== 0;
    if (pending && this.isRt && cpu.preemptible()) return Op.Softirqs; // and then ends the section
    this.bhOn(cpu, top);
    if (!pending) return this.spend(0);
    if (!this.isRt) return Op.Softirqs;
    this.wakeSoftirqd(cpu);
    return this.spend(0);
  }

  private bhOn(cpu: Cpu, context: ExecContext): void {
    context.bhOff--;
    if (context.bhOff === 0 && this.isRt) {
      cpu.bhOffTasks--;
      this.rcu_read_unlock();
      this.migrateEnable();
    }
    cpu.pack();
  }

  protected override startSoftirqs(cpu: Cpu): void {
    const { top } = cpu;
    if (!this.isRt) {
      this.firstSoftirq(cpu, top.causeRow);
      return;
    }
    this.pushFrame(top, this.softirqsInTask(cpu, top), 0, top.object, NOT_LOGGED);
    if (top.frame !== null) top.frame.callDepth = 0;
  }

  /** `__do_softirq()` with PREEMPT_RT: in a task that has its bottom halves off, and that can be preempted. Ends that
   *  section. */
  private *softirqsInTask(cpu: Cpu, context: ExecContext): Proc {
    const pass = { passes: 0, startJiffy: this.jiffies };
    context.servesSoftirq = true;
    while (cpu.softirqPending !== 0) {
      if (pass.passes > 0 && !this.mayRepeatSoftirqs(cpu, pass)) {
        this.wakeSoftirqd(cpu);
        break;
      }
      let mask = cpu.softirqPending;
      cpu.softirqPending = 0;
      pass.passes++;
      for (; mask !== 0; mask &= mask - 1) yield* this.softirqInTask(cpu, context, lowestBit(mask));
    }
    context.servesSoftirq = false;
    this.bhOn(cpu, context);
  }

  private *softirqInTask(cpu: Cpu, context: ExecContext, vector: number): Proc {
    const handler = this.handlerOf(vector);
    const before = context.resumeRow;
    cpu.pack();
    const row = this.emit(Ev.Softirq, this.intern(SOFTIRQ_NAMES[vector] ?? ''), 0, vector);
    context.resumeRow = row;
    context.causeRow = row;
    yield* handler();
    this.emit(Ev.SoftirqEnd, 0, 0, 0, row);
    if (context.resumeRow === row) context.resumeRow = before; // else it lost the CPU meanwhile
  }

  private handlerOf(vector: number): () => Proc {
    const handler = this.softirqHandlers[vector];
    assert(handler !== null && handler !== undefined, `softirq ${SOFTIRQ_NAMES[vector] ?? ''} has a handler`);
    return handler;
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
      if (pass.passes > 0 && !this.mayRepeatSoftirqs(cpu, pass)) {
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
    const vector = lowestBit(pass.mask);
    pass.mask &= pass.mask - 1;
    const handler = this.handlerOf(vector);
    const context = this.contextOn(cpu, 1);
    this.beginContext(cpu, context, Ev.Softirq, this.intern(SOFTIRQ_NAMES[vector] ?? ''), vector, cause);
    context.body = handler;
  }

  private mayRepeatSoftirqs(
    cpu: Cpu,
    pass: { readonly passes: number; readonly startJiffy: number },
  ): boolean {
    const budget = Math.max(1, Math.ceil((SOFTIRQ_BUDGET_MS * 1_000_000) / this.costs_irq.jiffy_ns));
    const inTime = this.jiffies < pass.startJiffy + budget;
    return inTime && cpu.needResched !== Resched.Now && pass.passes < MAX_SOFTIRQ_PASSES;
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
    if (cpu.softirqPending !== 0 && this.softirqsMayRun(cpu)) this.wakeSoftirqd(cpu);
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
      if (cpu.softirqPending !== 0) yield this.runSoftirqs();
      else {
        this.setState(TaskState.Interruptible, 'timers');
        yield this.schedule();
      }
    }
  }

  /** `ksoftirqd_run_begin()` and what follows. */
  private runSoftirqs(): Step {
    if (this.isRt) this.bhDisable();
    return Op.Softirqs;
  }

  private *ksoftirqdBody(cpu: Cpu): Proc {
    for (;;) {
      if (cpu.softirqPending !== 0) {
        yield this.runSoftirqs();
        yield this.condResched();
      } else {
        this.setState(TaskState.Interruptible, 'softirqs');
        yield this.schedule();
      }
    }
  }
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

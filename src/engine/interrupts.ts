import { assert } from '../base/assert.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev, TaskState } from '../log/events.ts';
import { type Cpu, type PendingIrq, Resched } from './cpu.ts';
import { ExecContext, NOT_LOGGED, Op, type Proc, type Step } from './frame.ts';
import { Scheduler } from './scheduler.ts';
import type { Task } from './task.ts';

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

/** Interrupts between CPUs: a function call, and a look at need_resched, for which the way out of any interrupt is enough. */
export const CALL = 'call_function_single';
export const RESCHEDULE = 'reschedule';

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
 * Interrupts, softirqs and IPIs. A hard interrupt is taken as soon as interrupts are on, and never
 * nests; a softirq runs when the outermost hard interrupt returns.
 */
export abstract class Interrupts extends Scheduler {
  protected abstract readonly costs_irq: InterruptCosts;
  /** Work on the way to user mode: `exit_to_user_mode_loop`; the kernel sets it at boot. */
  exitToUser: () => Proc = nothing;
  /** Handler of each softirq vector; the kernel fills them in at boot. */
  readonly softirqHandlers: ((() => Proc) | null)[] = SOFTIRQ_NAMES.map(() => null);

  /** Contexts that have ended, to be used again. */
  private readonly spareSoftirqs: ExecContext[] = [];
  private readonly spareHardirqs: ExecContext[] = [];

  /** The jiffies counter, from 0 at the start of the run. */
  get jiffies(): number {
    return Math.floor(this.now_ns / this.costs_irq.jiffy_ns);
  }

  /** A device or another CPU raises an interrupt. Call it outside any CPU, i.e. from a callback. It is taken when the
   *  callback has returned, if interrupts are on; an idle CPU first has to leave its idle state. */
  raiseIrq(cpu: Cpu, irq: PendingIrq): void {
    assert(this.cpu === null, 'interrupts are raised from outside');
    assert(cpu.online, 'interrupts go to CPUs that are online');
    cpu.pendingIrqs.push(irq);
    if (cpu.pendingIrqs.length > 1 || !cpu.irqsEnabled()) return;
    this.suspend(cpu);
    const asleep = cpu.current.idle && !cpu.interrupted;
    const ready_ns = this.now_ns + (asleep ? this.costs_irq.idleExit_ns : 0);
    this.appoint(cpu, ready_ns);
  }

  /** Has another CPU call a function in a hard interrupt: `smp_call_function_single_async()`. */
  sendCall(target: Cpu, handler: () => Proc): void {
    assert(target.online, 'functions are called on CPUs that are online');
    const cause = this.emit(Ev.Trace, this.intern('ipi_send_cpu'), 0, target.id);
    const call: PendingIrq = { name: CALL, vector: 251, handler, cause };
    target.calls.push(call);
    this.at(this.now_ns + this.costs_irq.ipi_ns, () => {
      const at = target.calls.indexOf(call);
      if (at < 0) return; // the CPU went offline and made the call before
      target.calls.splice(at, 1);
      this.raiseIrq(target, call);
    });
  }

  protected override kick(cpu: Cpu): void {
    const cause = this.emit(Ev.Trace, this.intern('ipi_send_cpu'), 0, cpu.id);
    this.at(this.now_ns + this.costs_irq.ipi_ns, () => {
      if (cpu.online) this.raiseIrq(cpu, { name: RESCHEDULE, vector: 253, handler: nothing, cause });
    });
  }

  /** When a jiffy begins. */
  jiffyStart_ns(jiffy: number): number {
    return jiffy * this.costs_irq.jiffy_ns;
  }

  /** A flag was set for a task: if it polls in the kernel, it sees that in its next pass. Nobody interrupts it. */
  showTask(task: Task): void {
    if (task.running && !task.context.userMode) this.signalPoller(this.cpus[task.cpu]!);
  }

  /** Tells a running task to look at its task_work: ends its poll loop, or interrupts it on another CPU. */
  kickTask(task: Task): void {
    if (!task.running) return;
    const cpu = this.cpus[task.cpu]!;
    this.signalPoller(cpu);
    if (cpu !== this.cpu) this.kick(cpu);
  }

  protected override takeIrq(cpu: Cpu): void {
    const irq = cpu.pendingIrqs.shift();
    assert(irq !== undefined, 'an interrupt is pending');
    this.suspend(cpu);
    const context = this.contextOn(cpu, 2);
    this.beginContext(cpu, context, Ev.Irq, this.intern(irq.name), irq.vector, irq.cause);
    context.remaining_ns = this.costs_irq.irqEntry_ns;
    context.body = irq.handler;
    context.exit_ns = this.costs_irq.irqExit_ns;
  }

  private spares(level: 1 | 2): ExecContext[] {
    return level === 2 ? this.spareHardirqs : this.spareSoftirqs;
  }

  private contextOn(cpu: Cpu, level: 1 | 2): ExecContext {
    const context = this.spares(level).pop() ?? new ExecContext(level);
    cpu.push(context);
    return context;
  }

  private beginContext(
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

  protected override contextDone(cpu: Cpu): void {
    const context = cpu.top;
    if (context.level === 0) {
      this.endTask(cpu);
      return;
    }
    this.emit(context.level === 2 ? Ev.IrqEnd : Ev.SoftirqEnd, 0, 0, 0, context.resumeRow);
    assert(
      context.preemptCount === 0 && context.irqsOff === 0 && context.bhOff === 0 && context.rcuDepth === 0,
      'a handler leaves the counts as it found them',
    );
    cpu.pop();
    this.ctx = cpu.top;
    this.spares(context.level).push(context);
    if (context.level === 1) this.nextSoftirq(cpu, context.resumeRow);
    else if (!cpu.interrupted) this.interruptReturns(cpu, context.resumeRow);
  }

  /** The outermost hard interrupt returns: softirqs first, then the scheduler or the way to user mode. */
  private interruptReturns(cpu: Cpu, cause: number): void {
    if (cpu.softirqPending !== 0 && cpu.top.bhOff === 0) this.firstSoftirq(cpu, cause);
    else this.backToTask(cpu);
  }

  private backToTask(cpu: Cpu): void {
    const { current } = cpu;
    if (current.idle) {
      if (cpu.needResched !== Resched.No) this.deschedule(cpu, true);
    } else if (current.context.userMode) {
      if (cpu.needResched !== Resched.No || current.notifySignal || current.notifyResume)
        this.pushFrame(current.context, this.userReturn(current.context), 0, current.id, NOT_LOGGED);
    } else if (cpu.needResched === Resched.Now && this.config.preempt === 'lazy' && cpu.preemptible())
      this.deschedule(cpu, true); // only real-time wake-ups and ticks set it fully there
  }

  /** On the way back from an interrupt to user mode. */
  private *userReturn(context: ExecContext): Proc {
    this.setUserMode(context, false);
    yield* this.exitToUser();
    this.setUserMode(context, true);
  }

  /** Enters or leaves user mode on the running CPU. */
  setUserMode(context: ExecContext, on: boolean): void {
    context.userMode = on;
    this.cpu?.pack();
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

  private firstSoftirq(cpu: Cpu, cause: number): void {
    cpu.softirqs.mask = 0;
    cpu.softirqs.passes = 0;
    cpu.softirqs.startJiffy = this.jiffies;
    this.nextSoftirq(cpu, cause);
  }

  /** Begins the next pending vector, or the next pass, or leaves the rest to ksoftirqd. */
  private nextSoftirq(cpu: Cpu, cause: number): void {
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

function* nothing(): Proc {
  // a reschedule interrupt has no handler of its own
}

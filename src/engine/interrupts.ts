import { assert } from '../base/assert.ts';
import { Ev } from '../log/events.ts';
import { type Cpu, type PendingIrq, Resched } from './cpu.ts';
import { type ExecContext, NOT_LOGGED, type Proc } from './frame.ts';
import { Softirqs } from './softirqs.ts';
import type { Task } from './task.ts';

/** Interrupts between CPUs: a function call, and a look at need_resched, for which the way out of any interrupt is enough. */
export const CALL = 'call_function_single';
export const RESCHEDULE = 'reschedule';

/**
 * Hard interrupts and those that CPUs send each other. One is taken as soon as interrupts are on, and never nests; when the
 * outermost returns, softirqs run, then the scheduler.
 */
export abstract class Interrupts extends Softirqs {
  /** Work on the way to user mode: `exit_to_user_mode_loop`; the kernel sets it at boot. */
  exitToUser: () => Proc = nothing;

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
    const { line } = irq;
    if (line === undefined) context.body = irq.handler;
    else
      context.body = () => {
        line.raised = false;
        return irq.handler();
      };
    context.exit_ns = this.costs_irq.irqExit_ns;
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
    this.giveBack(context);
    if (context.level === 1) {
      this.nextSoftirq(cpu, context.resumeRow);
      return;
    }
    this.leaveToKtimers(cpu);
    if (!cpu.interrupted) this.interruptReturns(cpu, context.resumeRow);
  }

  /** The outermost hard interrupt returns: softirqs first, then the scheduler or the way to user mode. */
  private interruptReturns(cpu: Cpu, cause: number): void {
    if (this.config.threadirqs) this.leaveToSoftirqd(cpu);
    else if (cpu.softirqPending !== 0 && cpu.top.bhOff === 0) {
      this.firstSoftirq(cpu, cause);
      return;
    }
    this.backToTask(cpu);
  }

  protected override backToTask(cpu: Cpu): void {
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
}

function* nothing(): Proc {
  // a reschedule interrupt has no handler of its own
}

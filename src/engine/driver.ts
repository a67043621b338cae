import { assert } from '../base/assert.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { type Cpu, Resched } from './cpu.ts';
import { EventQueue } from './event-queue.ts';
import { type ExecContext, Op, type Proc, type Step } from './frame.ts';
import { Recorder } from './recorder.ts';
import { Obj } from './struct.ts';

/** What an entry of the event queue asks for. */
export const Due = {
  /** CPU `a` goes on, if its generation is still `b`. */
  Cpu: 0,
  /** Callback `a` is called. */
  Callback: 1,
  /** CPU `a`: timer tick. */
  Tick: 2,
} as const;

/** Spending without an end, until something shortens it: more than any run lasts, and still counted exactly. */
export const ENDLESS_NS = 2 ** 52;

/**
 * The function driver: runs the generators of the model, each execution context with its own stack of frames, so that
 * going on costs the same at any depth, and entry and exit are logged in one place. Other contexts run only where a
 * generator yields.
 */
export abstract class Driver extends Recorder {
  readonly cpus: Cpu[] = [];
  protected readonly queue = new EventQueue();

  /** Operands of the step that was just yielded. */
  private amount_ns = 0;
  private callee: Proc<unknown> | null = null;
  private calleeName = 0;
  private calleeObject = 0;

  /** The driver hands control back when time or the log reach these. */
  protected stopAt_ns = Infinity;
  protected stopAtRow = Infinity;
  /** No CPU goes on when the log has so many rows, so that a loop in the model that takes no time ends too. */
  protected lastRow = Infinity;

  private readonly callbacks: ((() => void) | null)[] = [];
  private readonly freeSlots: number[] = [];

  /** An interrupt is pending and may be taken: push its context. */
  protected abstract takeIrq(cpu: Cpu): void;
  /** The last frame of the top context has returned. */
  protected abstract contextDone(cpu: Cpu): void;
  /** `schedule()`: the current task gives up the CPU; `preempted` when it would have liked to go on. */
  protected abstract deschedule(cpu: Cpu, preempted: boolean): void;
  /** The idle task has been reached with nothing to do: true if there is something after all. */
  protected abstract leaveIdle(cpu: Cpu): boolean;
  protected abstract startSoftirqs(cpu: Cpu): void;
  /** Is every point of the kernel where preemption is on a preemption point? */
  protected abstract readonly fullPreemption: boolean;

  /**
   * Calls a model function: `const r = yield* k.call(f, a, b)`. The call is a span in the log; its subject is the first
   * argument if that is an object of the run.
   */
  *call<A extends readonly unknown[], R>(fn: (k: this, ...args: A) => Proc<R>, ...args: A): Proc<R> {
    this.callee = fn(this, ...args);
    this.calleeName = this.nameOf(fn);
    const subject = args[0];
    this.calleeObject = subject instanceof Obj ? subject.id : 0;
    return (yield Op.Call) as R;
  }

  /** Uses the CPU: `yield k.spend(ns)`. Interrupts may come in between when they are on. */
  spend(duration_ns: number): Step {
    this.amount_ns = duration_ns;
    return Op.Spend;
  }

  /** `schedule()`: `yield k.schedule()`, after the task's state was set. */
  schedule(): Step {
    return Op.Schedule;
  }

  /** Calls back at `time_ns`, outside any CPU. */
  at(time_ns: number, callback: () => void): void {
    assert(time_ns >= this.now_ns, 'nothing happens in the past');
    const slot = this.freeSlots.pop() ?? this.callbacks.length;
    this.callbacks[slot] = callback;
    this.queue.push(time_ns, Due.Callback, slot, 0);
  }

  protected runCallback(slot: number): void {
    const callback = this.callbacks[slot];
    assert(callback !== null && callback !== undefined, 'a callback is run once');
    this.callbacks[slot] = null;
    this.freeSlots.push(slot);
    callback();
  }

  /** Puts a frame on top of a context. `enterRow` is `NO_ROW` for a frame that is not a kernel function. */
  protected pushFrame(
    context: ExecContext,
    frame: Proc<unknown>,
    name: number,
    object: number,
    enterRow: number,
  ): void {
    context.frames.push(frame);
    context.names.push(name);
    context.objects.push(object);
    context.enterRows.push(enterRow);
    context.unspent_ns.push(context.remaining_ns);
    context.remaining_ns = 0;
    if (enterRow !== NO_ROW) context.causeRow = enterRow;
  }

  /** Logs a call on the running context and puts its frame there. */
  protected enter(context: ExecContext, frame: Proc<unknown>, name: number, object: number): void {
    const row = this.emit(Ev.Enter, name, object, context.frames.length - 1);
    this.pushFrame(context, frame, name, object, row);
  }

  private leave(context: ExecContext, result: unknown): void {
    const { frames, names, objects, enterRows, unspent_ns } = context;
    const row = enterRows[frames.length - 1]!;
    if (row !== NO_ROW) this.emit(Ev.Exit, names[frames.length - 1]!, objects[frames.length - 1]!, 0, row);
    frames.pop();
    names.pop();
    objects.pop();
    enterRows.pop();
    context.remaining_ns = unspent_ns.pop() ?? 0;
    context.result = result;
    const outer = frames.length === 0 ? NO_ROW : enterRows[frames.length - 1]!;
    const { resumeRow } = context;
    context.causeRow = outer === NO_ROW || (resumeRow !== NO_ROW && resumeRow > outer) ? resumeRow : outer;
  }

  /** Lets the top context of `cpu` run until it has to wait for time or for another CPU. */
  protected run(cpu: Cpu): void {
    this.cpu = cpu;
    while (this.log.rows < this.lastRow) {
      if (cpu.pendingIrqs.length > 0 && cpu.irqsEnabled()) {
        this.takeIrq(cpu);
        continue;
      }
      const context = cpu.top;
      this.ctx = context;
      if (this.fullPreemption && cpu.needResched === Resched.Now && !cpu.current.idle && cpu.preemptible()) {
        this.deschedule(cpu, true);
        continue;
      }
      if (context.remaining_ns > 0) {
        if (this.waitOutSpending(cpu, context)) continue;
        break;
      }
      if (context.parked) {
        if (!context.released) break;
        context.parked = false;
        context.released = false;
      }
      if (!this.resumeFrame(cpu, context)) break;
    }
    this.cpu = null;
    this.ctx = null;
  }

  /** Goes on in the top frame up to its next step; false when the CPU has to wait. */
  private resumeFrame(cpu: Cpu, context: ExecContext): boolean {
    const { frames } = context;
    if (frames.length === 0) {
      if (context.level === 0 && cpu.current.idle) return this.leaveIdle(cpu);
      this.contextDone(cpu);
      return true;
    }
    const { result } = context;
    context.result = undefined;
    const step = frames[frames.length - 1]!.next(result);
    if (step.done === true) {
      this.leave(context, step.value);
      return true;
    }
    switch (step.value) {
      case Op.Call:
        assert(this.callee !== null, 'call() has prepared the callee');
        this.enter(context, this.callee, this.calleeName, this.calleeObject);
        return true;
      case Op.Spend:
        context.remaining_ns = this.amount_ns;
        return true;
      case Op.Schedule:
        this.deschedule(cpu, false);
        return true;
      case Op.Resched:
        if (cpu.needResched !== Resched.No) this.deschedule(cpu, true);
        return true;
      case Op.Park:
        context.parked = true;
        return true;
      case Op.Softirqs:
        this.startSoftirqs(cpu);
        return true;
      default:
        throw new Error(`bioscope is wrong here: a model function yielded ${String(step.value)}`);
    }
  }

  /** Spends what the context still has to spend: at once when nothing else can happen meanwhile (true), else through
   *  the event queue. */
  private waitOutSpending(cpu: Cpu, context: ExecContext): boolean {
    const end_ns = this.now_ns + context.remaining_ns;
    if (end_ns < this.queue.peekTime() && end_ns <= this.stopAt_ns && this.log.rows < this.stopAtRow) {
      this.now_ns = end_ns;
      context.remaining_ns = 0;
      return true;
    }
    cpu.spending = true;
    cpu.spendEnd_ns = end_ns;
    cpu.generation++;
    if (context.remaining_ns < ENDLESS_NS / 2) this.queue.push(end_ns, Due.Cpu, cpu.id, cpu.generation);
    return false;
  }

  /** An entry of the queue says that `cpu` may go on. */
  protected goOn(cpu: Cpu, generation: number): void {
    if (generation !== cpu.generation) return; // suspended meanwhile
    if (cpu.spending) {
      cpu.spending = false;
      cpu.top.remaining_ns = 0;
    }
    this.run(cpu);
  }

  /** Stops the spending of the top context, which keeps what remains, so that something else can run on top. */
  protected suspend(cpu: Cpu): void {
    if (cpu.spending) {
      cpu.spending = false;
      cpu.top.remaining_ns = cpu.spendEnd_ns - this.now_ns;
    }
    cpu.generation++;
  }

  /** Lets a parked context go on, now or when what interrupts it has ended. */
  protected release(cpu: Cpu, context: ExecContext): void {
    context.released = true;
    if (cpu.top === context && context.parked) this.queue.push(this.now_ns, Due.Cpu, cpu.id, cpu.generation);
  }
}

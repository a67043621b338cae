import { assert } from '../base/assert.ts';
import { Ev } from '../log/events.ts';
import { Appointments } from './appointments.ts';
import { type Cpu, Resched } from './cpu.ts';
import { EventQueue } from './event-queue.ts';
import { type ExecContext, Frame, NOT_LOGGED, Op, type Proc, type Step } from './frame.ts';
import { Recorder } from './recorder.ts';
import { Obj } from './struct.ts';

/** What an entry of the event queue asks for. */
export const Due = {
  /** Callback `a` is called. */
  Callback: 0,
  /** CPU `a`: timer tick. */
  Tick: 1,
} as const;

/** Spending without an end, until something shortens it: more than any run lasts, and still counted exactly. */
export const ENDLESS_NS = 2 ** 52;

/** `next()` of every generator. Looked up on each, it is searched for every time: each function has a kind of its own. */
const generatorNext = Reflect.get(function* () {}.prototype as object, 'next') as (
  this: Proc<unknown>,
  value: unknown,
) => IteratorResult<Step, unknown>;

/**
 * What `yield* k.call(f)` iterates over: at first it yields `Op.Call` to the driver, which runs the callee on its own
 * stack; when it is resumed, it gives back what the callee returned. A generator would do the same; this one object
 * serves all calls and allocates nothing. That works because the first step follows at once on the call, so that all
 * others are resumptions.
 */
class Calling {
  callee: Proc<unknown> | null = null;
  name = 0;
  object = 0;
  private yielded = true;
  private readonly step = { done: false, value: Op.Call };
  private readonly result = { done: true, value: undefined as unknown };

  prepare(callee: Proc<unknown>, name: number, object: number): void {
    assert(this.yielded, 'a call is waited for where it is made: yield* k.call()');
    this.yielded = false;
    this.callee = callee;
    this.name = name;
    this.object = object;
  }

  next(result: unknown): { done: boolean; value: unknown } {
    if (this.yielded) {
      this.result.value = result;
      return this.result;
    }
    this.yielded = true;
    return this.step;
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/**
 * The function driver: runs the generators of the model, each execution context with its own stack of frames, so that
 * going on costs the same at any depth, and entry and exit are logged in one place. Other contexts run only where a
 * generator yields.
 */
export abstract class Driver extends Recorder {
  readonly cpus: Cpu[] = [];
  protected readonly queue = new EventQueue();
  /** When each CPU goes on that spends time or has something to do. */
  protected readonly appointments = new Appointments<Cpu>();

  private readonly calling = new Calling();
  /** Operand of the `Op.Spend` that was just yielded. */
  private amount_ns = 0;

  /** The driver hands control back when time or the log reach these. */
  protected stopAt_ns = Infinity;
  protected stopAtRow = Infinity;
  /** No CPU goes on when the log has so many rows, so that a loop in the model that takes no time ends too. */
  protected lastRow = Infinity;

  private readonly callbacks: ((() => void) | null)[] = [];
  private readonly freeSlots: number[] = [];
  /** Frames to be used again, linked by `outer`. */
  private spareFrames: Frame | null = null;

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
  call<A extends readonly unknown[], R>(fn: (k: this, ...args: A) => Proc<R>, ...args: A): Proc<R> {
    const subject = args[0];
    return this.callAbout(subject instanceof Obj ? subject : null, fn, ...args);
  }

  /** The same for a call that is about another object than its first argument. */
  callAbout<A extends readonly unknown[], R>(
    subject: Obj | null,
    fn: (k: this, ...args: A) => Proc<R>,
    ...args: A
  ): Proc<R> {
    const callee = fn(this, ...args);
    this.calling.prepare(callee, this.nameOf(fn), subject?.id ?? 0);
    return this.calling as unknown as Proc<R>; // all that `yield*` needs of a generator, and it returns the callee's R
  }

  /** A part of the calling function that is written apart: no call of its own in the log. */
  inlined<A extends readonly unknown[], R>(fn: (k: this, ...args: A) => Proc<R>, ...args: A): Proc<R> {
    return fn(this, ...args);
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
    this.queue.push(time_ns, Due.Callback, slot);
  }

  protected runCallback(slot: number): void {
    const callback = this.callbacks[slot];
    assert(callback !== null && callback !== undefined, 'a callback is run once');
    this.callbacks[slot] = null;
    this.freeSlots.push(slot);
    callback();
  }

  /** Puts a frame on top of a context; `enterRow` is `NOT_LOGGED` for one that is no function of the kernel. */
  protected pushFrame(
    context: ExecContext,
    proc: Proc<unknown>,
    name: number,
    object: number,
    enterRow: number,
  ): void {
    const frame = this.frameFor(proc);
    const outer = context.frame;
    frame.outer = outer;
    frame.enterRow = enterRow;
    frame.name = name;
    frame.object = object;
    if (outer !== null) frame.callDepth = outer.callDepth + 1;
    else frame.callDepth = enterRow === NOT_LOGGED ? 0 : 1;
    frame.unspent_ns = context.remaining_ns;
    context.remaining_ns = 0;
    context.frame = frame;
    if (enterRow !== NOT_LOGGED) context.causeRow = enterRow;
  }

  private frameFor(proc: Proc<unknown>): Frame {
    const frame = this.spareFrames;
    if (frame === null) return new Frame(proc);
    this.spareFrames = frame.outer;
    frame.proc = proc;
    return frame;
  }

  /** Logs the call that was prepared, and puts the callee on top of the running context. */
  private enter(context: ExecContext, depth: number): void {
    const { callee, name, object } = this.calling;
    assert(callee !== null, 'a call was prepared');
    const row = this.emit(Ev.Enter, name, object, depth);
    this.pushFrame(context, callee, name, object, row);
  }

  private leave(context: ExecContext, frame: Frame, result: unknown): void {
    const { enterRow, outer } = frame;
    if (enterRow !== NOT_LOGGED) this.emit(Ev.Exit, frame.name, frame.object, 0, enterRow);
    context.frame = outer;
    context.remaining_ns = frame.unspent_ns;
    context.result = result;
    context.causeRow = Math.max(outer === null ? NOT_LOGGED : outer.enterRow, context.resumeRow);
    frame.outer = this.spareFrames;
    this.spareFrames = frame;
  }

  /** Does the task of this CPU lose it here, between two steps of its functions? */
  protected preemptsHere(cpu: Cpu): boolean {
    return cpu.needResched === Resched.Now && this.fullPreemption && !cpu.current.idle && cpu.preemptible();
  }

  /** Lets the top context of `cpu` run until it has to wait for time or for another CPU. */
  private run(cpu: Cpu): void {
    this.cpu = cpu;
    while (this.log.rows < this.lastRow) {
      if (cpu.pendingIrqs.length > 0 && cpu.irqsEnabled()) {
        this.takeIrq(cpu);
        continue;
      }
      const context = cpu.top;
      this.ctx = context;
      if (this.preemptsHere(cpu)) {
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
      const { frame } = context;
      if (frame !== null) this.resume(cpu, context, frame);
      else if (!this.beginOrEnd(cpu, context)) break;
    }
    this.cpu = null;
    this.ctx = null;
  }

  /** Goes on in the top frame up to its next step. */
  private resume(cpu: Cpu, context: ExecContext, frame: Frame): void {
    const { result } = context;
    context.result = undefined;
    const step = generatorNext.call(frame.proc, result);
    if (step.done === true) {
      this.leave(context, frame, step.value);
      return;
    }
    switch (step.value) {
      case Op.Call:
        this.enter(context, frame.callDepth);
        break;
      case Op.Spend:
        context.remaining_ns = this.amount_ns;
        break;
      case Op.Schedule:
        this.deschedule(cpu, false);
        break;
      case Op.Resched:
        if (cpu.needResched !== Resched.No) this.deschedule(cpu, true);
        break;
      case Op.Park:
        context.parked = true;
        break;
      case Op.Softirqs:
        this.startSoftirqs(cpu);
        break;
      default:
        throw new Error(`bioscope is wrong here: a model function yielded ${String(step.value)}`);
    }
  }

  /** Goes on in a context without a frame; false when the CPU has nothing to do. */
  private beginOrEnd(cpu: Cpu, context: ExecContext): boolean {
    const { body } = context;
    if (body !== null) this.begin(context, body);
    else if (context.exit_ns > 0) {
      context.remaining_ns = context.exit_ns;
      context.exit_ns = 0;
    } else if (context.level === 0 && cpu.current.idle) return this.leaveIdle(cpu);
    else this.contextDone(cpu);
    return true;
  }

  private begin(context: ExecContext, body: () => Proc<unknown>): void {
    context.body = null;
    const proc: unknown = body();
    if (proc !== this.calling) {
      this.pushFrame(context, proc as Proc<unknown>, 0, context.object, NOT_LOGGED);
      return;
    }
    this.calling.next(undefined);
    this.enter(context, 0);
  }

  /** Spends what the context still has to spend: at once when nothing else can happen meanwhile (true), else with an
   *  appointment for the end. */
  private waitOutSpending(cpu: Cpu, context: ExecContext): boolean {
    const end_ns = this.now_ns + context.remaining_ns;
    if (end_ns < this.nextTime() && end_ns <= this.stopAt_ns && this.log.rows < this.stopAtRow) {
      this.now_ns = end_ns;
      context.remaining_ns = 0;
      return true;
    }
    cpu.spending = true;
    cpu.spendEnd_ns = end_ns;
    assert(cpu.due_ns === Infinity, 'a CPU that runs has no appointment, which would cut its spending short');
    if (context.remaining_ns < ENDLESS_NS / 2) this.appoint(cpu, end_ns);
    return false;
  }

  /** When something happens next: an entry of the queue, or a CPU that goes on. */
  private nextTime(): number {
    const { first } = this.appointments;
    const event_ns = this.queue.peekTime();
    return first !== null && first.due_ns < event_ns ? first.due_ns : event_ns;
  }

  /** Lets a CPU go on at `time_ns`, unless it does so before anyway. */
  protected appoint(cpu: Cpu, time_ns: number): void {
    if (cpu.due_ns > time_ns) this.appointments.set(cpu, time_ns, this.queue.takeSequence());
  }

  /** It is the time that `cpu` was appointed for. */
  protected goOn(cpu: Cpu): void {
    this.appointments.cancel(cpu);
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
    this.appointments.cancel(cpu);
  }

  /** Lets a parked context go on, now or when what interrupts it has ended. */
  protected release(cpu: Cpu, context: ExecContext): void {
    context.released = true;
    if (cpu.top === context && context.parked) this.appoint(cpu, this.now_ns);
  }
}

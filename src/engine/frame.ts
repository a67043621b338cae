/** What a model function yields to the driver: one of `Op`; operands are in the engine's fields. */
export type Step = number;

/** A model function in progress. Its result is `R`; what `yield` gives back is the callee's result. */
export type Proc<R = void> = Generator<Step, R, unknown>;

export const Op = {
  /** Enter the function that `Engine.call` has prepared. */
  Call: 0,
  /** Use the CPU for `Engine.amount_ns`. */
  Spend: 1,
  /** Give up the CPU: `schedule()`. */
  Schedule: 2,
  /** Give up the CPU if a reschedule is due. */
  Resched: 3,
  /** Wait busily until `release` lets this context go on. */
  Park: 4,
  /** Run pending softirqs on top of this context. */
  Softirqs: 5,
} as const;

/** In place of the row of its Enter: a frame that is no function of the kernel, such as a task's own code. */
export const NOT_LOGGED = -1;

/** A function in progress on the stack of a context. The driver uses frames again, so nobody else keeps one. */
export class Frame {
  proc: Proc<unknown>;
  /** The frame below; null for the first of its context. */
  outer: Frame | null = null;
  /** Row of its Enter, or `NOT_LOGGED`. */
  enterRow = NOT_LOGGED;
  name = 0;
  object = 0;
  /** How deep in its context a call from here is nested. */
  callDepth = 0;
  /** CPU time that the frame below still had to spend when this one was put on top. */
  unspent_ns = 0;

  constructor(proc: Proc<unknown>) {
    this.proc = proc;
  }
}

/**
 * One execution context: a task, or a softirq or hardirq on top of one. It keeps its own stack of function frames, so
 * that going on costs the same at any depth and the stack is there to show, and the counts that the kernel keeps.
 */
export class ExecContext {
  /** What it runs, until it begins. It may be `() => k.call(f)`, a call that must not be made any sooner. */
  body: (() => Proc<unknown>) | null = null;
  /** What the body is about: the task's object, or 0. */
  object = 0;
  /** The function that goes on next; null when there is none. */
  frame: Frame | null = null;
  /** What the callee returned, for the next `next()`. */
  result: unknown = undefined;

  /** Row through which this context got the CPU: its Irq or Softirq, or the last Switch. */
  resumeRow = 0;
  /** Cause of the next event. */
  causeRow = 0;

  preemptCount = 0;
  irqsOff = 0;
  bhOff = 0;
  /** RCU read-side sections, one inside the other. */
  rcuDepth = 0;
  /** Why the task has to stay on its CPU, in number (PREEMPT_RT). */
  migrateOff = 0;
  /** Runs a softirq in the task itself (PREEMPT_RT). */
  servesSoftirq = false;
  userMode = false;

  /** CPU time still to spend before the top frame goes on. */
  remaining_ns = 0;
  /** CPU time to spend when the body has returned. */
  exit_ns = 0;
  /** Parked: waiting busily, see `Op.Park`. */
  parked = false;
  /** Set by `Engine.release` while something else was on top. */
  released = false;

  /** 0 task, 1 softirq, 2 hardirq. */
  readonly level: 0 | 1 | 2;

  constructor(level: 0 | 1 | 2) {
    this.level = level;
  }
}

import { NO_ROW } from '../base/units.ts';

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

/**
 * One execution context: a task, or a softirq or hardirq on top of one. It keeps its own stack of function frames, so
 * that going on costs the same at any depth and the stack is there to show, and the counts that the kernel keeps.
 */
export class ExecContext {
  readonly frames: Proc<unknown>[] = [];
  /** For each frame: row of its Enter, name, object. `NO_ROW` marks a frame that is not a kernel function. */
  readonly enterRows: number[] = [];
  readonly names: number[] = [];
  readonly objects: number[] = [];
  /** For each frame: CPU time it still had to spend when another frame was put on top. */
  readonly unspent_ns: number[] = [];
  /** What the callee returned, for the next `next()`. */
  result: unknown = undefined;

  /** Row through which this context got the CPU: its Irq or Softirq, or the last Switch. */
  resumeRow = NO_ROW as number;
  /** Cause of the next event. */
  causeRow = NO_ROW as number;

  preemptCount = 0;
  irqsOff = 0;
  bhOff = 0;
  userMode = false;

  /** CPU time still to spend before the top frame goes on. */
  remaining_ns = 0;
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

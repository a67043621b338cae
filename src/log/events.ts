/**
 * What an event is. One event is one row of the log: columns of typed arrays, 37 bytes in all (see `columns.ts`).
 *
 * | column   | bytes | holds                                                                          |
 * |----------|-------|--------------------------------------------------------------------------------|
 * | time_ns  | 8     | simulated time, integer nanoseconds                                            |
 * | kind     | 1     | one of `Ev`                                                                    |
 * | cpu      | 2     | CPU, or `NO_CPU` for what happens outside (device, start of the run)           |
 * | context  | 2     | packed execution context, see `context.ts`                                     |
 * | name     | 4     | string id: function, field, rule, tracepoint, interrupt ...                    |
 * | object   | 4     | object id: what it is about; 0 for none                                        |
 * | value    | 8     | by kind, see below                                                             |
 * | cause    | 4     | row of the event that made this one happen; `NO_ROW` only in row 0 and imports |
 * | prev     | 4     | by kind: the row this one refers back to; `NO_ROW` for none                    |
 */
export const Ev = {
  /** Row 0: the run starts. It causes the actors. */
  Start: 0,
  /** A function is entered. name: function; object: its subject; value: depth of nesting in its context, from 0. */
  Enter: 1,
  /** A function returns. name, object as in Enter; prev: row of the Enter. */
  Exit: 2,
  /** A hard interrupt begins on the CPU. name: who ("nvme0q2", "call_function_single" ...); value: vector. */
  Irq: 3,
  /** prev: row of the Irq. */
  IrqEnd: 4,
  /** A softirq handler begins. name: vector's name ("BLOCK"); value: vector number. */
  Softirq: 5,
  /** prev: row of the Softirq. */
  SoftirqEnd: 6,
  /** The CPU changes its task (tracepoint sched_switch). object: next task; value: `TaskState` of the previous task;
   *  prev: row of this CPU's previous Switch. cause: what made the next task runnable. */
  Switch: 7,
  /** A task becomes runnable (sched_wakeup). object: the task; value: its CPU. */
  Wake: 8,
  /** A task stops running of its own will. object: the task; name: what it waits for; value: its new `TaskState`. */
  Sleep: 9,
  /** An object comes into being. name: its type. */
  New: 10,
  /** An object's memory is given back. name: its type. */
  Free: 11,
  /** A field is written. object; name: field; value: new value; prev: row of the previous write of this field of this
   *  object. The initial values of an object are its first writes. */
  Set: 12,
  /** A decision. name: rule id; object: subject; value: outcome (0, 1, or a small integer that the rule names). */
  Decide: 13,
  /** One input of a decision, in the rows right after it. name: input's label; value; prev: row of the Decide. */
  Input: 14,
  /** A kernel tracepoint. name: the tracepoint; object, value as the tracepoint means them. */
  Trace: 15,
  /** An object enters a place where it waits. object: the item; value: object id of the place. */
  Put: 16,
  /** An object leaves such a place. object: the item; value: object id of the place; prev: row of its Put. */
  Take: 17,
  /** Waiting busily, n times, in one event at its end. name: what; value: how often; prev: row where it began. */
  Spin: 18,
  /** The engine saw a rule of the kernel broken. name: hazard id; object: who. */
  Hazard: 19,
  /** A lock is taken. object: the lock. */
  Lock: 20,
  /** A lock is given up. object: the lock; prev: row of the Lock. */
  Unlock: 21,
  /** An error or result becomes visible outside the kernel: a CQE, an aio event, a system call's return.
   *  name: how ("cqe", "aio_event", "return"); object: the I/O's top object; value: result (bytes or -errno). */
  Notify: 22,
  /** The last row. name: why the run ended ("done", "limit: events", "stuck" ...); value: number of rows before. */
  Stop: 23,
} as const;
export type Ev = (typeof Ev)[keyof typeof Ev];

/** Names of the kinds for text output and search, indexed by kind. */
export const EV_NAMES: readonly string[] = Object.keys(Ev);

/** The `cpu` column of an event outside any CPU. */
export const NO_CPU = 0xffff;

/** What a task is doing; the letters are those of sched_switch. */
export const TaskState = {
  Running: 0,
  Interruptible: 1,
  Uninterruptible: 2,
  Idle: 3,
  Preempted: 4,
  Dead: 5,
} as const;
export type TaskState = (typeof TaskState)[keyof typeof TaskState];
export const TASK_STATE_LETTERS: readonly string[] = ['R', 'S', 'D', 'I', 'R+', 'X'];

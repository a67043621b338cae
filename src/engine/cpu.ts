import {
  CTX_BH_OFF,
  CTX_IDLE,
  CTX_IRQS_OFF,
  CTX_MIGRATE_OFF,
  CTX_RESCHED,
  CTX_RESCHED_LAZY,
  CTX_USER,
} from '../log/context.ts';
import type { ExecContext, Proc } from './frame.ts';
import type { IdleTask, Task } from './task.ts';

/** An interrupt that wants to be handled. The name says who raised it: what has the same name is the same source. */
export type PendingIrq = {
  readonly name: string;
  readonly vector: number;
  /** The handler's body, made when the interrupt is taken. */
  readonly handler: () => Proc<unknown>;
  /** Row that raised it. */
  readonly cause: number;
  /** The interrupt line, if it has one: it is not raised any more when the handler begins. */
  readonly line?: { raised: boolean };
};

/** A timer of the wheel; `handler` runs in TIMER softirq. */
export type Timer = { readonly dueJiffy: number; readonly handler: () => Proc };

/** `need_resched`: not, at the next opportunity, or at the next tick or return to user mode. */
export const Resched = { No: 0, Now: 1, Lazy: 2 } as const;
export type Resched = (typeof Resched)[keyof typeof Resched];

/** A processor: the task it runs, the interrupts stacked on top, and what the kernel keeps for each CPU. */
export class Cpu {
  /** Execution contexts from the task up; the last one, `top`, runs. */
  private readonly stack: ExecContext[];
  top: ExecContext;
  current: Task;
  needResched: Resched = Resched.No;
  /** Pending softirq vectors, a bit each. */
  softirqPending = 0;
  readonly pendingIrqs: PendingIrq[] = [];
  /** Calls that other CPUs have sent and that have not arrived yet. */
  readonly calls: PendingIrq[] = [];
  /** In cpu_online_mask: it runs code. */
  online = true;
  /** In cpu_active_mask: tasks that are not bound to it may be sent here. */
  active = true;
  readonly queue: Task[] = [];
  readonly realtimeQueue: Task[] = [];
  /** When it goes on; see `Appointments`. */
  due_ns = Infinity;
  dueSequence = 0;
  heapIndex = -1;
  /** When the top context's present spending ends. */
  spendEnd_ns = 0;
  spending = false;
  /** Row of the last Switch. */
  switchRow: number;
  /** Packed context of the top frame, kept up to date by `pack`. */
  bits = 0;

  /** Where it stands in running its softirqs. */
  readonly softirqs = { mask: 0, passes: 0, startJiffy: 0 };
  ksoftirqd: Task | null = null;
  /** With forced interrupt threads: the thread that runs timers, and the vectors that it is to run. */
  ktimers: Task | null = null;
  timersPending = 0;
  /** Both threads are parked. */
  softirqdParked = false;
  /** Tasks whose bottom halves are off, also such as wait for the CPU: with PREEMPT_RT there may be several. */
  bhOffTasks = 0;
  /** Tasks that may not leave this CPU for now, also such as sleep. */
  pinnedTasks = 0;
  /** With PREEMPT_RT: high-resolution timers that are up and wait for their softirq. */
  readonly softHrtimers: (() => Proc<unknown>)[] = [];
  /** Timers of the wheel, in the order in which they were armed. */
  timers: Timer[] = [];
  /** When its next tick is due; Infinity when none is armed. */
  nextTick_ns = Infinity;

  readonly id: number;
  readonly idle: IdleTask;
  /** CONFIG_PREEMPT_COUNT: does the kernel know how often preemption was disabled? */
  private readonly counts: boolean;
  /** CONFIG_PREEMPT_RT: bottom halves that are off do not keep others from the CPU. */
  private readonly rt: boolean;

  constructor(
    id: number,
    idle: IdleTask,
    startRow: number,
    { preemptCount, preempt }: { readonly preemptCount: boolean; readonly preempt: string },
  ) {
    this.id = id;
    this.idle = idle;
    this.counts = preemptCount;
    this.rt = preempt === 'rt';
    this.current = idle;
    this.stack = [idle.context];
    this.top = idle.context;
    this.switchRow = startRow;
  }

  /** Does anything run on top of the task? */
  get interrupted(): boolean {
    return this.stack.length > 1;
  }

  get servesSoftirq(): boolean {
    return this.stack.some((context) => context.level === 1 || context.servesSoftirq);
  }

  /** Begins to run an interrupt or a softirq on top. */
  push(context: ExecContext): void {
    this.stack.push(context);
    this.top = context;
    this.pack();
  }

  /** Ends what runs on top of the task. */
  pop(): void {
    this.stack.pop();
    this.top = this.stack[this.stack.length - 1]!;
    this.pack();
  }

  /** Gives the CPU, which is not interrupted, to a task. */
  switchTo(task: Task): void {
    this.current = task;
    this.stack[0] = task.context;
    this.top = task.context;
    this.pack();
  }

  /** Preempt depth as the kernel knows it and ftrace prints it: that of all stacked contexts. */
  preemptDepth(): number {
    return this.counts ? this.disabledDepth() : 0;
  }

  /** How often preemption is disabled, whether the kernel counts it or not. */
  disabledDepth(): number {
    let depth = 0;
    for (let i = 0; i < this.stack.length; i++) depth += this.stack[i]!.preemptCount;
    return depth;
  }

  /** RCU read-side sections around what runs: the kernel counts them for the task, with what interrupts it. */
  rcuDepth(): number {
    let depth = 0;
    for (let i = 0; i < this.stack.length; i++) depth += this.stack[i]!.rcuDepth;
    return depth;
  }

  /** Recomputes `bits` after anything it shows has changed. */
  pack(): void {
    const { top } = this;
    const nested = top.level === 2 && this.servesSoftirq;
    let bits: number = nested ? 3 : top.servesSoftirq ? 1 : top.level;
    if (top.level === 2 || top.irqsOff > 0) bits |= CTX_IRQS_OFF;
    if (top.level < 2 && top.bhOff > (top.servesSoftirq ? 1 : 0)) bits |= CTX_BH_OFF;
    if (this.stack[0]!.migrateOff > 0) bits |= CTX_MIGRATE_OFF;
    if (this.needResched === Resched.Now) bits |= CTX_RESCHED;
    if (this.needResched === Resched.Lazy) bits |= CTX_RESCHED_LAZY;
    if (top.userMode) bits |= CTX_USER;
    if (top.level === 0 && this.current.idle) bits |= CTX_IDLE;
    this.bits = bits | (Math.min(this.preemptDepth(), 15) << 8);
  }

  /** May an interrupt be taken right now? */
  irqsEnabled(): boolean {
    return this.top.level < 2 && this.top.irqsOff === 0;
  }

  /** Does the task below tolerate losing the CPU here? */
  preemptible(): boolean {
    const { top } = this;
    if (this.interrupted || top.preemptCount > 0 || top.irqsOff > 0) return false;
    return this.rt || top.bhOff === 0;
  }
}

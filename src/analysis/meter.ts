/** Reads throughput and the use of one CPU off a log chunk by chunk, so that a long run needs no memory for its log. */
import { type Chunk, chunkRows, columnsOver, OBJECT_STRIDE } from '../log/columns.ts';
import { contextLevel, CTX_USER, Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';

/** What a CPU does, told apart by who pays for it. The cost of a switch is the next task's. */
export const USES = ['hardirq', 'softirq', 'user', 'kernel', 'kworker', 'idle'] as const;
/**
 * user: a task outside kernel functions, with the way into and out of system calls; kernel: a task in kernel functions,
 * but for kworkers; an interrupt's time is its own.
 */
export type Use = (typeof USES)[number];

/** Sums of the window in which a run was measured. */
export type Figures = {
  /** I/Os whose result became visible in the window. */
  readonly ios: number;
  readonly span_ns: number;
  /** Time of the CPU by use; the sum is `span_ns`. */
  readonly use_ns: Readonly<Record<Use, number>>;
  /** Switches to a task other than the idle one. */
  readonly switches: number;
  readonly wakeups: number;
  readonly interrupts: number;
  /** Times that a kworker got the CPU, and work items that were executed. */
  readonly kworkerRuns: number;
  readonly workItems: number;
};

/** The window: from the result number `from` to the result number `to`, both counted from 1. */
export type MeterWindow = { readonly cpu: number; readonly from: number; readonly to: number };

const [HARDIRQ, SOFTIRQ, USER, KERNEL, KWORKER, IDLE] = [0, 1, 2, 3, 4, 5] as const; // as in USES
const WORK_STARTS = 'workqueue_execute_start';

/** What is counted beside time; the order of `Sums.counts`. */
const [SWITCHES, WAKEUPS, INTERRUPTS, KWORKER_RUNS, WORK_ITEMS] = [0, 1, 2, 3, 4] as const;

type Sums = { readonly time_ns: number; readonly use_ns: Float64Array; readonly counts: Float64Array };

export class Meter {
  private readonly window: MeterWindow;
  private readonly use_ns = new Float64Array(USES.length);
  private readonly counts = new Float64Array(5);
  private atStart: Sums | null = null;
  private atEnd: Sums | null = null;
  private results = 0;
  private workStarts = -1;
  private taskType = -1;
  private readonly strings: string[] = [];
  /** What the CPU does while a task has it: USER for an ordinary task; by object id. */
  private readonly taskUses: number[] = [];
  /** Kernel functions that each task is in; by object id. */
  private readonly depths: number[] = [];
  private current = 0;
  /** What to go back to when interrupts end. */
  private readonly below: number[] = [];
  private use: number = IDLE;
  private since_ns = 0;

  constructor(window: MeterWindow) {
    this.window = window;
  }

  /** Takes in the next chunk; the buffer is not kept. */
  add(chunk: Chunk): void {
    this.learn(chunk);
    const { kind, cpu, time_ns, context, name, object } = columnsOver(chunk.buffer, chunkRows(chunk.index));
    for (let i = 0; i < chunk.count; i++) {
      const what = kind[i]!;
      if (what === Ev.Set || what === Ev.Input || what === Ev.Decide) continue; // most rows
      if (what === Ev.Notify) this.result(time_ns[i]!);
      else if (what === Ev.Wake) this.count(WAKEUPS);
      else if (cpu[i] === this.window.cpu) this.event(time_ns[i]!, what, context[i]!, name[i]!, object[i]!);
    }
  }

  /** Null while the run has not come to the end of the window. */
  get figures(): Figures | null {
    const { atStart: a, atEnd: b } = this;
    if (a === null || b === null) return null;
    const used = (use: number): number => b.use_ns[use]! - a.use_ns[use]!;
    const counted = (what: number): number => b.counts[what]! - a.counts[what]!;
    return {
      ios: this.window.to - this.window.from,
      span_ns: b.time_ns - a.time_ns,
      use_ns: {
        hardirq: used(HARDIRQ),
        softirq: used(SOFTIRQ),
        user: used(USER),
        kernel: used(KERNEL),
        kworker: used(KWORKER),
        idle: used(IDLE),
      },
      switches: counted(SWITCHES),
      wakeups: counted(WAKEUPS),
      interrupts: counted(INTERRUPTS),
      kworkerRuns: counted(KWORKER_RUNS),
      workItems: counted(WORK_ITEMS),
    };
  }

  /** The strings and objects that a chunk is the first to mention. */
  private learn(chunk: Chunk): void {
    chunk.strings.forEach((text, i) => {
      if (text === WORK_STARTS) this.workStarts = chunk.firstString + i;
      if (text === 'task_struct') this.taskType = chunk.firstString + i;
      this.strings[chunk.firstString + i] = text;
    });
    for (let at = 0; at < chunk.objects.length; at += OBJECT_STRIDE)
      if (chunk.objects[at] === this.taskType)
        this.taskUses[chunk.firstObject + at / OBJECT_STRIDE] = useOf(
          this.strings[chunk.objects[at + 3]!] ?? '',
        );
  }

  private result(time_ns: number): void {
    this.results++;
    if (this.results !== this.window.from && this.results !== this.window.to) return;
    this.change(time_ns, this.use);
    const sums = { time_ns, use_ns: this.use_ns.slice(), counts: this.counts.slice() };
    if (this.results === this.window.from) this.atStart = sums;
    else this.atEnd = sums;
  }

  private event(time_ns: number, kind: number, context: number, name: number, object: number): void {
    switch (kind) {
      case Ev.Enter:
      case Ev.Exit:
        if (contextLevel(context) === Level.Task && (context & CTX_USER) === 0)
          this.nest(time_ns, kind === Ev.Enter ? 1 : -1);
        break;
      case Ev.Irq:
        this.count(INTERRUPTS);
        this.below.push(this.use);
        this.change(time_ns, HARDIRQ);
        break;
      case Ev.Softirq:
        this.below.push(this.use);
        this.change(time_ns, SOFTIRQ);
        break;
      case Ev.IrqEnd:
      case Ev.SoftirqEnd:
        this.change(time_ns, this.below.pop() ?? IDLE);
        break;
      case Ev.Switch:
        this.switchTo(time_ns, object);
        break;
      case Ev.Trace:
        if (name === this.workStarts) this.count(WORK_ITEMS);
        break;
    }
  }

  private nest(time_ns: number, by: 1 | -1): void {
    const depth = (this.depths[this.current] ?? 0) + by;
    this.depths[this.current] = depth;
    if (this.use === USER || this.use === KERNEL) this.change(time_ns, depth > 0 ? KERNEL : USER);
  }

  private switchTo(time_ns: number, task: number): void {
    this.current = task;
    const use = this.taskUses[task] ?? USER;
    if (use !== IDLE) this.count(SWITCHES);
    if (use === KWORKER) this.count(KWORKER_RUNS);
    this.change(time_ns, use === USER && (this.depths[task] ?? 0) > 0 ? KERNEL : use);
  }

  private count(what: number): void {
    this.counts[what]!++;
  }

  /** The time up to now belongs to what the CPU has been doing. */
  private change(time_ns: number, to: number): void {
    this.use_ns[this.use]! += time_ns - this.since_ns;
    this.since_ns = time_ns;
    this.use = to;
  }
}

/** The band of a task, by its name. */
function useOf(comm: string): number {
  if (comm.startsWith('swapper/')) return IDLE;
  return comm.startsWith('kworker/') ? KWORKER : USER;
}

import { Band } from '../analysis/bands.ts';
import type { SpanChunk, SpanView } from '../analysis/spans.ts';
import { Piece } from '../analysis/stacks.ts';
import type { LogView } from '../log/view.ts';
import { Lane } from './lane.ts';
import { Kind } from './theme.ts';

/** The lanes of one CPU: by band, then by depth, where depth 0 is the interrupt's frame or the task's presence. */
export type CpuFlames = readonly [hardirq: Lane[], softirq: Lane[], task: Lane[]];

/** Sorts spans into lanes, chunk by chunk as they come. */
export class Flames {
  readonly cpus: CpuFlames[] = [];
  /** Spans so far. */
  count = 0;
  /** The chunk that is taken in next, and the spans of it that are in. */
  private chunk = 0;
  private at = 0;
  /** Kind of each task by object id, plus one; 0 where nobody has asked. */
  private readonly kinds: number[] = [];

  /** Takes in what `spans` has got since the last time, at most `most` of it. */
  add(log: LogView, spans: SpanView, most: number): void {
    for (let left = most; left > 0;) {
      const chunk = spans.chunks[this.chunk];
      if (chunk === undefined) return;
      const end = Math.min(chunk.count, this.at + left);
      this.addPart(log, chunk, this.at, end);
      left -= end - this.at;
      this.at = end;
      if (end < chunk.count) return;
      this.chunk++;
      this.at = 0;
    }
  }

  /** Every lane with its CPU. */
  *lanes(): Generator<{ readonly lane: Lane; readonly cpu: number }> {
    for (const [cpu, bands] of this.cpus.entries())
      for (const band of bands) for (const lane of band) yield { lane, cpu };
  }

  /** The lanes of interrupts, softirqs and tasks, and of the outermost functions: a recording may have only those. */
  outermost(): Lane[] {
    return this.cpus.flatMap((bands) => bands.flatMap((lanes) => lanes.slice(0, 2)));
  }

  private addPart(log: LogView, c: SpanChunk, from: number, end: number): void {
    for (let i = from; i < end; i++) {
      const band = c.band[i]! as Band;
      const task = c.task[i]!;
      const piece = c.piece[i]!;
      const kind = this.kindOf(log, band, task, piece);
      this.lane(c.cpu[i]!, band, c.depth[i]!).append(
        c.t0_ns[i]!,
        c.t1_ns[i]!,
        c.enter[i]!,
        c.name[i]!,
        c.object[i]!,
        task,
        kind,
        piece,
      );
    }
    this.count += end - from;
  }

  private kindOf(log: LogView, band: Band, task: number, piece: number): Kind {
    if (band === Band.Hardirq) return Kind.HardIrq;
    if (band === Band.Softirq) return Kind.SoftIrq;
    if (piece === Piece.User) return Kind.User;
    if (task === 0 && piece === Piece.Function) return Kind.Task; // a recording that does not say whose it is
    return ((this.kinds[task] ??= taskKind(log, task) + 1) - 1) as Kind;
  }

  private lane(cpu: number, band: Band, depth: number): Lane {
    while (this.cpus.length <= cpu) this.cpus.push([[], [], []]);
    const lanes = (this.cpus[cpu] ?? [[], [], []])[band];
    while (lanes.length <= depth) lanes.push(new Lane());
    return lanes[depth] ?? new Lane();
  }
}

/** Threads of the kernel are known by their names, as in ps. */
const KERNEL_THREAD = /^(kworker|ksoftirqd|kthread|migration|rcu|kblockd|irq\/)/;

/** What a task is to the colours. No task at all is a CPU before its first switch. */
export function taskKind(log: LogView, task: number): Kind {
  const comm = task === 0 ? 'swapper' : log.objectLabel(task);
  if (comm.startsWith('swapper')) return Kind.Idle;
  return KERNEL_THREAD.test(comm) ? Kind.Worker : Kind.Task;
}

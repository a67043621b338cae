/**
 * Explores interleavings of the model's own functions. They run in the engine as ever, on one CPU and as tasks that may lose
 * it wherever the driver lets a task be preempted; only who goes on is not the scheduler's to say but a choice of the path.
 * What has interrupts or preemption off is therefore not divided, because the driver does not divide it.
 *
 * A task keeps the CPU for a step. Where a step ends is what the granularity of an exploration consists of:
 * - only where an explored function yields by itself, is entered or has returned; what it calls besides is part of its step;
 * - only if the task has touched shared state since its last step, that is read or written a watched field; the return of
 *   some functions ends one in any case.
 * A task that sleeps or ends having touched nothing has made no step. That is not counted as a choice (`Path.retract`), since
 * it goes on only if another one's step wakes it, and had that step come first, it would not have slept.
 */
import { assert } from '../base/assert.ts';
import type { Path } from '../engine/testing-paths.ts';
import type { Cpu } from '../engine/cpu.ts';
import type { Proc } from '../engine/frame.ts';
import type { Task } from '../engine/task.ts';
import { TaskState } from '../log/events.ts';
import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';
import { TestKernel, type TestKernelOptions } from './testing.ts';

type Named = { readonly name: string };

/** Where steps end. */
export type Granularity = {
  /** Functions that are explored. */
  readonly explored: readonly Named[];
  /** Those of them whose return ends a step also if nothing was touched. */
  readonly always: readonly Named[];
};

/** Who has taken a step, and where it ended. The order of the tasks is the interleaving and decides everything but the
 *  place: where a task sleeps or returns behind what it has touched may hang on what others do between their steps. */
export type ExploredStep = { readonly task: string; readonly end: string };

/** Where the top frame of a task was when it was last looked at. */
type Place = { readonly depth: number; readonly name: number };

const OUTSIDE: Place = { depth: 0, name: 0 };

/** A kernel with one CPU, whose tasks take steps as a path has it. */
export class ExploredKernel extends TestKernel {
  readonly steps: ExploredStep[] = [];

  private readonly path: Path;
  private readonly explored: ReadonlyMap<number, string>;
  private readonly always: ReadonlySet<number>;
  private readonly places = new Map<Task, Place>();
  private readonly guards = new Map<Task, () => boolean>();
  /** Whose step it is. */
  private mover: Task | null = null;
  /** It has touched shared state. */
  private touched = false;
  /** Its step has ended, but where it cannot lose the CPU; says where. */
  private ended: string | null = null;

  constructor(path: Path, { explored, always }: Granularity, options: TestKernelOptions) {
    const view = new LogView();
    const writer = new LogWriter((chunk) => view.add(chunk));
    super(writer, view, { ...options, cpus: 1, preempt: 'full' });
    this.path = path;
    this.explored = new Map(explored.map((fn) => [this.nameOf(fn), fn.name]));
    this.always = new Set(always.map((fn) => this.nameOf(fn)));
  }

  /** Starts a task whose first step may come only once `mayBegin` says so. That must hang on steps, not on what a task does
   *  between its last step and its sleep or end, unless the others have no steps left then. */
  explore(comm: string, body: () => Proc, mayBegin: () => boolean = () => true): Task {
    const task = this.spawn(comm, [0], body);
    this.guards.set(task, mayBegin);
    return task;
  }

  /** A field is shared: whoever reads or writes it touches shared state. */
  watch<T extends object>(object: T, field: keyof T & string): void {
    const own = Object.getOwnPropertyDescriptor(object, field);
    const prototype: unknown = Object.getPrototypeOf(object);
    let value: unknown = own?.value;
    Object.defineProperty(object, field, {
      get: () => {
        this.touched = true;
        return own === undefined ? Reflect.get(prototype as object, field, object) : value;
      },
      set: (next: unknown) => {
        this.touched = true;
        if (own === undefined) Reflect.set(prototype as object, field, next, object);
        else value = next;
      },
    });
  }

  /** Is a function in progress in any task? */
  inProgress(fn: Named): boolean {
    const name = this.nameOf(fn);
    return this.tasks.some(({ context }) => {
      for (let frame = context.frame; frame !== null; frame = frame.outer)
        if (frame.name === name) return true;
      return false;
    });
  }

  protected override preemptsHere(cpu: Cpu): boolean {
    const task = cpu.current;
    if (task.idle || cpu.interrupted) return false;
    if (task === this.mover) {
      this.ended = this.stepEnd(task) ?? this.ended;
      if (this.ended === null || !cpu.preemptible()) return false;
      this.endStep(task, this.ended);
      this.chooseMover([task, ...cpu.queue]);
    }
    return this.mover !== task;
  }

  protected override deschedule(cpu: Cpu, preempted: boolean): void {
    const task = cpu.current;
    if (task === this.mover && !preempted && task.state !== TaskState.Running) {
      if (this.touched || this.ended !== null) this.endStep(task, this.ended ?? 'sleeps');
      else this.path.retract();
      this.mover = null;
    }
    if (this.mover === null && cpu.queue.length > 0) this.chooseMover(cpu.queue);
    if (this.mover === task) return; // it would lose the CPU, but it is still its step
    cpu.queue.sort((a, b) => Number(b === this.mover) - Number(a === this.mover));
    super.deschedule(cpu, preempted);
  }

  /** Where the task's step ends if it does so here, by what has happened since the driver last came by; else null. */
  private stepEnd(task: Task): string | null {
    const { frame } = task.context;
    const before = this.places.get(task) ?? OUTSIDE;
    const here = frame === null ? OUTSIDE : { depth: frame.callDepth, name: frame.name };
    this.places.set(task, here);
    const returned = here.depth < before.depth;
    const name = this.explored.get(returned ? before.name : here.name);
    if (name === undefined) return null;
    if (returned) return this.touched || this.always.has(before.name) ? `returns from ${name}` : null;
    if (!this.touched) return null;
    return here.depth > before.depth ? `enters ${name}` : `goes on in ${name}`;
  }

  private endStep(task: Task, where: string): void {
    this.steps.push({ task: task.comm, end: where });
    this.touched = false;
    this.ended = null;
  }

  /** Whose step is next, of the tasks that could run. */
  private chooseMover(runnable: readonly Task[]): void {
    const may = runnable.filter((task) => this.places.has(task) || (this.guards.get(task)?.() ?? true));
    const mover = may[this.path.choose(may.length)];
    assert(mover !== undefined, 'one of them is chosen');
    if (!this.places.has(mover)) this.places.set(mover, OUTSIDE);
    this.mover = mover;
    this.touched = false;
  }
}

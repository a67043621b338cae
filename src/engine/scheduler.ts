import { assert } from '../base/assert.ts';
import { CTX_IRQS_OFF } from '../log/context.ts';
import { Ev, TaskState } from '../log/events.ts';
import { Counts, type PreemptConfig } from './counts.ts';
import { type Cpu, Resched } from './cpu.ts';
import { Op, type Proc, type Step } from './frame.ts';
import type { Obj } from './struct.ts';
import { Task } from './task.ts';

/** What the scheduler costs and how it decides; from the scenario. */
export type SchedulerConfig = PreemptConfig & {
  /** Does a woken task of the same class take the CPU before the slice is over? */
  readonly wakePreempts: boolean;
  readonly switch_ns: number;
  readonly slice_ns: number;
};

export type SpawnOptions = {
  readonly realtime?: boolean;
  /** The run lasts until it has ended. */
  readonly actor?: boolean;
  readonly asleep?: boolean;
  /** It belongs to its CPU and never leaves it while that is online. */
  readonly perCpu?: boolean;
};

/** Context column of sched_switch events: interrupts off, preempt depth 2, as in recordings. */
const SWITCH_BITS = CTX_IRQS_OFF | (2 << 8);

/**
 * The scheduler, simplified: a FIFO of normal tasks a CPU, real-time tasks before them, a slice. A woken task goes to
 * the CPU it last ran on, unless that is busy and another allowed one is idle. When the switch happens is the kernel's
 * (block-completion.md section 0, rule 3).
 */
export abstract class Scheduler extends Counts {
  protected abstract override readonly config: SchedulerConfig;
  protected actorsLeft = 0;
  /** The CPUs have begun: from now on only running code wakes tasks, so that somebody is told. */
  protected begun = false;
  readonly tasks: Task[] = [];

  /** Sends a reschedule interrupt to another CPU. */
  protected abstract kick(cpu: Cpu): void;
  /** A CPU begins to be busy: it needs its tick. */
  protected abstract armTick(cpu: Cpu): void;
  /** Something happened that a busy poll loop on this CPU has to look at. */
  protected abstract signalPoller(cpu: Cpu): void;

  /** Starts a task with `body`, runnable from now on. The first CPU of `allowed` is its first. */
  spawn(
    comm: string,
    allowed: readonly number[],
    body: (task: Task) => Proc,
    options: SpawnOptions = {},
  ): Task {
    const cpu = allowed[0];
    assert(cpu !== undefined, 'a task may run somewhere');
    const task = new Task(this, comm, cpu, allowed, options.realtime ?? false, options.actor ?? false);
    task.perCpu = options.perCpu ?? false;
    this.tasks.push(task);
    if (task.actor) this.actorsLeft++;
    task.context.object = task.id;
    task.context.body = () => body(task);
    task.state = TaskState.Interruptible;
    if (options.asleep !== true) this.wake(task);
    return task;
  }

  /** The task whose code runs here, also below an interrupt. */
  get currentTask(): Task {
    assert(this.cpu !== null, 'code runs on a CPU');
    return this.cpu.current;
  }

  /** `set_current_state()`; `what` and `on` say what the task is about to wait for. */
  setState(state: TaskState, what = '', on: Obj | null = null): void {
    const task = this.currentTask;
    task.state = state;
    task.waitsFor = what;
    task.waitsForObject = on;
  }

  /** `cond_resched()`: with full or lazy preemption it does nothing. */
  condResched(): Step {
    return this.config.preempt === 'none' || this.config.preempt === 'voluntary' ? Op.Resched : this.spend(0);
  }

  /** `might_sleep()`: with voluntary preemption a point where the CPU is given up if a reschedule is due. Source:
   *  include/linux/kernel.h, might_resched. */
  mightSleep(): Step {
    return this.config.preempt === 'voluntary' ? Op.Resched : this.spend(0);
  }

  /** Gives up the CPU if need_resched is set, as on the way to user mode. */
  reschedIfNeeded(): Step {
    return Op.Resched;
  }

  /** Makes a task runnable; false if it was. The cost of waking is the caller's. */
  wake(task: Task): boolean {
    if (task.state === TaskState.Running || task.state === TaskState.Dead) return false;
    assert(
      this.cpu !== null || !this.begun,
      'tasks are woken by running code, devices only raise interrupts',
    );
    task.state = TaskState.Running;
    if (!task.running) task.cpu = this.chooseCpu(task);
    task.wakeRow = this.emit(Ev.Wake, 0, task.id, task.cpu);
    task.onWake?.();
    if (task.running) {
      this.endAtomicSleep(task); // else it had not reached schedule() yet and will not block
      return true;
    }
    this.enqueue(task);
    return true;
  }

  /** Lets a runnable task wait for its CPU. */
  private enqueue(task: Task): void {
    const cpu = this.cpus[task.cpu]!;
    (task.realtime ? cpu.realtimeQueue : cpu.queue).push(task);
    this.armTick(cpu);
    this.checkPreempt(cpu, task);
  }

  private chooseCpu(task: Task): number {
    if (task.context.migrateOff > 0) return task.cpu;
    const last = this.cpus[task.cpu]!;
    const stays = mayRun(task, last);
    if (stays && isIdle(last)) return task.cpu;
    for (const id of task.allowed) {
      const cpu = this.cpus[id]!;
      if (isIdle(cpu) && mayRun(task, cpu)) return id;
    }
    return stays ? task.cpu : this.fallbackCpu(task);
  }

  /** A CPU that the task may use. If all of those are offline, it is bound no longer. Source: kernel/sched/core.c,
   *  select_fallback_rq. */
  private fallbackCpu(task: Task): number {
    const other = task.allowed.find((id) => mayRun(task, this.cpus[id]!));
    if (other !== undefined) return other;
    task.allowed = this.cpus.map(({ id }) => id);
    return this.chooseCpu(task);
  }

  /** Sends a runnable task that is on no run queue to another CPU. */
  private migrate(task: Task): void {
    task.mustMove = false;
    task.cpu = this.chooseCpu(task);
    this.emit(Ev.Trace, this.intern('sched_migrate_task'), task.id, task.cpu);
    this.enqueue(task);
  }

  /** `set_cpus_allowed_ptr()`: a task that waits for a CPU goes to another one at once, one that runs when it gives up its
   *  own (simplified: the kernel has it interrupted). */
  setAllowed(task: Task, allowed: readonly number[], perCpu = false): void {
    task.allowed = allowed;
    task.perCpu = perCpu;
    const cpu = this.cpus[task.cpu]!;
    if (allowed.includes(cpu.id) && mayRun(task, cpu)) return;
    if (task.running || task.context.migrateOff > 0) task.mustMove = true;
    else if (task.state === TaskState.Running) {
      unqueue(cpu, task);
      this.migrate(task);
    } else task.cpu = allowed[0] ?? task.cpu;
  }

  /** Tasks may be sent to a CPU, or only those that belong to it: then the others that wait for it go elsewhere. */
  setActive(cpu: Cpu, active: boolean): void {
    cpu.active = active;
    if (active) return;
    for (const task of [...cpu.realtimeQueue, ...cpu.queue]) {
      if (mayRun(task, cpu)) continue;
      unqueue(cpu, task);
      this.migrate(task);
    }
  }

  private checkPreempt(cpu: Cpu, task: Task): void {
    const urgent = cpu.current.idle || (task.realtime && !cpu.current.realtime);
    if (!urgent && (!this.config.wakePreempts || cpu.current.realtime)) return;
    if (!urgent && this.config.preempt === 'lazy') this.setResched(cpu, Resched.Lazy);
    else if (this.setResched(cpu, Resched.Now) && this.cpu !== null && cpu !== this.cpu) this.kick(cpu);
  }

  /** False if the CPU had been told before: then nobody tells it again. Source: kernel/sched/core.c, __resched_curr. */
  protected setResched(cpu: Cpu, need: Resched): boolean {
    if (cpu.needResched === Resched.Now || cpu.needResched === need) return false;
    cpu.needResched = need;
    cpu.pack();
    if (need === Resched.Now) this.signalPoller(cpu);
    return true;
  }

  protected override leaveIdle(cpu: Cpu): boolean {
    if (cpu.queue.length + cpu.realtimeQueue.length === 0) return false;
    this.deschedule(cpu, true);
    return true;
  }

  protected override deschedule(cpu: Cpu, preempted: boolean): void {
    const previous = cpu.current;
    if (cpu.interrupted) {
      this.sleepInInterrupt(cpu, previous);
      return;
    }
    cpu.needResched = Resched.No;
    const runnable = preempted || previous.state === TaskState.Running;
    if (!runnable) this.noteSleep(cpu, previous);
    else if (!previous.idle) {
      if (!cpu.active || previous.mustMove) this.requeue(cpu, previous);
      else (previous.realtime ? cpu.realtimeQueue : cpu.queue).push(previous);
    }
    const queue = cpu.realtimeQueue.length > 0 ? cpu.realtimeQueue : cpu.queue;
    const next = queue.shift() ?? cpu.idle;
    if (next === previous) {
      cpu.pack();
      return;
    }
    this.switchTo(cpu, next, runnable ? TaskState.Preempted : previous.state);
  }

  /** A task gives up a CPU that it perhaps may not use any more. */
  private requeue(cpu: Cpu, task: Task): void {
    task.mustMove = !task.allowed.includes(cpu.id);
    if (task.context.migrateOff === 0 && (task.mustMove || !mayRun(task, cpu))) this.migrate(task);
    else (task.realtime ? cpu.realtimeQueue : cpu.queue).push(task);
  }

  /** `schedule()` in an interrupt. The kernel complains, then takes the CPU away from whatever was interrupted; here the
   *  interrupt keeps the CPU and waits, so that what it waits for still holds when it goes on. */
  private sleepInInterrupt(cpu: Cpu, interrupted: Task): void {
    this.hazard('scheduling-while-atomic', interrupted);
    if (interrupted.state === TaskState.Running) return;
    cpu.top.parked = true;
    interrupted.sleepsAtop = cpu.top;
  }

  private endAtomicSleep(task: Task): void {
    const context = task.sleepsAtop;
    task.sleepsAtop = null;
    if (context !== null) this.release(this.cpus[task.cpu]!, context);
  }

  private noteSleep(cpu: Cpu, task: Task): void {
    if (task.state === TaskState.Dead) return;
    const bhOff = cpu.top.bhOff > 0 && !this.isRt;
    if (cpu.disabledDepth() > 0 || cpu.top.irqsOff > 0 || bhOff) this.hazard('scheduling-while-atomic', task);
    else if (this.config.preemptRcu && cpu.rcuDepth() > 0 && !task.waitsForSpinLock)
      this.hazard('voluntary-switch-in-rcu', task);
    this.emit(Ev.Sleep, this.intern(task.waitsFor), task.id, task.state);
    if (task.mustMove && task.context.migrateOff === 0) {
      task.mustMove = false;
      task.cpu = task.allowed[0] ?? task.cpu;
    }
    task.onSleep?.();
  }

  /** `context_switch()`: the next task pays for it. */
  private switchTo(cpu: Cpu, next: Task, previousState: TaskState): void {
    const cause = next.idle ? cpu.top.causeRow : next.wakeRow;
    const row = this.log.append(
      this.now_ns,
      Ev.Switch,
      cpu.id,
      SWITCH_BITS,
      0,
      next.id,
      previousState === TaskState.Preempted && cpu.current.idle ? TaskState.Running : previousState,
      cause,
      cpu.switchRow,
    );
    cpu.current.running = false;
    cpu.switchRow = row;
    cpu.switchTo(next);
    next.running = true;
    next.cpu = cpu.id;
    next.since_ns = this.now_ns;
    next.context.resumeRow = row;
    next.context.causeRow = row;
    if (!next.idle) next.context.remaining_ns += this.config.switch_ns;
  }

  /** The base frame of a task has returned. */
  protected endTask(cpu: Cpu): void {
    const task = cpu.current;
    task.state = TaskState.Dead;
    if (task.actor) this.actorsLeft--;
    this.deschedule(cpu, false);
  }
}

/** CPUs that go offline keep only the threads that are theirs. Source: kernel/sched/core.c, is_cpu_allowed. */
function mayRun(task: Task, cpu: Cpu): boolean {
  return cpu.active || (cpu.online && (task.perCpu || task.context.migrateOff > 0));
}

/** Takes a task that waits for its CPU off the run queue. */
function unqueue(cpu: Cpu, task: Task): void {
  const queue = task.realtime ? cpu.realtimeQueue : cpu.queue;
  const at = queue.indexOf(task);
  assert(at >= 0, 'a runnable task that does not run is on the run queue of its CPU');
  queue.splice(at, 1);
}

function isIdle(cpu: Cpu): boolean {
  return cpu.current.idle && cpu.queue.length + cpu.realtimeQueue.length === 0;
}

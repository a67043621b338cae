import { TaskState } from '../log/events.ts';
import { NO_ROW } from '../base/units.ts';
import { ExecContext } from './frame.ts';
import { Obj, type Registry } from './struct.ts';

/** A thread: what the scheduler runs. `comm` is its label in the log. */
export class Task extends Obj {
  static override readonly type = 'task_struct';

  readonly context = new ExecContext(0);
  state: TaskState = TaskState.Running;
  /** On a CPU right now. */
  running = false;
  /** Row of the Wake that made it runnable, the cause of its next Switch. */
  wakeRow: number = NO_ROW;
  /** It sleeps for a spinlock (PREEMPT_RT), as it may also inside of RCU. */
  waitsForSpinLock = false;
  /** What it sleeps on, for the report when a run gets stuck. */
  waitsFor = '';
  waitsForObject: Obj | null = null;
  /** An interrupt on top of it that has called schedule(), which it must not. */
  sleepsAtop: ExecContext | null = null;
  /** When it last got its CPU. */
  since_ns = 0;

  /** TIF_NOTIFY_SIGNAL: task_work is waiting and has to be run soon. */
  notifySignal = false;
  /** TIF_NOTIFY_RESUME. */
  notifyResume = false;

  /** Called when the task goes to sleep or wakes, for the workqueue's concurrency management. */
  onSleep: (() => void) | null = null;
  onWake: (() => void) | null = null;

  readonly comm: string;
  /** Where it runs, ran last, or will run. */
  cpu: number;
  /** CPUs that it may use; `Scheduler.setAllowed` changes them. */
  allowed: readonly number[];
  /** A thread of the kernel that belongs to its CPU and stays there to the last (KTHREAD_IS_PER_CPU). */
  perCpu = false;
  /** It runs where it may not run any more, and goes elsewhere when it gives up the CPU. */
  mustMove = false;
  /** Real-time FIFO tasks run before all normal ones. */
  readonly realtime: boolean;
  /** The run is over when all actors have ended. */
  readonly actor: boolean;

  constructor(
    registry: Registry,
    comm: string,
    cpu: number,
    allowed: readonly number[],
    realtime: boolean,
    actor: boolean,
  ) {
    super(registry, null, comm);
    this.comm = comm;
    this.cpu = cpu;
    this.allowed = allowed;
    this.realtime = realtime;
    this.actor = actor;
  }

  get idle(): boolean {
    return false;
  }
}

/** What a CPU runs when there is nothing to run. Interrupts find it with preemption off. */
export class IdleTask extends Task {
  override get idle(): boolean {
    return true;
  }
}

/** Timers in jiffies: each waits in the base of a CPU. Source: kernel/time/timer.c. */
import { assert } from '../../../base/assert.ts';
import type { Timer } from '../../../engine/cpu.ts';
import { type Obj, struct } from '../../../engine/struct.ts';
import type { Task } from '../../../engine/task.ts';
import { TaskState } from '../../../log/events.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { wake_up_process } from '../sched/core.ts';

/** `struct timer_base`: the timers that are armed on a CPU. */
export class TimerBase extends struct('timer_base', {}) {
  readonly armed = new Set<TimerList>();
  readonly cpu: number;

  constructor(k: Kernel, cpu: number) {
    super(k, null, `timers of cpu ${cpu}`);
    this.cpu = cpu;
  }
}

/** `struct timer_list`, armed. */
export type TimerList = {
  /** What it is embedded in: this waits in the base. */
  readonly owner: Obj;
  base: TimerBase;
  timer: Timer;
};

const bases = new PerRun(() => new Map<number, TimerBase>());

function baseOf(k: Kernel, cpu: number): TimerBase {
  const all = k.of(bases);
  const base = all.get(cpu) ?? new TimerBase(k, cpu);
  all.set(cpu, base);
  return base;
}

/** Arms a timer: `fn` runs in TIMER softirq on `cpu`, `delay` jiffies from now or up to one later, never early. */
export function add_timer_on<Owner extends Obj>(
  k: Kernel,
  owner: Owner,
  { cpu, delay }: { readonly cpu: number; readonly delay: number },
  fn: (k: Kernel, owner: Owner) => KernelFn,
): TimerList {
  const where = k.cpus[cpu];
  assert(where !== undefined, 'a timer is armed on a CPU of the machine');
  k.trace('timer_start', owner, delay);
  const timer = k.addTimer(where, delay, () => k.call(call_timer_fn<Owner>, owner, list, fn));
  const list: TimerList = { owner, base: baseOf(k, cpu), timer };
  list.base.armed.add(list);
  k.put(owner, list.base);
  return list;
}

/** Takes a timer back; false when it was not armed any more. */
export function timer_delete(k: Kernel, list: TimerList): boolean {
  const where = k.cpus[list.base.cpu];
  if (where === undefined || !k.deleteTimer(where, list.timer)) return false;
  k.trace('timer_cancel', list.owner);
  left(k, list);
  return true;
}

function left(k: Kernel, list: TimerList): void {
  list.base.armed.delete(list);
  k.take(list.owner, list.base);
}

/** Handler of TIMER_SOFTIRQ: runs the timers of this CPU that are due. */
export function* run_timer_softirq(k: Kernel): KernelFn {
  const { cpu } = k;
  assert(cpu !== null, 'a softirq runs on a CPU');
  yield* k.runTimers(cpu);
}

export function* call_timer_fn<Owner extends Obj>(
  k: Kernel,
  owner: Owner,
  list: TimerList,
  fn: (k: Kernel, owner: Owner) => KernelFn,
): KernelFn {
  left(k, list);
  k.trace('timer_expire_entry', owner);
  yield* k.call(fn, owner);
  k.trace('timer_expire_exit', owner);
}

/** The timers of a CPU that is dead go to the one that runs this. Teardown of CPUHP_TIMERS_PREPARE, in the control task. */
export function* timers_dead_cpu(k: Kernel, cpu: number): KernelFn {
  const from = k.cpus[cpu];
  const to = k.cpu;
  assert(from !== undefined && to !== null, 'timers move between CPUs of the machine');
  k.moveTimers(from, to);
  const base = baseOf(k, to.id);
  for (const list of baseOf(k, cpu).armed) {
    k.take(list.owner, list.base);
    list.base = base;
    base.armed.add(list);
    k.put(list.owner, base);
  }
  baseOf(k, cpu).armed.clear();
}

/** Sleeps for `ms` milliseconds, rounded up to jiffies. Task context. */
export function* msleep(k: Kernel, ms: number): KernelFn {
  const { cpu, currentTask } = k;
  assert(cpu !== null, 'a task sleeps on a CPU');
  const delay = Math.ceil((ms * 1_000_000) / (k.jiffyStart_ns(1) - k.jiffyStart_ns(0)));
  const timer = add_timer_on(k, currentTask, { cpu: cpu.id, delay }, process_timeout);
  while (timer.base.armed.has(timer)) {
    k.setState(TaskState.Uninterruptible, 'a timer');
    yield k.schedule();
  }
}

/** The timer of a task that sleeps is up. TIMER softirq. */
export function* process_timeout(k: Kernel, task: Task): KernelFn {
  yield* k.call(wake_up_process, task);
}

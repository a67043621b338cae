/** Waking tasks, and tasks that leave a CPU. Source: kernel/sched/core.c. */
import { assert } from '../../../base/assert.ts';
import type { Task } from '../../../engine/task.ts';
import { TaskState } from '../../../log/events.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { synchronize_rcu } from '../rcu/tree.ts';

/** How often a CPU that goes offline looks whether its tasks have left. */
const WAIT_EMPTY_NS = 10_000;

/** `wake_up_process()`: makes a task runnable; what that costs depends on where it ran last. */
export function* wake_up_process(k: Kernel, task: Task): KernelFn<boolean> {
  const local = k.cpu !== null && task.cpu === k.cpu.id;
  yield k.spend(local ? k.costs['wake.local'] : k.costs['wake.remote']);
  return k.wake(task);
}

/** The CPU goes offline: tasks are not sent there any more, those that wait there go elsewhere. Teardown of
 *  CPUHP_AP_ACTIVE, in the CPU's own thread. Simplified: they go at once, not when their turn comes. */
export function* sched_cpu_deactivate(k: Kernel, cpu: number): KernelFn {
  k.setActive(cpuOf(k, cpu), false);
  yield* k.call(synchronize_rcu); // so that nobody still believes that the CPU is active
}

/** Tasks may be sent to the CPU again. Startup of CPUHP_AP_ACTIVE, in the CPU's own thread. */
export function* sched_cpu_activate(k: Kernel, cpu: number): KernelFn {
  k.setActive(cpuOf(k, cpu), true);
}

/** Waits until only threads that belong to the CPU are left there: with PREEMPT_RT some could not leave at once. Teardown of
 *  CPUHP_AP_SCHED_WAIT_EMPTY, in the CPU's own thread. Simplified: it looks again and again, nobody wakes it. */
export function* sched_cpu_wait_empty(k: Kernel, cpu: number): KernelFn {
  const own = cpuOf(k, cpu);
  const thread = k.currentTask;
  const others = (): boolean => [...own.queue, ...own.realtimeQueue].some((task) => !task.perCpu);
  while (others() || own.pinnedTasks > 0) {
    k.hrtimer(own, k.now_ns + WAIT_EMPTY_NS, () => k.call(wake_up_process, thread), true);
    k.setState(TaskState.Uninterruptible, 'tasks that leave the CPU', thread);
    yield k.schedule();
  }
}

function cpuOf(k: Kernel, id: number): Kernel['cpus'][number] {
  const cpu = k.cpus[id];
  assert(cpu !== undefined, 'a CPU of the machine goes offline');
  return cpu;
}

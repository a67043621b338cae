/**
 * CPUs that go offline and come back, state by state. The upper states are torn down in the CPU's own thread while it is
 * still online; then it is stopped; the lower ones are torn down by the task that wants it offline, on another CPU. Up it
 * goes in the opposite order. Source: kernel/cpu.c (v6.12). Not modelled: rolling back when a callback fails.
 */
import { assert } from '../../base/assert.ts';
import { Mutex, WaitQueue } from '../../engine/locks.ts';
import type { Task } from '../../engine/task.ts';
import { TaskState } from '../../log/events.ts';
import {
  type CpuhpCallback,
  CpuhpCpuState,
  CpuhpState,
  type CpuhpStep,
} from '../include/linux/cpuhotplug.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { irq_migrate_all_off_this_cpu } from './irq/cpuhotplug.ts';
import { wake_up_process } from './sched/core.ts';
import { stop_machine_cpuslocked } from './stop_machine.ts';

const { CPUHP_AP_ONLINE_DYN, CPUHP_BP_PREPARE_DYN, CPUHP_BRINGUP_CPU, CPUHP_ONLINE, CPUHP_TEARDOWN_CPU } =
  CpuhpState;

/** A CPU's way between two states: the thread that takes its upper part, and whoever waits for that. */
type Hotplug = {
  readonly st: CpuhpCpuState;
  /** `cpuhp/N`. */
  readonly thread: Task;
  readonly done: WaitQueue;
  /** The thread has something to do. */
  should_run: boolean;
};

type Step = CpuhpStep & { readonly instances: unknown[] | null };
const steps = new PerRun((): Step[] => []);
const cpus = new PerRun(() => new Map<number, Hotplug>());
const locks = new PerRun((k) => ({ cpu_hotplug_lock: new Mutex(k, null, 'cpu_hotplug_lock') }));

/**
 * Registers what is to be done at a state. The two that end in _DYN stand for the next free state from there on, which is
 * returned. As `cpuhp_setup_state_nocalls()`: nothing is called for the CPUs that are online already.
 */
export function cpuhp_setup_state(
  k: Kernel,
  state: number,
  startup: CpuhpCallback | null,
  teardown: CpuhpCallback | null,
): number {
  const all = k.of(steps);
  let at = state;
  const isDynamic = state === CPUHP_AP_ONLINE_DYN || state === CPUHP_BP_PREPARE_DYN;
  while (isDynamic && all.some((step) => step.state === at)) at++;
  addStep(k, { state: at, startup, teardown, instances: null });
  return at;
}

/** The same for a state with instances, of which there are none yet. */
export function cpuhp_setup_state_multi(
  k: Kernel,
  state: number,
  startup: CpuhpCallback | null,
  teardown: CpuhpCallback | null,
): void {
  addStep(k, { state, startup, teardown, instances: [] });
}

/** `cpuhp_state_add_instance_nocalls()`. */
export function cpuhp_state_add_instance(k: Kernel, state: number, node: unknown): void {
  const step = k.of(steps).find((one) => one.state === state);
  const instances = step?.instances ?? null;
  assert(instances !== null, 'the state was set up for instances');
  instances.push(node);
}

function addStep(k: Kernel, step: Step): void {
  const all = k.of(steps);
  assert(
    all.every(({ state }) => state !== step.state),
    'a state has one owner',
  );
  all.push(step);
  all.sort((a, b) => a.state - b.state);
}

const TAKEDOWN: CpuhpStep = {
  state: CPUHP_TEARDOWN_CPU,
  startup: null,
  teardown: takedown_cpu,
  instances: null,
};
const BRINGUP: CpuhpStep = {
  state: CPUHP_BRINGUP_CPU,
  startup: bringup_cpu,
  teardown: null,
  instances: null,
};

/** `echo 0 > /sys/devices/system/cpu/cpuN/online`. Task context on another CPU, sleeps. */
export function* cpu_device_down(k: Kernel, cpu: number): KernelFn {
  const { cpu_hotplug_lock } = k.of(locks);
  yield* k.down(cpu_hotplug_lock, true);
  if (k.cpu_online(cpu)) yield* k.call(_cpu_down, hotplugOf(k, cpu).st);
  k.up(cpu_hotplug_lock, true);
}

/** `echo 1 > /sys/devices/system/cpu/cpuN/online`. Task context, sleeps. */
export function* cpu_device_up(k: Kernel, cpu: number): KernelFn {
  const { cpu_hotplug_lock } = k.of(locks);
  yield* k.down(cpu_hotplug_lock, true);
  if (!k.cpu_online(cpu)) yield* k.call(_cpu_up, hotplugOf(k, cpu).st);
  k.up(cpu_hotplug_lock, true);
}

/** Takes a CPU down: first its own thread, then, when it is dead, the rest. */
export function* _cpu_down(k: Kernel, st: CpuhpCpuState): KernelFn {
  st.target = CPUHP_TEARDOWN_CPU;
  yield* k.call(cpuhp_kick_ap_work, st);
  st.target = CpuhpState.CPUHP_OFFLINE;
  yield* k.call(cpuhp_invoke_callback, st, TAKEDOWN);
  yield* k.call(cpuhp_down_callbacks, st);
}

export function* _cpu_up(k: Kernel, st: CpuhpCpuState): KernelFn {
  st.target = CPUHP_ONLINE;
  yield* k.call(cpuhp_up_callbacks, st, CPUHP_BRINGUP_CPU);
  yield* k.call(cpuhp_invoke_callback, st, BRINGUP);
  yield* k.call(cpuhp_kick_ap, st);
}

/** Has the CPU's own thread tear down its upper states. */
export function* cpuhp_kick_ap_work(k: Kernel, st: CpuhpCpuState): KernelFn {
  k.trace('cpuhp_enter', st, CPUHP_ONLINE);
  yield* k.call(cpuhp_kick_ap, st);
  k.trace('cpuhp_exit', st, st.state);
}

/** Sends the CPU's own thread on its way to the target, and waits until it is there. */
export function* cpuhp_kick_ap(k: Kernel, st: CpuhpCpuState): KernelFn {
  const hotplug = hotplugOf(k, st.cpu);
  hotplug.should_run = true;
  yield* k.call(wake_up_process, hotplug.thread);
  const there = (): boolean => !hotplug.should_run;
  yield* k.waitEvent(hotplug.done, TaskState.Uninterruptible, 'the thread of the CPU', there);
}

/** The body of `cpuhp/N`: takes the upper states of its CPU to the target. */
export function* cpuhp_thread_fun(k: Kernel, st: CpuhpCpuState): KernelFn {
  const hotplug = hotplugOf(k, st.cpu);
  for (;;) {
    while (!hotplug.should_run) {
      k.setState(TaskState.Interruptible, 'hotplug');
      yield k.schedule();
    }
    if (st.target < st.state) yield* k.call(cpuhp_down_callbacks, st);
    else yield* k.call(cpuhp_up_callbacks, st, CPUHP_ONLINE);
    hotplug.should_run = false;
    const waiter = k.nextSleeper(hotplug.done);
    if (waiter !== null) yield* k.call(wake_up_process, waiter);
  }
}

/** Tears down what is between the present state and the target, downwards. */
export function* cpuhp_down_callbacks(k: Kernel, st: CpuhpCpuState): KernelFn {
  const below = k.of(steps).filter(({ state }) => state <= st.state && state > st.target);
  for (const step of below.reverse()) yield* k.call(cpuhp_invoke_callback, st, step);
  st.state = st.target;
}

/** Starts up what is between the present state and `target`, upwards. */
export function* cpuhp_up_callbacks(k: Kernel, st: CpuhpCpuState, target: number): KernelFn {
  for (const step of k.of(steps).filter(({ state }) => state > st.state && state <= target))
    yield* k.call(cpuhp_invoke_callback, st, step);
  st.state = target;
}

/** One state: the callback for the direction in which the CPU goes, if there is one. */
export function* cpuhp_invoke_callback(k: Kernel, st: CpuhpCpuState, step: CpuhpStep): KernelFn {
  const down = st.target < st.state;
  const callback = down ? step.teardown : step.startup;
  if (callback === null) return;
  for (const node of step.instances ?? [null]) {
    k.trace(step.instances === null ? 'cpuhp_enter' : 'cpuhp_multi_enter', st, step.state);
    st.state = down ? step.state - 1 : step.state;
    yield k.spend(k.costs['cpuhp.step']);
    yield* k.call(callback, st.cpu, node);
    k.trace('cpuhp_exit', st, st.state);
  }
}

/** Stops the CPU, on which only threads are left that belong to it. Teardown of CPUHP_TEARDOWN_CPU, in the control task. */
export function* takedown_cpu(k: Kernel, cpu: number): KernelFn {
  const { st, done } = hotplugOf(k, cpu);
  yield* k.call(stop_machine_cpuslocked, cpu, take_cpu_down);
  const dead = (): boolean => st.state === CpuhpState.CPUHP_AP_IDLE_DEAD;
  yield* k.waitEvent(done, TaskState.Uninterruptible, 'the end of the CPU', dead);
}

/** The CPU takes itself offline: its interrupts go elsewhere, calls that it was sent are made. On the dying CPU in its
 *  migration thread, interrupts off, while all other CPUs are stopped. */
export function* take_cpu_down(k: Kernel, id: number): KernelFn {
  const cpu = k.cpus[id];
  assert(cpu !== undefined && k.cpu === cpu, 'a CPU takes itself down');
  yield* k.call(irq_migrate_all_off_this_cpu);
  yield* k.flushCalls(cpu); // smpcfd_dying_cpu()
  k.takeDown(cpu);
  const survivor = k.cpus.find(({ online }) => online);
  assert(survivor !== undefined, 'CPU 0 stays');
  k.sendCall(survivor, () => k.call(cpuhp_complete_idle_dead, id)); // sent by the idle task, when only that is left
}

/** The CPU is dead: only its idle task was left, and that has gone, too. Hard interrupt on another CPU. */
export function* cpuhp_complete_idle_dead(k: Kernel, cpu: number): KernelFn {
  const { st, done } = hotplugOf(k, cpu);
  st.state = CpuhpState.CPUHP_AP_IDLE_DEAD;
  const waiter = k.nextSleeper(done);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

/** Has the CPU run again. Startup of CPUHP_BRINGUP_CPU, in the control task. */
export function* bringup_cpu(k: Kernel, id: number): KernelFn {
  const cpu = k.cpus[id];
  assert(cpu !== undefined, 'a CPU of the machine comes up');
  yield k.spend(k.costs['cpuhp.boot']);
  k.bringUp(cpu);
}

function hotplugOf(k: Kernel, cpu: number): Hotplug {
  const known = k.of(cpus).get(cpu);
  if (known !== undefined) return known;
  const st = new CpuhpCpuState(k, cpu);
  const thread = k.spawn(`cpuhp/${cpu}`, [cpu], () => k.call(cpuhp_thread_fun, st), {
    asleep: true,
    perCpu: true,
  });
  const made = { st, thread, done: new WaitQueue(k, st, 'done'), should_run: false };
  k.of(cpus).set(cpu, made);
  return made;
}

/** All CPUs stop, with interrupts off, while one of them does something. Source: kernel/stop_machine.c (v6.12). */
import { SpinGate } from '../../engine/hotplug.ts';
import { WaitQueue } from '../../engine/locks.ts';
import type { Task } from '../../engine/task.ts';
import { TaskState } from '../../log/events.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { wake_up_process } from './sched/core.ts';

/** `struct multi_stop_data`: CPUs that stop together. */
type MultiStop = {
  readonly active_cpu: number;
  readonly fn: (k: Kernel, cpu: number) => KernelFn;
  /** All of them are here with interrupts off; the function has run. */
  readonly arrived: SpinGate;
  readonly ran: SpinGate;
  /** CPUs that have not arrived yet, and that have not left yet. */
  coming: number;
  staying: number;
  readonly done: WaitQueue;
};

/** The stopper thread of each CPU, `migration/N`, and what it is to do. */
type Stopper = { readonly thread: Task; work: MultiStop | null };
const stoppers = new PerRun(() => new Map<number, Stopper>());

/** Runs `fn` on `cpu` while all other CPUs wait with interrupts off. Task context, sleeps. */
export function* stop_machine_cpuslocked(k: Kernel, cpu: number, fn: MultiStop['fn']): KernelFn {
  const online = k.cpus.filter((one) => one.online);
  const data: MultiStop = {
    active_cpu: cpu,
    fn,
    arrived: new SpinGate(),
    ran: new SpinGate(),
    coming: online.length,
    staying: online.length,
    done: new WaitQueue(k, null, 'stop_machine'),
  };
  k.preemptDisable(); // a stopper that took this CPU would wait for ever for those that are not told yet
  for (const { id } of online) {
    const stopper = stopperOf(k, id);
    stopper.work = data;
    yield* k.call(wake_up_process, stopper.thread);
  }
  k.preemptEnable();
  yield* k.waitEvent(
    data.done,
    TaskState.Uninterruptible,
    'all CPUs to have stopped',
    () => data.staying === 0,
  );
}

/** The body of `migration/N`. */
export function* cpu_stopper_thread(k: Kernel, cpu: number): KernelFn {
  const stopper = stopperOf(k, cpu);
  for (;;) {
    const { work } = stopper;
    stopper.work = null;
    if (work === null) {
      k.setState(TaskState.Interruptible, 'something to stop for');
      yield k.schedule();
    } else yield* k.call(multi_cpu_stop, cpu, work);
  }
}

/** One CPU's part: waits for the others, then for the one that has something to do. */
export function* multi_cpu_stop(k: Kernel, cpu: number, data: MultiStop): KernelFn {
  k.irqDisable();
  if (--data.coming === 0) k.openGate(data.arrived);
  yield* k.spinUntilOpen(data.arrived, 'stop_machine');
  if (cpu === data.active_cpu) {
    yield k.spend(k.costs['stop_machine']);
    yield* k.call(data.fn, cpu);
    k.openGate(data.ran);
  } else yield* k.spinUntilOpen(data.ran, 'stop_machine');
  k.irqEnable();
  if (--data.staying > 0) return;
  const waiter = k.nextSleeper(data.done);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

function stopperOf(k: Kernel, cpu: number): Stopper {
  const known = k.of(stoppers).get(cpu);
  if (known !== undefined) return known;
  const thread = k.spawn(`migration/${cpu}`, [cpu], () => k.call(cpu_stopper_thread, cpu), {
    asleep: true,
    realtime: true,
    perCpu: true,
  });
  const made: Stopper = { thread, work: null };
  k.of(stoppers).set(cpu, made);
  return made;
}

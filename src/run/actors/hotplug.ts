/** Someone who takes a CPU offline, and perhaps online again, by writing to its file in sysfs. */
import type { Kernel, KernelFn } from '../../kernel/kernel.ts';
import { cpu_device_down, cpu_device_up } from '../../kernel/kernel/cpu.ts';
import type { CpuOffline } from '../../scenario/schema-machine.ts';
import { clock_nanosleep } from './fio.ts';

/** Starts the task, on the CPUs that stay. The run lasts until it is done. */
export function startHotplug(k: Kernel, { cpu, at_ns, online_at_ns }: CpuOffline): void {
  const others = k.cpus.map(({ id }) => id).filter((id) => id !== cpu);
  k.spawn(`offline cpu${cpu}`, others, () => body(), { actor: true });

  function* body(): KernelFn {
    yield* k.call(clock_nanosleep, at_ns);
    yield* k.call(cpu_device_down, cpu);
    if (online_at_ns === undefined) return;
    yield* k.call(clock_nanosleep, online_at_ns);
    yield* k.call(cpu_device_up, cpu);
  }
}

import { int, struct } from '../../../engine/struct.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/**
 * `enum cpuhp_state`: what a CPU goes through on its way up, and back down in the opposite order. Only the states at which
 * the model does something. The numbers are those of 7.3.4, as the cpuhp tracepoints show them in its recording of a CPU
 * that goes offline. Source: include/linux/cpuhotplug.h.
 */
export const CpuhpState = {
  CPUHP_OFFLINE: 0,
  // Up to here the control task runs them, on another CPU.
  CPUHP_BLOCK_SOFTIRQ_DEAD: 20,
  CPUHP_BLK_MQ_DEAD: 24,
  CPUHP_TIMERS_PREPARE: 58,
  CPUHP_BP_PREPARE_DYN: 63,
  CPUHP_BRINGUP_CPU: 83,
  CPUHP_AP_IDLE_DEAD: 84,
  CPUHP_TEARDOWN_CPU: 142,
  // From here on the CPU's own thread runs them, on the CPU itself.
  CPUHP_AP_SCHED_WAIT_EMPTY: 146,
  CPUHP_AP_SMPBOOT_THREADS: 147,
  CPUHP_AP_IRQ_AFFINITY_ONLINE: 148,
  CPUHP_AP_BLK_MQ_ONLINE: 149,
  CPUHP_AP_WORKQUEUE_ONLINE: 186,
  CPUHP_AP_ONLINE_DYN: 194,
  CPUHP_AP_ACTIVE: 234,
  CPUHP_ONLINE: 235,
} as const;

/** What is done for a CPU at a state; for states with instances once for each, which is then the node. */
export type CpuhpCallback = (k: Kernel, cpu: number, node: unknown) => KernelFn;

/** `struct cpuhp_step`. */
export type CpuhpStep = {
  readonly state: number;
  /** On the way up, and on the way down. */
  readonly startup: CpuhpCallback | null;
  readonly teardown: CpuhpCallback | null;
  /** What it is done for, of a state with instances. */
  readonly instances: readonly unknown[] | null;
};

/** `struct cpuhp_cpu_state`: where a CPU is. */
export class CpuhpCpuState extends struct('cpuhp_cpu_state', {
  /** A number of `CpuhpState`, or between two of them. */
  state: int(),
  target: int(),
}) {
  readonly cpu: number;

  constructor(k: Kernel, cpu: number) {
    super(k, null, `cpu${cpu}`);
    this.cpu = cpu;
    this.state = CpuhpState.CPUHP_ONLINE;
    this.target = CpuhpState.CPUHP_ONLINE;
  }
}

/** What the kernel sets up before anything runs: the handlers that the engine calls back. */
import { BLOCK_SOFTIRQ, HRTIMER_SOFTIRQ, TIMER_SOFTIRQ } from '../engine/softirqs.ts';
import { blk_flush_plug } from './block/blk-core.ts';
import { plugOf } from './block/plug.ts';
import { blk_done_softirq } from './block/blk-mq-end.ts';
import { bio_complete_init } from './block/bio-complete-hotplug.ts';
import { blk_mq_init } from './block/blk-mq-hotplug.ts';
import { CpuhpState } from './include/linux/cpuhotplug.ts';
import { cpuhp_setup_state } from './kernel/cpu.ts';
import { exit_to_user_mode_loop } from './kernel/entry/common.ts';
import { irq_affinity_online_cpu } from './kernel/irq/cpuhotplug.ts';
import { sched_cpu_activate, sched_cpu_deactivate, sched_cpu_wait_empty } from './kernel/sched/core.ts';
import { smpboot_park_threads, smpboot_unpark_threads } from './kernel/smpboot.ts';
import { hrtimer_run_softirq } from './kernel/time/hrtimer.ts';
import { run_timer_softirq, timers_dead_cpu } from './kernel/time/timer.ts';
import { workqueue_offline_cpu, workqueue_online_cpu } from './kernel/workqueue-hotplug.ts';
import type { Kernel } from './kernel.ts';

export function boot(k: Kernel): void {
  k.softirqHandlers[BLOCK_SOFTIRQ] = () => k.call(blk_done_softirq);
  k.softirqHandlers[TIMER_SOFTIRQ] = () => k.call(run_timer_softirq);
  k.softirqHandlers[HRTIMER_SOFTIRQ] = () => k.call(hrtimer_run_softirq);
  k.exitToUser = () => k.call(exit_to_user_mode_loop);
  k.hasSubmitWork = () => k.in_task() && (plugOf(k, k.currentTask)?.requests.length ?? 0) > 0;
  k.submitWork = () => k.call(blk_flush_plug, k.currentTask, true);
  blk_mq_init(k);
  bio_complete_init(k);
  cpuhp_setup_state(k, CpuhpState.CPUHP_TIMERS_PREPARE, null, timers_dead_cpu);
  cpuhp_setup_state(k, CpuhpState.CPUHP_AP_SCHED_WAIT_EMPTY, null, sched_cpu_wait_empty);
  cpuhp_setup_state(k, CpuhpState.CPUHP_AP_SMPBOOT_THREADS, smpboot_unpark_threads, smpboot_park_threads);
  cpuhp_setup_state(k, CpuhpState.CPUHP_AP_IRQ_AFFINITY_ONLINE, irq_affinity_online_cpu, null);
  cpuhp_setup_state(k, CpuhpState.CPUHP_AP_WORKQUEUE_ONLINE, workqueue_online_cpu, workqueue_offline_cpu);
  cpuhp_setup_state(k, CpuhpState.CPUHP_AP_ACTIVE, sched_cpu_activate, sched_cpu_deactivate);
}

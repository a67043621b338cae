/** Hardware queues whose CPUs go offline. Source: block/blk-mq.c (v6.12). */
import { rule } from '../../engine/rule.ts';
import { CpuhpState } from '../include/linux/cpuhotplug.ts';
import type { HwCtx, RequestQueue } from '../include/linux/blk-mq.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { cpuhp_setup_state, cpuhp_setup_state_multi, cpuhp_state_add_instance } from '../kernel/cpu.ts';
import { msleep } from '../kernel/time/timer.ts';
import { blk_softirq_cpu_dead } from './blk-mq-end.ts';

const { CPUHP_AP_BLK_MQ_ONLINE, CPUHP_BLK_MQ_DEAD, CPUHP_BLOCK_SOFTIRQ_DEAD } = CpuhpState;
/** How long a hardware queue that is drained is left alone between two looks. */
const DRAIN_MS = 5;

export const hctxHasOnlineCpu = rule({
  id: 'hctx-has-online-cpu',
  asks: 'Can the hardware queue go on, because another of its CPUs is online?',
  test: 'blk_mq_hctx_has_online_cpu(hctx, cpu)',
  inputs: ['CPUs left'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_mq_hctx_notify_offline' },
});

export const hctxHasRequests = rule({
  id: 'hctx-has-requests',
  asks: 'Are there still requests of this hardware queue, so that the CPU has to wait for them?',
  test: 'blk_mq_hctx_has_requests(hctx)',
  inputs: ['tags in use'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_mq_hctx_notify_offline' },
});

/** `blk_mq_init()`. */
export function blk_mq_init(k: Kernel): void {
  cpuhp_setup_state(k, CPUHP_BLOCK_SOFTIRQ_DEAD, null, blk_softirq_cpu_dead);
  cpuhp_setup_state_multi(k, CPUHP_BLK_MQ_DEAD, null, blk_mq_hctx_notify_dead);
  cpuhp_setup_state_multi(k, CPUHP_AP_BLK_MQ_ONLINE, blk_mq_hctx_notify_online, blk_mq_hctx_notify_offline);
}

/** `blk_mq_add_hw_queues_cpuhp()`: the queues of a device want to know of CPUs that go and come. */
export function blk_mq_add_hw_queues_cpuhp(k: Kernel, q: RequestQueue): void {
  for (const hctx of q.hctxs) {
    cpuhp_state_add_instance(k, CPUHP_BLK_MQ_DEAD, hctx);
    cpuhp_state_add_instance(k, CPUHP_AP_BLK_MQ_ONLINE, hctx);
  }
}

/** The CPU is going: if it is the last of the hardware queue, that one is stopped, and its requests are waited for, because
 *  nobody could take its interrupt. In the CPU's own thread, sleeps. */
export function* blk_mq_hctx_notify_offline(k: Kernel, cpu: number, node: unknown): KernelFn {
  const hctx = node as HwCtx; // blk_mq_add_hw_queues_cpuhp() has added it
  if (!hctx.cpus.includes(cpu)) return;
  const left = hctx.cpus.filter((id) => id !== cpu && k.cpu_online(id));
  if (k.decide(hctxHasOnlineCpu, left.length > 0, left.length)) return;
  hctx.inactive = true;
  const used = (): number => hctx.nr_tags - hctx.freeTags.length;
  while (k.decide(hctxHasRequests, used() > 0, used())) yield* k.call(msleep, DRAIN_MS);
}

/** The CPU is back: the hardware queue gives out tags again. */
export function* blk_mq_hctx_notify_online(_k: Kernel, cpu: number, node: unknown): KernelFn {
  const hctx = node as HwCtx; // blk_mq_add_hw_queues_cpuhp() has added it
  if (hctx.cpus.includes(cpu)) hctx.inactive = false;
}

/** The CPU is dead: what was queued there and not issued goes to the dispatch list. Without a scheduler nothing is. */
export function* blk_mq_hctx_notify_dead(_k: Kernel, _cpu: number, _node: unknown): KernelFn {
  // requests wait in the plug of their task, or on the dispatch list
}

/** What the kernel sets up before anything runs: the handlers that the engine calls back. */
import { BLOCK_SOFTIRQ, TIMER_SOFTIRQ } from '../engine/interrupts.ts';
import { blk_done_softirq } from './block/blk-mq-end.ts';
import { exit_to_user_mode_loop } from './kernel/entry/common.ts';
import { run_timer_softirq } from './kernel/time/timer.ts';
import type { Kernel } from './kernel.ts';

export function boot(k: Kernel): void {
  k.softirqHandlers[BLOCK_SOFTIRQ] = () => k.call(blk_done_softirq);
  k.softirqHandlers[TIMER_SOFTIRQ] = () => k.call(run_timer_softirq);
  k.exitToUser = () => k.call(exit_to_user_mode_loop);
}

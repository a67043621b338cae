/** Batches of CPUs that come and go. Source: block/bio.c (77e73fa61b38); bio-complete-in-task.md sections 2.3 and 2.4. */
import { rule } from '../../engine/rule.ts';
import { CpuhpState } from '../include/linux/cpuhotplug.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { cpuhp_setup_state } from '../kernel/cpu.ts';
import { disable_delayed_work_sync, disable_work_sync, enable_work } from '../kernel/workqueue-cancel.ts';
import { batchOf, queueWorker } from './bio-complete.ts';
import { assert } from '../../base/assert.ts';

export const batchLeft = rule({
  id: 'bio-batch-left',
  asks: 'Has a CPU that came back bios in its batch, so that the worker must be queued?',
  test: '!bio_list_empty(&batch->list)',
  inputs: ['bios in the batch'],
  source: {
    kind: 'code',
    file: 'block/bio.c',
    commit: '77e73fa61b38',
    note: 'bio_complete_batch_cpu_online',
  },
});

/** Registers the callbacks that this version of the series has. At boot. */
export function bio_complete_init(k: Kernel): void {
  const { IN_TASK, BATCH_HOTPLUG } = k.switches;
  if (IN_TASK !== 'bios' || BATCH_HOTPLUG === 'none') return;
  cpuhp_setup_state(k, CpuhpState.CPUHP_BP_PREPARE_DYN, null, bio_complete_batch_cpu_dead);
  if (BATCH_HOTPLUG === 'dead') return;
  const online = bio_complete_batch_cpu_online; // v6 has it, too: the item has to be enabled again
  cpuhp_setup_state(k, CpuhpState.CPUHP_AP_ONLINE_DYN, online, bio_complete_batch_cpu_down_prep);
}

/** A CPU comes up: its work item may be queued again, and is if bios are left. */
export function* bio_complete_batch_cpu_online(k: Kernel, cpu: number): KernelFn {
  const batch = batchOf(k, cpu);
  yield* k.call(enable_work, batch.dwork.work);
  if (k.switches.BATCH_HOTPLUG !== 'online, down_prep, dead') return;
  if (k.decide(batchLeft, batch.list.length > 0, batch.list.length)) yield* k.inlined(queueWorker, batch);
}

/** A CPU goes down and is still online: its work item is taken back, waited for and disabled, so that no other CPU ever
 *  executes it. */
export function* bio_complete_batch_cpu_down_prep(k: Kernel, cpu: number): KernelFn {
  const { dwork } = batchOf(k, cpu);
  if (k.switches.IN_TASK_DELAY === '1 jiffy') yield* k.call(disable_delayed_work_sync, dwork);
  else yield* k.call(disable_work_sync, dwork.work);
}

/** A CPU is dead: another one ends the bios that it has left. Nobody else can touch its list. */
export function* bio_complete_batch_cpu_dead(k: Kernel, cpu: number): KernelFn {
  const batch = batchOf(k, cpu);
  for (let bio = batch.list.shift(); bio !== undefined; bio = batch.list.shift()) {
    k.take(bio, batch);
    assert(bio.bi_end_io !== null, 'a bio in the batch has someone to tell');
    yield* k.call(bio.bi_end_io, bio);
  }
}

/** Memory cgroups of version 1. Source: mm/memcontrol-v1.c (v6.17). Simplified: a cgroup is a range of one file. */
import type { Kernel, KernelFn } from '../kernel.ts';
import { cachedIn, RECLAIM_RETRIES, type ReclaimRange, try_to_free_mem_cgroup_pages } from './vmscan.ts';

/** `memory.force_empty`: takes all that can be had. Who dirties memory of such a cgroup is not throttled, so this waits for
 *  writeback that it sees again. Returns 0. */
export function* mem_cgroup_force_empty(k: Kernel, range: ReclaimRange): KernelFn<number> {
  const sc = { legacy: true };
  for (let retries = RECLAIM_RETRIES; retries > 0 && cachedIn(k, range).length > 0;)
    if ((yield* k.callAbout(range.inode, try_to_free_mem_cgroup_pages, range, sc)) === 0) retries--;
  return 0;
}

/**
 * The race of the batch of BIO_COMPLETE_IN_TASK, in which a bio may be left behind that nobody queues the worker for
 * (bio-complete-in-task.md section 5.1): all interleavings of the functions in bio-complete.ts on one CPU.
 *
 * Bios end one after another in a task inside an RCU read-side section, which `bio_in_atomic()` takes for atomic and which
 * may nevertheless be preempted anywhere: by the worker, or by the thread that takes the CPU down. The steps are those of
 * the fact sheet, and come about so:
 *
 * | step | begins | ends where |
 * | --- | --- | --- |
 * | test, in the broken variant | with the bio | `__bio_complete_in_task` yields before interrupts are off |
 * | P1 | with the bio, or after the test | it yields where interrupts are on again |
 * | P2 | there | it returns, whether it has queued the worker or had no reason to |
 * | S | with the worker's wake-up | `process_one_work` has cleared PENDING and enters `bio_complete_work_fn` |
 * | T | there, or after the last bio | that has taken the list and enters a bi_end_io, or returns because it is empty |
 * | R | there | the bi_end_io returns |
 * | D | while `bio_complete_work_fn` is not in progress | `bio_complete_batch_cpu_down_prep` returns |
 * | X | after D and all bios | `bio_complete_batch_cpu_dead` returns; nobody else has a step then |
 *
 * All but P2 of a bio that is not the first of its batch touch what is shared. The sheet counts that one, too: without it
 * the first row were 12 and 218.
 *
 * Finer than the kernel, and so no place where steps end: between `assign_work` and the clearing of PENDING, where the kernel
 * holds the lock of the pool. `cpu_dead` runs on this CPU instead of another one, which makes no difference when nobody else
 * has a step left.
 */
import { assert } from '../../base/assert.ts';
import type { Task } from '../../engine/task.ts';
import type { Path } from '../../engine/testing-paths.ts';
import { TaskState } from '../../log/events.ts';
import { Bio, BIO_COMPLETE_IN_TASK, type BioEndIo } from '../include/linux/blk_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { KERNELS } from '../kernels.ts';
import type { Switches } from '../switches.ts';
import { ExploredKernel, type ExploredStep } from '../testing-explore.ts';
import { bio_complete_batch_cpu_dead, bio_complete_batch_cpu_down_prep } from './bio-complete-hotplug.ts';
import { __bio_complete_in_task, batchOf, bio_complete_work_fn } from './bio-complete.ts';
import { bio_endio } from './bio.ts';

/** What is different from 7.3, and which hotplug callbacks are called. */
export type Variant = {
  readonly switches?: Partial<Switches>;
  /** `waits`: D as the fact sheet has it, while the worker does not run; `any time`: the function waits by itself. */
  readonly downPrep?: 'waits' | 'any time';
  readonly dead?: boolean;
};

/** How an interleaving ended. */
export type BatchEnding = {
  readonly steps: readonly ExploredStep[];
  /** How often each bio has ended. */
  readonly ends: readonly number[];
};

/** The functions of the model that are explored. */
const FUNCTIONS = [
  __bio_complete_in_task,
  bio_complete_work_fn,
  bio_complete_batch_cpu_down_prep,
  bio_complete_batch_cpu_dead,
];

/** One interleaving of the ends of `n` bios with their worker, and perhaps with the CPU going down. */
export function batchRace(path: Path, n: number, variant: Variant): BatchEnding {
  const ends = new Map<Bio, number>();
  function* end_io(_k: Kernel, bio: Bio): KernelFn {
    ends.set(bio, (ends.get(bio) ?? 0) + 1);
  }
  const granularity = { explored: [...FUNCTIONS, end_io], always: [__bio_complete_in_task, end_io] };
  const switches = { ...KERNELS['7.3.4'].switches, ...variant.switches };
  const k = new ExploredKernel(path, granularity, { switches });
  const batch = batchOf(k, 0);
  k.watch(batch, 'list');
  k.watch(batch.dwork.work, 'pending');
  k.watch(batch.dwork.work, 'disable');
  const bios = Array.from({ length: n }, () => flaggedBio(k, end_io));
  const submitter = k.explore('bios', function* () {
    k.rcu_read_lock();
    for (const bio of bios) yield* k.call(bio_endio, bio);
    k.rcu_read_unlock();
  });
  if (variant.downPrep !== undefined) goDown(k, submitter, variant);
  k.finish();
  assert(k.stopped === 'done', 'every interleaving comes to an end');
  return { steps: k.steps, ends: bios.map((bio) => ends.get(bio) ?? 0) };
}

/** A bio that must not end in atomic context. */
function flaggedBio(k: Kernel, end_io: BioEndIo): Bio {
  const bio = new Bio(k, null);
  bio.bi_flags = BIO_COMPLETE_IN_TASK;
  bio.bi_end_io = end_io;
  return bio;
}

/** The CPU goes down. A kernel without the dead callback is one in which nobody calls it. */
function goDown(k: ExploredKernel, submitter: Task, { downPrep, dead = false }: Variant): void {
  const mayBegin = (): boolean => downPrep === 'any time' || !k.inProgress(bio_complete_work_fn);
  const down = k.explore('down', () => k.call(bio_complete_batch_cpu_down_prep, 0), mayBegin);
  const gone = (): boolean => [submitter, down].every(({ state }) => state === TaskState.Dead);
  if (dead) k.explore('dead', () => k.call(bio_complete_batch_cpu_dead, 0), gone);
}

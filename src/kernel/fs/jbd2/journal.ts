/**
 * The journal of ext4, as far as an fsync waits for it: its thread writes the blocks of the transaction, waits for them,
 * and then a commit record that flushes the device's cache. Simplified: one block a transaction, nothing is checkpointed,
 * and each wait gets a commit of its own. Source: fs/jbd2/journal.c, fs/jbd2/commit.c (v6.12).
 */
import { WaitQueue } from '../../../engine/locks.ts';
import type { Task } from '../../../engine/task.ts';
import { TaskState } from '../../../log/events.ts';
import { Completion, submit_bio_wait } from '../../block/bio-wait.ts';
import {
  Bio,
  REQ_FUA,
  REQ_META,
  REQ_OP_WRITE,
  REQ_PREFLUSH,
  REQ_SYNC,
} from '../../include/linux/blk_types.ts';
import type { SuperBlock } from '../../include/linux/fs.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';

const BLOCK_BYTES = 4096;

/** The thread and who waits for it to commit. */
type Journal = {
  readonly queue: Completion[];
  readonly j_wait_commit: WaitQueue;
  task: Task | null;
  /** JBD2_ABORT: nothing is committed any more. */
  aborted: boolean;
};

const journal = new PerRun((k): Journal => ({
  queue: [],
  j_wait_commit: new WaitQueue(k, null, 'j_wait_commit'),
  task: null,
  aborted: false,
}));

export const is_journal_aborted = (k: Kernel): boolean => k.of(journal).aborted;

/** Stops the journal after an error: every later commit fails, and whoever begins a transaction finds out. The error is
 *  written to the journal's superblock. May sleep. */
export function* jbd2_journal_abort(k: Kernel, sb: SuperBlock, _errno: number): KernelFn {
  if (!k.in_task()) k.hazard('transaction-outside-task', sb);
  const j = k.of(journal);
  if (j.aborted) return;
  j.aborted = true;
  yield* k.call(jbd2_write_superblock, sb);
}

/** Writes the superblock of the journal and waits for it. Its status. */
export function* jbd2_write_superblock(k: Kernel, sb: SuperBlock): KernelFn<number> {
  return yield* k.call(submit_bh_wbc, sb, REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_FUA);
}

/** Has the running transaction committed and waits for it. Returns 0 or a negative errno. */
export function* jbd2_complete_transaction(k: Kernel, sb: SuperBlock): KernelFn<number> {
  const j = k.of(journal);
  if (j.aborted) return EIO;
  const all = k.cpus.map((cpu) => cpu.id);
  j.task ??= k.spawn('jbd2/nvme0n1-8', all, () => k.call(kjournald2, sb), { asleep: false });
  const done = new Completion(k, 'the commit of its transaction');
  j.queue.push(done);
  const thread = k.nextSleeper(j.j_wait_commit);
  if (thread !== null) yield* k.call(wake_up_process, thread);
  const isDone = (): boolean => done.done;
  yield* k.waitEvent(done.wait, TaskState.Uninterruptible, 'the commit of its transaction', isDone);
  k.free(done);
  return is_journal_aborted(k) ? EIO : 0;
}

/** The body of the journal's thread. */
export function* kjournald2(k: Kernel, sb: SuperBlock): KernelFn {
  const j = k.of(journal);
  for (;;) {
    const waiting = j.queue.splice(0);
    if (waiting.length > 0) yield* k.call(jbd2_journal_commit_transaction, sb, waiting);
    yield* k.waitEvent(j.j_wait_commit, TaskState.Interruptible, 'a commit', () => j.queue.length > 0);
  }
}

export function* jbd2_journal_commit_transaction(
  k: Kernel,
  sb: SuperBlock,
  waiting: readonly Completion[],
): KernelFn {
  yield k.spend(k.costs['log.force']);
  const block = yield* k.call(submit_bh_wbc, sb, REQ_OP_WRITE | REQ_META | REQ_SYNC);
  const commit = REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_PREFLUSH | REQ_FUA;
  const record = yield* k.call(submit_bh_wbc, sb, commit);
  if (block !== 0 || record !== 0) yield* k.call(jbd2_journal_abort, sb, EIO);
  for (const done of waiting) {
    done.done = true;
    const waiter = k.nextSleeper(done.wait);
    if (waiter !== null) yield* k.call(wake_up_process, waiter);
  }
}

/** Writes one block of the journal and waits for it; its status. Source: fs/buffer.c. */
export function* submit_bh_wbc(k: Kernel, sb: SuperBlock, opf: number): KernelFn<number> {
  const bio = new Bio(k, sb, 'journal block');
  bio.bi_opf = opf;
  bio.bi_size = BLOCK_BYTES;
  const status = yield* k.call(submit_bio_wait, bio);
  k.free(bio);
  return status;
}

/**
 * The log of gfs2, as far as a sync waits for it: some blocks, then a header that flushes the device's cache and goes to stable
 * media. Source: fs/gfs2/log.c, fs/gfs2/lops.c (v6.17). Simplified: whoever flushes the log writes it, and transactions of
 * others do not share it.
 */
import { assert } from '../../../base/assert.ts';
import { Completion } from '../../block/bio-wait.ts';
import { submit_bio } from '../../block/blk-core.ts';
import { TaskState } from '../../../log/events.ts';
import {
  Bio,
  REQ_FUA,
  REQ_META,
  REQ_OP_WRITE,
  REQ_PREFLUSH,
  REQ_SYNC,
} from '../../include/linux/blk_types.ts';
import { type Inode, SuperBlock } from '../../include/linux/fs.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';
import { writesOut } from '../../mm/filemap.ts';

/** What a flush of the log writes: the blocks of its transaction, as recordings 33a show them. */
export const GFS2_LOG_BLOCKS = { transaction: 2, ail: 1 } as const;

/** sd_log_in_flight: bios of the log that have not ended. */
const inFlight = new PerRun(() => ({ bios: 0, failed: false }));

/** Writes the log: ordered data first, then `blocks` blocks and the header; waits for both. Returns 0 or a negative errno. */
export function* gfs2_log_flush(k: Kernel, inode: Inode, blocks: number): KernelFn<number> {
  const { i_sb, i_mapping } = inode;
  if (i_sb.shutdown) return EIO; // gfs2_withdrawn()
  yield k.spend(k.costs['log.force']);
  yield* k.call(writesOut(k), i_mapping, 'WB_SYNC_ALL', 0, Infinity); // gfs2_ordered_write()
  const done = new Completion(k, 'the log');
  yield* k.call(gfs2_log_submit_write, i_sb, blocks, REQ_OP_WRITE, done);
  const header = REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_PREFLUSH | REQ_FUA;
  yield* k.call(gfs2_log_submit_write, i_sb, 1, header, done); // gfs2_write_log_header()
  const isDone = (): boolean => k.of(inFlight).bios === 0;
  yield* k.waitEvent(done.wait, TaskState.Uninterruptible, 'the log', isDone); // log_flush_wait()
  k.free(done);
  if (!k.of(inFlight).failed) return 0;
  i_sb.shutdown = true; // gfs2_withdraw()
  return EIO;
}

export function* gfs2_log_submit_write(
  k: Kernel,
  sb: SuperBlock,
  blocks: number,
  opf: number,
  done: Completion,
): KernelFn {
  const bio = new Bio(k, sb, 'log');
  bio.bi_opf = opf;
  bio.bi_size = blocks * sb.s_blocksize;
  bio.bi_private = done;
  bio.bi_end_io = gfs2_end_log_write;
  k.of(inFlight).bios++;
  yield* k.call(submit_bio, bio);
}

/** A bio of the log has ended. Interrupt context. */
export function* gfs2_end_log_write(k: Kernel, bio: Bio): KernelFn {
  const done = bio.bi_private;
  assert(done instanceof Completion, 'somebody waits for the log');
  const log = k.of(inFlight);
  if (bio.bi_status !== 0) log.failed = true;
  k.free(bio);
  if (--log.bios > 0) return;
  const waiter = k.nextSleeper(done.wait);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

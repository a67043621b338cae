/** Asking the device for a flush. Source: block/blk-flush.c (v6.12). */
import { Bio, REQ_OP_WRITE, REQ_PREFLUSH } from '../include/linux/blk_types.ts';
import type { SuperBlock } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { submit_bio_wait } from './bio-wait.ts';
import { blk_status_to_errno } from './blk-core.ts';

/** Has the device empty its write cache and waits for it. Returns 0 or a negative errno. Task context. */
export function* blkdev_issue_flush(k: Kernel, sb: SuperBlock): KernelFn<number> {
  const bio = new Bio(k, sb, 'flush');
  bio.bi_opf = REQ_OP_WRITE | REQ_PREFLUSH;
  const status = yield* k.call(submit_bio_wait, bio);
  k.free(bio);
  return blk_status_to_errno(status);
}

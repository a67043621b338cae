/** Cutting bios to what the device takes. Source: block/blk-merge.c (v6.12). Not modelled: merging. */
import { rule } from '../../engine/rule.ts';
import { type Bio, BLK_STS, REQ_NOMERGE, REQ_NOWAIT, REQ_POLLED } from '../include/linux/blk_types.ts';
import type { QueueLimits } from '../include/linux/blk-mq.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import type { SwitchValue } from '../switches.ts';
import { has } from '../include/linux/fs.ts';
import { bio_chain, bio_endio, bio_split } from './bio.ts';

export const tooLarge = rule({
  id: 'bio-too-large',
  asks: 'Is the bio larger than the device takes at once, so that it is split and no longer polled?',
  test: 'bytes > get_max_io_size(bio, lim)  /* then bio_clear_polled(bio) */',
  inputs: ['bytes', 'largest transfer'],
  source: { kind: 'code', file: 'block/blk-merge.c', note: 'bio_split_rw_at, bio_submit_split' },
});

export const splitNowait = rule({
  id: 'split-nowait',
  asks: 'May the bio not wait for the tags of its pieces, so that it fails with BLK_STS_AGAIN?',
  test: 'bio->bi_opf & REQ_NOWAIT',
  inputs: ['bi_opf'],
  source: { kind: 'code', file: 'block/blk-merge.c', commit: '9cea62b2cbab' },
});

/** How the rest of a bio goes back to the block layer. */
export type Resubmit = Readonly<Record<SwitchValue<'SPLIT_RESUBMIT'>, (k: Kernel, bio: Bio) => KernelFn>>;

/** The bio itself, or a new one for its first piece: then the rest is submitted again, behind what is under way. Null
 *  when it may not be split: it has ended then. */
export function* __bio_split_to_limits(
  k: Kernel,
  bio: Bio,
  limits: QueueLimits,
  resubmit: Resubmit,
): KernelFn<Bio | null> {
  const large = bio.bi_size > limits.max_bytes;
  if (!k.decide(tooLarge, large, bio.bi_size, limits.max_bytes)) return bio;
  const refuses = k.switches.NOWAIT_SPLIT === 'refused';
  if (refuses && k.decide(splitNowait, has(bio.bi_opf, REQ_NOWAIT), bio.bi_opf)) {
    bio.bi_status = BLK_STS.BLK_STS_AGAIN;
    yield* k.call(bio_endio, bio);
    return null;
  }
  bio.bi_opf = bio.bi_opf & ~REQ_POLLED; // bio_clear_polled()
  const split = bio_split(k, bio, limits.max_bytes);
  split.bi_opf = split.bi_opf | REQ_NOMERGE;
  bio_chain(split, bio);
  k.trace('block_split', split, bio.bi_sector);
  yield* k.call(resubmit[k.switches.SPLIT_RESUBMIT], bio);
  return split;
}

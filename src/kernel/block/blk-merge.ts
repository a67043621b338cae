/** Cutting bios to what the device takes. Source: block/blk-merge.c (v6.12). Not modelled: merging. */
import { rule } from '../../engine/rule.ts';
import { type Bio, REQ_NOMERGE, REQ_POLLED } from '../include/linux/blk_types.ts';
import type { QueueLimits } from '../include/linux/blk-mq.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { bio_chain, bio_split } from './bio.ts';

export const tooLarge = rule({
  id: 'bio-too-large',
  asks: 'Is the bio larger than the device takes at once, so that it is split and no longer polled?',
  test: 'bytes > get_max_io_size(bio, lim)  /* then bio_clear_polled(bio) */',
  inputs: ['bytes', 'largest transfer'],
  source: { kind: 'code', file: 'block/blk-merge.c', note: 'bio_split_rw_at, bio_submit_split' },
});

/** The bio itself, or a new one for its first piece: then the rest is submitted again, behind what is under way. */
export function* __bio_split_to_limits(
  k: Kernel,
  bio: Bio,
  limits: QueueLimits,
  submit_bio_noacct: (k: Kernel, bio: Bio) => KernelFn,
): KernelFn<Bio> {
  const large = bio.bi_size > limits.max_bytes;
  if (!k.decide(tooLarge, large, bio.bi_size, limits.max_bytes)) return bio;
  bio.bi_opf = bio.bi_opf & ~REQ_POLLED; // bio_clear_polled()
  const split = bio_split(k, bio, limits.max_bytes);
  split.bi_opf = split.bi_opf | REQ_NOMERGE;
  bio_chain(split, bio);
  k.trace('block_split', split, bio.bi_sector);
  yield* k.call(submit_bio_noacct, bio);
  return split;
}

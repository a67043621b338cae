/** Ending and splitting bios. Source: block/bio.c (v6.12). */
import { assert } from '../../base/assert.ts';
import { Bio, SECTOR_BYTES } from '../include/linux/blk_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { __bio_complete_in_task, defers } from './bio-complete.ts';

/**
 * All of the bio is done: tells whoever made it, here or in a task. A bio that was split waits for its pieces; the last
 * piece ends it. Any context.
 */
export function* bio_endio(k: Kernel, done: Bio): KernelFn {
  for (let bio = done; ;) {
    if (bio.remaining > 0) bio.remaining = bio.remaining - 1;
    if (bio.remaining > 0) return;
    assert(bio.bi_end_io !== null, 'a bio has someone to tell');
    if (bio.bi_end_io !== bio_chain_endio) {
      if (defers(k, bio)) yield* k.call(__bio_complete_in_task, bio);
      else yield* k.call(bio.bi_end_io, bio);
      return;
    }
    bio = __bio_chain_endio(k, bio);
  }
}

/** A piece has ended: its status goes to the bio that it was cut from. */
function __bio_chain_endio(k: Kernel, bio: Bio): Bio {
  const parent = bio.bi_private;
  assert(parent instanceof Bio, 'a piece knows its bio');
  if (bio.bi_status !== 0 && parent.bi_status === 0) parent.bi_status = bio.bi_status;
  k.free(bio);
  return parent;
}

/** Marks a piece of a split bio; `bio_endio()` looks at it and never calls it. */
export function* bio_chain_endio(_k: Kernel, bio: Bio): KernelFn {
  assert(bio.bi_end_io !== bio_chain_endio, 'bio_endio() ends pieces itself');
}

/** Cuts the first `size` bytes off into a bio of their own. */
export function bio_split(k: Kernel, bio: Bio, size: number): Bio {
  const split = new Bio(k, bio);
  split.bi_opf = bio.bi_opf;
  split.bi_sector = bio.bi_sector;
  split.bi_size = size;
  split.bi_cookie = -1;
  bio.bi_sector = bio.bi_sector + size / SECTOR_BYTES;
  bio.bi_size = bio.bi_size - size;
  return split;
}

/** `parent` ends only when `bio` has ended, too. */
export function bio_chain(bio: Bio, parent: Bio): void {
  bio.bi_private = parent;
  bio.bi_end_io = bio_chain_endio;
  parent.remaining = parent.remaining === 0 ? 2 : parent.remaining + 1;
}

/** Marks the pages of a read before it is issued, so that they are not reclaimed as clean. Task context. */
export function* bio_set_pages_dirty(_k: Kernel, _bio: Bio): KernelFn {
  // the user's pages are not modelled, only that the call is made
}

/** After a read: dirties the user's pages again where needed, releases them and the bio. Any context. */
export function* bio_check_pages_dirty(k: Kernel, bio: Bio): KernelFn {
  k.free(bio);
}

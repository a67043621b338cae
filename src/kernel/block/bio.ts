/** Ending bios. Source: block/bio.c (v6.12). */
import { assert } from '../../base/assert.ts';
import type { Bio } from '../include/linux/blk_types.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

/** All of the bio is done: tells whoever made it. Any context. */
export function* bio_endio(k: Kernel, bio: Bio): KernelFn {
  assert(bio.bi_end_io !== null, 'a bio has someone to tell');
  yield* k.call(bio.bi_end_io, bio);
}

/** Marks the pages of a read before it is issued, so that they are not reclaimed as clean. Task context. */
export function* bio_set_pages_dirty(_k: Kernel, _bio: Bio): KernelFn {
  // the user's pages are not modelled, only that the call is made
}

/** After a read: dirties the user's pages again where needed, releases them and the bio. Any context. */
export function* bio_check_pages_dirty(k: Kernel, bio: Bio): KernelFn {
  k.free(bio);
}

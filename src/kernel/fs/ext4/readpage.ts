/** Buffered reads of ext4 files. Source: fs/ext4/readpage.c, fs/ext4/inode.c (v6.12), which mirror fs/mpage.c. */
import type { Obj } from '../../../engine/struct.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import type { Inode } from '../../include/linux/fs.ts';
import type { Folio, ReadaheadControl } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { endReads, mpage_read_all, mpage_read_folio } from '../mpage.ts';

/** Written blocks are read; what is unwritten or only reserved is zero. */
function placeOf({ extents }: Inode, pos: number): number | null {
  return extents.at(pos, 1).state === 'mapped' ? extents.address(pos, false) : null;
}

export function* ext4_readahead(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.callAbout(rac.about, ext4_mpage_readpages, rac);
}

export function* ext4_mpage_readpages(k: Kernel, rac: ReadaheadControl): KernelFn {
  yield* k.inlined(mpage_read_all, rac, placeOf, mpage_end_io);
}

export function* ext4_read_folio(k: Kernel, folio: Folio, about: Obj): KernelFn<number> {
  return yield* k.inlined(mpage_read_folio, folio, about, placeOf, mpage_end_io);
}

/** All of a bio is read, or could not be. Any context. */
export function* mpage_end_io(k: Kernel, bio: Bio): KernelFn {
  yield* k.inlined(endReads, bio);
}

/** How gfs2 maps a range of a file. Source: fs/gfs2/bmap.c (v6.17). Simplified: no glocks, no stuffed and no journalled data. */
import { rule } from '../../../engine/rule.ts';
import { has, type Inode } from '../../include/linux/fs.ts';
import type { Folio } from '../../include/linux/pagemap.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { Extent } from '../extents.ts';
import { markDirty } from '../inode.ts';
import type { IomapWritebackOps, IomapWritepageCtx } from '../iomap/buffered-io.ts';
import { iomap_add_to_ioend, iomap_ioend_writeback_submit } from '../iomap/ioend-submit.ts';
import { type Iomap, IOMAP_F_MERGED, IOMAP_F_NEW, IOMAP_WRITE, type IomapOps } from '../iomap/iomap.ts';

export const gfs2Allocates = rule({
  id: 'gfs2-allocates',
  asks: 'Is there a hole that is written to, so that blocks are allocated at once?',
  test: 'iomap->type == IOMAP_HOLE && (flags & IOMAP_WRITE)',
  inputs: ['pos', 'length'],
  source: { kind: 'code', file: 'fs/gfs2/bmap.c', note: 'gfs2_iomap_begin_write' },
});

/** Finds where a range is; a write to a hole allocates written blocks. */
export function* gfs2_iomap_begin(
  k: Kernel,
  inode: Inode,
  pos: number,
  length: number,
  flags: number,
): KernelFn<Iomap> {
  const { s_blocksize } = inode.i_sb;
  const from = Math.floor(pos / s_blocksize) * s_blocksize;
  const past = Math.ceil((pos + length) / s_blocksize) * s_blocksize;
  const extent = inode.extents.at(from, past - from);
  const allocates = extent.state === 'hole' && has(flags, IOMAP_WRITE);
  if (!k.decide(gfs2Allocates, allocates, pos, length)) return gfs2_iomap_get(inode, extent, IOMAP_F_MERGED);
  yield* k.call(gfs2_iomap_alloc, inode, extent);
  return gfs2_iomap_get(inode, { ...extent, state: 'mapped' }, IOMAP_F_NEW);
}

export function* gfs2_iomap_alloc(k: Kernel, inode: Inode, extent: Extent): KernelFn {
  yield k.spend(k.costs['fs.alloc']);
  inode.extents.put({ ...extent, state: 'mapped' });
  markDirty(inode);
}

function gfs2_iomap_get(inode: Inode, { offset, length, state }: Extent, flags: number): Iomap {
  const type = state === 'hole' ? 'IOMAP_HOLE' : 'IOMAP_MAPPED';
  return { type, flags, addr: inode.extents.address(offset, false), offset, length };
}

export const gfs2_iomap_ops: IomapOps = { iomap_begin: gfs2_iomap_begin };

/** Before v6.17 the hook of iomap itself. Returns 0 or a negative errno. */
export function* gfs2_map_blocks(k: Kernel, wpc: IomapWritepageCtx, pos: number): KernelFn<number> {
  const { inode, iomap } = wpc;
  if (inode.extents.lookupFails()) return EIO;
  if (iomap !== null && pos >= iomap.offset && pos < iomap.offset + iomap.length) return 0;
  wpc.iomap = yield* k.inlined(gfs2_iomap_begin, inode, pos, inode.i_size - pos, 0);
  return 0;
}

export function* gfs2_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  len: number,
  end_pos: number,
): KernelFn<number> {
  const error = yield* k.callAbout(folio, gfs2_map_blocks, wpc, pos);
  if (error !== 0) return error;
  return yield* k.callAbout(folio, iomap_add_to_ioend, wpc, folio, pos, end_pos, len);
}

export const gfs2_writeback_ops: IomapWritebackOps = {
  writeback_range: gfs2_writeback_range,
  writeback_submit: iomap_ioend_writeback_submit,
};

/** Making a file durable. Source: fs/sync.c, include/linux/fs.h. */
import { has, IOCB_DONTCACHE, IOCB_SYNC, iocb_is_dsync, type Kiocb } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { __filemap_fdatawrite_range, filemap_writeback } from '../mm/filemap.ts';
import type { AddressSpace } from '../include/linux/pagemap.ts';
import { wakeFlusher } from './fs-writeback.ts';

/**
 * After an O_DSYNC or O_SYNC write of `count` bytes: makes them durable. After an uncached one: has its writeback begin.
 * Returns `count` or a negative errno.
 */
export function* generic_write_sync(k: Kernel, iocb: Kiocb, count: number): KernelFn<number> {
  if (!iocb_is_dsync(iocb)) {
    if (has(iocb.ki_flags, IOCB_DONTCACHE)) yield* k.inlined(kick, iocb, count);
    return count;
  }
  if (!k.in_task()) k.hazard('sync-outside-task', iocb);
  const ret = yield* k.call(vfs_fsync_range, iocb, !has(iocb.ki_flags, IOCB_SYNC));
  return ret < 0 ? ret : count;
}

/** Begins the writeback of what was written, without waiting for it. */
function* kick(k: Kernel, { ki_filp, ki_pos }: Kiocb, count: number): KernelFn {
  const { i_mapping } = ki_filp.inode;
  const { DONTCACHE_KICK, DROPBEHIND_END } = k.switches;
  const end = ki_pos + count;
  if (DONTCACHE_KICK === 'flusher') yield* k.inlined(wakeFlusher, ki_filp.inode);
  else if (DROPBEHIND_END === 'folio_end_dropbehind')
    yield* k.call(filemap_writeback, i_mapping, 'WB_SYNC_NONE', ki_pos, end); // recordings 17xa of 6.19.14 to 7.1.13
  else yield* k.call(filemap_fdatawrite_range_kick, i_mapping, ki_pos, end);
}

/** Begins the writeback of a range of bytes, by the writer itself. Source: mm/filemap.c (v6.14 to v6.17). */
export function* filemap_fdatawrite_range_kick(
  k: Kernel,
  mapping: AddressSpace,
  start: number,
  end: number,
): KernelFn<number> {
  return yield* k.call(__filemap_fdatawrite_range, mapping, 'WB_SYNC_NONE', start, end);
}

/** `fsync(2)` of what a kiocb wrote; `datasync`: only what is needed to find the data. May sleep. */
export function* vfs_fsync_range(k: Kernel, iocb: Kiocb, datasync: boolean): KernelFn<number> {
  return yield* k.call(iocb.ki_filp.f_op.fsync, iocb.ki_filp, datasync);
}

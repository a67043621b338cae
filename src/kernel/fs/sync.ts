/** Making a file durable. Source: fs/sync.c, include/linux/fs.h. */
import { rule } from '../../engine/rule.ts';
import {
  type File,
  has,
  IOCB_DONTCACHE,
  IOCB_SYNC,
  iocb_is_dsync,
  type Kiocb,
  SuperBlock,
} from '../include/linux/fs.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import {
  __filemap_fdatawait_range,
  __filemap_fdatawrite_range,
  file_check_and_advance_wb_err,
  filemap_write_and_wait_range,
  filemap_writeback,
  writesOut,
} from '../mm/filemap.ts';
import { AddressSpace, errseq_check_and_advance } from '../include/linux/pagemap.ts';
import { sync_inodes_sb, wakeFlusher } from './fs-writeback.ts';

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
  const ret = yield* k.callAbout(iocb, vfs_fsync_range, iocb.ki_filp, !has(iocb.ki_flags, IOCB_SYNC));
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

/** `fsync(2)` of a file; `datasync`: only what is needed to find the data. May sleep. */
export function* vfs_fsync_range(k: Kernel, file: File, datasync: boolean): KernelFn<number> {
  return yield* k.callAbout(file.inode, file.f_op.fsync, file, datasync);
}

/** The page cache of the device itself, where filesystems have metadata; in this model nothing of it is dirty. */
const deviceCache = new PerRun((k) => new AddressSpace(k, new SuperBlock(k, null, 'bdev'), 'bdev'));

export const tellsSbError = rule({
  id: 'syncfs-sees-wb-error',
  asks: 'Has writeback of any file of the filesystem failed since syncfs last told this open file?',
  test: 'errseq_check(&sb->s_wb_err, f.file->f_sb_err)',
  inputs: ['s_wb_err', 'f_sb_err'],
  source: { kind: 'code', file: 'fs/sync.c', note: 'syncfs' },
});

/** `syncfs(2)`, reduced to the file's own filesystem: the flusher writes the data, the caller waits for it, then the
 *  metadata. Returns 0 or a negative errno. */
export function* syncfs(k: Kernel, file: File): KernelFn<number> {
  const ret = yield* k.callAbout(file.inode, sync_filesystem, file);
  const bdev = k.of(deviceCache);
  yield* k.call(filemap_write_and_wait_range, bdev, 0, Infinity); // sync_blockdev()
  const { s_wb_err } = file.inode.i_sb;
  const since = file.f_sb_err ?? 0;
  const { error, now } = errseq_check_and_advance(s_wb_err, since);
  k.decide(tellsSbError, error !== 0, s_wb_err.seq, since);
  file.f_sb_err = now;
  const told = ret === 0 ? error : ret;
  k.trace('sys_exit', file.inode, told);
  return told;
}

/** Writes the data and the metadata of a filesystem. */
export function* sync_filesystem(k: Kernel, file: File): KernelFn<number> {
  const { inode, f_op } = file;
  yield* k.callAbout(inode, sync_inodes_sb, [inode]);
  yield* k.call(writesOut(k), k.of(deviceCache), 'WB_SYNC_NONE', 0, Infinity); // sync_blockdev_nowait()
  const { i_mapping } = inode;
  if (i_mapping.writeback.size > 0) yield* k.call(__filemap_fdatawait_range, i_mapping, 0, Infinity); // s_inodes_wb
  return f_op.sync_fs === undefined ? 0 : yield* k.callAbout(inode, f_op.sync_fs, file);
}

/** `sync_file_range(2)` of all three flags: writes a range and waits for it. Returns 0 or a negative errno. */
export function* sync_file_range(k: Kernel, file: File, offset: number, len: number): KernelFn<number> {
  const { i_mapping } = file.inode;
  const ret = yield* k.call(writesOut(k), i_mapping, 'WB_SYNC_NONE', offset, offset + len);
  yield* k.call(__filemap_fdatawait_range, i_mapping, offset, offset + len);
  const told = yield* k.call(file_check_and_advance_wb_err, file);
  k.trace('sys_exit', file.inode, ret === 0 ? told : ret);
  return ret === 0 ? told : ret;
}

/** ext4 files: reads and writes of open files. Source: fs/ext4/file.c (v6.12 to v7.3). */
import { rule } from '../../../engine/rule.ts';
import { SECTOR_BYTES } from '../../include/linux/blk_types.ts';
import {
  type FileOperations,
  has,
  type Inode,
  IOCB_DIRECT,
  IOCB_NOWAIT,
  type Kiocb,
} from '../../include/linux/fs.ts';
import { EAGAIN, EINVAL, EIO, ENOTBLK, EOPNOTSUPP } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { generic_file_read_iter } from '../../mm/filemap-read.ts';
import { generic_perform_write } from '../../mm/filemap-write.ts';
import { file_update_time, inode_dio_wait, markDirty } from '../inode.ts';
import { iomap_dio_rw } from '../iomap/direct-io.ts';
import { iomap_dio_read_simple } from '../iomap/direct-io-simple.ts';
import { IOMAP_DIO_FORCE_WAIT, IOMAP_DIO_UNWRITTEN, type IomapDioOps } from '../iomap/iomap.ts';
import { iomap_bio_read_ops } from '../iomap/bio.ts';
import { iomap_file_buffered_write } from '../iomap/buffered-io.ts';
import { generic_write_sync } from '../sync.ts';
import { ext4_emergency_state } from './ext4.ts';
import { ext4_sync_file } from './fsync.ts';
import {
  ext4_convert_unwritten_extents,
  ext4_dirty_inode,
  ext4_iomap_ops,
  ext4_iomap_overwrite_ops,
} from './inode.ts';
import { ext4_inode_buffered_iomap, ext4_iomap_buffered_da_write_ops } from './inode-iomap.ts';
import { ext4_block_zero_eof, ordersZeros } from './inode-ordered.ts';
import { ext4_punch_hole, ext4_setattr_size } from './inode-truncate.ts';
import { ext4_da_write_ops } from './inode-write.ts';
import { ext4_sync_fs } from './super.ts';

export const ext4_file_operations: FileOperations = {
  read_iter: ext4_file_read_iter,
  write_iter: ext4_file_write_iter,
  fsync: ext4_sync_file,
  sync_fs: ext4_sync_fs,
  fallocate: ext4_punch_hole,
  setattr_size: ext4_setattr_size,
  dio_parallel_write: true,
  // the series that puts ext4 on iomap leaves uncached I/O out
  dontcache: ({ switches }) => switches.EXT4_DONTCACHE && switches.EXT4_WRITEBACK === 'buffer heads',
  buffer_rasync: true,
};

export const lockShared = rule({
  id: 'ext4-lock-shared',
  asks: 'Is it a plain overwrite, for which the inode lock may stay shared?',
  test: '!(*extend || !overwrite || (unaligned_io && *unwritten))',
  inputs: ['extends', 'overwrites', 'unaligned', 'unwritten'],
  source: { kind: 'code', file: 'fs/ext4/file.c', note: 'ext4_dio_write_checks' },
});

export const mustWait = rule({
  id: 'ext4-force-wait',
  asks: 'Does the write extend the file or cover parts of blocks, so that it is waited for under the exclusive lock?',
  test: '!*ilock_shared && (unaligned_io || *extend)',
  inputs: ['lock shared', 'unaligned', 'extends'],
  source: { kind: 'code', file: 'fs/ext4/file.c', note: 'ext4_dio_write_checks' },
});

export const ext4SizeGrows = rule({
  id: 'ext4-size-grows',
  asks: 'Does the write end past the end of the file, so that the size has to be updated?',
  test: 'pos + size > READ_ONCE(EXT4_I(inode)->i_disksize)',
  inputs: ['pos', 'size', 'i_size'],
  source: { kind: 'code', file: 'fs/ext4/file.c', note: 'ext4_dio_write_end_io' },
});

export function* ext4_file_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (iocb.ki_filp.inode.i_sb.shutdown) return EIO; // ext4_forced_shutdown()
  return yield* k.call(has(iocb.ki_flags, IOCB_DIRECT) ? ext4_dio_read_iter : generic_file_read_iter, iocb);
}

export function* ext4_dio_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (!has(iocb.ki_flags, IOCB_NOWAIT)) yield* k.down(inode.i_rwsem, false);
  else if (!k.tryDown(inode.i_rwsem, false)) return EAGAIN;
  let ret = ENOTBLK;
  if (k.switches.SIMPLE_READ) ret = yield* k.call(iomap_dio_read_simple, iocb, ext4_iomap_ops);
  if (ret === ENOTBLK) ret = yield* k.call(iomap_dio_rw, iocb, ext4_iomap_ops, null, 0);
  k.up(inode.i_rwsem, false);
  return ret;
}

export function* ext4_file_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const error = ext4_emergency_state(iocb.ki_filp.inode.i_sb);
  if (error !== 0) return error;
  return yield* k.call(
    has(iocb.ki_flags, IOCB_DIRECT) ? ext4_dio_write_iter : ext4_buffered_write_iter,
    iocb,
  );
}

/** A write into the page cache, alone on the file. It may have to wait, so one that may not is refused. */
export function* ext4_buffered_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (has(iocb.ki_flags, IOCB_NOWAIT)) return EOPNOTSUPP;
  yield* k.down(inode.i_rwsem, true);
  yield* k.inlined(ext4_write_checks, iocb);
  const ret = ext4_inode_buffered_iomap(k)
    ? yield* k.call(iomap_file_buffered_write, iocb, ext4_iomap_buffered_da_write_ops, iomap_bio_read_ops)
    : yield* k.call(generic_perform_write, iocb, ext4_da_write_ops);
  k.up(inode.i_rwsem, true);
  return ret > 0 ? yield* k.call(generic_write_sync, iocb, ret) : ret;
}

/** Before a buffered write: the modification time, and the rest of the block in which the file ends when the write begins behind it. */
function* ext4_write_checks(k: Kernel, iocb: Kiocb): KernelFn {
  const { inode } = iocb.ki_filp;
  const before = inode.i_mtime;
  yield* k.call(file_update_time, inode, false);
  if (inode.i_mtime !== before) yield* k.call(ext4_dirty_inode, inode);
  if (ordersZeros(k) && iocb.ki_pos > inode.i_size) yield* k.call(ext4_block_zero_eof, inode, inode.i_size);
}

/** What kind of write it is, as `ext4_dio_write_checks()` finds out. */
type Kind = {
  readonly extend: boolean;
  readonly overwrite: boolean;
  readonly unwritten: boolean;
  readonly unaligned: boolean;
};

function kindOf(iocb: Kiocb): Kind {
  const { inode } = iocb.ki_filp;
  const { ki_pos, length_bytes } = iocb;
  const block = inode.i_sb.s_blocksize;
  const first = Math.floor(ki_pos / block) * block;
  const extents = inode.extents.in(first, Math.ceil((ki_pos + length_bytes) / block) * block - first);
  return {
    extend: ki_pos + length_bytes > inode.i_size,
    overwrite: extents.every((e) => e.state !== 'hole'),
    unwritten: extents.some((e) => e.state !== 'mapped'),
    unaligned: ki_pos % block !== 0 || length_bytes % block !== 0,
  };
}

/** What `ext4_dio_write_checks()` finds out and settles. */
type Checked = { ilock_shared: boolean; extend: boolean; unwritten: boolean; dio_flags: number };

/** A direct write: shared lock for overwrites; alone and waited for when it extends the file. */
export function* ext4_dio_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (iocb.ki_pos % SECTOR_BYTES !== 0 || iocb.length_bytes % SECTOR_BYTES !== 0) return EINVAL;
  const nowait = has(iocb.ki_flags, IOCB_NOWAIT);
  const ilock_shared = iocb.ki_pos + iocb.length_bytes <= inode.i_size;
  if (!nowait) yield* k.down(inode.i_rwsem, !ilock_shared);
  else if (!k.tryDown(inode.i_rwsem, !ilock_shared)) return EAGAIN;
  const checked: Checked = { ilock_shared, extend: false, unwritten: false, dio_flags: 0 };
  let ret = yield* k.call(ext4_dio_write_checks, iocb, checked);
  if (ret < 0) return ret; // the lock is given up already
  const { extend, unwritten, dio_flags } = checked;
  if (extend) yield k.spend(k.costs['fs.alloc']); // ext4_orphan_add()
  const ops = checked.ilock_shared && !unwritten ? ext4_iomap_overwrite_ops : ext4_iomap_ops;
  ret = yield* k.call(iomap_dio_rw, iocb, ops, ext4_dio_write_ops, dio_flags);
  if (extend) yield* k.call(ext4_inode_extension_cleanup, inode);
  k.up(inode.i_rwsem, !checked.ilock_shared);
  return ret;
}

/** Settles which lock the write needs and whether it is waited for. Returns 0, or a negative errno without the lock. */
export function* ext4_dio_write_checks(k: Kernel, iocb: Kiocb, checked: Checked): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  const nowait = has(iocb.ki_flags, IOCB_NOWAIT);
  let kind = kindOf(iocb);
  if (checked.ilock_shared && !mayShare(k, kind)) {
    k.up(inode.i_rwsem, false);
    if (nowait) return EAGAIN;
    yield* k.down(inode.i_rwsem, true);
    checked.ilock_shared = false;
    kind = kindOf(iocb);
  }
  const { extend, overwrite, unwritten, unaligned } = kind;
  const waits = !checked.ilock_shared && (unaligned || extend);
  if (k.decide(mustWait, waits, checked.ilock_shared, unaligned, extend)) {
    if (nowait) {
      k.up(inode.i_rwsem, !checked.ilock_shared);
      return EAGAIN;
    }
    if (unaligned && (!overwrite || unwritten)) yield* k.call(inode_dio_wait, inode);
    checked.dio_flags = IOMAP_DIO_FORCE_WAIT;
  }
  const mayFail = nowait && k.switches.EXT4_NOWAIT_MTIME; // file_modified(), which does not pass NOWAIT on, or kiocb_modified()
  const ret = yield* k.call(file_update_time, inode, mayFail);
  if (ret < 0) {
    k.up(inode.i_rwsem, !checked.ilock_shared);
    return ret;
  }
  Object.assign(checked, { extend, unwritten });
  return 0;
}

const mayShare = (k: Kernel, { extend, overwrite, unwritten, unaligned }: Kind): boolean =>
  k.decide(
    lockShared,
    !extend && overwrite && !((unaligned || !k.switches.EXT4_UNWRITTEN_SHARED) && unwritten),
    extend,
    overwrite,
    unaligned,
    unwritten,
  );

/** The inode is no orphan any more. */
export function* ext4_inode_extension_cleanup(_k: Kernel, _inode: Inode): KernelFn {
  // the orphan list is not modelled, only that the call is made
}

/** Ends a direct write: converts unwritten blocks and updates the size. Returns 0 or a negative errno. */
export function* ext4_dio_write_end_io(
  k: Kernel,
  iocb: Kiocb,
  size: number,
  error: number,
  flags: number,
): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  if (error === 0 && size > 0 && has(flags, IOMAP_DIO_UNWRITTEN))
    yield* k.call(ext4_convert_unwritten_extents, inode, iocb.ki_pos, size);
  if (error !== 0) return error;
  const grows = iocb.ki_pos + size > inode.i_size;
  if (k.decide(ext4SizeGrows, grows, iocb.ki_pos, size, inode.i_size))
    yield* k.call(ext4_handle_inode_extension, inode, iocb.ki_pos + size);
  return 0;
}

/** The file is longer now, in memory and, in a transaction, on disk. */
export function* ext4_handle_inode_extension(k: Kernel, inode: Inode, end: number): KernelFn {
  if (!k.in_task()) k.hazard('transaction-outside-task', inode);
  yield k.spend(k.costs['fs.convert']);
  inode.i_size = end;
  markDirty(inode);
}

const ext4_dio_write_ops: IomapDioOps = { end_io: ext4_dio_write_end_io };

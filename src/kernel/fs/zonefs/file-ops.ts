/** zonefs files: reads, writes and fsync. Source: fs/zonefs/file.c (v6.17). */
import { blkdev_issue_flush } from '../../block/blk-flush-issue.ts';
import { type File, type FileOperations, has, IOCB_DIRECT, type Kiocb } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { file_write_and_wait_range } from '../../mm/filemap.ts';
import { generic_file_read_iter } from '../../mm/filemap-read.ts';
import { iomap_dio_rw } from '../iomap/direct-io.ts';
import { zonefs_file_buffered_write } from './file-buffered.ts';
import {
  zonefs_file_dio_write,
  zonefs_inode_is_seq,
  zonefs_io_error,
  zonefs_read_dio_ops,
  zonefs_read_iomap_ops,
} from './file.ts';

export const zonefs_file_operations: FileOperations = {
  read_iter: zonefs_file_read_iter,
  write_iter: zonefs_file_write_iter,
  fsync: zonefs_file_fsync,
};

export function* zonefs_file_read_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (!has(iocb.ki_flags, IOCB_DIRECT)) return yield* k.call(generic_file_read_iter, iocb);
  const { inode } = iocb.ki_filp;
  yield* k.down(inode.i_rwsem, false);
  const ret = yield* k.call(iomap_dio_rw, iocb, zonefs_read_iomap_ops, zonefs_read_dio_ops, 0);
  k.up(inode.i_rwsem, false);
  return ret;
}

export function* zonefs_file_write_iter(k: Kernel, iocb: Kiocb): KernelFn<number> {
  return yield* k.call(
    has(iocb.ki_flags, IOCB_DIRECT) ? zonefs_file_dio_write : zonefs_file_buffered_write,
    iocb,
  );
}

/** Only files of conventional zones have cached pages to write out. */
export function* zonefs_file_fsync(k: Kernel, file: File, _datasync: boolean): KernelFn<number> {
  const { inode } = file;
  let ret = zonefs_inode_is_seq(k, inode) ? 0 : yield* k.call(file_write_and_wait_range, file);
  if (ret === 0) ret = yield* k.call(blkdev_issue_flush, inode.i_sb);
  if (ret !== 0) yield* k.call(zonefs_io_error, inode);
  return ret;
}

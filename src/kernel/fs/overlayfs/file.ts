/**
 * overlayfs: passes I/O down to the file of another filesystem, with a kiocb of its own for asynchronous I/O.
 * Source: fs/overlayfs/file.c (v6.6).
 */
import { rule } from '../../../engine/rule.ts';
import {
  ANY_CALLER_REQUEST,
  clear,
  EIOCBQUEUED,
  type File,
  type FileOperations,
  has,
  is_sync_kiocb,
  Kiocb,
} from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { do_truncate, vfs_fallocate } from '../open.ts';

export const hidesCaller = rule({
  id: 'ovl-hides-caller-comp',
  asks: 'Does overlayfs keep the offer to finish the write to itself, because it cannot pass the completion on?',
  test: 'ifl &= ~IOCB_DIO_CALLER_COMP',
  inputs: ['STACK_HIDES_BIT', 'ki_flags'],
  source: { kind: 'mail', id: '71897125-e570-46ce-946a-d4729725e28f@kernel.dk', note: 'commit 2d1b3bbc3dd5' },
});

/** The operations of a file that overlayfs shows in the place of `real`. */
export function ovl_file_operations(real: File): FileOperations {
  const below = (iocb: Kiocb): File => ({ ...real, f_iocb_flags: iocb.ki_filp.f_iocb_flags });
  return {
    *read_iter(k, iocb) {
      return yield* k.call(ovl_read_iter, iocb, below(iocb));
    },
    *write_iter(k, iocb) {
      return yield* k.call(ovl_write_iter, iocb, below(iocb));
    },
    *fsync(k, _file, datasync) {
      return yield* k.call(ovl_fsync, real, datasync);
    },
    *fallocate(k, _inode, offset, len) {
      return yield* k.call(vfs_fallocate, real, offset, len);
    },
    *setattr_size(k, _inode, size) {
      return yield* k.call(do_truncate, real, size);
    },
  };
}

export function* ovl_read_iter(k: Kernel, iocb: Kiocb, real: File): KernelFn<number> {
  const own = kiocb_clone(k, iocb, real, iocb.ki_flags);
  const ret = yield* k.call(real.f_op.read_iter, own);
  return finish(iocb, own, ret);
}

/** Writes under the overlay inode's own lock. */
export function* ovl_write_iter(k: Kernel, iocb: Kiocb, real: File): KernelFn<number> {
  const { inode } = iocb.ki_filp;
  yield* k.down(inode.i_rwsem, true);
  const asked = has(iocb.ki_flags, ANY_CALLER_REQUEST);
  const hides =
    asked && k.decide(hidesCaller, k.switches.STACK_HIDES_BIT, k.switches.STACK_HIDES_BIT, iocb.ki_flags);
  const own = kiocb_clone(k, iocb, real, hides ? clear(iocb.ki_flags, ANY_CALLER_REQUEST) : iocb.ki_flags);
  const ret = yield* k.call(real.f_op.write_iter, own);
  k.up(inode.i_rwsem, true);
  return finish(iocb, own, ret);
}

/** The I/O as the filesystem below gets it. */
function kiocb_clone(k: Kernel, iocb: Kiocb, real: File, ki_flags: number): Kiocb {
  const own = new Kiocb(k, iocb, real, iocb.length_bytes);
  own.ki_pos = iocb.ki_pos;
  own.ki_flags = ki_flags;
  if (!is_sync_kiocb(iocb)) own.ki_complete = ovl_aio_rw_complete;
  return own;
}

/** A result that is there already is the result of the call above, too. */
function finish(iocb: Kiocb, own: Kiocb, ret: number): number {
  if (ret !== EIOCBQUEUED) iocb.ki_pos = own.ki_pos; // ovl_aio_cleanup_handler()
  return ret;
}

/** `ki_complete` of the kiocb below: tells the one above. It knows nothing of `dio_complete`. */
export function* ovl_aio_rw_complete(k: Kernel, iocb: Kiocb, res: number): KernelFn {
  const orig = iocb.parent;
  if (!(orig instanceof Kiocb) || orig.ki_complete === null) return;
  orig.ki_pos = iocb.ki_pos; // ovl_aio_cleanup_handler()
  yield* k.call(orig.ki_complete, orig, res);
}

export function* ovl_fsync(k: Kernel, real: File, datasync: boolean): KernelFn<number> {
  return yield* k.call(real.f_op.fsync, real, datasync);
}

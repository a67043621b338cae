import { flags, fn, int, type Obj, ref, struct } from '../../../engine/struct.ts';
import type { RwSemaphore } from '../../../engine/locks.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { WorkqueueStruct } from './workqueue.ts';

/** Bits of `ki_flags`. Source: include/linux/fs.h (v6.6) and include/uapi/linux/fs.h. */
export const IOCB_HIPRI = 1 << 0;
export const IOCB_NOWAIT = 1 << 3;
export const IOCB_DIRECT = 1 << 17;
export const IOCB_WRITE = 1 << 18;
export const IOCB_ALLOC_CACHE = 1 << 21;
export const IOCB_DIO_CALLER_COMP = 1 << 22;

/** "Queued, the completion comes later", as a kernel function returns it. Source: include/linux/errno.h. */
export const EIOCBQUEUED = -529;

export type KiComplete = (k: Kernel, iocb: Kiocb, res: number) => KernelFn;
export type DioComplete = (k: Kernel, data: Obj) => KernelFn<number>;

/** `struct kiocb`: one I/O as the file layer sees it. Its parent is the request of the interface that made it, or the
 *  task for a synchronous call. */
export class Kiocb extends struct('kiocb', {
  ki_pos: int('B'),
  ki_flags: flags({
    IOCB_HIPRI,
    IOCB_NOWAIT,
    IOCB_DIRECT,
    IOCB_WRITE,
    IOCB_ALLOC_CACHE,
    IOCB_DIO_CALLER_COMP,
  }),
  /** Null for a synchronous call, see `is_sync_kiocb`. */
  ki_complete: fn<KiComplete>(),
  /** The bio to poll, later the dio for whoever finishes it. */
  private: ref<Obj>(),
  dio_complete: fn<DioComplete>(),
}) {
  readonly ki_filp: File;
  /** Length of the I/O in bytes; in the kernel a property of the iov_iter. */
  readonly length_bytes: number;

  constructor(k: Kernel, parent: Obj, file: File, length_bytes: number) {
    super(k, parent);
    this.ki_filp = file;
    this.length_bytes = length_bytes;
  }
}

export const is_sync_kiocb = (iocb: Kiocb): boolean => iocb.ki_complete === null;

/** Is `bit` set in `word`? */
export const has = (word: number, bit: number): boolean => (word & bit) !== 0;

/** `struct super_block`: what direct I/O needs of a mounted filesystem. */
export class SuperBlock extends struct('super_block', {}) {
  /** Made by the first asynchronous direct write. */
  s_dio_done_wq: WorkqueueStruct | null = null;
}

/** `struct inode`. The file is one extent, so its place on the device is one number. */
export class Inode extends struct('inode', {
  i_size: int('B'),
  /** Direct I/Os in flight; truncate and friends wait for zero. */
  i_dio_count: int(),
  /** i_mapping->nrpages: pages of the file in the page cache, none in this model yet. */
  nrpages: int(),
}) {
  readonly i_sb: SuperBlock;
  readonly i_rwsem: RwSemaphore;
  /** Where the file begins on the device. */
  readonly start_bytes: number;

  constructor(k: Kernel, sb: SuperBlock, label: string, rwsem: RwSemaphore, start_bytes: number) {
    super(k, sb, label);
    this.i_sb = sb;
    this.i_rwsem = rwsem;
    this.start_bytes = start_bytes;
  }
}

/** `struct file`: an inode and the operations of its filesystem. */
export type File = { readonly inode: Inode; readonly f_op: FileOperations };

/** `struct file_operations`. The results are bytes or a negative errno. */
export type FileOperations = {
  readonly read_iter: (k: Kernel, iocb: Kiocb) => KernelFn<number>;
  readonly write_iter: (k: Kernel, iocb: Kiocb) => KernelFn<number>;
};

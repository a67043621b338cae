import { assert } from '../../../base/assert.ts';
import { bool, flags, fn, int, type Obj, ref, struct } from '../../../engine/struct.ts';
import { RwSemaphore, SpinLock, WaitQueue } from '../../../engine/locks.ts';
import { type ExtentMap } from '../../fs/extents.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { EOPNOTSUPP } from '../uapi/asm-generic/errno.ts';
import { AddressSpace, type ErrSeq, type WaitPageQueue } from './pagemap.ts';
import type { WorkqueueStruct } from './workqueue.ts';

/** Bits of `ki_flags`. Source: include/linux/fs.h (v6.6) and include/uapi/linux/fs.h. */
export const IOCB_HIPRI = 1 << 0;
export const IOCB_DSYNC = 1 << 1;
export const IOCB_SYNC = 1 << 2;
export const IOCB_NOWAIT = 1 << 3;
export const IOCB_DONTCACHE = 1 << 7;
export const IOCB_DIRECT = 1 << 17;
export const IOCB_WRITE = 1 << 18;
/** Whoever unlocks the folio calls back: `ki_waitq` says whom. */
export const IOCB_WAITQ = 1 << 19;
export const IOCB_ALLOC_CACHE = 1 << 21;
export const IOCB_DIO_CALLER_COMP = 1 << 22;
/** Its name in version 4 of the series; the kernel gave both the same bit. */
export const IOCB_DIO_DEFER = 1 << 23;
/** Whichever of the two a kernel uses. */
export const ANY_CALLER_REQUEST = IOCB_DIO_CALLER_COMP | IOCB_DIO_DEFER;

/** Bits of `i_state` that say what of an inode is not on disk yet. Source: include/linux/fs.h. */
export const I_DIRTY_SYNC = 1 << 0;
export const I_DIRTY_DATASYNC = 1 << 1;
export const I_DIRTY_PAGES = 1 << 2;

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
    IOCB_DSYNC,
    IOCB_SYNC,
    IOCB_NOWAIT,
    IOCB_DONTCACHE,
    IOCB_DIRECT,
    IOCB_WRITE,
    IOCB_WAITQ,
    IOCB_ALLOC_CACHE,
    IOCB_DIO_CALLER_COMP,
    IOCB_DIO_DEFER,
  }),
  /** Null for a synchronous call, see `is_sync_kiocb`. */
  ki_complete: fn<KiComplete>(),
  /** The bio to poll, later the dio for whoever finishes it. */
  private: ref<Obj>(),
  dio_complete: fn<DioComplete>(),
}) {
  readonly ki_filp: File;
  ki_waitq: WaitPageQueue | null = null;
  /** Length of the I/O in bytes; in the kernel a property of the iov_iter. */
  readonly length_bytes: number;

  constructor(k: Kernel, parent: Obj, file: File, length_bytes: number) {
    super(k, parent);
    this.ki_filp = file;
    this.length_bytes = length_bytes;
  }
}

export const is_sync_kiocb = (iocb: Kiocb): boolean => iocb.ki_complete === null;

/** `iocb_is_dsync()`. */
export const iocb_is_dsync = (iocb: Kiocb): boolean => has(iocb.ki_flags, IOCB_DSYNC);

/** Is any of `bits` set in `word`? */
export const has = (word: number, bits: number): boolean => (word & bits) !== 0;
/** `word` with `bits` set, and without them: 32 bits, never negative. */
export const set = (word: number, bits: number): number => (word | bits) >>> 0;
export const clear = (word: number, bits: number): number => (word & ~bits) >>> 0;

/** `struct super_block`: a mounted filesystem. */
export class SuperBlock extends struct('super_block', {
  /** The filesystem has given up after an error: every I/O fails. */
  shutdown: bool(),
  /** ext4, EXT4_FLAGS_EMERGENCY_RO: its journal was aborted, nothing may be changed any more. */
  emergency_ro: bool(),
}) {
  /** Made by the first asynchronous direct write. */
  s_dio_done_wq: WorkqueueStruct | null = null;
  readonly s_blocksize = 4096;
  /** XFS: the files are on zones, and the log is on another device than they are. */
  zoned = false;
  /** ext4, mounted with data_err=abort: data that cannot be written aborts the journal. */
  data_err_abort = false;
  /** Failed writeback of any of its files. */
  readonly s_wb_err: ErrSeq = { error: 0, seq: 0, seen: true };
}

/** `struct inode`. */
export class Inode extends struct('inode', {
  i_size: int('B'),
  /** Direct I/Os in flight; truncate and friends wait for zero. */
  i_dio_count: int(),
  /** i_mapping->nrpages: pages of the file in the page cache. */
  nrpages: int(),
  /** The size that is on disk: XFS calls it i_disk_size. It follows i_size when writes have ended. */
  i_disksize: int('B'),
  /** The jiffy of i_mtime. */
  i_mtime: int('jiffies'),
  /** Changes of the metadata that are not on disk: I_DIRTY_SYNC times only, I_DIRTY_DATASYNC what a datasync needs. */
  i_state: flags({ I_DIRTY_SYNC, I_DIRTY_DATASYNC, I_DIRTY_PAGES }),
}) {
  readonly i_sb: SuperBlock;
  readonly i_rwsem: RwSemaphore;
  readonly extents: ExtentMap;
  /** Who waits in `inode_dio_wait()`. */
  readonly dioWait: WaitQueue;
  readonly i_mapping: AddressSpace;
  readonly i_lock: SpinLock;

  constructor(k: Kernel, sb: SuperBlock, label: string, extents: ExtentMap) {
    super(k, sb, label);
    this.i_sb = sb;
    this.i_rwsem = new RwSemaphore(k, this, `i_rwsem ${label}`);
    this.dioWait = new WaitQueue(k, this, `i_dio_count ${label}`);
    this.extents = extents;
    this.i_mapping = new AddressSpace(k, this, label);
    this.i_lock = new SpinLock(k, this, `i_lock ${label}`);
  }
}

/** What `open(2)` made: an inode, the operations of its filesystem, and how it was opened. */
export type File = {
  readonly inode: Inode;
  readonly f_op: FileOperations;
  /** Bits that every kiocb of the file gets: IOCB_DIRECT, and IOCB_DSYNC and IOCB_SYNC of its open flags. */
  readonly f_iocb_flags: number;
  /** FMODE_NOWAIT: the filesystem knows of IOCB_NOWAIT. */
  readonly nowait: boolean;
  /** Up to where the file has been told of writeback errors. */
  f_wb_err: number;
  /** The same of writeback errors of its filesystem; 0 if absent. */
  f_sb_err?: number;
  /** What was read ahead of it last; made by the first buffered read if absent. */
  f_ra?: FileRaState;
};

/** `struct file_ra_state`: the window of an open file that was read last; in pages. */
export type FileRaState = {
  start: number;
  size: number;
  /** When so many pages of it are left, the next window is read. */
  async_size: number;
  order: number;
  /** Where the last read of the file ended, in bytes; -1 before the first. */
  prev_pos: number;
};

/** `file_ra_state_init()`. */
export const file_ra_state_init = (): FileRaState => ({
  start: 0,
  size: 0,
  async_size: 0,
  order: 0,
  prev_pos: -1,
});

/** `struct file_operations`. The results are bytes or a negative errno. */
export type FileOperations = {
  readonly read_iter: (k: Kernel, iocb: Kiocb) => KernelFn<number>;
  readonly write_iter: (k: Kernel, iocb: Kiocb) => KernelFn<number>;
  /** `datasync`: only what is needed to find the data. Returns 0 or a negative errno. */
  readonly fsync: (k: Kernel, file: File, datasync: boolean) => KernelFn<number>;
  /** `->sync_fs` of the filesystem: its metadata. Returns 0 or a negative errno. */
  readonly sync_fs?: (k: Kernel, file: File) => KernelFn<number>;
  /** Punches a hole. Returns 0 or a negative errno; absent where the filesystem cannot. */
  readonly fallocate?: (k: Kernel, inode: Inode, offset: number, len: number) => KernelFn<number>;
  /** `->setattr` with a new size. Returns 0 or a negative errno. */
  readonly setattr_size?: (k: Kernel, inode: Inode, size: number) => KernelFn<number>;
  /** FOP_DIO_PARALLEL_WRITE: several direct writes may be issued at a time. */
  readonly dio_parallel_write?: boolean;
  /** FOP_BUFFER_RASYNC: a buffered read can have itself called back when a folio is read. */
  readonly buffer_rasync?: boolean;
  /** FOP_BUFFER_WASYNC, or no regular file: a buffered write may be tried without waiting. */
  readonly buffer_wasync?: boolean;
  /** FOP_DONTCACHE: RWF_DONTCACHE is accepted. */
  readonly dontcache?: (k: Kernel) => boolean;
};

/** `kiocb_set_rw_flags()`: may the file be used so? 0 or -EOPNOTSUPP. */
export function checkRwFlags(k: Kernel, { ki_flags, ki_filp }: Kiocb): number {
  if (!has(ki_flags, IOCB_DONTCACHE)) return 0;
  return ki_filp.f_op.dontcache?.(k) === true ? 0 : EOPNOTSUPP;
}

/** The inode whose pages a mapping holds. */
export function hostOf(mapping: AddressSpace): Inode {
  assert(mapping.host instanceof Inode, 'a mapping is of an inode');
  return mapping.host;
}

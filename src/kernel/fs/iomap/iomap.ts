import { bool, flags, int, ref, struct } from '../../../engine/struct.ts';
import type { Task } from '../../../engine/task.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import type { Inode, Kiocb } from '../../include/linux/fs.ts';
import type { WorkStruct } from '../../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { SwitchValue } from '../../switches.ts';

/** Results of the bios that `->end_io` is told of. Source: include/linux/iomap.h. */
export const IOMAP_DIO_UNWRITTEN = 2 ** 0;
export const IOMAP_DIO_COW = 2 ** 1;

/**
 * Private bits of `dio->flags`. Source: fs/iomap/direct-io.c. Kernels give a bit another name or meaning; here every name
 * has a bit of its own: COMP_WORK is 27 and NO_INVALIDATE 26 in v6.19, the names of 28 and 31 and DEFER_COMP went with
 * the kernels that `WT_NAME`, `BUF_FLAG` and `CALLER_FLAG` say.
 */
export const IOMAP_DIO_USER_BACKED = 2 ** 20;
export const IOMAP_DIO_DEFER_COMP = 2 ** 21;
export const IOMAP_DIO_WRITE_FUA = 2 ** 22;
export const IOMAP_DIO_STABLE_WRITE = 2 ** 23;
export const IOMAP_DIO_NO_INVALIDATE = 2 ** 24;
export const IOMAP_DIO_COMP_WORK = 2 ** 25;
export const IOMAP_DIO_CALLER_COMP = 2 ** 26;
export const IOMAP_DIO_INLINE_COMP = 2 ** 27;
export const IOMAP_DIO_WRITE_THROUGH = 2 ** 28;
export const IOMAP_DIO_NEED_SYNC = 2 ** 29;
export const IOMAP_DIO_WRITE = 2 ** 30;
export const IOMAP_DIO_DIRTY = 2 ** 31;

/** Whichever of the names a kernel uses; the other bits are never set there. */
export const ANY_WRITE_THROUGH = IOMAP_DIO_WRITE_THROUGH | IOMAP_DIO_STABLE_WRITE | IOMAP_DIO_WRITE_FUA;
export const ANY_CALLER_COMP = IOMAP_DIO_CALLER_COMP | IOMAP_DIO_DEFER_COMP;
export const ANY_USER_BACKED = IOMAP_DIO_DIRTY | IOMAP_DIO_USER_BACKED;

/** The bit that a kernel sets, by the name that it has there. */
export const WRITE_THROUGH_BIT: Record<SwitchValue<'WT_NAME'>, number> = {
  WRITE_FUA: IOMAP_DIO_WRITE_FUA,
  STABLE_WRITE: IOMAP_DIO_STABLE_WRITE,
  WRITE_THROUGH: IOMAP_DIO_WRITE_THROUGH,
};
export const CALLER_BIT: Record<SwitchValue<'CALLER_FLAG'>, number> = {
  none: 0,
  DEFER_COMP: IOMAP_DIO_DEFER_COMP,
  CALLER_COMP: IOMAP_DIO_CALLER_COMP,
};
export const USER_BACKED_BIT: Record<SwitchValue<'BUF_FLAG'>, number> = {
  DIRTY: IOMAP_DIO_DIRTY,
  USER_BACKED: IOMAP_DIO_USER_BACKED,
};

/** Bits of the `dio_flags` argument of `iomap_dio_rw()`. Source: include/linux/iomap.h. */
export const IOMAP_DIO_FORCE_WAIT = 1 << 0;
export const IOMAP_DIO_OVERWRITE_ONLY = 1 << 1;

/** `struct iomap_dio`: one direct I/O, from its submission until the last of its bios has ended. */
export class IomapDio extends struct('iomap_dio', {
  flags: flags({
    IOMAP_DIO_UNWRITTEN,
    IOMAP_DIO_COW,
    IOMAP_DIO_USER_BACKED,
    IOMAP_DIO_DEFER_COMP,
    IOMAP_DIO_WRITE_FUA,
    IOMAP_DIO_STABLE_WRITE,
    IOMAP_DIO_NO_INVALIDATE,
    IOMAP_DIO_COMP_WORK,
    IOMAP_DIO_CALLER_COMP,
    IOMAP_DIO_INLINE_COMP,
    IOMAP_DIO_WRITE_THROUGH,
    IOMAP_DIO_NEED_SYNC,
    IOMAP_DIO_WRITE,
    IOMAP_DIO_DIRTY,
  }),
  /** One for the submitter and one for each bio in flight; whoever brings it to zero owns the completion. */
  ref: int(),
  size: int('B'),
  i_size: int('B'),
  error: int(),
  wait_for_completion: bool(),
  /** submit.waiter: the task that waits, until the last bio clears it. */
  waiter: ref<Task>(),
}) {
  readonly iocb: Kiocb;
  readonly dops: IomapDioOps | null;
  /** aio.work: finishes the I/O in s_dio_done_wq. */
  work: WorkStruct | null = null;
  /** submit.poll_bio, before v6.6: the last bio that may be polled. */
  poll_bio: Bio | null = null;

  constructor(k: Kernel, iocb: Kiocb, dops: IomapDioOps | null) {
    super(k, iocb);
    this.iocb = iocb;
    this.dops = dops;
  }
}

/** Bits of `iomap->flags`. Source: include/linux/iomap.h. */
export const IOMAP_F_NEW = 1 << 0;
export const IOMAP_F_DIRTY = 1 << 1;
export const IOMAP_F_SHARED = 1 << 2;
/** Neighbours on the device were made one mapping. */
export const IOMAP_F_MERGED = 1 << 3;
/** Its blocks are kept as buffer heads. */
export const IOMAP_F_BUFFER_HEAD = 1 << 4;
export const IOMAP_F_BOUNDARY = 1 << 6;
/** Where it will be on the device is not known yet. */
export const IOMAP_F_ANON_WRITE = 1 << 7;

export const IOMAP_TYPES = ['IOMAP_HOLE', 'IOMAP_DELALLOC', 'IOMAP_MAPPED', 'IOMAP_UNWRITTEN'] as const;
export type IomapType = (typeof IOMAP_TYPES)[number];

/** `struct iomap`: where a range of a file is. */
export type Iomap = {
  readonly type: IomapType;
  readonly flags: number;
  /** Place on the device, in bytes. */
  readonly addr: number;
  readonly offset: number;
  readonly length: number;
  /** The most that one bio of it may have, in bytes; without a limit if absent. */
  readonly max_io_bytes?: number;
  /** What the filesystem tells a stale mapping by, if it does. */
  readonly validity_cookie?: number;
  /** Where the data is before it is written, if that is elsewhere: `iter->srcmap`. */
  readonly srcmap?: Iomap;
};

/** Bits of `iter->flags`, what the mapping is for. Source: include/linux/iomap.h. */
export const IOMAP_WRITE = 1 << 0;
export const IOMAP_FAULT = 1 << 3;
export const IOMAP_DIRECT = 1 << 4;
export const IOMAP_NOWAIT = 1 << 5;
export const IOMAP_OVERWRITE_ONLY = 1 << 6;
export const IOMAP_DONTCACHE = 1 << 10;

/** `struct iomap_iter`: a walk over the mappings of a range. */
export type IomapIter = {
  readonly inode: Inode;
  pos: number;
  len: number;
  flags: number;
  iomap: Iomap | null;
};

/** `struct iomap_ops`: how a filesystem maps a range. A negative number is an errno. */
export type IomapOps = {
  readonly iomap_begin: (
    k: Kernel,
    inode: Inode,
    pos: number,
    length: number,
    flags: number,
  ) => KernelFn<Iomap | number>;
};

/** `struct iomap_dio_ops`: what a filesystem wants to do itself. */
export type IomapDioOps = {
  /** When a direct I/O ends. Returns 0 or a negative errno. */
  readonly end_io?: (k: Kernel, iocb: Kiocb, size: number, error: number, flags: number) => KernelFn<number>;
  /** Instead of `submit_bio()`. */
  readonly submit_io?: (k: Kernel, iter: IomapIter, bio: Bio, pos: number) => KernelFn;
};

import { bool, flags, int, ref, struct } from '../../../engine/struct.ts';
import type { Task } from '../../../engine/task.ts';
import type { Bio } from '../../include/linux/blk_types.ts';
import type { Kiocb } from '../../include/linux/fs.ts';
import type { WorkStruct } from '../../include/linux/workqueue.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** Private bits of `dio->flags`. Source: fs/iomap/direct-io.c (v6.6). COMP_WORK and NO_INVALIDATE are of v6.19, which
 *  reuses bits 27 and 26 for them; they have bits of their own here, so that a bit has one meaning. */
export const IOMAP_DIO_NO_INVALIDATE = 2 ** 24;
export const IOMAP_DIO_COMP_WORK = 2 ** 25;
export const IOMAP_DIO_CALLER_COMP = 2 ** 26;
export const IOMAP_DIO_INLINE_COMP = 2 ** 27;
export const IOMAP_DIO_WRITE = 2 ** 30;
export const IOMAP_DIO_DIRTY = 2 ** 31;

/** `struct iomap_dio`: one direct I/O, from its submission until the last of its bios has ended. */
export class IomapDio extends struct('iomap_dio', {
  flags: flags({
    IOMAP_DIO_NO_INVALIDATE,
    IOMAP_DIO_COMP_WORK,
    IOMAP_DIO_CALLER_COMP,
    IOMAP_DIO_INLINE_COMP,
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

/** `struct iomap`: where a range of a file is. Only written extents so far. */
export type Iomap = {
  readonly type: 'IOMAP_MAPPED';
  /** Place on the device, in bytes. */
  readonly addr: number;
  readonly offset: number;
  readonly length: number;
};

/** `struct iomap_iter`: a walk over the mappings of a range. */
export type IomapIter = { pos: number; len: number; iomap: Iomap | null };

/** `struct iomap_ops`: how a filesystem maps a range. */
export type IomapOps = {
  readonly iomap_begin: (k: Kernel, iocb: Kiocb, pos: number, length: number) => KernelFn<Iomap>;
};

/** `struct iomap_dio_ops`: what a filesystem wants to do when a direct I/O ends. Returns 0 or a negative errno. */
export type IomapDioOps = {
  readonly end_io: (k: Kernel, iocb: Kiocb, size: number, error: number, flags: number) => KernelFn<number>;
};

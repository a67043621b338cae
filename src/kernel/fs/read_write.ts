/** Synchronous reads and writes. Source: fs/read_write.c. */
import { assert } from '../../base/assert.ts';
import { Ev } from '../../log/events.ts';
import { checkRwFlags, type File, IOCB_HIPRI, IOCB_WRITE, Kiocb } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { EIOCBQUEUED } from '../include/linux/fs.ts';

/** One synchronous call. */
export type SyncIo = {
  readonly file: File;
  readonly pos: number;
  readonly length: number;
  readonly hipri: boolean;
  /** Bits of ki_flags that this call alone asks for, as RWF_DSYNC does. */
  readonly rw_flags?: number;
};

/** `pwrite64(2)`. Returns bytes or a negative errno. */
export function* pwrite64(k: Kernel, io: SyncIo): KernelFn<number> {
  return yield* k.call(vfs_write, io);
}

/** `pread64(2)`. */
export function* pread64(k: Kernel, io: SyncIo): KernelFn<number> {
  return yield* k.call(vfs_read, io);
}

export function* vfs_write(k: Kernel, io: SyncIo): KernelFn<number> {
  return yield* k.call(new_sync_write, io);
}

export function* vfs_read(k: Kernel, io: SyncIo): KernelFn<number> {
  return yield* k.call(new_sync_read, io);
}

export function* new_sync_write(k: Kernel, io: SyncIo): KernelFn<number> {
  const kiocb = init_sync_kiocb(k, io, IOCB_WRITE);
  const refused = checkRwFlags(k, kiocb);
  return finish(k, kiocb, refused < 0 ? refused : yield* k.call(io.file.f_op.write_iter, kiocb));
}

export function* new_sync_read(k: Kernel, io: SyncIo): KernelFn<number> {
  const kiocb = init_sync_kiocb(k, io, 0);
  const refused = checkRwFlags(k, kiocb);
  return finish(k, kiocb, refused < 0 ? refused : yield* k.call(io.file.f_op.read_iter, kiocb));
}

function init_sync_kiocb(k: Kernel, io: SyncIo, direction: number): Kiocb {
  const kiocb = new Kiocb(k, k.currentTask, io.file, io.length);
  kiocb.ki_pos = io.pos;
  kiocb.ki_flags = io.file.f_iocb_flags | (io.rw_flags ?? 0) | direction | (io.hipri ? IOCB_HIPRI : 0);
  return kiocb;
}

function finish(k: Kernel, kiocb: Kiocb, ret: number): number {
  assert(ret !== EIOCBQUEUED, 'a synchronous I/O is never left to somebody else');
  k.emit(Ev.Notify, k.intern('return'), kiocb.id, ret);
  k.free(kiocb);
  return ret;
}

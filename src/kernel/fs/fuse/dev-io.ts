/** What the daemon does with /dev/fuse: it reads a request, and writes its answer. Source: fs/fuse/dev.c (v6.17). */
import { TaskState } from '../../../log/events.ts';
import { clear, set } from '../../include/linux/fs.ts';
import { PAGE_SIZE } from '../../include/linux/pagemap.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { fuse_request_end } from './dev.ts';
import { FR_PENDING, FR_SENT, fuse_conn, type FuseReq } from './fuse_i.ts';

/** Waits for a request and copies it to the daemon. Returns it; in the kernel the number of bytes. Sleeps. */
export function* fuse_dev_do_read(k: Kernel): KernelFn<FuseReq> {
  const { iq, pq } = k.of(fuse_conn);
  const { pending } = iq;
  for (;;) {
    yield* k.spinLock(iq.lock);
    const req = pending.shift();
    if (req !== undefined) {
      req.flags = clear(req.flags, FR_PENDING);
      k.take(req, iq);
      k.spinUnlock(iq.lock);
      yield k.spend(copyTime(k, req, 'FUSE_WRITE'));
      yield* k.spinLock(pq.lock);
      k.put(req, pq);
      req.flags = set(req.flags, FR_SENT);
      k.spinUnlock(pq.lock);
      return req;
    }
    k.spinUnlock(iq.lock);
    yield* k.waitEvent(
      iq.waitq,
      TaskState.Interruptible,
      'a request to the FUSE daemon',
      () => pending.length > 0,
    );
  }
}

/** Takes the daemon's answer, 0 or a negative errno, and ends the request. The daemon's task. */
export function* fuse_dev_do_write(k: Kernel, req: FuseReq, error: number): KernelFn {
  const { pq } = k.of(fuse_conn);
  yield* k.spinLock(pq.lock); // fuse_request_find()
  k.take(req, pq);
  req.flags = clear(req.flags, FR_SENT);
  if (error !== 0) req.error = error;
  k.spinUnlock(pq.lock);
  yield k.spend(copyTime(k, req, 'FUSE_READ'));
  yield* k.call(fuse_request_end, req);
}

/** fuse_copy_args() and its likes: data of a write goes to the daemon, that of a read comes from it. */
function copyTime(k: Kernel, { args }: FuseReq, opcode: 'FUSE_READ' | 'FUSE_WRITE'): number {
  return args.opcode === opcode ? Math.ceil(args.size / PAGE_SIZE) * k.costs['copy.page'] : 0;
}

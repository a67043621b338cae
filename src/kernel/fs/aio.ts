/** libaio. Source: fs/aio.c. */
import { assert } from '../../base/assert.ts';
import { bool, int, struct } from '../../engine/struct.ts';
import { WaitQueue } from '../../engine/locks.ts';
import type { Task } from '../../engine/task.ts';
import { rule } from '../../engine/rule.ts';
import { Ev, TaskState } from '../../log/events.ts';
import { blk_finish_plug, blk_start_plug } from '../block/blk-core.ts';
import { checkRwFlags, EIOCBQUEUED, type File, IOCB_WRITE, Kiocb } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';
import { wake_up_process } from '../kernel/sched/core.ts';

/** A submission of more iocbs than this is plugged as a whole. */
const AIO_PLUG_THRESHOLD = 2;

/** `struct kioctx`: a completion ring and who waits at it. */
export class Kioctx extends struct('kioctx', { tail: int() }) {
  readonly ring: AioRing;
  readonly wait: WaitQueue;
  /** Events that the waiting task wants; 0 while nobody waits. */
  wanted = 0;

  constructor(k: Kernel, task: Task) {
    super(k, task, `aio ${task.comm}`);
    this.ring = new AioRing(k, this, `aio ring ${task.comm}`);
    this.wait = new WaitQueue(k, this, `aio wait ${task.comm}`);
  }
}

/** `struct aio_ring`: events that are posted and not yet reaped. */
export class AioRing extends struct('io_rings', {}) {
  readonly events: AioKiocb[] = [];
}

/** `struct aio_kiocb`. */
export class AioKiocb extends struct('aio_kiocb', {
  /** One for the submitter, one for the completion; the event is published by whoever is last. */
  ki_refcnt: int(),
  ki_res: int(),
  write: bool(),
}) {
  readonly ctx: Kioctx;

  constructor(k: Kernel, ctx: Kioctx, task: Task) {
    super(k, task);
    this.ctx = ctx;
  }
}

/** What the application asks for. */
export type Iocb = {
  readonly write: boolean;
  readonly file: File;
  readonly off: number;
  readonly len: number;
  /** aio_rw_flags, as bits of ki_flags. */
  readonly rw_flags?: number;
};

export const aioLastRef = rule({
  id: 'aio-last-ref',
  asks: 'Have both submission and completion let go, so that the event can be published?',
  test: 'refcount_dec_and_test(&iocb->ki_refcnt)',
  inputs: ['ki_refcnt'],
  source: { kind: 'code', file: 'fs/aio.c', note: 'iocb_put' },
});

/** `io_submit(2)`. Returns how many were submitted. */
export function* io_submit(k: Kernel, ctx: Kioctx, iocbs: readonly Iocb[]): KernelFn<number> {
  const plug = iocbs.length > AIO_PLUG_THRESHOLD ? blk_start_plug(k) : null;
  for (const iocb of iocbs) yield* k.call(io_submit_one, ctx, iocb);
  if (plug !== null) yield* k.call(blk_finish_plug, plug);
  return iocbs.length;
}

export function* io_submit_one(k: Kernel, ctx: Kioctx, iocb: Iocb): KernelFn {
  const req = new AioKiocb(k, ctx, k.currentTask);
  req.ki_refcnt = 2;
  req.write = iocb.write;
  yield* k.call(iocb.write ? aio_write : aio_read, req, iocb);
  yield* k.call(iocb_put, req);
}

export function* aio_write(k: Kernel, req: AioKiocb, iocb: Iocb): KernelFn {
  const kiocb = aio_prep_rw(k, req, iocb, IOCB_WRITE);
  const refused = checkRwFlags(k, kiocb);
  const ret = refused < 0 ? refused : yield* k.call(iocb.file.f_op.write_iter, kiocb);
  yield* k.call(aio_rw_done, kiocb, ret);
}

export function* aio_read(k: Kernel, req: AioKiocb, iocb: Iocb): KernelFn {
  const kiocb = aio_prep_rw(k, req, iocb, 0);
  const refused = checkRwFlags(k, kiocb);
  const ret = refused < 0 ? refused : yield* k.call(iocb.file.f_op.read_iter, kiocb);
  yield* k.call(aio_rw_done, kiocb, ret);
}

function aio_prep_rw(k: Kernel, req: AioKiocb, iocb: Iocb, direction: number): Kiocb {
  const kiocb = new Kiocb(k, req, iocb.file, iocb.len);
  kiocb.ki_pos = iocb.off;
  kiocb.ki_flags = iocb.file.f_iocb_flags | (iocb.rw_flags ?? 0) | direction;
  kiocb.ki_complete = aio_complete_rw;
  return kiocb;
}

/** What the filesystem returned: only a result that is there already is completed here. */
export function* aio_rw_done(k: Kernel, kiocb: Kiocb, ret: number): KernelFn {
  if (ret === EIOCBQUEUED) return;
  assert(kiocb.ki_complete !== null, 'aio is asynchronous');
  yield* k.call(kiocb.ki_complete, kiocb, ret);
}

/** `ki_complete` of libaio. Any context. */
export function* aio_complete_rw(k: Kernel, kiocb: Kiocb, res: number): KernelFn {
  const req = kiocb.parent;
  assert(req instanceof AioKiocb, 'the kiocb is part of an aio request');
  req.ki_res = res;
  yield* k.call(iocb_put, req);
}

/** Lets go of the request; the last one publishes its event. */
export function* iocb_put(k: Kernel, req: AioKiocb): KernelFn {
  req.ki_refcnt = req.ki_refcnt - 1;
  if (k.decide(aioLastRef, req.ki_refcnt === 0, req.ki_refcnt)) yield* k.call(aio_complete, req);
}

/** Writes the event into the ring and wakes a waiter that has enough now. */
export function* aio_complete(k: Kernel, req: AioKiocb): KernelFn {
  const { ctx } = req;
  yield k.spend(k.costs['cqe.post']);
  ctx.ring.events.push(req);
  ctx.tail = ctx.tail + 1;
  k.emit(Ev.Notify, k.intern('aio_event'), req.id, req.ki_res);
  k.put(req, ctx.ring);
  if (ctx.wanted === 0 || ctx.ring.events.length < ctx.wanted) return;
  const waiter = k.nextSleeper(ctx.wait);
  if (waiter !== null) yield* k.call(wake_up_process, waiter);
}

/** `io_getevents(2)`: waits until `min_nr` events are there. The caller reaps them. */
export function* io_getevents(k: Kernel, ctx: Kioctx, min_nr: number): KernelFn<number> {
  yield* k.call(read_events, ctx, min_nr);
  return ctx.ring.events.length;
}

export function* read_events(k: Kernel, ctx: Kioctx, min_nr: number): KernelFn {
  ctx.wanted = min_nr;
  yield* k.waitEvent(ctx.wait, TaskState.Interruptible, 'aio events', () => ctx.ring.events.length >= min_nr);
  ctx.wanted = 0;
}

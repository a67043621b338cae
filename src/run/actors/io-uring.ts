/**
 * fio's io_uring engine. Source: fio's engines/io_uring.c (fio_ioring_commit, fio_ioring_getevents). With a thread of the
 * kernel (SQPOLL) it only looks at the rings; otherwise it enters the kernel to submit and to wait.
 */
import { type PollChannel, signalsOf } from '../../engine/polling.ts';
import type { File } from '../../kernel/include/linux/fs.ts';
import {
  forget,
  IORING_ENTER_GETEVENTS,
  IORING_ENTER_SQ_WAKEUP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SQ_AFF,
  IORING_SETUP_SQPOLL,
  IORING_SQ_NEED_WAKEUP,
  IoRingCtx,
} from '../../kernel/include/linux/io_uring_types.ts';
import { has } from '../../kernel/include/linux/fs.ts';
import { io_uring_enter } from '../../kernel/io_uring/io_uring.ts';
import { io_issue_defs } from '../../kernel/io_uring/opdef.ts';
import { io_sq_offload_create, io_sq_thread_stop } from '../../kernel/io_uring/sqpoll.ts';
import type { Kernel, KernelFn } from '../../kernel/kernel.ts';
import type { FioActor } from '../../scenario/schema-job.ts';
import type { Engine } from './engine.ts';
import type { PlannedIo } from './offsets.ts';
import { syscall } from './syscall.ts';

const TASKRUN: Readonly<Record<FioActor['taskrun'], number>> = {
  default: 0,
  coop: IORING_SETUP_COOP_TASKRUN,
  defer: IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};

/** Makes the ring of a job. */
export function* ioUring(k: Kernel, actor: FioActor, file: File): KernelFn<Engine> {
  const ctx = new IoRingCtx(k, k.currentTask, actor.iodepth, setupFlags(actor), io_issue_defs);
  if (actor.sqthread_poll) {
    const params = { cpu: actor.sqthread_poll_cpu ?? null, idle_ms: actor.sq_thread_idle_ms };
    yield* syscall(k, io_sq_offload_create, ctx, params);
  }
  return {
    *submit(ios) {
      fill(ctx, file, ios);
      if (ctx.sqpoll) yield* wakeThread(k, ctx, ios.length);
      else yield* syscall(k, io_uring_enter, ctx, ios.length, 0, IORING_ENTER_GETEVENTS); // fio always asks for events, too
    },
    *reap(count) {
      for (let left = count; ;) {
        left -= yield* take(k, ctx, left);
        if (left === 0) return;
        yield* wait(k, ctx, left, actor.busy_poll_cq);
      }
    },
    *close() {
      if (ctx.sqpoll) yield* syscall(k, io_sq_thread_stop, ctx);
    },
  };
}

function setupFlags(actor: FioActor): number {
  return (
    (actor.hipri ? IORING_SETUP_IOPOLL : 0) |
    (actor.sqthread_poll ? IORING_SETUP_SQPOLL : 0) |
    (actor.sqthread_poll && actor.sqthread_poll_cpu !== undefined ? IORING_SETUP_SQ_AFF : 0) |
    TASKRUN[actor.taskrun]
  );
}

/** Fills entries of the submission ring. */
function fill(ctx: IoRingCtx, file: File, ios: readonly PlannedIo[]): void {
  for (const io of ios)
    ctx.rings.sq.push({
      opcode: io.write ? 'WRITE' : 'READ',
      file,
      off: io.off,
      len: io.len,
      rw_flags: io.rw_flags,
    });
}

/** The thread finds the entries itself unless it sleeps. */
function* wakeThread(k: Kernel, ctx: IoRingCtx, submitted: number): KernelFn {
  k.signal(ctx.sqChannel);
  if (has(ctx.rings.sq_flags, IORING_SQ_NEED_WAKEUP))
    yield* syscall(k, io_uring_enter, ctx, submitted, 0, IORING_ENTER_SQ_WAKEUP);
}

/** Until there may be something in the completion ring; `left` more are wanted. */
function* wait(k: Kernel, ctx: IoRingCtx, left: number, busy: boolean): KernelFn {
  if (ctx.sqpoll || (busy && !ctx.iopoll && !ctx.defersTaskrun)) yield* look(k, ctx);
  else if (busy && !ctx.iopoll) yield* enterUntilWork(k, ctx);
  else {
    const channels = [ctx.pollChannel, ctx.cqChannel];
    const seen = signalsOf(channels);
    yield* syscall(k, io_uring_enter, ctx, 0, left, IORING_ENTER_GETEVENTS);
    // Requests that are in io-wq are not polled for: the kernel returns at once until a worker has issued one.
    if (ctx.iopoll && ctx.rings.entries.length === 0 && ctx.iopoll_list.length === 0)
      yield* inVain(k, channels, seen);
  }
}

/** Looks at the completion ring, in user mode. */
function* look(k: Kernel, ctx: IoRingCtx): KernelFn {
  if (ctx.rings.entries.length > 0) return;
  const { cqChannel } = ctx;
  yield* k.pollUntil([cqChannel], cqChannel.signals, k.costs['poll.miss'], 'the completion ring');
}

/** Enters the kernel for events until there is work that gives some. */
function* enterUntilWork(k: Kernel, ctx: IoRingCtx): KernelFn {
  if (ctx.work_llist.requests.length === 0) yield* inVain(k, [ctx.cqChannel], ctx.cqChannel.signals);
  yield* syscall(k, io_uring_enter, ctx, 0, 0, IORING_ENTER_GETEVENTS);
}

/** System calls that give no events are not events of their own. */
function* inVain(k: Kernel, channels: readonly PollChannel[], seen: number): KernelFn {
  yield* k.pollUntil(channels, seen, k.costs.syscall, 'io_uring_enter without events');
}

/** Takes up to `count` completions out of the ring; how many there were. */
function* take(k: Kernel, { rings }: IoRingCtx, count: number): KernelFn<number> {
  const taken = rings.entries.splice(0, count);
  for (const req of taken) {
    yield k.spend(Math.floor(k.costs['app.think'] / 2));
    k.take(req, rings);
    req.reaped = true;
    forget(k, req);
  }
  return taken.length;
}

/**
 * Requests to the daemon, and their ends. Source: fs/fuse/dev.c (v6.17; the same in v7.x as far as it is modelled). Simplified:
 * a request is never interrupted or forgotten, and memory for it is always there.
 */
import { rule } from '../../../engine/rule.ts';
import { TaskState } from '../../../log/events.ts';
import { clear, has, set } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';
import {
  FR_ASYNC,
  FR_BACKGROUND,
  FR_FINISHED,
  FR_PENDING,
  fuse_conn,
  FUSE_DEFAULT_MAX_BACKGROUND,
  type FuseArgs,
  FuseReq,
} from './fuse_i.ts';

const FILE = 'fs/fuse/dev.c';

export const maxBackground = rule({
  id: 'fuse-max-background',
  asks: 'May the daemon have one more background request, and is there one?',
  test: 'fc->active_background < fc->max_background && !list_empty(&fc->bg_queue)',
  inputs: ['active_background', 'queued'],
  outcomes: { 0: 'no', 1: 'yes: it goes to the queue that the daemon reads' },
  source: { kind: 'code', file: FILE, note: 'flush_bg_queue' },
});

export const isBackground = rule({
  id: 'fuse-request-background',
  asks: 'Was it a request that nobody waits for?',
  test: 'test_bit(FR_BACKGROUND, &req->flags)',
  inputs: ['req->flags'],
  source: { kind: 'code', file: FILE, note: 'fuse_request_end' },
});

/** Sends a request and waits for the answer. Returns 0 or the negative errno of the daemon. Task context, sleeps. */
export function* fuse_simple_request(k: Kernel, args: FuseArgs): KernelFn<number> {
  const req = fuse_request_alloc(k, args, 0);
  yield k.spend(k.costs['fuse.request']);
  yield* k.call(__fuse_request_send, req);
  const { error } = req;
  k.free(req);
  return error;
}

export function* __fuse_request_send(k: Kernel, req: FuseReq): KernelFn {
  yield* k.call(fuse_send_one, req);
  yield* k.call(request_wait_answer, req);
}

/** Simplified: a signal does not end the wait. */
export function* request_wait_answer(k: Kernel, req: FuseReq): KernelFn {
  const answered = (): boolean => has(req.flags, FR_FINISHED);
  yield* k.waitEvent(req.waitq, TaskState.Uninterruptible, 'the answer of the FUSE daemon', answered);
}

/** Queues a request without waiting; `args.end` is called when it is answered. Returns 0. May be called under a spinlock. */
export function* fuse_simple_background(k: Kernel, args: FuseArgs): KernelFn<number> {
  const req = fuse_request_alloc(k, args, FR_BACKGROUND);
  yield k.spend(k.costs['fuse.request']);
  yield* k.call(fuse_request_queue_background, req);
  return 0;
}

/** `fuse_request_alloc()` and `fuse_args_to_req()`. */
function fuse_request_alloc(k: Kernel, args: FuseArgs, flags: number): FuseReq {
  const req = new FuseReq(k, args);
  req.flags = flags | FR_PENDING | (args.end === null ? 0 : FR_ASYNC);
  return req;
}

export function* fuse_request_queue_background(k: Kernel, req: FuseReq): KernelFn {
  const fc = k.of(fuse_conn);
  yield* k.spinLock(fc.bg_lock);
  fc.num_background = fc.num_background + 1;
  fc.bg_queue.requests.push(req);
  k.put(req, fc.bg_queue);
  yield* k.inlined(flush_bg_queue);
  k.spinUnlock(fc.bg_lock);
}

/** Gives the daemon as many background requests as it may have. Under bg_lock. */
function* flush_bg_queue(k: Kernel): KernelFn {
  const fc = k.of(fuse_conn);
  const { requests } = fc.bg_queue;
  for (;;) {
    const [req] = requests;
    const more = fc.active_background < FUSE_DEFAULT_MAX_BACKGROUND && req !== undefined;
    if (!k.decide(maxBackground, more, fc.active_background, requests.length) || req === undefined) return;
    requests.shift();
    k.take(req, fc.bg_queue);
    fc.active_background = fc.active_background + 1;
    yield* k.call(fuse_send_one, req);
  }
}

/** Hands a request to the transport, here /dev/fuse. */
export function* fuse_send_one(k: Kernel, req: FuseReq): KernelFn {
  yield* k.call(fuse_dev_queue_req, req);
}

/** Puts a request where the daemon reads it, and wakes the daemon. */
export function* fuse_dev_queue_req(k: Kernel, req: FuseReq): KernelFn {
  const { iq } = k.of(fuse_conn);
  yield* k.spinLock(iq.lock);
  iq.pending.push(req);
  k.put(req, iq);
  const reader = k.nextSleeper(iq.waitq); // fuse_dev_wake_and_unlock()
  if (reader !== null) yield* k.call(wake_up_process, reader);
  k.spinUnlock(iq.lock);
}

/** The daemon has answered: whoever waits goes on, or the request's own end runs right here. Task context, the daemon's. */
export function* fuse_request_end(k: Kernel, req: FuseReq): KernelFn {
  const fc = k.of(fuse_conn);
  const { args } = req;
  const background = has(req.flags, FR_BACKGROUND);
  req.flags = set(req.flags, FR_FINISHED);
  if (k.decide(isBackground, background, req.flags)) {
    yield* k.spinLock(fc.bg_lock);
    req.flags = clear(req.flags, FR_BACKGROUND);
    fc.num_background = fc.num_background - 1;
    fc.active_background = fc.active_background - 1;
    yield* k.inlined(flush_bg_queue);
    k.spinUnlock(fc.bg_lock);
  } else {
    const waiter = k.nextSleeper(req.waitq);
    if (waiter !== null) yield* k.call(wake_up_process, waiter);
  }
  if (args.end === null) return; // who waits for it has a reference
  yield* k.callAbout(args.about, args.end, args, req.error);
  k.free(req);
}

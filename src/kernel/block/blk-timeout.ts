/**
 * Requests that take too long. Simplified: only those of polled queues are watched, because every other request of this
 * model ends by its interrupt. Source: block/blk-timeout.c, block/blk-mq.c (v6.12).
 */
import { rule } from '../../engine/rule.ts';
import { REQ_POLLED } from '../include/linux/blk_types.ts';
import type { Request, RequestQueue } from '../include/linux/blk-mq.ts';
import { has } from '../include/linux/fs.ts';
import { WorkStruct } from '../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { queue_work } from '../kernel/workqueue.ts';
import { kblockd } from './kblockd.ts';

/** rq_timeout of NVMe: 30 s. Source: drivers/nvme/host/core.c, nvme_io_timeout. */
const TIMEOUT_NS = 30_000_000_000;
/** Vector of the local timer. */
const TIMER_VECTOR = 236;

export const timedOut = rule({
  id: 'request-timed-out',
  asks: 'Is the request in flight for longer than its timeout, so that the driver looks for it?',
  test: 'blk_mq_req_expired(rq, &expired)',
  inputs: ['in flight, ns'],
  source: { kind: 'code', file: 'block/blk-mq.c', note: 'blk_mq_check_expired' },
});

/** Polled requests in flight, oldest first, with their deadlines. */
const inFlight = new PerRun(() => new Map<Request, number>());

/** The driver has begun with the request: watches it. */
export function blk_add_timer(k: Kernel, rq: Request): void {
  if (!has(rq.cmd_flags, REQ_POLLED)) return;
  const requests = k.of(inFlight);
  requests.set(rq, k.now_ns + TIMEOUT_NS);
  if (requests.size === 1) armTimer(k, rq.q, k.now_ns + TIMEOUT_NS);
}

/** The request has ended. */
export function blk_stop_timer(k: Kernel, rq: Request): void {
  if (has(rq.cmd_flags, REQ_POLLED)) k.of(inFlight).delete(rq);
}

function armTimer(k: Kernel, q: RequestQueue, due_ns: number): void {
  k.watchdog(due_ns, () => {
    const [next] = k.of(inFlight).values();
    if (next === undefined) return;
    if (next > k.now_ns) {
      armTimer(k, q, next);
      return;
    }
    const cpu = k.cpus[0];
    if (cpu === undefined) return;
    const cause = k.trace('timer_expire_entry', null);
    k.raiseIrq(cpu, {
      name: 'local_timer',
      vector: TIMER_VECTOR,
      cause,
      handler: () => k.call(blk_rq_timed_out_timer, q),
    });
  });
}

/** The queue's timer: a kblockd worker looks. Simplified: in the interrupt itself, not in the timer softirq. */
export function* blk_rq_timed_out_timer(k: Kernel, q: RequestQueue): KernelFn {
  const work = new WorkStruct(k, null, 'timeout_work');
  work.func = blk_mq_timeout_work;
  work.container = q;
  yield* k.call(queue_work, work, kblockd);
}

/** Asks the driver about each request that is overdue; whatever is still in flight is watched again. */
export function* blk_mq_timeout_work(k: Kernel, work: WorkStruct): KernelFn {
  const q = work.container as RequestQueue; // set by blk_rq_timed_out_timer
  const requests = k.of(inFlight);
  for (const [rq, deadline] of [...requests]) {
    const since = k.now_ns - deadline + TIMEOUT_NS;
    if (!requests.has(rq) || !k.decide(timedOut, deadline <= k.now_ns, since)) continue;
    requests.set(rq, k.now_ns + TIMEOUT_NS); // BLK_EH_RESET_TIMER
    yield* k.call(q.mq_ops.timeout, rq);
  }
  const [next] = requests.values();
  if (next !== undefined) armTimer(k, q, next);
}

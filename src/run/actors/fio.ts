/**
 * A fio job as a task: prepares I/Os, hands them over as its engine does, reaps what is complete. Its own code runs in
 * user mode. As in fio: submission in batches of iodepth_batch_submit; when the queue is full, waiting for
 * iodepth_batch_complete_min completions and taking no more than that; everything in flight is reaped before a pause.
 * Source: fio's backend.c (do_io, wait_for_completions), io_u.c (io_u_queued_complete, io_u_quiesce).
 */
import { Prng } from '../../base/prng.ts';
import { TaskState } from '../../log/events.ts';
import { io_getevents, io_submit, Kioctx } from '../../kernel/fs/aio.ts';
import { pread64, pwrite64 } from '../../kernel/fs/read_write.ts';
import { do_fsync } from '../../kernel/fs/open.ts';
import { type File, IOCB_DONTCACHE, IOCB_DSYNC, IOCB_SYNC } from '../../kernel/include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel/kernel.ts';
import { wake_up_process } from '../../kernel/kernel/sched/core.ts';
import type { FioActor } from '../../scenario/schema-job.ts';
import { DueCalls, makeCall } from './calls.ts';
import type { Engine } from './engine.ts';
import { ioUring } from './io-uring.ts';
import { IoPlan, type PlannedIo } from './offsets.ts';
import { syscall } from './syscall.ts';

/** What a job works with. */
export type FioJob = {
  readonly actor: FioActor;
  readonly file: File;
  readonly region_bytes: number;
  readonly seed: number;
  /** Distinguishes the jobs' random streams. */
  readonly stream: number;
};

/** The body of a job, in user mode. */
export function* fio(k: Kernel, job: FioJob): KernelFn {
  const { actor } = job;
  const prng = new Prng(job.seed, job.stream);
  const plan = new IoPlan(actor, actor.offset_bytes, job.region_bytes, prng);
  if (actor.ioengine === 'psync') yield* psync(k, job, plan);
  else {
    const engine = actor.ioengine === 'libaio' ? libaio(k, job) : yield* ioUring(k, actor, job.file);
    yield* queued(k, job, plan, engine);
    yield* engine.close();
  }
}

/** The loop of the engines with a queue. */
function* queued(k: Kernel, job: FioJob, plan: IoPlan, engine: Engine): KernelFn {
  const { actor } = job;
  const pace = new Pace(actor.rate_iops, k.now_ns);
  const withFlags = rwfFlags(actor);
  const calls = new DueCalls(actor.calls);
  const syncs = new FsyncEvery(actor.fsync);
  let issued = 0;
  let inFlight = 0;
  for (let call = calls.take(0); call !== null; call = calls.take(0)) yield* makeCall(k, job.file, call);
  while (issued < actor.ios) {
    if (pace.due_ns(issued) > k.now_ns) {
      yield* engine.reap(inFlight);
      inFlight = 0;
      yield* waitUntil(k, pace.due_ns(issued));
    }
    const room = Math.min(actor.iodepth_batch_submit, actor.iodepth - inFlight, actor.ios - issued);
    const batch: PlannedIo[] = [];
    while (batch.length < room && pace.due_ns(issued + batch.length) <= k.now_ns) {
      yield k.spend(Math.ceil(k.costs['app.think'] / 2));
      batch.push(withFlags(plan.next()));
    }
    yield* engine.submit(batch);
    issued += batch.length;
    inFlight += batch.length;
    for (let call = calls.take(issued); call !== null; call = calls.take(issued))
      yield* makeCall(k, job.file, call);
    const reaps =
      actor.thinktime_ns > 0 ? inFlight : inFlight < actor.iodepth ? 0 : completions(actor, inFlight);
    yield* engine.reap(reaps);
    inFlight -= reaps;
    if (batch.filter((io) => syncs.due(io)).length > 0) {
      yield* engine.reap(inFlight); // fio's fsync is behind what is in flight
      inFlight = 0;
      yield* syscall(k, do_fsync, job.file);
    }
    if (actor.thinktime_ns > 0) yield* waitUntil(k, k.now_ns + actor.thinktime_ns);
  }
  yield* engine.reap(inFlight);
  if (actor.end_fsync) yield* syscall(k, do_fsync, job.file);
}

/** Gives every nth write the flags of `sync`, if the file was not opened with them, and all I/Os that of `uncached`. */
function rwfFlags({ sync, sync_every, dontcache }: FioActor): (io: Omit<PlannedIo, 'rw_flags'>) => PlannedIo {
  let writes = 0;
  return (io) => {
    const flagged = io.write && sync_every > 0 && ++writes % sync_every === 0;
    return { ...io, rw_flags: (flagged ? SYNC_FLAGS[sync] : 0) | (dontcache ? IOCB_DONTCACHE : 0) };
  };
}

/** What `sync` adds to ki_flags: O_DSYNC and RWF_DSYNC, O_SYNC and RWF_SYNC. */
export const SYNC_FLAGS = { none: 0, dsync: IOCB_DSYNC, sync: IOCB_DSYNC | IOCB_SYNC } as const;

/** How many completions a full queue waits for. */
const completions = (actor: FioActor, inFlight: number): number =>
  Math.max(1, Math.min(actor.iodepth_batch_complete_min, inFlight));

function* psync(k: Kernel, job: FioJob, plan: IoPlan): KernelFn {
  const { actor, file } = job;
  const pace = new Pace(actor.rate_iops, k.now_ns);
  const withFlags = rwfFlags(actor);
  const calls = new DueCalls(actor.calls);
  const syncs = new FsyncEvery(actor.fsync);
  for (let issued = 0; ; issued++) {
    for (let call = calls.take(issued); call !== null; call = calls.take(issued))
      yield* makeCall(k, file, call);
    if (issued >= actor.ios) break;
    yield* waitUntil(k, pace.due_ns(issued));
    yield k.spend(Math.ceil(k.costs['app.think'] / 2));
    const io = withFlags(plan.next());
    const call = { file, pos: io.off, length: io.len, hipri: actor.hipri, rw_flags: io.rw_flags };
    yield* syscall(k, io.write ? pwrite64 : pread64, call);
    yield k.spend(Math.floor(k.costs['app.think'] / 2));
    if (syncs.due(io)) yield* syscall(k, do_fsync, file);
    if (actor.thinktime_ns > 0) yield* waitUntil(k, k.now_ns + actor.thinktime_ns);
  }
  if (actor.end_fsync) yield* syscall(k, do_fsync, file);
}

/** Counts the writes after which fio syncs. */
class FsyncEvery {
  private writes = 0;
  private readonly every: number;

  constructor(every: number) {
    this.every = every;
  }

  /** Is an fsync due after this I/O? */
  due({ write }: PlannedIo): boolean {
    return this.every > 0 && write && ++this.writes % this.every === 0;
  }
}

function libaio(k: Kernel, job: FioJob): Engine {
  const ctx = new Kioctx(k, k.currentTask);
  return {
    *submit(ios) {
      yield* syscall(
        k,
        io_submit,
        ctx,
        ios.map((io) => ({
          write: io.write,
          file: job.file,
          off: io.off,
          len: io.len,
          rw_flags: io.rw_flags,
        })),
      );
    },
    *close() {
      // nothing is in flight, and nothing of the context runs by itself
    },
    *reap(count) {
      if (count === 0) return;
      yield* syscall(k, io_getevents, ctx, count);
      yield* take(k, ctx, count);
    },
  };
}

/** Takes up to `count` events out of the ring. */
function* take(k: Kernel, { ring }: Kioctx, count: number): KernelFn {
  for (const event of ring.events.splice(0, count)) {
    yield k.spend(Math.floor(k.costs['app.think'] / 2));
    k.take(event, ring);
    k.free(event);
  }
}

/** Sleeps until `time_ns`, if that is ahead. */
function* waitUntil(k: Kernel, time_ns: number): KernelFn {
  if (time_ns > k.now_ns) yield* syscall(k, clock_nanosleep, time_ns);
}

/** `clock_nanosleep(2)` to an absolute time. Source: kernel/time/hrtimer.c. */
export function* clock_nanosleep(k: Kernel, time_ns: number): KernelFn {
  const task = k.currentTask;
  const cpu = k.cpu;
  if (cpu === null || time_ns <= k.now_ns) return; // the entry into the kernel took time, too
  k.hrtimer(cpu, time_ns, () => k.call(hrtimer_wakeup, task));
  while (k.now_ns < time_ns) {
    k.setState(TaskState.Interruptible, 'its timer');
    yield k.schedule();
  }
}

export function* hrtimer_wakeup(k: Kernel, task: Kernel['currentTask']): KernelFn {
  yield* k.call(wake_up_process, task);
}

/** Spaces I/Os evenly for rate_iops. */
class Pace {
  private readonly interval_ns: number;
  private readonly start_ns: number;

  constructor(rate_iops: number, start_ns: number) {
    this.interval_ns = rate_iops > 0 ? 1e9 / rate_iops : 0;
    this.start_ns = start_ns;
  }

  /** When I/O number `n` may be issued at the earliest. */
  due_ns(n: number): number {
    return this.start_ns + Math.ceil(n * this.interval_ns);
  }
}

import { describe, expect, test } from 'vitest';
import { Ev, TaskState } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { ExtentMap } from '../fs/extents.ts';
import {
  EIOCBQUEUED,
  type File,
  has,
  Inode,
  IOCB_DIRECT,
  IOCB_NOWAIT,
  type Kiocb,
  SuperBlock,
} from '../include/linux/fs.ts';
import {
  IORING_ENTER_GETEVENTS,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_IOPOLL,
  IORING_SETUP_SINGLE_ISSUER,
  IoRingCtx,
  type Sqe,
} from '../include/linux/io_uring_types.ts';
import { EAGAIN, EIO } from '../include/uapi/asm-generic/errno.ts';
import type { KernelFn } from '../kernel.ts';
import { testKernel, type TestKernel, type TestKernelOptions } from '../testing.ts';
import { io_uring_enter } from './io_uring.ts';
import { io_issue_defs } from './opdef.ts';

const LEN = 4096;
const DEVICE_NS = 10_000;
const DEFER = IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER;

/**
 * What a file does with an I/O: a number is the result at once; null leaves it to an interrupt on CPU 0, as does a time
 * after which that comes; "refused" ends it with -EAGAIN while it is still being submitted, as a block device does.
 */
type Behaviour = (iocb: Kiocb, tries: number) => number | null | 'refused' | { readonly after_ns: number };

/** Ends in the interrupt with all bytes, once it may block. */
const blocks: Behaviour = (iocb) => (has(iocb.ki_flags, IOCB_NOWAIT) ? EAGAIN : null);

type Given = {
  readonly setup?: number;
  readonly write?: Behaviour;
  readonly read?: Behaviour;
  readonly nowait?: boolean;
  readonly parallel?: boolean;
  readonly options?: TestKernelOptions;
  /** How long an issue takes that is left to the interrupt, in a sleep. */
  readonly sleep_ns?: number;
  /** How the run ends. */
  readonly stops?: string;
};

function* none(): KernelFn<number> {
  return 0;
}

/** A kernel whose one task has a ring, and a file that behaves as told. */
class Bench {
  readonly k: TestKernel;
  readonly file: File;
  ctx: IoRingCtx | null = null;
  readonly tries = new Map<Kiocb['parent'], number>();
  private readonly given: Given;

  constructor(given: Given) {
    this.given = given;
    const k = testKernel({
      cpus: 2,
      costs: { 'uring.submit.op': 10, 'worker.create': 500 },
      ...given.options,
    });
    this.k = k;
    const sb = new SuperBlock(k, null, 'test');
    this.file = {
      inode: new Inode(k, sb, 'file', new ExtentMap(0, 2 ** 30, 2 ** 20, [])),
      f_op: {
        write_iter: (_k, iocb) => this.io(iocb, given.write ?? (() => null)),
        read_iter: (_k, iocb) => this.io(iocb, given.read ?? (() => null)),
        fsync: (_k, _inode) => none(),
        dio_parallel_write: given.parallel ?? true,
      },
      f_iocb_flags: IOCB_DIRECT,
      nowait: given.nowait ?? true,
      f_wb_err: 0,
    };
  }

  /** Submits `sqes` in one call, waits for all and returns the results in the order of their CQEs. */
  run(sqes: readonly Partial<Sqe>[], cpu = 1): { readonly results: number[]; readonly log: LogView } {
    const { k, file } = this;
    const results: number[] = [];
    k.job('app', cpu, () => this.app(sqes, results, file));
    const log = k.finish();
    expect(k.stopped).toBe(this.given.stops ?? 'done');
    return { results, log };
  }

  private *app(sqes: readonly Partial<Sqe>[], results: number[], file: File): KernelFn {
    const { k } = this;
    const ctx = new IoRingCtx(k, k.currentTask, 8, this.given.setup ?? 0, io_issue_defs);
    this.ctx = ctx;
    for (const sqe of sqes) ctx.rings.sq.push({ opcode: 'WRITE', off: 0, len: LEN, file, ...sqe });
    yield* this.enter(ctx, sqes.length, 0);
    for (;;) {
      results.push(...ctx.rings.entries.splice(0).map((req) => req.cqe_res));
      if (results.length >= sqes.length) return;
      const seen = ctx.pollChannel.signals;
      yield* this.enter(ctx, 0, sqes.length - results.length);
      if (ctx.iopoll && ctx.iopoll_list.length === 0 && ctx.rings.entries.length === 0)
        yield* k.pollUntil([ctx.pollChannel], seen, 100, 'in vain');
    }
  }

  /** A system call: in user mode before and after it. */
  private *enter(ctx: IoRingCtx, to_submit: number, wanted: number): KernelFn {
    const { k } = this;
    const { context } = k.currentTask;
    k.setUserMode(context, false);
    yield* k.call(io_uring_enter, ctx, to_submit, wanted, IORING_ENTER_GETEVENTS);
    if (k.hasExitWork()) yield* k.exitToUser();
    k.setUserMode(context, true);
  }

  private *io(iocb: Kiocb, behaviour: Behaviour): KernelFn<number> {
    const { k } = this;
    const tries = (this.tries.get(iocb.parent) ?? 0) + 1;
    this.tries.set(iocb.parent, tries);
    const ret = behaviour(iocb, tries);
    if (typeof ret === 'number') return ret;
    const complete = iocb.ki_complete;
    if (complete === null) return EIOCBQUEUED;
    if (ret === 'refused') {
      yield* k.call(complete, iocb, EAGAIN);
      return EIOCBQUEUED;
    }
    if (this.given.sleep_ns !== undefined) yield* this.sleep(this.given.sleep_ns);
    const at_ns = k.now_ns + (ret?.after_ns ?? DEVICE_NS);
    k.irqAt(at_ns, 0, () => k.call(complete, iocb, iocb.length_bytes));
    return EIOCBQUEUED;
  }

  private *sleep(ns: number): KernelFn {
    const { k } = this;
    const task = k.currentTask;
    const until = k.now_ns + ns;
    k.irqAt(until, 0, function* () {
      k.wake(task);
    });
    while (k.now_ns < until) {
      k.setState(TaskState.Uninterruptible, 'the test');
      yield k.schedule();
    }
  }
}

/** Calls with the task or "irq" that makes them, in order. */
function calls(log: LogView, wanted: readonly string[]): string[] {
  const on = new Map<number, string>();
  const found: string[] = [];
  for (let row = 0; row < log.rows; row++) {
    if (log.kind(row) === Ev.Switch)
      on.set(log.cpu(row), log.objectLabel(log.object(row)).replace(/-\d+$/, ''));
    if (log.kind(row) !== Ev.Enter || !wanted.includes(log.name(row))) continue;
    const inIrq = (log.context(row) & 3) === 2;
    found.push(`${inIrq ? 'irq' : (on.get(log.cpu(row)) ?? '')} ${log.name(row)}`);
  }
  return found;
}

const count = (log: LogView, kind: Ev, name: string): number =>
  Array.from({ length: log.rows }, (_, row) => row).filter(
    (r) => log.kind(r) === kind && log.name(r) === name,
  ).length;

describe('a request that would block', () => {
  test('is issued again by a worker; its end is notified to the task that submitted it', () => {
    const { results, log } = new Bench({ write: blocks }).run([{}]);
    expect(results).toEqual([LEN]);
    expect(
      calls(log, [
        'io_issue_sqe',
        'io_queue_iowq',
        'io_wq_submit_work',
        'io_complete_rw',
        'io_req_rw_complete',
      ]),
    ).toEqual([
      'app io_issue_sqe',
      'app io_queue_iowq',
      'iou-wrk io_wq_submit_work',
      'iou-wrk io_issue_sqe',
      'irq io_complete_rw',
      'app io_req_rw_complete',
    ]);
  });

  test('is handed over at once when the file knows no NOWAIT', () => {
    const bench = new Bench({ nowait: false, write: () => null });
    expect(bench.run([{}]).results).toEqual([LEN]);
    expect([...bench.tries.values()]).toEqual([1]);
  });

  test('fails with RWF_NOWAIT', () => {
    const { results, log } = new Bench({ write: blocks }).run([{ rw_flags: IOCB_NOWAIT }]);
    expect(results).toEqual([EAGAIN]);
    expect(calls(log, ['io_wq_submit_work'])).toEqual([]);
  });

  test.each([
    ['READ', ['iou-wrk io_req_task_queue_fail', 'app io_req_task_cancel']],
    ['WRITE', ['iou-wrk io_complete_rw', 'app io_req_rw_complete']],
  ] as const)('that still would in the worker fails: %s', (opcode, by) => {
    const again: Behaviour = () => EAGAIN;
    const { results, log } = new Bench({ write: again, read: again }).run([{ opcode }]);
    expect(results).toEqual([EAGAIN]);
    const names = by.map((call) => call.slice(call.indexOf(' ') + 1));
    expect(calls(log, names)).toEqual(by);
  });

  test.each([
    ['a worker posts a result that it has itself', 0, 'iou-wrk'],
    ['but not on a ring whose tail one task owns', DEFER, 'app'],
  ])('%s', (_what, setup, who) => {
    const { results, log } = new Bench({
      setup,
      write: (iocb) => (has(iocb.ki_flags, IOCB_NOWAIT) ? EAGAIN : LEN),
    }).run([{}]);
    expect(results).toEqual([LEN]);
    expect(calls(log, ['io_req_complete_post'])).toEqual(['iou-wrk io_req_complete_post']);
    expect(count(log, Ev.Notify, 'cqe')).toBe(1);
    const posted = Array.from({ length: log.rows }, (_, r) => r).find((r) => log.kind(r) === Ev.Notify) ?? 0;
    expect(calls(log, ['io_req_task_complete'])).toHaveLength(1); // the task gives the request back in any case
    expect(ownerAt(log, posted)).toBe(who);
  });

  test('workers: the free one is woken, another is made when none runs, and they are used again', () => {
    const two = new Bench({ write: blocks, sleep_ns: 3000 });
    const { log } = two.run([{}, {}, {}]);
    expect(count(log, Ev.Enter, 'create_worker_cb')).toBeGreaterThan(0); // one slept with items left
    const again = new Bench({ write: blocks }).run([{}, {}, {}]).log;
    expect(count(again, Ev.Enter, 'create_io_worker')).toBeLessThan(3);
  });

  test('writes to one file are issued one after the other unless it takes them in parallel', () => {
    const serial = new Bench({ write: blocks, parallel: false, sleep_ns: 20_000 }).run([{}, {}, {}]).log;
    const parallel = new Bench({ write: blocks, parallel: true, sleep_ns: 20_000 }).run([{}, {}, {}]).log;
    expect(overlap(serial)).toBe(1);
    expect(overlap(parallel)).toBeGreaterThan(1);
  });
});

describe('errors and short results', () => {
  test.each([
    ['a write that fails at issue', { write: () => EIO }, 'WRITE', [EIO], 'io_complete_rw'],
    ['a read that fails at issue', { read: () => EIO }, 'READ', [EIO], 'io_req_defer_failed'],
  ] as const)('%s is one CQE with the error', (_what, given, opcode, results, by) => {
    const run = new Bench(given).run([{ opcode }]);
    expect(run.results).toEqual(results);
    expect(calls(run.log, [by])).toEqual([`app ${by}`]);
    expect(count(run.log, Ev.Notify, 'cqe')).toBe(1);
  });

  test.each(['READ', 'WRITE'] as const)(
    'the rest of a short %s is done by a worker, and both count',
    (opcode) => {
      const short: Behaviour = (iocb, tries) => (tries === 1 ? 512 : iocb.length_bytes);
      const bench = new Bench({ write: short, read: short });
      expect(bench.run([{ opcode }]).results).toEqual([LEN]);
      expect([...bench.tries.values()]).toEqual([2]);
    },
  );

  test('a rest that fails leaves what was done', () => {
    const short: Behaviour = (_iocb, tries) => (tries === 1 ? 512 : EIO);
    expect(new Bench({ write: short }).run([{}]).results).toEqual([512]);
  });
});

describe('a ring that polls', () => {
  test('takes a request that was punted into its list when a worker has issued it', () => {
    const { results, log } = new Bench({ setup: IORING_SETUP_IOPOLL, write: blocks }).run([{}, {}]);
    expect(results).toEqual([LEN, LEN]);
    expect(calls(log, ['io_iopoll_req_issued'])).toEqual([
      'iou-wrk io_iopoll_req_issued',
      'iou-wrk io_iopoll_req_issued',
    ]);
    expect(log.rows).toBeLessThan(1000); // waiting is no event a pass
  });

  test('tries again in the worker as long as there is no tag', () => {
    const bench = new Bench({
      setup: IORING_SETUP_IOPOLL,
      write: (_iocb, tries) => (tries < 5 ? EAGAIN : null),
    });
    expect(bench.run([{}]).results).toEqual([LEN]);
    expect([...bench.tries.values()]).toEqual([5]);
  });
});

describe('a request that ends with -EAGAIN while it is submitted', () => {
  const refused: Behaviour = (_iocb, tries) => (tries === 1 ? 'refused' : null);
  const kinds = ['when issued', 'when completed, not IOPOLL', 'when completed'] as const;

  test.each(kinds.flatMap((kind) => (['READ', 'WRITE'] as const).map((opcode) => [kind, opcode] as const)))(
    'is issued again by io-wq, and posted once: found %s, %s',
    (RW_REISSUE, opcode) => {
      const given = { write: refused, read: refused, options: { switches: { RW_REISSUE } } };
      const { results, log } = new Bench(given).run([{ opcode }, { opcode }]);
      expect(results).toEqual([LEN, LEN]);
      expect(count(log, Ev.Notify, 'cqe')).toBe(2);
      expect(count(log, Ev.Enter, 'io_wq_submit_work')).toBe(2);
    },
  );

  test.each(kinds)('on a ring that polls, found %s', (RW_REISSUE) => {
    const hangs = RW_REISSUE === 'when completed, not IOPOLL';
    const { results } = new Bench({
      setup: IORING_SETUP_IOPOLL,
      write: refused,
      options: { switches: { RW_REISSUE } },
      ...(hangs ? { stops: 'limit: time' } : {}),
    }).run([{}]);
    expect(results).toEqual(hangs ? [] : [LEN]);
  });
});

describe('a pass of the poll loop', () => {
  test.each([
    ['takes completed requests in a row', false, 3],
    ['takes all that are complete since v7.0', true, 2],
  ])('%s', (_what, IOPOLL_TAKES_ALL, flushes) => {
    const delays = [10_000, 50_000, 10_000]; // the first and the third end together
    const write: Behaviour = (iocb) => ({ after_ns: delays[iocb.ki_pos / LEN] ?? 0 });
    const options = { switches: { IOPOLL_TAKES_ALL }, costs: { 'poll.miss': 100 } };
    const bench = new Bench({ setup: IORING_SETUP_IOPOLL, write, options });
    const { results, log } = bench.run([{ off: 0 }, { off: LEN }, { off: 2 * LEN }]);
    expect(results).toEqual([LEN, LEN, LEN]);
    expect(calls(log, ['__io_submit_flush_completions'])).toHaveLength(flushes);
  });
});

describe('how the task learns of its task_work', () => {
  test('DEFER_TASKRUN: the waiting task is woken once, with the item that makes it enough', () => {
    const { results, log } = new Bench({ setup: DEFER }).run([{}, {}, {}]);
    expect(results).toEqual([LEN, LEN, LEN]);
    expect(calls(log, ['io_req_local_work_add', 'wake_up_process', '__io_run_local_work'])).toEqual([
      'irq io_req_local_work_add',
      'irq io_req_local_work_add',
      'irq io_req_local_work_add',
      'irq wake_up_process',
      'app __io_run_local_work',
    ]);
  });

  test.each([
    ['a default ring interrupts the task', 0, 1],
    ['COOP_TASKRUN does not', IORING_SETUP_COOP_TASKRUN, 0],
  ])('%s that runs in user mode', (_what, setup, interrupts) => {
    const { k, file } = new Bench({ setup });
    k.job('app', 1, function* () {
      const ctx = new IoRingCtx(k, k.currentTask, 8, setup, io_issue_defs);
      ctx.rings.sq.push({ opcode: 'WRITE', off: 0, len: LEN, file });
      yield* k.call(io_uring_enter, ctx, 1, 0, 0);
      k.setUserMode(k.currentTask.context, true);
      yield k.spend(DEVICE_NS * 3);
      k.setUserMode(k.currentTask.context, false);
      expect(ctx.rings.entries.length).toBe(interrupts);
    });
    const log = k.finish();
    expect(count(log, Ev.Irq, 'reschedule')).toBe(interrupts);
  });
});

/** The task on the CPU of a row. */
function ownerAt(log: LogView, row: number): string {
  for (let r = row; r >= 0; r--)
    if (log.kind(r) === Ev.Switch && log.cpu(r) === log.cpu(row))
      return log.objectLabel(log.object(r)).replace(/-\d+$/, '');
  return '';
}

/** How many workers were issuing at the same time. */
function overlap(log: LogView): number {
  let now = 0;
  let most = 0;
  for (let row = 0; row < log.rows; row++) {
    if (log.name(row) !== 'io_wq_submit_work') continue;
    now += log.kind(row) === Ev.Enter ? 1 : log.kind(row) === Ev.Exit ? -1 : 0;
    most = Math.max(most, now);
  }
  return most;
}

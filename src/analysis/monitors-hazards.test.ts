import { describe, expect, test } from 'vitest';
import { Ev, NO_CPU, TaskState } from '../log/events.ts';
import { bitOf } from './fields.ts';
import { iosOf } from './io.ts';
import type { Monitor } from './monitor.ts';
import { cqeByOwner } from './monitors-context.ts';
import { extentsStay, iopollCompletes, noWaitCycle } from './monitors-deadlock.ts';
import { completionOrder, dioReferences, noStalePages, waiterIsWoken } from './monitors-dio.ts';
import { dsyncStable, writeThroughKept } from './monitors-sync.ts';
import { stage, type Stage, tell } from './testing-io.ts';
import { TestLog } from './testing.ts';

// Hazards that no kernel and no switch brings about: each in a log that is written here, beside one that is right.

function said(m: Monitor, t: TestLog, reason = 'done'): string[] {
  const log = t.stop(reason);
  return m.check(log, iosOf(log)).map((f) => f.message);
}

/** A running task on CPU 0. */
function running(): { readonly t: TestLog; readonly task: number } {
  const t = new TestLog();
  const task = t.task('fio');
  t.switchTo(0, task);
  return { t, task };
}

describe('references of a dio', () => {
  const counted = (refs: readonly number[], last: (t: TestLog, dio: number) => void): string[] => {
    const { t, task } = running();
    const dio = t.create(0, 'iomap_dio', t.create(0, 'kiocb', task));
    for (const ref of refs) t.set(0, dio, 'ref', ref);
    last(t, dio);
    return said(dioReferences, t);
  };
  const complete = (t: TestLog, dio: number): void => {
    t.calls(0, ['iomap_dio_complete'], dio, () => t.write({ kind: Ev.Free, cpu: 0, object: dio }));
  };
  test('down to zero, then the completion', () => expect(counted([1, 2, 1, 0], complete)).toEqual([]));
  test('a completion before that is found', () =>
    expect(counted([1, 2, 1], complete)).toEqual([
      'iomap_dio 1 completes while it is still counted 1 times',
    ]));
  test('one too many given up is found', () =>
    expect(counted([1, 0, -1], () => undefined)).toEqual([
      'iomap_dio 1 is given up more often than it was taken',
    ]));
  test('a write after the end is found', () =>
    expect(
      counted([1, 0], (t, dio) => {
        complete(t, dio);
        t.set(0, dio, 'flags', 0);
      }),
    ).toEqual(['iomap_dio 1 is written to (flags) after its memory was given back']));
});

describe('the order of a completion', () => {
  const RIGHT = [
    'xfs_dio_write_end_io',
    'kiocb_invalidate_post_direct_write',
    'inode_dio_end',
    'generic_write_sync',
  ];
  const inOrder = (names: readonly string[]): string[] => {
    const { t, task } = running();
    const dio = t.create(0, 'iomap_dio', task);
    t.calls(0, ['iomap_dio_complete'], dio, () => names.forEach((name) => t.calls(0, [name], dio)));
    return said(completionOrder, t);
  };
  test('is right', () => expect(inOrder(RIGHT)).toEqual([]));
  test('any two that change places are found', () => {
    for (let i = 0; i + 1 < RIGHT.length; i++) {
      const turned = RIGHT.with(i, RIGHT[i + 1]!).with(i + 1, RIGHT[i]!);
      expect(inOrder(turned)).toEqual([expect.stringMatching(`${RIGHT[i]} runs after ${RIGHT[i + 1]}$`)]);
    }
  });
});

describe('who waits for a direct I/O', () => {
  const WAIT = 'the last bio of its direct I/O';
  const waits = (cleared: boolean, woken: boolean, goesOn: boolean): string[] => {
    const { t, task } = running();
    const dio = t.create(0, 'iomap_dio', t.create(0, 'kiocb', task));
    t.set(0, dio, 'waiter', task);
    t.set(0, dio, 'wait_for_completion', 1);
    t.sleep(0, WAIT);
    t.switchTo(0, t.task('swapper'));
    t.irq(0, 'nvme0q1');
    if (cleared) t.set(0, dio, 'waiter', 0);
    if (woken) t.wake(0, task);
    t.endInterrupt(0);
    t.switchTo(0, goesOn ? task : t.task('other'));
    if (goesOn) t.calls(0, ['iomap_dio_complete'], dio);
    return said(waiterIsWoken, t);
  };
  test('is woken and goes on', () => expect(waits(true, true, true)).toEqual([]));
  test('and must not go on before', () =>
    expect(waits(false, true, true)).toEqual(['fio stopped waiting for fio I/O 1 before it had ended']));
  test('a lost wake-up is found', () =>
    expect(waits(true, false, false)).toEqual(['fio I/O 1 has ended, and nobody woke fio']));
  test('who waits for a bio in flight is not woken yet', () =>
    expect(waits(false, false, false)).toEqual([]));
});

describe('the write-through flag', () => {
  const bits = {
    through: bitOf('iomap_dio.flags', 'IOMAP_DIO_WRITE_THROUGH'),
    sync: bitOf('iomap_dio.flags', 'IOMAP_DIO_NEED_SYNC'),
    fua: bitOf('bio.bi_opf', 'REQ_FUA'),
  };
  const completes = (flags: number, bi_opf: number): string[] => {
    const { t, task } = running();
    const dio = t.create(0, 'iomap_dio', task);
    t.set(0, dio, 'flags', flags);
    t.set(0, t.create(0, 'bio', dio), 'bi_opf', bi_opf);
    t.calls(0, ['iomap_dio_complete'], dio);
    return said(writeThroughKept, t);
  };
  test('goes with FUA', () => expect(completes(bits.through, bits.fua)).toEqual([]));
  test('without it a sync is needed', () => expect(completes(bits.sync, 0)).toEqual([]));
  test('is found when it promises too much', () => {
    expect(completes(bits.through, 0)).toEqual([
      'iomap_dio 1 kept write-through, but bio 1 was submitted without FUA',
    ]);
    expect(completes(bits.through + bits.sync, bits.fua)).toHaveLength(1);
  });
});

describe('data reported as durable', () => {
  const DSYNC = bitOf('kiocb.ki_flags', 'IOCB_DSYNC') + bitOf('kiocb.ki_flags', 'IOCB_WRITE');
  const WRITE = bitOf('request.cmd_flags', 'REQ_OP_WRITE');
  const FUA = bitOf('request.cmd_flags', 'REQ_FUA');
  const FLUSH = bitOf('request.cmd_flags', 'REQ_OP_FLUSH');
  const CACHE = bitOf('queue_limits.features', 'BLK_FEAT_WRITE_CACHE');
  const reported = (cmd_flags: number, between: (s: Stage) => void, ki_flags = DSYNC): string[] => {
    const s = stage();
    s.t.set(1, s.t.object('nvme_ctrl'), 'vwc', 1);
    s.t.set(1, s.t.object('queue_limits'), 'features', CACHE);
    const told = tell(s, {
      path: 'inline-irq',
      at_ns: 100,
      ki_flags,
      beforeIssue: (t, request) => t.set(1, request, 'cmd_flags', cmd_flags),
      beforeNotify: () => between(s),
    });
    expect(told.io).toBeGreaterThan(0);
    return said(dsyncStable, s.t);
  };
  const flush = ({ t }: Stage, issue = true): void => {
    const request = t.create(1, 'request', 0, 'flush 0');
    t.set(1, request, 'cmd_flags', FLUSH);
    if (issue) t.trace(1, 'block_rq_issue', request);
    t.trace(NO_CPU, 'nvme_device_complete', request, issue ? 0 : 10);
  };
  test('after FUA or a flush is durable', () => {
    expect(reported(WRITE + FUA, () => undefined)).toEqual([]);
    expect(reported(WRITE, (s) => flush(s))).toEqual([]);
  });
  test('in the cache is found, also after a flush that failed', () => {
    expect(reported(WRITE, () => undefined)).toEqual([
      expect.stringMatching(
        /^fio-job I\/O 1 is reported as durable, but request 1 is neither FUA nor flushed/,
      ),
    ]);
    expect(reported(WRITE, (s) => flush(s, false))).toHaveLength(1);
  });
  test('nobody asked for it of an ordinary write', () =>
    expect(reported(WRITE, () => undefined, bitOf('kiocb.ki_flags', 'IOCB_WRITE'))).toEqual([]));
});

describe('pages read into the cache', () => {
  const NO_INVALIDATE = bitOf('iomap_dio.flags', 'IOMAP_DIO_NO_INVALIDATE');
  const filled = (flags: number, pages: readonly number[]): string[] => {
    const { t, task } = running();
    const inode = t.create(0, 'inode', 0, 'data');
    t.set(0, inode, 'nrpages', 1);
    t.set(0, inode, 'nrpages', 0);
    const dio = t.create(0, 'iomap_dio', task);
    t.set(0, dio, 'flags', flags);
    for (const n of pages) t.set(0, inode, 'nrpages', n);
    t.write({ kind: Ev.Free, cpu: 0, object: dio });
    t.set(0, inode, 'nrpages', 7);
    return said(noStalePages, t);
  };
  test('after the decision to leave them are pointed out', () =>
    expect(filled(NO_INVALIDATE, [1])).toHaveLength(1));
  test('but not otherwise', () => {
    expect(filled(0, [1])).toEqual([]);
    expect(filled(NO_INVALIDATE, [])).toEqual([]);
  });
});

describe('who posts a CQE', () => {
  const posts = (by: (job: number) => string, irq = false): string[] => {
    const { t, task } = running();
    const req = t.create(0, 'io_kiocb', task);
    const name = by(task);
    if (name !== '') t.switchTo(0, t.task(name));
    if (irq) t.irq(0, 'nvme0q1');
    t.notify(0, 'cqe', req, 4096);
    return said(cqeByOwner, t);
  };
  test.each(['', 'iou-sqp-', 'iou-wrk-'])('may be the owner or its thread: %s', (name) =>
    expect(posts((job) => (name === '' ? '' : `${name}${job}`))).toEqual([]),
  );
  test('nobody else may', () => {
    expect(posts(() => 'kworker/0:1')).toEqual(['the CQE of fio I/O 1 is posted by kworker/0:1']);
    expect(posts((job) => `iou-wrk-${job + 1}`)).toHaveLength(1);
    expect(posts(() => '', true)).toEqual(['the CQE of fio I/O 1 is posted in an interrupt']);
  });
});

describe('a request of an IOPOLL ring', () => {
  const REISSUE = bitOf('io_kiocb.flags', 'REQ_F_REISSUE');
  const ends = (flags: number, completed: number): string[] => {
    const { t, task } = running();
    const req = t.create(0, 'io_kiocb', task);
    const kiocb = t.create(0, 'kiocb', req);
    t.calls(0, ['io_complete_rw_iopoll'], kiocb, () => {
      t.set(0, req, 'flags', flags);
      if (completed === 1) t.set(0, req, 'iopoll_completed', 1);
    });
    return said(iopollCompletes, t, 'limit: time');
  };
  test('that is only marked is lost', () => expect(ends(REISSUE, 0)).toHaveLength(1));
  test('that is marked and completed is found by the poll loop', () => expect(ends(REISSUE, 1)).toEqual([]));
  test('that nobody marked is issued again already', () => expect(ends(0, 0)).toEqual([]));
});

describe('a file that is cut', () => {
  const cut = (dios: number, to: number): string[] => {
    const { t } = running();
    const inode = t.create(0, 'inode', 0, 'data');
    t.set(0, inode, 'i_size', 8192);
    t.set(0, inode, 'i_dio_count', dios);
    t.set(0, inode, 'i_size', to);
    return said(extentsStay, t);
  };
  test('with direct I/O in flight is found', () =>
    expect(cut(2, 4096)).toEqual(['data is cut while 2 of its direct I/Os are in flight']));
  test('without is right, and it may always grow', () => {
    expect(cut(0, 4096)).toEqual([]);
    expect(cut(2, 16_384)).toEqual([]);
  });
});

describe('waiting in a circle', () => {
  /** Two tasks that each hold a lock and wait for the one that `wants` says. */
  const locks = (wants: readonly [number, number]): string[] => {
    const t = new TestLog();
    const tasks = [t.task('a'), t.task('b')];
    const held = [t.object('rw_semaphore', 0, 'lock a'), t.object('rw_semaphore', 0, 'lock b')];
    tasks.forEach((task, i) => {
      t.switchTo(i, task);
      t.write({ kind: Ev.Lock, cpu: i, object: held[i]!, value: 1 });
      t.sleep(i, 'down_write');
    });
    tasks.forEach((task, i) =>
      t.write({
        kind: Ev.Hazard,
        cpu: NO_CPU,
        name: 'waits-for-ever',
        object: task,
        value: held[wants[i as 0 | 1]]!,
      }),
    );
    return said(noWaitCycle, t, 'stuck');
  };
  test('is found whatever the waits are for', () =>
    expect(locks([1, 0])).toEqual([
      'deadlock: a waits for down_write; lock b is held by b; b waits for down_write; lock a is held by a',
    ]));
  test('a lock taken twice is a circle of one', () =>
    expect(locks([0, 0])).toEqual(['deadlock: a waits for down_write; lock a is held by a']));
  test('a task that is woken has left it', () => {
    const { t, task } = running();
    const inode = t.create(0, 'inode', 0, 'data');
    t.enter(0, 'inode_dio_wait', inode);
    t.write({ kind: Ev.Sleep, cpu: 0, object: task, value: TaskState.Uninterruptible });
    t.wake(0, task);
    expect(said(noWaitCycle, t, 'limit: time')).toEqual([]);
  });
});

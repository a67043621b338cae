import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import { bitOf } from './fields.ts';
import { iosOf } from './io.ts';
import { PATHS } from './moments.ts';
import { type Monitor, MOST_FINDINGS } from './monitor.ts';
import * as onIos from './monitors-io.ts';
import * as onLog from './monitors-log.ts';
import { findingsOf, MONITORS } from './monitors.ts';
import { stage, tell } from './testing-io.ts';
import { TestLog } from './testing.ts';

const POLLED = bitOf('bio.bi_opf', 'REQ_POLLED');
const HIPRI = bitOf('kiocb.ki_flags', 'IOCB_HIPRI');
const WRITE = bitOf('kiocb.ki_flags', 'IOCB_WRITE');

/** What one monitor says about a log. */
function said(m: Monitor, t: TestLog, reason = 'done'): string[] {
  const log = t.stop(reason);
  return m.check(log, iosOf(log)).map((f) => f.message);
}

/** A running task on CPU 0. */
function running(): TestLog {
  const t = new TestLog();
  t.switchTo(0, t.task('fio'));
  return t;
}

describe('every bio ends exactly once', () => {
  const bio = (t: TestLog, ends: number): TestLog => {
    const b = t.create(0, 'bio');
    for (let i = 0; i < ends; i++) t.calls(0, ['bio_endio'], b);
    return t;
  };
  test('one end is right', () => expect(said(onIos.bioEndsOnce, bio(running(), 1))).toEqual([]));
  test('none is an error when the run is done', () =>
    expect(said(onIos.bioEndsOnce, bio(running(), 0))).toEqual(['bio 1 never ends']));
  test('none is no error when the run was cut off', () =>
    expect(said(onIos.bioEndsOnce, bio(running(), 0), 'limit: time')).toEqual([]));
  test('two are an error', () => expect(said(onIos.bioEndsOnce, bio(running(), 2))).toHaveLength(1));
});

describe('every direct I/O completes exactly once', () => {
  const completed = (times: number, reason = 'done'): string[] => {
    const t = running();
    const dio = t.create(0, 'iomap_dio');
    for (let i = 0; i < times; i++) t.calls(0, ['iomap_dio_complete'], dio);
    return said(onIos.dioCompletesOnce, t, reason);
  };
  test('once is right', () => expect(completed(1)).toEqual([]));
  test('twice is an error', () => expect(completed(2)).toEqual(['iomap_dio 1 completes again']));
  test('never is one when the run is done', () =>
    expect(completed(0)).toEqual(['iomap_dio 1 never completes']));
  test('but not when it was cut off', () => expect(completed(0, 'limit: events')).toEqual([]));
});

describe('each I/O is notified exactly once', () => {
  const notified = (times: number): TestLog => {
    const t = new TestLog();
    const job = t.task('fio');
    t.switchTo(0, job);
    const io = t.create(0, 'io_kiocb', job);
    for (let i = 0; i < times; i++) t.notify(0, 'cqe', io, 4096);
    return t;
  };
  test.each([
    [0, ['fio I/O 1 is never reported to the application']],
    [1, []],
    [2, ['fio I/O 1 is reported to the application again']],
  ])('%i notifications', (times, expected) =>
    expect(said(onIos.notifiedOnce, notified(times))).toEqual(expected),
  );
});

describe('hazards of the engine', () => {
  test('a sleep in atomic context is an error that names the task', () => {
    const t = running();
    t.hazard(0, 'scheduling-while-atomic', t.task('kworker/0:1'));
    expect(said(onLog.engineHazards, t)).toEqual([
      'kworker/0:1 sleeps where nothing may sleep (scheduling while atomic)',
    ]);
  });
  test('one that nobody has described is told by its name', () => {
    const t = running();
    t.hazard(0, 'new-hazard', 0);
    expect(said(onLog.engineHazards, t)).toEqual(['something breaks a rule: new-hazard']);
  });
  test('a sleep without hazard is none', () => {
    const t = running();
    t.sleep(0, 'work');
    expect(said(onLog.engineHazards, t)).toEqual([]);
  });
});

describe('time and causes', () => {
  test('time may stand still but not run back', () => {
    const t = running();
    t.at(5).enter(0, 'a');
    t.at(5).exit(0);
    t.at(4).enter(0, 'b');
    expect(said(onLog.timeRunsForward, t.at(9))).toEqual(['this event is 1 ns before the one above it']);
  });
  test('an event without cause, or with a later one, is found; row 0 needs none', () => {
    const t = running();
    t.write({ kind: Ev.Trace, cpu: 0, cause: NO_ROW });
    t.write({ kind: Ev.Trace, cpu: 0, cause: 3 });
    expect(said(onLog.everyEventHasACause, t)).toEqual([
      'this event has no cause',
      'this event is caused by row 3, which comes after it',
    ]);
  });
});

describe('calls match', () => {
  test('the innermost call ends first, also across a switch and under an interrupt', () => {
    const t = running();
    const other = t.task('other');
    t.enter(0, 'a');
    t.irq(0, 'nvme0q1');
    t.calls(0, ['nvme_irq'], 0);
    t.endInterrupt(0);
    t.switchTo(0, other);
    t.calls(0, ['b'], 0);
    expect(said(onLog.callsMatch, t)).toEqual([]);
  });
  test('an outer call that ends before the inner one is found', () => {
    const t = running();
    const outer = t.enter(0, 'outer');
    t.enter(0, 'inner');
    t.write({ kind: Ev.Exit, cpu: 0, name: 'outer', prev: outer });
    expect(said(onLog.callsMatch, t)).toEqual([
      'outer ends, but it is not the innermost call of this context',
    ]);
  });
  test('a call that ends in another context is found', () => {
    const t = running();
    const call = t.enter(0, 'f');
    t.irq(0, 'nvme0q1');
    t.write({ kind: Ev.Exit, cpu: 0, name: 'f', prev: call, context: Level.Hardirq });
    expect(said(onLog.callsMatch, t)).toHaveLength(1);
  });
});

describe('where a bio may end', () => {
  const cases = PATHS.map((path) => {
    const polled = path === 'inline-poll' ? POLLED : 0;
    return { path, right: polled, wrong: POLLED - polled };
  });
  test.each(cases)('on path $path', ({ path, right, wrong }) => {
    for (const [bi_opf, findings] of [
      [right, 0],
      [wrong, 1],
    ] as const) {
      const s = stage();
      tell(s, { path, at_ns: 100, bi_opf });
      expect(said(onIos.polledWhere, s.t)).toHaveLength(findings);
    }
  });
});

describe('a bio that is not polled and ends in a task', () => {
  const ends = (inside: string): string[] => {
    const s = stage();
    const told = tell(s, { path: 'submitter-direct', at_ns: 100, bi_opf: POLLED });
    s.t.trace(1, 'block_rq_issue', told.request);
    s.t.set(1, told.bio, 'bi_opf', 0);
    s.t.calls(1, [inside, 'bio_endio'], told.bio);
    return said(onIos.polledWhere, s.t).filter((message) => message.includes('not polled'));
  };
  test('is found', () => expect(ends('blk_update_request')).toHaveLength(1));
  test.each(['nullb_complete_cmd', 'blk_softirq_cpu_dead'])('but not inside %s', (inside) =>
    expect(ends(inside)).toEqual([]),
  );
});

describe('rq_affinity 2', () => {
  const request = (affinity: number, submitter: number, flags = 0): TestLog => {
    const t = running();
    const rq = t.create(0, 'request');
    t.set(0, rq, 'mq_ctx', submitter);
    t.set(0, rq, 'cmd_flags', flags);
    t.decide(0, 'need-ipi', rq, 0, { rq_affinity: affinity });
    t.trace(0, 'block_rq_complete', rq);
    return t;
  };
  test('a request that completes elsewhere is found', () =>
    expect(said(onIos.completesOnSubmitter, request(2, 3))).toEqual([
      'request 1 completes on CPU 0; CPU 3 submitted it',
    ]));
  test('on the submitting CPU it is right', () =>
    expect(said(onIos.completesOnSubmitter, request(2, 0))).toEqual([]));
  test('with rq_affinity 1 it may complete anywhere', () =>
    expect(said(onIos.completesOnSubmitter, request(1, 3))).toEqual([]));
  test.each([
    [141, 'no request is sent to a CPU that goes offline', []],
    [235, 'one that is back gets its own', ['request 1 completes on CPU 0; CPU 3 submitted it']],
  ])('state %i: %s', (state, _what, found) => {
    const t = running();
    const rq = t.create(0, 'request');
    t.set(0, rq, 'mq_ctx', 3);
    t.set(0, t.object('cpuhp_cpu_state', 0, 'cpu3'), 'state', state);
    t.decide(0, 'need-ipi', rq, 0, { rq_affinity: 2 });
    t.trace(0, 'block_rq_complete', rq);
    expect(said(onIos.completesOnSubmitter, t)).toEqual(found);
  });
  test('nor is one sent where interrupt threads are forced', () => {
    const t = request(2, 3);
    t.calls(0, ['irq_forced_thread_fn'], 0);
    expect(said(onIos.completesOnSubmitter, t)).toEqual([]);
  });
  test('requests that wait for one flush complete where that does', () => {
    const t = running();
    const rq = t.create(0, 'request');
    t.set(0, rq, 'mq_ctx', 3);
    t.decide(0, 'need-ipi', rq, 0, { rq_affinity: 2 });
    t.enter(0, 'flush_end_io');
    t.trace(0, 'block_rq_complete', rq);
    t.exit(0);
    expect(said(onIos.completesOnSubmitter, t)).toEqual([]);
  });
  test('a polled request completes where it is found', () =>
    expect(said(onIos.completesOnSubmitter, request(2, 3, POLLED))).toEqual([]));
});

describe('page-cache invalidation', () => {
  const INVALIDATE = 'kiocb_invalidate_post_direct_write';
  test('belongs in task context', () => {
    const t = running();
    t.calls(0, [INVALIDATE], 0);
    expect(said(onIos.invalidatesInTask, t)).toEqual([]);
  });
  test('is found in an interrupt and in a softirq', () => {
    const t = running();
    t.irq(0, 'nvme0q1');
    t.calls(0, [INVALIDATE], 0);
    t.endInterrupt(0);
    t.softirq(0);
    t.calls(0, [INVALIDATE], 0);
    t.endInterrupt(0);
    expect(said(onIos.invalidatesInTask, t)).toEqual([
      `${INVALIDATE} runs in a hard interrupt`,
      `${INVALIDATE} runs in a softirq`,
    ]);
  });
});

describe('polling in vain', () => {
  test('a polled bio that a kworker finishes is pointed out', () => {
    const s = stage();
    tell(s, { path: 's_dio_done_wq', at_ns: 100, bi_opf: POLLED });
    expect(said(onIos.polledInVain, s.t)).toEqual([
      'fio-job I/O 1 was polled for, yet a kworker finishes it',
    ]);
  });
  test.each([
    ['s_dio_done_wq', 0],
    ['inline-poll', POLLED],
  ] as const)('%s with bi_opf %i is fine', (path, bi_opf) => {
    const s = stage();
    tell(s, { path, at_ns: 100, bi_opf });
    expect(said(onIos.polledInVain, s.t)).toEqual([]);
  });
  test('a write to an IOPOLL ring whose bio is not polled is pointed out', () => {
    const s = stage();
    tell(s, { path: 's_dio_done_wq', at_ns: 100, bi_opf: 0, ki_flags: HIPRI + WRITE });
    expect(said(onIos.neverPolled, s.t)).toHaveLength(1);
  });
  test.each([
    ['a read', { path: 'inline-irq', bi_opf: 0, ki_flags: HIPRI }],
    ['an ordinary ring', { path: 's_dio_done_wq', bi_opf: 0, ki_flags: WRITE }],
    ['a bio that was polled', { path: 's_dio_done_wq', bi_opf: POLLED, ki_flags: HIPRI + WRITE }],
    ['a synchronous call', { path: 'wait-wake', bi_opf: 0, ki_flags: HIPRI + WRITE }],
  ] as const)('but not for %s', (_, story) => {
    const s = stage();
    tell(s, { ...story, at_ns: 100 });
    expect(said(onIos.neverPolled, s.t)).toEqual([]);
  });
});

describe('all monitors together', () => {
  test('have different names and say nothing about a sound run', () => {
    const s = stage();
    PATHS.forEach((path, i) =>
      tell(s, { path, at_ns: 100 + 3000 * i, bi_opf: path === 'inline-poll' ? POLLED : 0 }),
    );
    const log = s.t.stop();
    // The stories invalidate wherever they complete.
    const findings = findingsOf(log, iosOf(log)).filter((f) => f.monitor !== 'invalidate-in-task');
    expect(findings).toEqual([]);
    expect(new Set(MONITORS.map((m) => m.id)).size).toBe(MONITORS.length);
  });
  test('list the gravest first, and no more of a kind than anyone reads', () => {
    const t = running();
    for (let i = 0; i < MOST_FINDINGS + 5; i++) t.hazard(0, 'new-hazard', 0);
    t.write({ kind: Ev.Trace, cpu: 0, cause: NO_ROW });
    const log = t.stop();
    const findings = findingsOf(log, iosOf(log));
    expect(findings).toHaveLength(MOST_FINDINGS + 2);
    expect(findings.some((f) => f.message === '5 more of these are left out')).toBe(true);
    expect(findings.map((f) => f.row)).toEqual(findings.map((f) => f.row).toSorted((a, b) => a - b));
  });
});

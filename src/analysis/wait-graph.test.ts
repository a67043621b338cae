import { describe, expect, test } from 'vitest';
import { Ev, NO_CPU } from '../log/events.ts';
import { bitOf } from './fields.ts';
import { iosOf } from './io.ts';
import { noWaitCycle } from './monitors-deadlock.ts';
import { submit, type WbStage, wbStage } from './testing-writeback.ts';
import { TestLog } from './testing.ts';

// Circles of waits through writeback: no kernel of the model has one, so they are written here.

const LOCKED = bitOf('folio.flags', 'PG_locked');

function said(t: TestLog): string[] {
  const log = t.stop('stuck');
  return noWaitCycle.check(log, iosOf(log)).map((f) => f.message);
}

/** A task sleeps for ever, on an object or the queue of one. */
function sleepsForEver(t: TestLog, cpu: number, task: number, what: string, on: number): void {
  t.sleep(cpu, what);
  t.write({ kind: Ev.Hazard, cpu: NO_CPU, name: 'waits-for-ever', object: task, value: on });
}

const LOCK = 'the lock of a folio';
const END = 'the end of writeback of a folio';

describe('the locks of folios', () => {
  /** Two tasks lock a folio each; then each waits for something of the folio of the other, or its own. */
  const locked = (what: string, wants: readonly [0 | 1, 0 | 1]): string[] => {
    const t = new TestLog();
    const tasks = [t.task('a'), t.task('b')] as const;
    const folios = [t.object('folio', 0, 'data 0'), t.object('folio', 0, 'data 1')] as const;
    tasks.forEach((task, cpu) => {
      t.switchTo(cpu, task);
      t.set(cpu, folios[cpu as 0 | 1], 'flags', LOCKED);
    });
    tasks.forEach((task, cpu) =>
      sleepsForEver(t, cpu, task, what, t.object('wait_queue_head', folios[wants[cpu as 0 | 1]], '')),
    );
    return said(t);
  };
  test('can be waited for in a circle', () =>
    expect(locked(LOCK, [1, 0])).toEqual([
      'deadlock: a waits for the lock of a folio; data 1 is locked by b; b waits for the lock of a folio; data 0 is locked by a',
    ]));
  test('one that is taken twice is a circle of one', () =>
    expect(locked(LOCK, [0, 0])).toEqual([
      'deadlock: a waits for the lock of a folio; data 0 is locked by a',
    ]));
  test('are not what ends writeback: its waiters hold them', () => expect(locked(END, [0, 0])).toEqual([]));
});

describe('bios and their lists', () => {
  /** The job waits for its folio, whose bio is on a list that the kworker empties; that waits for what the job has. */
  const circle = (list: (s: WbStage) => number, wants: 'folio lock' | 'nothing'): string[] => {
    const s = wbStage();
    const { t, job, kworker } = s;
    const mine = t.object('folio', s.inode, 'data 9');
    t.set(1, mine, 'flags', LOCKED);
    const { bio, ioend, folio } = submit(s, 'xfs_end_bio');
    const place = list(s);
    t.put(1, place === s.batch ? bio : ioend, place);
    sleepsForEver(t, 1, job, END, t.object('wait_queue_head', folio, ''));
    t.switchTo(1, kworker);
    t.trace(1, 'workqueue_execute_start', place === s.batch ? s.batchWork : s.ioendsWork);
    if (wants === 'folio lock') sleepsForEver(t, 1, kworker, LOCK, t.object('wait_queue_head', mine, ''));
    return said(t);
  };
  test.each([
    ['the batch of cpu 1', (s: WbStage) => s.batch],
    ['i_ioend_list data', (s: WbStage) => s.ioends],
  ])('can be links: %s', (name, list) => {
    expect(circle(list, 'folio lock')).toEqual([
      `deadlock: fio waits for the end of writeback of a folio; writeback of folio 2 ends with bio 1; bio 1 waits in ${name}; ${name} is emptied by kworker/1:0; kworker/1:0 waits for the lock of a folio; data 9 is locked by fio`,
    ]);
    expect(circle(list, 'nothing')).toEqual([]);
  });

  /** The flusher waits for the lock of whoever waits for the writeback of a folio in its own bio. */
  const flusher = (issued: boolean): string[] => {
    const s = wbStage();
    const { t, job, kworker, inode } = s;
    const folio = t.object('folio', inode, 'data 9');
    t.switchTo(0, kworker);
    t.set(0, folio, 'flags', LOCKED);
    t.enter(1, 'iomap_add_to_ioend', folio);
    const bio = t.create(1, 'bio', job);
    t.set(1, folio, 'flags', LOCKED | bitOf('folio.flags', 'PG_writeback'));
    t.set(1, bio, 'bi_size', 4096);
    t.exit(1);
    t.trace(1, 'block_bio_queue', bio);
    const request = t.create(1, 'request', bio);
    if (issued) t.trace(1, 'block_rq_issue', request);
    sleepsForEver(t, 0, kworker, END, t.object('wait_queue_head', folio, ''));
    sleepsForEver(t, 1, job, LOCK, t.object('wait_queue_head', folio, ''));
    return said(t);
  };
  test('a request that is held back depends on its submitter', () => {
    expect(flusher(false)).toEqual([
      'deadlock: kworker/1:0 waits for the end of writeback of a folio; writeback of data 9 ends with bio 1; a request of bio 1 is held back by fio, who has not issued it; fio waits for the lock of a folio; data 9 is locked by kworker/1:0',
    ]);
    expect(flusher(true)).toEqual([]);
  });

  test('a bio that was taken ends with who took it', () => {
    const s = wbStage();
    const { t, kworker } = s;
    const { bio, folio } = submit(s, 'xfs_end_bio');
    t.put(1, bio, s.batch);
    t.switchTo(1, kworker);
    t.take(1, bio);
    sleepsForEver(t, 1, kworker, END, t.object('wait_queue_head', folio, ''));
    expect(said(t)).toEqual([
      'deadlock: kworker/1:0 waits for the end of writeback of a folio; writeback of folio 1 ends with bio 1; bio 1 is being ended by kworker/1:0',
    ]);
  });
});

describe('a CPU that goes offline', () => {
  /** Its thread waits for a worker of XFS, which waits for a folio whose bio has come to the batch of the CPU. */
  const offline = (disabled: boolean): string[] => {
    const s = wbStage();
    const { t, kworker } = s;
    const { bio, folio } = submit(s, 'xfs_end_bio');
    t.switchTo(1, kworker);
    t.trace(1, 'workqueue_execute_start', s.ioendsWork);
    sleepsForEver(t, 1, kworker, END, t.object('wait_queue_head', folio, ''));
    const control = t.task('offline cpu1');
    const state = t.object('cpuhp_cpu_state', 0, 'cpu1');
    t.switchTo(0, control);
    t.enter(0, '_cpu_down', state);
    sleepsForEver(t, 0, control, 'the thread of the CPU', t.object('wait_queue_head', state, ''));
    const thread = t.task('cpuhp/1');
    t.switchTo(1, thread);
    t.set(1, s.batchWork, 'disable', disabled ? 1 : 0);
    t.enter(1, '__flush_work', s.ioendsWork);
    sleepsForEver(t, 1, thread, 'the end of a work item', t.object('wq_barrier'));
    t.irq(1, 'nvme0q2');
    t.put(1, bio, s.batch);
    return said(t);
  };
  test('can wait for a worker that waits for a bio which nobody takes before it is dead', () =>
    expect(offline(true)).toEqual([
      'deadlock: kworker/1:0 waits for the end of writeback of a folio; writeback of folio 1 ends with bio 1; bio 1 waits in the batch of cpu 1; the worker of the batch of cpu 1 is disabled, so that offline cpu1 empties it, once the CPU is dead; offline cpu1 waits for the thread of the CPU; cpu1 is taken down by cpuhp/1; cpuhp/1 waits until i_ioend_work data has been executed; i_ioend_work data is executed by kworker/1:0',
    ]));
  test('waits in no circle where the worker of the batch may still take it', () =>
    expect(offline(false)).toEqual([]));
});

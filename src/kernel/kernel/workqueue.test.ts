import { describe, expect, test } from 'vitest';
import { WaitQueue } from '../../engine/locks.ts';
import { Ev, TaskState } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import {
  alloc_workqueue,
  type WorkFunc,
  WorkStruct,
  WQ_HIGHPRI,
  WQ_MEM_RECLAIM,
  WQ_PERCPU,
  WQ_UNBOUND,
} from '../include/linux/workqueue.ts';
import { type TestKernel, testKernel } from '../testing.ts';
import { queue_work, queue_work_on } from './workqueue.ts';

const wq = alloc_workqueue('test', WQ_PERCPU);
const highpri = alloc_workqueue('test-high', WQ_PERCPU | WQ_HIGHPRI);

function item(k: TestKernel, name: string, func: WorkFunc): WorkStruct {
  const work = new WorkStruct(k, null, name);
  work.func = func;
  return work;
}

/** An item that takes its time and says who executed it. */
const takes = (k: TestKernel, name: string, ns: number): WorkStruct =>
  item(k, name, function* () {
    k.note(`${name} in ${k.currentTask.comm}`);
    yield k.spend(ns);
  });

/** Kworkers in the order in which they were woken. */
function wokenWorkers(log: LogView): string[] {
  return Array.from({ length: log.rows }, (_, row) => row)
    .filter((row) => log.kind(row) === Ev.Wake)
    .map((row) => log.objectName(log.object(row)))
    .filter((name) => name.startsWith('kworker'));
}

test('items run in a kworker of the CPU that queued them, first in, first out, one after the other', () => {
  const k = testKernel({ cpus: 2 });
  k.job('a', 1, function* () {
    for (const name of ['one', 'two', 'three']) yield* k.call(queue_work, takes(k, name, 10), wq);
  });
  const log = k.finish();
  expect(k.notes).toEqual(['0 one in kworker/1:1', '10 two in kworker/1:1', '20 three in kworker/1:1']);
  expect(wokenWorkers(log)).toEqual(['kworker/1:1']); // it takes the others along
});

test('an item that is queued already is not queued twice', () => {
  const k = testKernel();
  const queued: boolean[] = [];
  k.job('a', 0, function* () {
    const work = takes(k, 'one', 10);
    queued.push(yield* k.call(queue_work, work, wq));
    queued.push(yield* k.call(queue_work, work, wq));
  });
  k.finish();
  expect(queued).toEqual([true, false]);
  expect(k.notes).toEqual(['0 one in kworker/0:1']);
});

test('an item that is queued again while it runs, by itself or by an interrupt, runs again', () => {
  const k = testKernel();
  let runs = 0;
  const work = item(k, 'one', function* () {
    runs++;
    k.note(`run ${runs}`);
    if (runs === 1) yield* k.call(queue_work, work, wq);
    yield k.spend(100);
  });
  k.job('a', 0, function* () {
    yield* k.call(queue_work, work, wq);
  });
  k.irqAt(150, 0, function* () {
    yield* k.call(queue_work, work, wq);
  });
  k.finish();
  expect(k.notes).toEqual(['0 run 1', '100 run 2', '200 run 3']);
});

test('while a worker runs, nr_running keeps the others asleep', () => {
  const k = testKernel();
  k.job('a', 0, function* () {
    yield* k.call(queue_work, takes(k, 'one', 100), wq);
  });
  k.irqAt(50, 0, function* () {
    yield* k.call(queue_work, takes(k, 'two', 100), wq);
  });
  const log = k.finish();
  expect(k.notes).toEqual(['0 one in kworker/0:1', '100 two in kworker/0:1']);
  expect(wokenWorkers(log)).toEqual(['kworker/0:1']);
});

test('a worker that goes to sleep in its item hands over to the next one', () => {
  const k = testKernel();
  const queue = new WaitQueue(k, null, 'queue');
  let there = false;
  const sleeps = item(k, 'sleeps', function* () {
    k.note(`sleeps in ${k.currentTask.comm}`);
    yield* k.waitEvent(queue, TaskState.Uninterruptible, 'an event', () => there);
    k.note(`goes on in ${k.currentTask.comm}`);
    yield k.spend(10);
  });
  k.job('a', 0, function* () {
    yield* k.call(queue_work, sleeps, wq);
    yield* k.call(queue_work, takes(k, 'other', 50), wq);
  });
  k.irqAt(20, 0, function* () {
    there = true;
    const sleeper = k.nextSleeper(queue);
    if (sleeper !== null) k.wake(sleeper);
  });
  k.finish();
  expect(k.notes).toEqual([
    '0 sleeps in kworker/0:1',
    '0 other in kworker/0:0',
    '50 goes on in kworker/0:1', // without preemption in the kernel
  ]);
});

test('a worker that leaves no idle one behind makes another first, and that takes time', () => {
  const k = testKernel({ costs: { 'worker.create': 1000 } });
  const queue = new WaitQueue(k, null, 'queue');
  const sleeps = (name: string) =>
    item(k, name, function* () {
      k.note(`${name} in ${k.currentTask.comm}`);
      yield* k.waitEvent(queue, TaskState.Uninterruptible, 'for ever', () => false);
    });
  k.job('a', 0, function* () {
    for (const name of ['one', 'two']) yield* k.call(queue_work, sleeps(name), wq);
    yield* k.call(queue_work, takes(k, 'three', 5), wq);
  });
  k.finish();
  expect(k.notes).toEqual([
    '0 one in kworker/0:1',
    '1000 two in kworker/0:0', // the last of the two that a pool begins with
    '2000 three in kworker/0:2',
  ]);
});

test('items of high priority have workers of their own', () => {
  const k = testKernel();
  k.job('a', 0, function* () {
    yield* k.call(queue_work, takes(k, 'normal', 10), wq);
    yield* k.call(queue_work, takes(k, 'high', 10), highpri);
  });
  k.finish();
  expect(k.notes).toEqual(['0 normal in kworker/0:1', '10 high in kworker/0:1H']);
});

test('an item that is queued again while it sleeps goes to the worker that has it: never beside itself', () => {
  const k = testKernel();
  const queue = new WaitQueue(k, null, 'queue');
  let there = false;
  const work = item(k, 'work', function* () {
    k.note(`begins in ${k.currentTask.comm}`);
    yield* k.waitEvent(queue, TaskState.Uninterruptible, 'an event', () => there);
    k.note('ends');
  });
  k.job('a', 0, function* () {
    yield* k.call(queue_work, work, wq);
  });
  k.irqAt(20, 0, function* () {
    yield* k.call(queue_work, work, wq);
  });
  k.irqAt(30, 0, function* () {
    there = true;
    const sleeper = k.nextSleeper(queue);
    if (sleeper !== null) k.wake(sleeper);
  });
  k.finish();
  expect(k.notes).toEqual([
    '0 begins in kworker/0:1',
    '30 ends',
    '30 begins in kworker/0:1', // kworker/0:0 was woken for it and gave it away
    '30 ends',
  ]);
});

test('an item that is queued elsewhere while it is executed goes back to the pool that executes it', () => {
  const k = testKernel({ cpus: 2 });
  const work = takes(k, 'work', 100);
  k.job('a', 0, function* () {
    yield* k.call(queue_work_on, work, wq, 0);
  });
  k.job('b', 1, function* () {
    yield k.spend(50);
    yield* k.call(queue_work_on, work, wq, 1);
  });
  k.finish();
  expect(k.notes).toEqual(['0 work in kworker/0:1', '100 work in kworker/0:1']);
});

describe('unbound workqueues', () => {
  const unbound = alloc_workqueue('writeback', WQ_MEM_RECLAIM | WQ_UNBOUND);
  const ordered = alloc_workqueue('ext4-rsv-conversion', WQ_MEM_RECLAIM | WQ_UNBOUND, 1);

  test('wake a worker for each item, which runs where there is an idle CPU', () => {
    const k = testKernel({ cpus: 3 });
    const where: (number | undefined)[] = [];
    const seeing = (name: string) =>
      item(k, name, function* () {
        where.push(k.cpu?.id);
        k.note(`${name} in ${k.currentTask.comm}`);
        yield k.spend(10);
      });
    k.job('a', 0, function* () {
      for (const name of ['one', 'two']) yield* k.call(queue_work, seeing(name), unbound);
      yield k.spend(5);
    });
    k.finish();
    expect(k.notes).toEqual(['0 one in kworker/u12:1', '0 two in kworker/u12:0']);
    expect(where).toEqual([1, 2]);
  });

  test('a worker that made a peer finds its item taken meanwhile, and sleeps again', () => {
    const k = testKernel({ cpus: 3, costs: { 'worker.create': 100 } });
    k.job('a', 0, function* () {
      yield* k.call(queue_work, takes(k, 'one', 50), unbound);
      yield k.spend(20);
      yield* k.call(queue_work, takes(k, 'two', 10), unbound);
      yield k.spend(500);
    });
    const log = k.finish();
    expect(k.notes).toEqual(['0 one in kworker/u12:1', '50 two in kworker/u12:1']);
    expect(log.name(log.rows - 1)).toBe('done');
  });

  test('with max_active 1 execute one item at a time, in the order in which they were queued', () => {
    const k = testKernel({ cpus: 4 });
    k.job('a', 0, function* () {
      for (const name of ['one', 'two', 'three']) yield* k.call(queue_work, takes(k, name, 10), ordered);
    });
    const log = k.finish();
    expect(k.notes.map((note) => note.split(' ').slice(0, 2).join(' '))).toEqual([
      '0 one',
      '10 two',
      '20 three',
    ]);
    const traces = Array.from({ length: log.rows }, (_, row) => row)
      .filter((row) => log.kind(row) === Ev.Trace && log.name(row).startsWith('workqueue_'))
      .map((row) => `${log.name(row).slice(10)} ${log.objectName(log.object(row))}`);
    expect(traces).toEqual([
      'queue_work one',
      'activate_work one',
      'queue_work two', // one too many
      'queue_work three',
      'execute_start one',
      'execute_end one',
      'activate_work two',
      'execute_start two',
      'execute_end two',
      'activate_work three',
      'execute_start three',
      'execute_end three',
    ]);
  });

  test('have a pool for each cache', () => {
    const k = testKernel({ cpus: 4, cpusPerLlc: 2 });
    for (const cpu of [3, 0])
      k.job(`job ${cpu}`, cpu, function* () {
        yield* k.call(queue_work, takes(k, `from ${cpu}`, 10), unbound);
      });
    k.finish();
    expect([...k.notes].sort()).toEqual(['0 from 0 in kworker/u16:1', '0 from 3 in kworker/u17:1']);
  });
});

test('an item can be queued on another CPU', () => {
  const k = testKernel({ cpus: 2, costs: { 'wake.remote': 7 } });
  k.job('a', 0, function* () {
    yield* k.call(queue_work_on, takes(k, 'one', 10), wq, 1);
  });
  k.finish();
  expect(k.notes).toEqual(['7 one in kworker/1:1']);
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contextFlags } from '../log/context.ts';
import { Ev, TaskState } from '../log/events.ts';
import type { Proc } from './frame.ts';
import { RwSemaphore, SpinLock, WaitQueue } from './locks.ts';
import { eventsOf, machine, rowsOf, type TestMachine } from './testing.ts';

describe('wait queues', () => {
  test('the condition is looked at again after each wake-up', () => {
    const m = machine({ cpus: 2 });
    const queue = new WaitQueue(m, null, 'queue');
    let items = 0;
    const wakeOne = (k: TestMachine) => {
      const task = k.nextSleeper(queue);
      if (task !== null) k.wake(task);
    };
    m.job('consumer', 0, function* (k) {
      yield* k.waitEvent(queue, TaskState.Interruptible, 'an item', () => items > 0);
      k.note('item');
    });
    m.job('producer', 1, function* (k) {
      yield k.spend(10);
      wakeOne(k); // for nothing
      yield k.spend(10);
      items++;
      wakeOne(k);
    });
    m.finish();
    expect(m.notes).toEqual(['20 item']);
    expect(queue.sleepers).toEqual([]);
  });

  test('what a task has held back is submitted before it sleeps, for an event or for a lock', () => {
    const m = machine({ cpus: 2 });
    const queue = new WaitQueue(m, null, 'queue');
    const sem = new RwSemaphore(m, null, 'sem');
    let held = 0;
    let submitted = 0;
    m.hasSubmitWork = () => held > 0;
    m.submitWork = function* () {
      yield m.spend(5);
      submitted += held;
      held = 0;
      m.note('submitted');
    };
    m.job('owner', 1, function* (k) {
      yield* k.down(sem, true);
      yield k.spend(40);
      k.up(sem, true);
    });
    m.job('job', 0, function* (k) {
      yield k.spend(10);
      held = 1;
      yield* k.waitEvent(queue, TaskState.Interruptible, 'what it holds itself', () => submitted === 1);
      k.note('event');
      held = 1;
      yield* k.down(sem, false);
      k.note('lock');
      k.up(sem, false);
    });
    m.finish();
    expect(m.notes).toEqual(['15 submitted', '15 event', '20 submitted', '40 lock']);
  });

  test('sleepers are woken first in, first out', () => {
    const m = machine();
    const queue = new WaitQueue(m, null, 'queue');
    let tickets = 0;
    for (const name of ['one', 'two', 'three'])
      m.job(name, 0, function* (k) {
        yield* k.waitEvent(queue, TaskState.Interruptible, 'a ticket', () => tickets > 0);
        tickets--;
        k.note(name);
      });
    for (const at_ns of [10, 20, 30])
      m.irqAt(at_ns, 0, 'dev', function* (k) {
        tickets++;
        const task = k.nextSleeper(queue);
        if (task !== null) k.wake(task);
      });
    m.finish();
    expect(m.notes).toEqual(['10 one', '20 two', '30 three']);
  });

  test('no wake-up is lost, whenever items come and however many wait', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 3 }), (times, cpus) => {
        const m = machine({ cpus: cpus + 1, ipi_ns: 3, irqEntry_ns: 1, switch_ns: 2 });
        const queue = new WaitQueue(m, null, 'queue');
        let items = 0;
        let taken = 0;
        for (let i = 0; i < times.length; i++)
          m.job(`consumer ${i}`, i % cpus, function* (k) {
            yield* k.waitEvent(queue, TaskState.Interruptible, 'an item', () => items > 0);
            items--;
            taken++;
            yield k.spend(7);
          });
        for (const at_ns of times)
          m.irqAt(at_ns, cpus, 'dev', function* (k) {
            items++;
            const task = k.nextSleeper(queue);
            if (task !== null) k.wake(task);
          });
        m.finish();
        expect([m.stopped, taken, items]).toEqual(['done', times.length, 0]);
      }),
    );
  });
});

describe('spinlocks', () => {
  /** Holds the lock for a while, from `from_ns` on. */
  const holder = (lock: SpinLock, name: string, from_ns: number, for_ns: number) =>
    function* (k: TestMachine): Proc {
      yield k.spend(from_ns);
      yield* k.spinLock(lock);
      k.note(`${name} has it`);
      yield k.spend(for_ns);
      k.spinUnlock(lock);
    };

  test('other CPUs spin until it is free, first come, first served', () => {
    const m = machine({ cpus: 3 });
    const lock = new SpinLock(m, null, 'lock');
    m.job('a', 0, holder(lock, 'a', 0, 100));
    m.job('b', 1, holder(lock, 'b', 20, 10));
    m.job('c', 2, holder(lock, 'c', 10, 10));
    const log = m.finish();
    expect(m.notes).toEqual(['0 a has it', '100 c has it', '110 b has it']);
    expect(rowsOf(log, Ev.Spin).map((row) => log.value(row))).toEqual([90, 90]); // ns that c and b waited
    const locks = rowsOf(log, Ev.Lock);
    expect(rowsOf(log, Ev.Unlock).map((row) => log.prev(row))).toEqual(locks);
  });

  test('who spins is interrupted all the same, and no time is lost', () => {
    const m = machine({ cpus: 2 });
    const lock = new SpinLock(m, null, 'lock');
    m.job('a', 0, holder(lock, 'a', 0, 100));
    m.job('b', 1, holder(lock, 'b', 10, 10));
    m.irqAt(50, 1, 'short', function* (k) {
      yield k.spend(20);
      k.note('short');
    });
    m.irqAt(95, 1, 'long', function* (k) {
      yield k.spend(20);
      k.note('long');
    });
    m.finish();
    expect(m.notes).toEqual(['0 a has it', '70 short', '115 long', '115 b has it']);
  });

  test('its holder keeps the CPU until it gives the lock up', () => {
    const m = machine({ preempt: 'full' });
    const lock = new SpinLock(m, null, 'lock');
    m.job('a', 0, holder(lock, 'a', 10, 100));
    const woken = m.thread(
      'woken',
      0,
      function* (k) {
        k.note('woken');
      },
      { asleep: true },
    );
    m.irqAt(50, 0, 'dev', function* (k) {
      k.wake(woken);
    });
    m.finish();
    expect(m.notes).toEqual(['10 a has it', '110 woken']);
  });

  test('taken with interrupts off, they stay off from the wait to the end', () => {
    const m = machine({ cpus: 2 });
    const lock = new SpinLock(m, null, 'lock');
    m.job('holder', 0, holder(lock, 'holder', 0, 100));
    m.job('waiter', 1, function* (k) {
      yield k.spend(10);
      yield* k.spinLockIrq(lock);
      yield k.spend(10);
      k.spinUnlockIrq(lock);
      yield k.spend(0);
      k.note('interrupts on again');
    });
    for (const at_ns of [50, 105])
      m.irqAt(at_ns, 1, `at ${at_ns}`, function* (k) {
        k.note(`irq raised at ${at_ns}`);
      });
    const log = m.finish();
    expect(m.notes).toEqual([
      '0 holder has it',
      '110 irq raised at 50',
      '110 irq raised at 105',
      '110 interrupts on again',
    ]);
    const flags = (kind: number): string[] => rowsOf(log, kind).map((row) => contextFlags(log.context(row)));
    expect(flags(Ev.Lock)).toEqual(['...1.', 'd..1.']);
    expect(flags(Ev.Unlock)).toEqual(['...1.', 'd..1.']);
  });

  test('taking it twice is a hazard, and a wait without an end', () => {
    const m = machine({ maxTime_ns: 1e8 });
    const lock = new SpinLock(m, null, 'lock');
    m.job('a', 0, function* (k) {
      yield* k.spinLock(lock);
      yield* k.spinLock(lock);
    });
    const log = m.finish();
    expect(eventsOf(log, Ev.Hazard)).toEqual(['0 spinlock-recursion']);
  });
});

describe('reader-writer semaphores', () => {
  const user = (lock: RwSemaphore, name: string, exclusive: boolean, from_ns: number) =>
    function* (k: TestMachine): Proc {
      yield k.spend(from_ns);
      yield* k.down(lock, exclusive);
      k.note(`${name} in`);
      yield k.spend(100);
      k.note(`${name} out`);
      k.up(lock, exclusive);
    };

  test('a waiting writer keeps later readers out; then all waiting readers get in at once', () => {
    const m = machine({ cpus: 5 });
    const lock = new RwSemaphore(m, null, 'lock');
    m.job('reader 1', 0, user(lock, 'reader 1', false, 0));
    m.job('reader 2', 1, user(lock, 'reader 2', false, 10));
    m.job('writer', 2, user(lock, 'writer', true, 20));
    m.job('reader 3', 3, user(lock, 'reader 3', false, 30));
    m.job('reader 4', 4, user(lock, 'reader 4', false, 40));
    m.finish();
    expect(m.notes).toEqual([
      '0 reader 1 in',
      '10 reader 2 in',
      '100 reader 1 out',
      '110 reader 2 out',
      '110 writer in',
      '210 writer out',
      '210 reader 3 in',
      '210 reader 4 in',
      '310 reader 3 out',
      '310 reader 4 out',
    ]);
  });

  test('each Unlock refers to its own holder’s Lock', () => {
    const m = machine({ cpus: 2 });
    const lock = new RwSemaphore(m, null, 'lock');
    m.job('reader 1', 0, user(lock, 'reader 1', false, 0));
    m.job('reader 2', 1, user(lock, 'reader 2', false, 10));
    const log = m.finish();
    expect(rowsOf(log, Ev.Unlock).map((row) => log.prev(row))).toEqual(rowsOf(log, Ev.Lock));
  });

  test('a trylock does not wait and does not overtake', () => {
    const m = machine({ cpus: 3 });
    const lock = new RwSemaphore(m, null, 'lock');
    const got: boolean[] = [];
    m.job('reader', 0, user(lock, 'reader', false, 0));
    m.job('trier', 1, function* (k) {
      yield k.spend(10);
      got.push(k.tryDown(lock, true));
      got.push(k.tryDown(lock, false));
      k.up(lock, false);
      yield k.spend(20);
      got.push(k.tryDown(lock, false));
    });
    m.job('writer', 2, user(lock, 'writer', true, 20));
    m.finish();
    expect(got).toEqual([false, true, false]);
  });

  test('writers are never with anybody, whoever comes when', () => {
    const users = fc.array(fc.record({ at: fc.integer({ min: 0, max: 400 }), exclusive: fc.boolean() }), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(users, (plan) => {
        const m = machine({ cpus: plan.length });
        const lock = new RwSemaphore(m, null, 'lock');
        let readers = 0;
        let writers = 0;
        plan.forEach(({ at, exclusive }, cpu) => {
          m.job(`user ${cpu}`, cpu, function* (k) {
            yield k.spend(at);
            yield* k.down(lock, exclusive);
            if (exclusive) writers++;
            else readers++;
            expect(writers === 0 || writers + readers === 1).toBe(true);
            yield k.spend(30);
            if (exclusive) writers--;
            else readers--;
            k.up(lock, exclusive);
          });
        });
        m.finish();
        expect(m.stopped).toBe('done');
        expect([lock.readers, lock.writer, lock.waiters]).toEqual([0, null, []]);
      }),
    );
  });
});

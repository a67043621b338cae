import { describe, expect, test } from 'vitest';
import { Ev, TaskState } from '../log/events.ts';
import type { Proc } from './frame.ts';
import type { PreemptModel } from './counts.ts';
import type { Task } from './task.ts';
import { WaitQueue } from './locks.ts';
import { eventsOf, JIFFY_NS, machine, rowsOf, type TestMachine } from './testing.ts';

function* says(k: TestMachine, text: string, ns = 0): Proc {
  yield k.spend(ns);
  k.note(text);
}

/** An interrupt that wakes a task. */
const waking = (task: () => Task) =>
  function* (k: TestMachine): Proc {
    k.wake(task());
  };

describe('which task runs', () => {
  test('tasks run first in, first out, real-time tasks before all others', () => {
    const m = machine();
    m.thread('one', 0, (k) => says(k, 'one', 10));
    m.thread('two', 0, (k) => says(k, 'two', 10));
    m.thread('urgent', 0, (k) => says(k, 'urgent', 10), { realtime: true });
    m.finish();
    expect(m.notes).toEqual(['10 urgent', '20 one', '30 two']);
  });

  test('a switch costs the task that gets the CPU', () => {
    const m = machine({ switch_ns: 5 });
    m.job('one', 0, (k) => says(k, 'one', 10));
    m.job('two', 0, (k) => says(k, 'two', 10));
    m.finish();
    expect(m.notes).toEqual(['15 one', '30 two']);
  });

  test('a woken task goes where it last ran, or to an idle CPU that it may use if that one is busy', () => {
    const m = machine({ cpus: 3 });
    const sleeper = m.job('sleeper', [0, 2], function* (k) {
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.schedule();
      k.note(`sleeper on ${k.cpu?.id}`);
    });
    m.job('hog', 0, (k) => says(k, 'hog', 1000));
    m.job('waker', 1, function* (k) {
      yield k.spend(100);
      k.wake(sleeper);
    });
    m.finish();
    expect(m.notes).toEqual(['100 sleeper on 2', '1000 hog']);
  });

  test('a task that used its slice gives way at a tick, if somebody waits', () => {
    const m = machine({ slice_ns: 2 * JIFFY_NS, wakePreempts: false, preempt: 'full' });
    m.job('one', 0, (k) => says(k, 'one', 3 * JIFFY_NS));
    m.job('two', 0, (k) => says(k, 'two', JIFFY_NS));
    m.finish();
    expect(m.notes).toEqual([`${3 * JIFFY_NS} two`, `${4 * JIFFY_NS} one`]);
  });

  test('a real-time task keeps the CPU however long it runs', () => {
    const m = machine({ preempt: 'full' });
    m.job('normal', 0, (k) => says(k, 'normal', 10));
    m.thread('urgent', 0, (k) => says(k, 'urgent', 10 * JIFFY_NS), { realtime: true });
    m.finish();
    expect(m.notes).toEqual([`${10 * JIFFY_NS} urgent`, `${10 * JIFFY_NS + 10} normal`]);
  });
});

describe('when a woken task gets the CPU of a running one (block-completion.md section 0, rule 3)', () => {
  /**
   * A task spends 100 in the kernel, offers the CPU (`cond_resched`), spends 100 more, and from 200 on is in user mode. At
   * 10 an interrupt wakes another task, and at 220 one comes that does nothing. When does the woken task run?
   */
  function wokenRunsAt(preempt: PreemptModel, options: { realtime?: boolean; wakePreempts?: boolean } = {}) {
    const m = machine({ preempt, wakePreempts: options.wakePreempts ?? true });
    m.job('running', 0, function* (k, task) {
      yield k.spend(100);
      yield k.condResched();
      yield k.spend(100);
      k.setUserMode(task.context, true);
      yield k.spend(100);
      k.setUserMode(task.context, false);
    });
    m.exitToUser = function* () {
      yield m.reschedIfNeeded();
    };
    const woken = m.thread('woken', 0, (k) => says(k, 'woken'), {
      asleep: true,
      realtime: options.realtime ?? false,
    });
    m.irqAt(
      10,
      0,
      'dev',
      waking(() => woken),
    );
    m.irqAt(220, 0, 'idle', function* () {
      // only its return matters
    });
    m.finish();
    return Number(m.notes[0]?.split(' ')[0]);
  }

  test.each([
    ['full', 10, 'on the return from the interrupt'],
    ['none', 100, 'at cond_resched()'],
    ['voluntary', 100, 'at cond_resched()'],
    ['lazy', 220, 'on the return to user mode; cond_resched() does nothing'],
  ] as const)('%s: at %i, %s', (preempt, at_ns, _where) => {
    expect(wokenRunsAt(preempt)).toBe(at_ns);
  });

  test.each([
    ['none', 200],
    ['voluntary', 100],
    ['lazy', 200],
  ] as const)('%s: might_sleep() offers the CPU only with voluntary preemption', (preempt, at_ns) => {
    const m = machine({ preempt });
    m.job('running', 0, function* (k) {
      yield k.spend(100);
      yield k.mightSleep();
      yield k.spend(100);
    });
    const woken = m.thread('woken', 0, (k) => says(k, 'woken'), { asleep: true });
    m.irqAt(
      10,
      0,
      'dev',
      waking(() => woken),
    );
    m.finish();
    expect(m.notes).toEqual([`${at_ns} woken`]);
  });

  test('lazy: a real-time task does not have to wait', () => {
    expect(wokenRunsAt('lazy', { realtime: true })).toBe(10);
  });

  test.each(['none', 'voluntary', 'full', 'lazy'] as const)(
    '%s: without wake-up preemption only when the other has ended',
    (preempt) => {
      expect(wokenRunsAt(preempt, { wakePreempts: false })).toBe(300);
    },
  );

  test('lazy: the tick turns a lazy request into a real one', () => {
    const m = machine({ preempt: 'lazy' });
    m.job('running', 0, (k) => says(k, 'running', 3 * JIFFY_NS));
    const woken = m.thread('woken', 0, (k) => says(k, 'woken'), { asleep: true });
    m.irqAt(
      10,
      0,
      'dev',
      waking(() => woken),
    );
    m.finish();
    expect(m.notes[0]).toBe(`${JIFFY_NS} woken`);
  });

  test('lazy: another CPU is not interrupted for it', () => {
    const irqs = (preempt: PreemptModel) => {
      const m = machine({ cpus: 2, preempt, ipi_ns: 5 });
      m.job('busy', 1, (k) => says(k, 'busy', 1000));
      const woken = m.thread('woken', 1, (k) => says(k, 'woken'), { asleep: true });
      m.job('waker', 0, function* (k) {
        yield k.spend(10);
        k.wake(woken);
      });
      return eventsOf(m.finish(), Ev.Irq);
    };
    expect(irqs('full')).toEqual(['15 reschedule']);
    expect(irqs('lazy')).toEqual([]);
  });

  test('full: a task with preemption off keeps the CPU until it is on again', () => {
    const m = machine({ preempt: 'full' });
    m.job('running', 0, function* (k) {
      k.preemptDisable();
      yield k.spend(100);
      k.note('in the section');
      k.preemptEnable();
      yield k.spend(0);
      k.note('behind it');
    });
    const woken = m.thread('woken', 0, (k) => says(k, 'woken'), { asleep: true });
    m.irqAt(
      10,
      0,
      'dev',
      waking(() => woken),
    );
    m.finish();
    expect(m.notes).toEqual(['100 in the section', '100 woken', '100 behind it']);
  });
});

describe('sleeping', () => {
  test('a wake-up between setting the state and schedule() is not lost', () => {
    const m = machine();
    const task = m.job('a', 0, function* (k) {
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.spend(100);
      yield k.schedule();
      k.note('on');
    });
    m.irqAt(
      50,
      0,
      'dev',
      waking(() => task),
    );
    const log = m.finish();
    expect(m.notes).toEqual(['100 on']);
    expect(eventsOf(log, Ev.Sleep)).toEqual([]);
    expect(m.stopped).toBe('done');
  });

  test('only the first of two wake-ups counts', () => {
    const m = machine();
    const woken: boolean[] = [];
    const task = m.job('a', 0, function* (k) {
      k.setState(TaskState.Interruptible, 'a wake-up');
      yield k.schedule();
    });
    m.irqAt(50, 0, 'dev', function* (k) {
      woken.push(k.wake(task), k.wake(task));
    });
    m.finish();
    expect(woken).toEqual([true, false]);
  });

  test.each([
    ['with preemption off', (k: TestMachine) => k.preemptDisable(), (k: TestMachine) => k.preemptEnable()],
    ['with interrupts off', (k: TestMachine) => k.irqDisable(), (k: TestMachine) => k.irqEnable()],
  ])('%s it is a hazard, and the run goes on', (_, off, on) => {
    const m = machine();
    const task = m.job('a', 0, function* (k) {
      off(k);
      k.setState(TaskState.Uninterruptible, 'what it should not');
      yield k.schedule();
      on(k);
      k.note('went on');
    });
    m.irqAt(
      50,
      0,
      'dev',
      waking(() => task),
    );
    const log = m.finish();
    expect(eventsOf(log, Ev.Hazard)).toEqual(['0 scheduling-while-atomic']);
    expect(m.notes).toEqual(['50 went on']);
    expect(m.stopped).toBe('done');
  });

  test('in an interrupt it is a hazard; the interrupt keeps the CPU until it is woken', () => {
    const m = machine({ cpus: 2 });
    const queue = new WaitQueue(m, null, 'queue');
    let there = false;
    m.job('interrupted', 0, (k) => says(k, 'interrupted', 100));
    m.irqAt(50, 0, 'dev', function* (k) {
      yield* k.waitEvent(queue, TaskState.Uninterruptible, 'what it should not', () => there);
      k.note('interrupt');
    });
    m.job('waker', 1, function* (k) {
      yield k.spend(70);
      there = true;
      const sleeper = k.nextSleeper(queue);
      if (sleeper !== null) k.wake(sleeper);
    });
    const log = m.finish();
    expect(eventsOf(log, Ev.Hazard)).toEqual(['50 scheduling-while-atomic']);
    expect(m.notes).toEqual(['70 interrupt', '120 interrupted']);
    expect(m.stopped).toBe('done');
  });

  test('a run in which nothing can happen any more names each sleeper and what it waits for', () => {
    const m = machine({ cpus: 2 });
    const waits = (queue: WaitQueue, what: string, state: TaskState) =>
      function* (k: TestMachine): Proc {
        yield* k.waitEvent(queue, state, what, () => false);
      };
    const [left, right] = [new WaitQueue(m, null, 'left'), new WaitQueue(m, null, 'right')];
    m.job('a', 0, waits(left, 'for godot', TaskState.Interruptible));
    m.job('b', 1, waits(right, 'for spring', TaskState.Uninterruptible));
    m.thread('kworker', 0, waits(left, 'a lock', TaskState.Uninterruptible));
    m.thread('idle kthread', 0, waits(left, 'work', TaskState.Interruptible));
    m.job('ended', 0, (k) => says(k, 'ended'));
    const log = m.finish();
    expect(m.stopped).toBe('stuck');
    expect(
      rowsOf(log, Ev.Hazard).map((row) => [
        log.name(row),
        log.objectName(log.object(row)),
        log.objectName(log.value(row)),
        log.name(row + 1),
      ]),
    ).toEqual([
      ['waits-for-ever', 'a', 'left', 'for godot'],
      ['waits-for-ever', 'b', 'right', 'for spring'],
      ['waits-for-ever', 'kworker', 'left', 'a lock'],
    ]);
    expect(eventsOf(log, Ev.Stop)).toEqual(['0 stuck']);
  });
});

import { describe, expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import type { Proc } from './frame.ts';
import { PollChannel, signalsOf } from './polling.ts';
import { machine, rowsOf, type TestMachine, type TestOptions } from './testing.ts';

const PASS_NS = 30;

/** How often each Spin waited. */
const passesOf = (log: LogView): number[] => rowsOf(log, Ev.Spin).map((row) => log.value(row));

/** A machine with a device: `complete()` signals the channel. */
function poller(options: TestOptions = {}) {
  const m = machine(options);
  const channel = new PollChannel();
  let completions = 0;
  const complete = () => {
    completions++;
    m.signal(channel);
  };
  /** Polls until one completion more has come; gives up the CPU where the kernel's loop does. */
  function* pollOne(k: TestMachine, name: string): Proc {
    const wanted = completions + 1;
    while (completions < wanted) {
      const seen = signalsOf([channel]);
      if (k.need_resched()) yield k.reschedIfNeeded();
      yield* k.pollUntil([channel], seen, PASS_NS, 'poll');
    }
    k.note(`${name} found it`);
  }
  return { m, complete, pollOne };
}

describe('a poll loop', () => {
  test('skips the time to the completion, and ends with the pass in which it came', () => {
    const { m, complete, pollOne } = poller();
    m.job('a', 0, (k) => pollOne(k, 'a'));
    m.at(100_000, complete);
    const log = m.finish();
    expect(m.notes).toEqual(['100020 a found it']); // 3334 passes of 30
    expect(passesOf(log)).toEqual([3334]);
    expect(log.rows).toBeLessThan(20);
  });

  test('does not wait for what came since it looked', () => {
    const { m, complete } = poller();
    const channel = new PollChannel();
    m.job('a', 0, function* (k) {
      const seen = signalsOf([channel]);
      yield k.spend(10);
      k.signal(channel);
      yield* k.pollUntil([channel], seen, PASS_NS, 'poll');
      k.note('looks again');
    });
    m.at(0, complete);
    expect(passesOf(m.finish())).toEqual([]);
    expect(m.notes).toEqual(['10 looks again']);
  });

  test('is interrupted like any other spending, and does not count that time as passes', () => {
    const { m, complete, pollOne } = poller();
    m.job('a', 0, (k) => pollOne(k, 'a'));
    m.irqAt(45, 0, 'dev', function* (k) {
      yield k.spend(1000);
    });
    m.at(1105, complete); // 60 of them of its own before, 45 after: in the fourth pass
    const log = m.finish();
    expect(m.notes).toEqual(['1120 a found it']);
    expect(passesOf(log)).toEqual([4]);
  });

  test('ends with its pass when a completion comes while it is interrupted', () => {
    const { m, complete, pollOne } = poller();
    m.job('a', 0, (k) => pollOne(k, 'a'));
    m.irqAt(40, 0, 'dev', function* (k) {
      yield k.spend(10);
      complete();
      yield k.spend(10);
    });
    const log = m.finish();
    expect(m.notes).toEqual(['80 a found it']); // 20 of its second pass were left
    expect(passesOf(log)).toEqual([2]);
  });

  test('ends with its pass when the CPU is wanted, so that it can be given up', () => {
    const { m, complete, pollOne } = poller({ preempt: 'none' });
    m.job('a', 0, (k) => pollOne(k, 'a'));
    const woken = m.thread(
      'woken',
      0,
      function* (k) {
        k.note('woken');
        yield k.spend(7);
      },
      { asleep: true },
    );
    m.irqAt(70, 0, 'dev', function* (k) {
      k.wake(woken);
    });
    m.at(200, complete);
    const log = m.finish();
    expect(m.notes).toEqual(['90 woken', '217 a found it']); // 97 + 4 passes
    expect(passesOf(log)).toEqual([3, 4]);
  });

  test('goes on when the CPU is wanted lazily, without turning in circles', () => {
    const { m, complete, pollOne } = poller({ preempt: 'lazy' });
    m.job('a', 0, (k) => pollOne(k, 'a'));
    const woken = m.thread('woken', 0, (k) => pollOne(k, 'woken'), { asleep: true });
    m.irqAt(70, 0, 'dev', function* (k) {
      k.wake(woken);
    });
    m.at(200, complete);
    m.at(400, complete);
    const log = m.finish();
    expect(m.notes).toEqual(['210 a found it', '420 woken found it']);
    expect(passesOf(log)).toEqual([7, 7]);
  });

  test('two on one CPU that preempt each other both learn of their completions', () => {
    const { m, complete, pollOne } = poller({ preempt: 'full' });
    m.job('a', 0, (k) => pollOne(k, 'a'));
    const woken = m.thread('b', 0, (k) => pollOne(k, 'b'), { asleep: true, actor: true });
    m.irqAt(70, 0, 'dev', function* (k) {
      k.wake(woken);
    });
    m.at(200, complete);
    m.finish();
    expect(m.stopped).toBe('done');
    expect(m.notes).toEqual(['220 b found it', '240 a found it']); // a still had 20 of its pass
  });

  test('learns of task_work', () => {
    const { m } = poller({ cpus: 2, ipi_ns: 5 });
    const channel = new PollChannel();
    const task = m.job('a', 0, function* (k) {
      while (!k.currentTask.notifySignal) yield* k.pollUntil([channel], channel.signals, PASS_NS, 'poll');
      k.note('task_work');
    });
    m.job('adder', 1, function* (k) {
      yield k.spend(40);
      task.notifySignal = true;
      k.kickTask(task);
    });
    m.finish();
    expect(m.notes).toEqual(['60 task_work']);
  });

  test('ends by itself after the time it may take', () => {
    const { m } = poller();
    const channel = new PollChannel();
    m.job('a', 0, function* (k) {
      yield* k.pollUntil([channel], 0, PASS_NS, 'poll', 100);
      k.note('gives up');
    });
    m.irqAt(45, 0, 'dev', function* (k) {
      yield k.spend(1000);
    });
    expect(passesOf(m.finish())).toEqual([4]);
    expect(m.notes).toEqual(['1100 gives up']);
  });

  test('in user mode is told by what runs on the way back there', () => {
    const { m } = poller({ cpus: 2, ipi_ns: 5 });
    const channel = new PollChannel();
    m.exitToUser = function* () {
      yield m.spend(200);
      m.currentTask.notifySignal = false;
      m.signal(channel);
    };
    const task = m.job('a', 0, function* (k) {
      k.setUserMode(k.currentTask.context, true);
      yield* k.pollUntil([channel], 0, PASS_NS, 'poll');
      k.note('sees it');
    });
    m.job('adder', 1, function* (k) {
      yield k.spend(40);
      task.notifySignal = true;
      k.kickTask(task);
    });
    m.finish();
    expect(m.notes).toEqual(['260 sees it']);
  });
});

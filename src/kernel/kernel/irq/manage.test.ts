import { describe, expect, test } from 'vitest';
import { BLOCK_SOFTIRQ } from '../../../engine/softirqs.ts';
import { Obj } from '../../../engine/struct.ts';
import { contextFlags } from '../../../log/context.ts';
import { Ev } from '../../../log/events.ts';
import type { LogView } from '../../../log/view.ts';
import { bio_in_atomic } from '../../include/linux/bio.ts';
import {
  IRQ_HANDLED,
  IRQ_NONE,
  IRQ_WAKE_THREAD,
  type IrqDesc,
  type IrqHandler,
} from '../../include/linux/interrupt.ts';
import { type TestKernel, testKernel, type TestKernelOptions } from '../../testing.ts';
import { raiseLine } from './handle.ts';
import { type IrqRequest, request_threaded_irq } from './manage.ts';

/** A line of CPU 0 with these handlers. */
function line(k: TestKernel, handlers: Pick<IrqRequest, 'handler' | 'thread_fn'>): IrqDesc {
  const dev = new Obj(k, null, 'device');
  return request_threaded_irq(k, { name: 'dev', irq: 33, affinity: [0], dev, ...handlers });
}

/** A handler that says by whom it is called, with the flags column of ftrace, and that takes its time. */
const says = (name: string, ns: number, ret: number): IrqHandler =>
  function* (k) {
    k.trace(name, k.currentTask);
    yield k.spend(ns);
    return ret;
  };

/** What `says` said: name, task and flags. */
function said(log: LogView, names: readonly string[]): string[] {
  return Array.from({ length: log.rows }, (_, row) => row)
    .filter((row) => log.kind(row) === Ev.Trace && names.includes(log.name(row)))
    .map(
      (row) =>
        `${log.time(row)} ${log.name(row)} ${log.objectName(log.object(row))} ${contextFlags(log.context(row))}`,
    );
}

/** The device raises its interrupt while CPU 0 idles; `driver` asks for it. */
function story(
  driver: 'handler' | 'thread',
  options: TestKernelOptions,
  raisedAt: readonly number[] = [10],
): string[] {
  const k = testKernel(options);
  const thread = driver === 'thread';
  const desc = line(k, {
    handler: thread ? says('check', 0, IRQ_WAKE_THREAD) : says('handler', 100, IRQ_HANDLED),
    thread_fn: thread ? says('handler', 100, IRQ_HANDLED) : null,
  });
  for (const at_ns of raisedAt)
    k.at(at_ns, () => {
      raiseLine(k, desc, 0);
    });
  return said(k.finish(), ['check', 'handler']);
}

describe('an interrupt is handled', () => {
  test('in the hard interrupt, where nothing else is asked for', () => {
    expect(story('handler', {})).toEqual(['10 handler swapper/0 d.h1.']);
  });

  test('in a thread that may be preempted, where the driver asks for one (34d-…-nvmethread)', () => {
    expect(story('thread', {})).toEqual(['10 check swapper/0 d.h1.', '10 handler irq/33-dev .....']);
  });

  test('in a thread with interrupts and bottom halves off, where that is forced (34d-…-threadirqs)', () => {
    expect(story('handler', { threadirqs: true })).toEqual(['10 handler irq/33-dev D....']);
  });

  test('there with interrupts on, if the kernel is built with PREEMPT_RT (7.3.4-rt/01-…)', () => {
    expect(story('handler', { preempt: 'rt' })).toEqual(['10 handler irq/33-dev b...1']);
  });

  test('in two threads, where both is so: the second is what the driver asked for', () => {
    expect(story('thread', { threadirqs: true })).toEqual([
      '10 check irq/33-dev D....',
      '10 handler irq/33-s-dev .....',
    ]);
  });

  test('once more, when it is raised again meanwhile', () => {
    expect(story('thread', {}, [10, 50, 60])).toEqual([
      '10 check swapper/0 d.h1.',
      '10 handler irq/33-dev .....',
      '50 check irq/33-dev d.h..',
      '60 check irq/33-dev d.h..',
      '110 handler irq/33-dev .....',
    ]);
  });

  test('not by its thread, when there is nothing to do', () => {
    const k = testKernel();
    const desc = line(k, {
      handler: says('check', 0, IRQ_NONE),
      thread_fn: says('handler', 100, IRQ_HANDLED),
    });
    k.at(10, () => {
      raiseLine(k, desc, 0);
    });
    expect(said(k.finish(), ['check', 'handler'])).toEqual(['10 check swapper/0 d.h1.']);
  });
});

describe('the thread of an interrupt', () => {
  test.each([
    ['full', 10],
    ['lazy', 10],
    ['voluntary', 300],
  ] as const)(
    'is real-time: with preempt=%s a task in the kernel loses its CPU to it at %i',
    (preempt, at_ns) => {
      const k = testKernel({ preempt });
      const desc = line(k, {
        handler: says('check', 0, IRQ_WAKE_THREAD),
        thread_fn: says('handler', 5, IRQ_HANDLED),
      });
      k.job('a', 0, function* () {
        yield k.spend(300);
        yield k.reschedIfNeeded();
      });
      k.at(10, () => {
        raiseLine(k, desc, 0);
      });
      expect(said(k.finish(), ['handler'])).toEqual([`${at_ns} handler irq/33-dev .....`]);
    },
  );

  test.each([
    [{}, 'hard interrupt', true],
    [{ threadirqs: true }, 'forced thread', true],
    [{ preempt: 'rt' }, 'thread of PREEMPT_RT', true],
  ] as const)('%o: what ends in the %s is atomic for bio_in_atomic()', (options, _where, atomic) => {
    const k = testKernel(options);
    const answers: boolean[] = [];
    const desc = line(k, {
      *handler() {
        answers.push(bio_in_atomic(k));
        return IRQ_HANDLED;
      },
      thread_fn: null,
    });
    k.at(10, () => {
      raiseLine(k, desc, 0);
    });
    k.finish();
    expect(answers).toEqual([atomic]);
  });

  test('that the driver asked for may sleep, says bio_in_atomic()', () => {
    const k = testKernel();
    const answers: boolean[] = [];
    const desc = line(k, {
      handler: says('check', 0, IRQ_WAKE_THREAD),
      *thread_fn() {
        answers.push(bio_in_atomic(k));
        return IRQ_HANDLED;
      },
    });
    k.at(10, () => {
      raiseLine(k, desc, 0);
    });
    k.finish();
    expect(answers).toEqual([false]);
  });
});

describe('softirqs with forced threads', () => {
  test('that a handler raises run when its thread enables bottom halves again', () => {
    const k = testKernel({ threadirqs: true });
    k.softirqHandlers[BLOCK_SOFTIRQ] = function* () {
      k.note(`softirq in ${k.currentTask.comm}`);
    };
    const desc = line(k, {
      *handler() {
        k.raiseSoftirq(BLOCK_SOFTIRQ);
        yield k.spend(10);
        return IRQ_HANDLED;
      },
      thread_fn: null,
    });
    k.at(10, () => {
      raiseLine(k, desc, 0);
    });
    k.finish();
    expect(k.notes).toEqual(['20 softirq in irq/33-dev']);
  });

  test('that a hard interrupt raises run in ksoftirqd, timers in ktimers', () => {
    const k = testKernel({ threadirqs: true });
    k.softirqHandlers[BLOCK_SOFTIRQ] = function* () {
      k.note(`softirq in ${k.currentTask.comm}`);
    };
    k.irqAt(10, 0, function* () {
      k.raiseSoftirq(BLOCK_SOFTIRQ);
      const cpu = k.cpus[0];
      if (cpu !== undefined)
        k.addTimer(cpu, 1, function* () {
          k.note(`timer in ${k.currentTask.comm}`);
        });
    });
    k.finish();
    expect(k.notes).toEqual(['10 softirq in ksoftirqd/0', '2000000 timer in ktimers/0']);
  });
});

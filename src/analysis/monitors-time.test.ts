import { describe, expect, test } from 'vitest';
import { CTX_IRQS_OFF, CTX_RESCHED } from '../log/context.ts';
import { Ev, TaskState } from '../log/events.ts';
import { iosOf } from './io.ts';
import type { Monitor } from './monitor.ts';
import { lockInInterrupt } from './monitors-lock.ts';
import * as time from './monitors-time.ts';
import { TestLog } from './testing.ts';

// How long a CPU is kept, and which locks interrupts take, in logs that are written here.

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

describe('the worker of a batch', () => {
  const works = (until_ns: number, yields_ns: number): string[] => {
    const { t, task } = running();
    const kworker = t.task('kworker/0:1');
    t.switchTo(0, kworker);
    t.enter(0, 'bio_complete_work_fn', t.object('work_struct'));
    for (let now_ns = 1e6; now_ns < until_ns; now_ns += 1e6) {
      t.at(now_ns).write({ kind: Ev.Enter, cpu: 0, name: 'handler', context: CTX_RESCHED });
      if (now_ns !== yields_ns) continue;
      t.switchTo(0, task, TaskState.Preempted);
      t.switchTo(0, kworker, TaskState.Running);
    }
    t.at(until_ns).exit(0);
    return said(time.workerNeverYields, t);
  };
  test('may keep a CPU for 10 ms that others want, and no longer', () => {
    expect(works(10_900_000, 0)).toEqual([]);
    expect(works(11e6, 0)).toEqual([
      'kworker/0:1 ends the bios of a batch and keeps CPU 0 for 10 ms although somebody else wants it',
    ]);
  });
  test('may go on afterwards', () => expect(works(16e6, 8e6)).toEqual([]));
});

describe('time with interrupts off', () => {
  const irq = (lasts_ns: number, kind: 'irq' | 'softirq' = 'irq'): string[] => {
    const { t } = running();
    t.at(1000)[kind](0, 'nvme0q1');
    t.at(2000).calls(0, ['folio_end_writeback'], 0);
    t.at(1000 + lasts_ns).endInterrupt(0);
    return said(time.longIrq, t);
  };
  test('in an interrupt is at most 1 ms', () => {
    expect(irq(1e6)).toEqual([]);
    expect(irq(1_200_000)).toEqual([
      'the interrupt nvme0q1 keeps CPU 0 for 1.2 ms: 1 folio ends its writeback in it',
    ]);
    expect(irq(2e6, 'softirq')).toEqual([expect.stringMatching(/^the softirq nvme0q1 keeps CPU 0 for 2 ms/)]);
  });

  const off = (...rows: readonly (readonly [time_ns: number, kind: Ev, off: boolean])[]): string[] => {
    const { t } = running();
    const lock = t.object('spinlock_t', 0, 'i_pages data');
    for (const [at_ns, kind, isOff] of rows)
      t.at(at_ns).write({ kind, cpu: 0, object: lock, context: isOff ? CTX_IRQS_OFF : 0 });
    return said(time.longIrq, t);
  };
  test('in a task is found from its first event to its last', () => {
    expect(off([0, Ev.Lock, true], [2e6, Ev.Unlock, true])).toEqual(['interrupts are off on CPU 0 for 2 ms']);
    expect(off([0, Ev.Trace, true], [2e6, Ev.Trace, true], [2e6, Ev.Trace, false])).toHaveLength(1);
  });
  test('two short sections are none that is long', () => {
    const short = [
      [0, Ev.Lock, true],
      [10, Ev.Unlock, true],
      [2e6, Ev.Lock, true],
      [2_000_010, Ev.Unlock, true],
    ] as const;
    expect(off(...short)).toEqual([]);
    expect(off([0, Ev.Trace, true], [5, Ev.Trace, false], [2e6, Ev.Trace, true])).toEqual([]);
  });
});

describe('a spinlock', () => {
  const taken = (
    label: string,
    ...rows: readonly ('irq' | 'softirq' | 'task' | 'task, irqs off')[]
  ): string[] => {
    const { t } = running();
    rows.forEach((where, i) => {
      const lock = t.object('spinlock_t', 0, `${label} file${i}`);
      if (where === 'irq' || where === 'softirq') t[where](0, 'x');
      const off = where === 'irq' || where === 'task, irqs off';
      const level = where === 'irq' ? 2 : where === 'softirq' ? 1 : 0;
      t.write({ kind: Ev.Lock, cpu: 0, object: lock, context: level | (off ? CTX_IRQS_OFF : 0) });
      if (where === 'irq' || where === 'softirq') t.endInterrupt(0);
    });
    return said(lockInInterrupt, t);
  };
  test('of interrupts is taken with interrupts off elsewhere', () =>
    expect(taken('i_pages', 'task, irqs off', 'irq', 'softirq')).toHaveLength(1)); // the softirq leaves them on
  test('is safe where no interrupt takes it, or all others keep them out', () => {
    expect(taken('i_pages', 'task, irqs off', 'irq')).toEqual([]);
    expect(taken('b_lock', 'task', 'task, irqs off')).toEqual([]);
  });
  test('is found by its class, on another file, too', () =>
    expect(taken('b_lock', 'task', 'irq')).toEqual([
      'b_lock file1 is taken in a hard interrupt, but b_lock file0 is held with interrupts on, event 2: one that comes while its CPU holds the lock waits for ever',
    ]));
  test('of softirqs is taken with softirqs off elsewhere', () =>
    expect(taken('b_lock', 'task', 'softirq')).toEqual([
      expect.stringMatching(/is taken in a softirq, but b_lock file0/),
    ]));
  test('i_lock is known to be held with interrupts on', () =>
    expect(taken('i_lock', 'irq')).toEqual([expect.stringMatching(/but others hold it with interrupts on/)]));
});

import { describe, expect, test } from 'vitest';
import { Ev } from '../log/events.ts';
import { bitOf } from './fields.ts';
import { iosOf } from './io.ts';
import { jiffyOf } from './jiffy.ts';
import type { Monitor } from './monitor.ts';
import * as batch from './monitors-batch.ts';
import * as hotplug from './monitors-hotplug.ts';
import { TestLog } from './testing.ts';

// Hazards of BIO_COMPLETE_IN_TASK in logs that are written here, each beside one that is right. Those that a kernel of the
// model has are in src/run/writeback-hazards.test.ts, too.

function said(m: Monitor, t: TestLog, reason = 'done'): string[] {
  const log = t.stop(reason);
  return m.check(log, iosOf(log)).map((f) => f.message);
}

const IN_TASK = bitOf('bio.bi_flags', 'BIO_COMPLETE_IN_TASK');

/** A running task on CPU 0. */
function running(): { readonly t: TestLog; readonly task: number } {
  const t = new TestLog();
  const task = t.task('fio');
  t.switchTo(0, task);
  return { t, task };
}

describe('the handler of a flagged bio', () => {
  const ends = (callers: readonly string[], where: 'irq' | 'locked' | 'task', flags = IN_TASK) => {
    const { t, task } = running();
    const bio = t.create(0, 'bio', task);
    t.set(0, bio, 'bi_flags', flags);
    t.setWord(0, bio, 'bi_end_io', 'xfs_end_bio');
    const context = where === 'locked' ? { context: 1 << 8 } : {};
    if (where === 'irq') t.irq(0, 'nvme0q1');
    if (where === 'locked')
      t.write({ kind: Ev.Lock, cpu: 0, object: t.object('spinlock_t', 0, 'lock'), ...context });
    t.calls(0, callers, bio, () =>
      t.write({ kind: Ev.Enter, cpu: 0, name: 'xfs_end_bio', object: bio, ...context }),
    );
    return t;
  };
  test('is called by bio_endio in a task that may sleep', () => {
    expect(said(batch.deferralBypassed, ends(['bio_endio'], 'task'))).toEqual([]);
    expect(said(batch.handlerInAtomic, ends(['bio_endio'], 'task'))).toEqual([]);
  });
  test('is found past bio_endio in an interrupt', () =>
    expect(said(batch.deferralBypassed, ends(['dm_io_dec_pending'], 'irq'))).toEqual([
      'dm_io_dec_pending calls xfs_end_bio of bio 1 itself, in a hard interrupt: only bio_endio() looks at BIO_COMPLETE_IN_TASK',
    ]));
  test('may be called by anybody in a task', () =>
    expect(said(batch.deferralBypassed, ends(['dm_io_dec_pending'], 'task'))).toEqual([]));
  test('may be called by anybody if the bio is not flagged', () =>
    expect(said(batch.deferralBypassed, ends(['dm_io_dec_pending'], 'irq', 0))).toEqual([]));
  test('is found where bio_endio calls it under a spinlock', () => {
    expect(said(batch.handlerInAtomic, ends(['bio_endio'], 'locked'))).toEqual([
      'bio 1 is to end in a task that may sleep, but xfs_end_bio runs in a task with preemption off, under lock',
    ]);
    expect(said(batch.deferralBypassed, ends(['bio_endio'], 'locked'))).toEqual([]);
  });
});

describe('a bio that was cut off a flagged one', () => {
  const cut = (whole: number, piece: number): string[] => {
    const { t, task } = running();
    const bio = t.create(0, 'bio', task);
    t.set(0, bio, 'bi_flags', whole);
    const part = t.create(0, 'bio', bio);
    t.set(0, part, 'bi_flags', piece);
    t.setWord(0, part, 'bi_end_io', 'xfs_end_bio');
    t.irq(0, 'nvme0q1');
    t.calls(0, ['bio_endio', 'xfs_end_bio'], part);
    return said(batch.splitNotFlagged, t);
  };
  test('needs the flag, too', () => expect(cut(IN_TASK, 0)).toHaveLength(1));
  test('and has it, or the whole has not', () => {
    expect(cut(IN_TASK, IN_TASK)).toEqual([]);
    expect(cut(0, 0)).toEqual([]);
  });
});

/** Three bios come to a batch. */
function batched(type = 'bio_complete_batch'): { t: TestLog; bios: [number, number, number]; place: number } {
  const { t, task } = running();
  const place = t.object(type, 0, 'cpu 0');
  const bios = [1, 2, 3].map(() => t.create(0, 'bio', task)) as [number, number, number];
  for (const bio of bios) t.put(0, bio, place);
  return { t, bios, place };
}

describe('a batch', () => {
  test('is emptied in the order of arrival', () => {
    const { t, bios } = batched();
    for (const bio of bios) t.take(0, bio);
    const log = t.stop();
    expect(batch.batchOrder.check(log, iosOf(log))).toEqual([]);
    expect(batch.strandedInBatch.check(log, iosOf(log))).toEqual([]);
  });
  test('that is emptied from its end is found', () => {
    const { t, bios } = batched();
    for (const bio of bios.toReversed()) t.take(0, bio);
    expect(said(batch.batchOrder, t)).toEqual([
      'bio 2 ends after bio 3, which came to the batch of cpu 0 later',
      'bio 1 ends after bio 3, which came to the batch of cpu 0 later',
    ]);
  });
  test('that goes on after a second arrival is in order', () => {
    const { t, bios, place } = batched();
    const [first, ...rest] = bios;
    t.take(0, first);
    const late = t.create(0, 'bio');
    t.put(0, late, place);
    for (const bio of [...rest, late]) t.take(0, bio);
    expect(said(batch.batchOrder, t)).toEqual([]);
  });
  test.each(['bio_complete_batch', 'i_ioend_list', 'failed_ioend_list', 'dropbehind_batch'])(
    'leaves nothing behind: %s',
    (type) => {
      const { t, bios } = batched(type);
      for (const bio of bios.slice(0, 2)) t.take(0, bio);
      expect(said(batch.strandedInBatch, t, 'stuck')).toEqual([
        expect.stringMatching(/^bio 3 is left .*nobody takes it$/),
      ]);
    },
  );
  test('may hold something when the run is cut off', () =>
    expect(said(batch.strandedInBatch, batched().t, 'limit: time')).toEqual([]));
  test('gets a bio once', () => {
    expect(said(batch.deferredOnce, batched().t)).toEqual([]);
    const { t, bios, place } = batched();
    t.take(0, bios[0]);
    t.put(0, bios[0], place);
    expect(said(batch.deferredOnce, t)).toEqual(['bio 1 goes to a batch again, so its handler runs again']);
  });
});

describe('two hops', () => {
  const hops = (first: string): string[] => {
    const { t, task } = running();
    const bio = t.create(0, 'bio', task);
    const ioend = t.create(0, 'iomap_ioend', bio);
    t.put(0, bio, t.object(first, 0, 'cpu 0'));
    t.take(0, bio);
    t.put(0, ioend, t.object('i_ioend_list', 0, 'data'));
    return said(batch.twoHops, t);
  };
  test('are found', () =>
    expect(hops('bio_complete_batch')).toEqual([
      'bio 1 was ended by the worker of the batch, and goes on i_ioend_list data to the next one: two hops where one would do',
    ]));
  test('one is right', () => expect(hops('nvme_queue')).toEqual([]));
});

describe('jiffies', () => {
  const ticks = (...times_ns: readonly number[]): number | null => {
    const { t } = running();
    for (const at of times_ns) {
      t.at(at).irq(0, 'local_timer');
      t.endInterrupt(0);
    }
    return jiffyOf(t.stop());
  };
  test('are read off the ticks', () => {
    expect(ticks(4e6, 8e6, 12e6)).toBe(4e6);
    expect(ticks(10e6, 30e6)).toBe(10e6);
    expect(ticks(1e6, 2e6, 10e6)).toBe(1e6);
    expect(ticks(3_333_333, 6_666_667)).toBe(3_333_333);
  });
  test('a tick that is a little late is one', () => expect(ticks(4e6, 8_050_000, 12e6)).toBe(4e6));
  test('are not known without ticks', () => expect(ticks()).toBe(null));

  const waits = (wait_ns: number): string[] => {
    const { t, bios } = batched();
    t.at(4e6).irq(0, 'local_timer');
    t.endInterrupt(0);
    t.at(wait_ns);
    for (const bio of bios) t.take(0, bio);
    return said(batch.batchWait, t);
  };
  test('two and a half are the longest wait in a batch', () => {
    expect(waits(10e6)).toEqual([]);
    expect(waits(10_500_000)[0]).toBe('bio 1 waited 10.5 ms in the batch of cpu 0, where a jiffy is 4 ms');
  });
});

describe('a CPU that goes offline', () => {
  /** Bios come to its batch at the marks `|` between the callbacks. */
  const parked = (steps: readonly string[]): number => {
    const { t } = running();
    const state = t.object('cpuhp_cpu_state', 0, 'cpu1');
    const place = t.object('bio_complete_batch', 0, 'cpu 1');
    for (const step of steps)
      if (step === '|') t.put(0, t.create(0, 'bio'), place);
      else t.calls(0, ['cpuhp_invoke_callback', step], state);
    return said(hotplug.parkedDuringHotplug, t).length;
  };
  const [DOWN, DEAD, UP] = ['down_prep', 'dead', 'online'].map(
    (name) => `bio_complete_batch_cpu_${name}`,
  ) as [string, string, string];
  test('gets no bios between down_prep and dead', () => {
    expect(parked(['|', DOWN, DEAD, '|'])).toBe(0);
    expect(parked([DOWN, '|', '|', DEAD])).toBe(2);
  });
  test('nor before it is online again, if it comes back at once', () => {
    expect(parked([DOWN, UP, '|'])).toBe(0);
    expect(parked([DOWN, '|', UP])).toBe(1);
  });

  const elsewhere = (cpu: number, state: number): string[] => {
    const { t } = running();
    t.set(0, t.object('cpuhp_cpu_state', 0, 'cpu1'), 'state', state);
    const place = t.object('bio_complete_batch', 0, 'cpu 1');
    const work = t.object('work_struct', t.object('delayed_work', place), 'bio_complete cpu 1');
    t.switchTo(cpu, t.task('kworker'));
    t.calls(cpu, ['bio_complete_work_fn'], work);
    return said(hotplug.batchElsewhere, t);
  };
  test('has its batch emptied by nobody else before it is dead', () => {
    expect(elsewhere(0, 146)).toHaveLength(1);
    expect(elsewhere(1, 146)).toEqual([]);
    expect(elsewhere(0, 84)).toEqual([]);
  });
});

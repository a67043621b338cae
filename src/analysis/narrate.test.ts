import { describe, expect, test } from 'vitest';
import { NO_CPU, TaskState } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { bitOf } from './fields.ts';
import { iosOf } from './io.ts';
import { PATHS } from './moments.ts';
import { durationText, MOST_CHARS, narrate, runSentence } from './narrate.ts';
import { stage, tell } from './testing-io.ts';
import { TestLog } from './testing.ts';

/** Writes with `write` and tells the row that it returns. */
function told(write: (t: TestLog, fio: number) => number): { text: string; why: string } {
  const t = new TestLog();
  const fio = t.task('fio');
  t.switchTo(0, fio);
  const row = write(t, fio);
  return narrate(t.stop(), row);
}

function longest(log: LogView): number {
  let most = 0;
  for (let row = 0; row < log.rows; row++) most = Math.max(most, narrate(log, row).text.length);
  return most;
}

describe('narration', () => {
  test('tells a call by what it does, with the name of the function and who called it', () => {
    const { text, why } = told((t) => {
      const dio = t.object('iomap_dio');
      t.enter(0, 'iomap_dio_complete_work');
      return t.enter(0, 'iomap_dio_complete', dio);
    });
    expect(text).toBe('fio finishes iomap_dio 1 (iomap_dio_complete).');
    expect(why).toBe('Called by iomap_dio_complete_work.');
  });

  test('names the decision that let a call come this far', () => {
    const { why } = told((t) => {
      t.enter(0, 'iomap_dio_bio_end_io');
      t.decide(0, 'dio-inline', 0, 0);
      return t.enter(0, 'queue_work');
    });
    expect(why).toBe('Called by iomap_dio_bio_end_io, after dio-inline came to: no.');
  });

  test('answers the question of a decision, with its inputs in the kernel’s words', () => {
    const flags = bitOf('iomap_dio.flags', 'IOMAP_DIO_WRITE');
    const { text, why } = told((t) => {
      t.enter(0, 'iomap_dio_bio_end_io');
      return t.decide(0, 'dio-inline', t.object('bio'), 0, { 'dio flags': flags });
    });
    expect(text).toMatch(/^May the completion run right here.*\? No, for bio 1 \(dio-inline\)\.$/);
    expect(why).toBe('No (dio flags = IOMAP_DIO_WRITE). Decided by fio in iomap_dio_bio_end_io.');
  });

  test('says which flag changes, and what a field was before', () => {
    const bit = (name: string): number => bitOf('kiocb.ki_flags', name);
    const set = (...values: readonly string[][]): string =>
      told((t) => {
        const kiocb = t.object('kiocb');
        return values
          .map((names) => names.reduce((sum, name) => sum + bit(name), 0))
          .map((value) => t.set(0, kiocb, 'ki_flags', value))
          .reduce((_, row) => row);
      }).text;
    expect(set(['IOCB_WRITE', 'IOCB_HIPRI'])).toBe('fio sets ki_flags of kiocb 1 to HIPRI|WRITE.');
    expect(set(['IOCB_WRITE', 'IOCB_HIPRI'], ['IOCB_WRITE'])).toBe(
      'fio clears IOCB_HIPRI in ki_flags of kiocb 1.',
    );
    expect(set(['IOCB_WRITE'], ['IOCB_WRITE', 'IOCB_HIPRI'])).toBe(
      'fio sets IOCB_HIPRI in ki_flags of kiocb 1.',
    );
    expect(set(['IOCB_WRITE', 'IOCB_NOWAIT'], ['IOCB_WRITE', 'IOCB_HIPRI'])).toBe(
      'fio sets IOCB_HIPRI and clears IOCB_NOWAIT in ki_flags of kiocb 1.',
    );
    expect(set(['IOCB_WRITE'], ['IOCB_HIPRI'])).toBe('fio sets ki_flags of kiocb 1 to HIPRI, was WRITE.');
  });

  test('names the interrupt, the softirq or the device where no task acts', () => {
    expect(
      told((t) => {
        t.irq(0, 'nvme0q1');
        return t.enter(0, 'nvme_irq', t.object('nvme_queue', 0, 'nvme0q1'));
      }).text,
    ).toBe('The nvme0q1 interrupt on CPU 0 handles the completions of nvme0q1 (nvme_irq).');
    expect(
      told((t) => {
        t.softirq(0, 'BLOCK');
        return t.enter(0, 'blk_done_softirq');
      }).text,
    ).toMatch(/^The BLOCK softirq on CPU 0 /);
    expect(told((t) => t.trace(NO_CPU, 'nvme_device_complete', t.object('request'))).text).toMatch(
      /^The device has done request 1/,
    );
  });

  test('says who gets a CPU, from whom, and why', () => {
    const { text, why } = told((t) => {
      const worker = t.task('kworker/0:1');
      t.wake(0, worker);
      return t.switchTo(0, worker, TaskState.Uninterruptible);
    });
    expect(text).toBe('kworker/0:1 gets CPU 0 from fio, which waits uninterruptibly (sched_switch).');
    expect(why).toBe('Because: fio makes kworker/0:1 runnable on CPU 0 (sched_wakeup).');
  });

  test('says how long a thing waited and how long a call took', () => {
    expect(
      told((t) => {
        const work = t.object('work_struct');
        t.at(100).put(0, work, t.object('worker_pool', 0, 'pool cpu 0'));
        return t.at(1350).take(0, work);
      }).text,
    ).toBe('fio takes work_struct 1 from pool cpu 0 after 1.25 us.');
    expect(
      told((t) => {
        t.at(100).enter(0, 'f');
        return t.at(400).exit(0);
      }).why,
    ).toBe('It took 300 ns, all interruptions included.');
  });

  test('works for names that nobody has described', () => {
    expect(told((t) => t.enter(0, 'some_new_function', t.object('widget'))).text).toBe(
      'fio calls some_new_function for widget 1.',
    );
    expect(told((t) => t.enter(0, 'constructor')).text).toBe('fio calls constructor.');
    expect(told((t) => t.trace(0, 'some_event', 0)).text).toBe('fio reports some_event.');
    expect(told((t) => t.decide(0, 'some-rule', 0, 3)).why).toBe('3. Decided by fio.');
    expect(told((t) => t.hazard(0, 'some-hazard', 0)).text).toBe('fio breaks a rule: some-hazard.');
  });

  test('never exceeds its length, whatever the names are', () => {
    const t = new TestLog();
    const name = 'a'.repeat(60);
    const task = t.task(name);
    t.switchTo(0, task);
    t.irq(0, name);
    t.enter(0, name, t.object('widget', 0, `$&${name}`));
    const widget = t.create(0, name, 0, name);
    t.set(0, widget, name, 1);
    t.decide(0, name, widget, 1, { [name]: 1 });
    t.put(0, widget, widget);
    t.take(0, widget);
    t.notify(0, name, widget, -5);
    t.endInterrupt(0);
    t.enter(0, 'kiocb_invalidate_post_direct_write', widget);
    expect(longest(t.stop())).toBeLessThanOrEqual(MOST_CHARS);
  });

  test.each(PATHS)('tells every event of path %s in one line', (path) => {
    const s = stage();
    tell(s, { path, at_ns: 100, bi_opf: 0, ki_flags: 0 });
    const log = s.t.stop();
    expect(longest(log)).toBeLessThanOrEqual(MOST_CHARS);
    for (let row = 0; row < log.rows; row++) expect(narrate(log, row).text).toMatch(/^\S.*[.…]$/);
  });
});

describe('a run in a sentence', () => {
  test('counts the ways its I/Os took, the most frequent first', () => {
    const s = stage();
    tell(s, { path: 'inline-irq', at_ns: 0 });
    tell(s, { path: 's_dio_done_wq', at_ns: 4000 });
    tell(s, { path: 's_dio_done_wq', at_ns: 8000 });
    const log = s.t.stop();
    expect(runSentence(log, iosOf(log), 0)).toBe(
      '1 CPU, 3 I/Os: 2 in s_dio_done_wq, 1 inline in the interrupt; 0 hazards.',
    );
  });
  test('needs no I/O', () => {
    const log = new TestLog().stop();
    expect(runSentence(log, iosOf(log), 1)).toBe('0 CPUs, 0 I/Os; 1 hazard.');
  });
});

test('durations have three digits and the unit that fits', () => {
  expect([0, 250, 4900, 1_250_000, 59_999, 3_000_000_000].map(durationText)).toEqual([
    '0 ns',
    '250 ns',
    '4.9 us',
    '1.25 ms',
    '60 us',
    '3 s',
  ]);
});

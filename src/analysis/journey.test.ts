import { describe, expect, test } from 'vitest';
import { NO_ROW, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { iosOf } from './io.ts';
import { arrivalOf, flowsOf, journeyOf, whyChain } from './journey.ts';
import { Moment, type Path, PATHS } from './moments.ts';
import { stage, tell } from './testing-io.ts';
import { TestLog } from './testing.ts';

function told(path: Path) {
  const s = stage();
  tell(s, { path, at_ns: 100 });
  const log = s.t.stop();
  return { log, ios: iosOf(log) };
}

describe('a journey', () => {
  test('leads from the submission through every context to the result', () => {
    const { log, ios } = told('s_dio_done_wq');
    const steps = journeyOf(log, ios, 0);
    const kinds = steps.map((s) => s.kind);
    expect(kinds[0]).toBe('submit');
    expect(kinds.filter((k) => k === 'arrive')).toHaveLength(3); // interrupt, worker, job again
    expect(kinds.filter((k) => k === 'wake')).toHaveLength(2);
    expect(kinds.slice(-3)).toEqual(['notify', 'put', 'take']);
    expect(kinds.indexOf('device')).toBeGreaterThan(kinds.indexOf('put'));
    expect(steps.map((s) => s.row)).toEqual(steps.map((s) => s.row).toSorted((a, b) => a - b));
    expect(steps.map((s) => log.name(s.row))).toContain('iomap_dio_complete');
  });

  test.each(PATHS)('on path %s no step is told twice', (path) => {
    const { log, ios } = told(path);
    const rows = journeyOf(log, ios, 0).map((s) => s.row);
    expect(new Set(rows).size).toBe(rows.length);
  });
});

describe('flow arrows', () => {
  const kinds = (path: Path): string[] => {
    const { log, ios } = told(path);
    return flowsOf(log, ios, 0).map((f) => f.kind);
  };

  test('show by what an I/O gets from one context to the next', () => {
    expect(kinds('s_dio_done_wq')).toEqual(['device', 'work', 'task-work']);
    expect(kinds('caller-comp-task-work')).toEqual(['device', 'task-work']);
    expect(kinds('inline-irq')).toEqual(['device', 'task-work']);
    expect(kinds('inline-poll')).toEqual(['device']);
    expect(kinds('wait-wake')).toEqual(['device', 'wake']);
  });

  test('start where the thing was put and end where it is taken', () => {
    const { log, ios } = told('s_dio_done_wq');
    const work = flowsOf(log, ios, 0).find((f) => f.kind === 'work');
    expect(work?.from).toBe(ios.row(0, Moment.HandedOver));
    expect(work?.to).toBe(ios.row(0, Moment.PickedUp));
  });
});

describe('why', () => {
  test.each(PATHS)('every event of path %s has a chain of causes back to the submission', (path) => {
    const { log, ios } = told(path);
    const notified = ios.row(0, Moment.Notified);
    const whole = whyChain(log, notified);
    expect(log.kind(whole.at(-1)?.row ?? 0)).toBe(Ev.Start);
    const own = whyChain(log, notified, ios.row(0, Moment.Submitted));
    expect(own.length).toBeLessThan(whole.length);
    expect(own.every(({ row }) => row >= ios.row(0, Moment.Submitted))).toBe(true);
  });

  test('a link names the decision that led to it, and only one of the same call', () => {
    const t = new TestLog();
    t.switchTo(0, t.task('fio'));
    t.enter(0, 'iomap_dio_bio_end_io');
    const decision = t.decide(0, 'dio-inline', 0, 0);
    t.calls(0, ['wake'], 0, () => t.decide(0, 'other', 0, 1));
    const queue = t.enter(0, 'queue_work');
    const log = t.stop();
    const [first, second] = whyChain(log, queue as Row);
    expect(first?.decision).toBe(decision);
    expect(second?.decision).toBe(NO_ROW);
  });

  test('the context of an event is traced to what gave it the CPU', () => {
    const t = new TestLog();
    const start = t.switchTo(0, t.task('fio'));
    t.enter(0, 'io_write');
    const irq = t.irq(0, 'nvme0q1');
    t.enter(0, 'nvme_irq');
    const inside = t.enter(0, 'nvme_poll_cq');
    t.exit(0);
    t.exit(0);
    t.endInterrupt(0);
    const after = t.enter(0, 'iomap_dio_rw');
    const log = t.stop();
    expect([inside, after, irq].map((row) => arrivalOf(log, row))).toEqual([irq, start, irq]);
    expect(arrivalOf(log, 0)).toBe(NO_ROW);
  });
});

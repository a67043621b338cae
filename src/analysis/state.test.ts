import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import { Band } from './bands.ts';
import { CpuStates, existsAt, fieldsAt, lastWrite } from './state.ts';
import { TestLog } from './testing.ts';

describe('fields at a row', () => {
  const t = new TestLog();
  t.switchTo(0, t.task('fio'));
  const dio = t.create(0, 'iomap_dio');
  const ref1 = t.set(0, dio, 'ref', 1);
  const flags = t.set(0, dio, 'flags', 64);
  const ref2 = t.set(0, dio, 'ref', 2);
  const free = t.write({ kind: Ev.Free, cpu: 0, object: dio });
  const log = t.stop();

  test('each field has its last value up to there, and where it came from', () => {
    expect(fieldsAt(log, dio, flags)).toEqual([
      { name: 'ref', value: 1, row: ref1, previous: null, changed: false },
      { name: 'flags', value: 64, row: flags, previous: null, changed: true },
    ]);
    expect(fieldsAt(log, dio, free)).toEqual([
      { name: 'ref', value: 2, row: ref2, previous: 1, changed: false },
      { name: 'flags', value: 64, row: flags, previous: null, changed: false },
    ]);
  });

  test('a field can be asked for by its name', () => {
    expect(lastWrite(log, dio, 'ref', flags)).toBe(ref1);
    expect(lastWrite(log, dio, 'ref', free)).toBe(ref2);
    expect(lastWrite(log, dio, 'size', free)).toBe(NO_ROW);
  });

  test('an object exists from its New to its Free', () => {
    expect([ref1 - 2, ref1, free].map((row) => existsAt(log, dio, row))).toEqual([false, true, false]);
    expect(existsAt(log, 0, 0)).toBe(true);
  });
});

describe('the CPUs at a row', () => {
  test('calls are listed from the outermost to the one that runs, interrupts on top', () => {
    const t = new TestLog();
    const fio = t.task('fio');
    t.switchTo(0, fio);
    t.enter(0, 'io_write');
    t.enter(0, 'iomap_dio_rw');
    t.irq(0, 'nvme0q1');
    const inIrq = t.enter(0, 'nvme_irq');
    t.exit(0);
    t.endInterrupt(0);
    const back = t.exit(0);
    const states = new CpuStates(t.stop());
    const names = (row: number): string[] | undefined => states.at(row)[0]?.frames.map((f) => f.name);
    expect(names(inIrq)).toEqual(['io_write', 'iomap_dio_rw', 'nvme0q1', 'nvme_irq']);
    expect(names(back)).toEqual(['io_write']);
    const [cpu] = states.at(inIrq);
    expect(cpu).toMatchObject({ cpu: 0, task: fio });
    expect(cpu?.frames.map((f) => f.band)).toEqual([Band.Task, Band.Task, Band.Hardirq, Band.Hardirq]);
    expect((cpu?.context ?? 0) & 3).toBe(Level.Hardirq);
  });

  test('a jump back and forth over chunks finds the same as the way there', () => {
    const t = new TestLog();
    t.switchTo(0, t.task('fio'));
    t.enter(0, 'outer');
    for (let i = 0; i < 60_000; i++) {
      t.at(i).enter(0, `f${i % 7}`);
      if (i % 2 === 1) for (let j = 0; j < 2; j++) t.exit(0);
    }
    const states = new CpuStates(t.stop());
    const names = (row: number): string =>
      states
        .at(row)[0]
        ?.frames.map((f) => f.name)
        .join(' ') ?? '';
    const rows = [2, 4095, 4096, 5000, 69_631, 69_632, 100_000];
    const there = rows.map(names);
    expect(there[0]).toBe('outer');
    expect(there.every((n) => n.startsWith('outer'))).toBe(true);
    expect(rows.toReversed().map(names)).toEqual(there.toReversed());
  });
});

import { describe, expect, test } from 'vitest';
import { Level } from '../log/context.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';
import { Band } from './bands.ts';
import { type LogChunk, SpanBuilder, spansOf, type SpanView } from './spans.ts';
import { Piece } from './stacks.ts';
import { cpuTimeOf } from './statistics.ts';
import { TestLog } from './testing.ts';

/** The spans of a CPU's band at one depth as "name t0-t1". */
function lane(log: LogView, spans: SpanView, cpu: number, band: Band, depth: number): string[] {
  return Array.from({ length: spans.count }, (_, i) => spans.span(i))
    .filter((s) => s.cpu === cpu && s.band === band && s.depth === depth)
    .map((s) => {
      const presence = s.piece === Piece.Frame && band === Band.Task;
      return `${presence ? log.objectName(s.task) : log.string(s.name)} ${s.t0_ns}-${s.t1_ns}`;
    });
}

describe('spans', () => {
  test('nested calls lie one depth below their caller, on top of the presence of their task', () => {
    const t = new TestLog();
    const fio = t.task('fio');
    t.at(10).switchTo(0, fio);
    t.at(20).enter(0, 'io_write');
    t.at(30).enter(0, 'iomap_dio_rw');
    t.at(40).exit(0);
    t.at(50).exit(0);
    const log = t.at(60).stop();
    const spans = spansOf(log);
    expect(lane(log, spans, 0, Band.Task, 0)).toEqual(['fio 10-60']);
    expect(lane(log, spans, 0, Band.Task, 1)).toEqual(['io_write 20-50']);
    expect(lane(log, spans, 0, Band.Task, 2)).toEqual(['iomap_dio_rw 30-40']);
  });

  test('a function that sleeps is cut in pieces, which go on where its task goes on', () => {
    const t = new TestLog();
    const [fio, idle0, idle1] = [t.task('fio'), t.task('swapper/0'), t.task('swapper/1')];
    t.switchTo(0, fio);
    t.switchTo(1, idle1);
    const enter = t.at(10).enter(0, 'io_cqring_wait');
    t.at(20).switchTo(0, idle0);
    t.at(50).switchTo(1, fio);
    t.at(60).exit(1);
    const log = t.at(70).stop();
    const spans = spansOf(log);
    expect(lane(log, spans, 0, Band.Task, 1)).toEqual(['io_cqring_wait 10-20']);
    expect(lane(log, spans, 1, Band.Task, 1)).toEqual(['io_cqring_wait 50-60']);
    expect(lane(log, spans, 0, Band.Task, 0)).toEqual(['fio 0-20', 'swapper/0 20-70']);
    expect(spans.ofRow(enter).map((s) => [s.cpu, s.t0_ns])).toEqual([
      [0, 10],
      [1, 50],
    ]);
    expect(spans.ofRow(enter + 1)).toHaveLength(1);
    expect(spans.ofRow(99_999)).toEqual([]);
  });

  test('an interrupt has a band of its own and does not cut what it interrupts', () => {
    const t = new TestLog();
    t.switchTo(0, t.task('fio'));
    t.at(10).enter(0, 'io_write');
    t.at(20).softirq(0, 'BLOCK');
    t.at(22).enter(0, 'blk_done_softirq');
    t.at(25).irq(0, 'nvme0q1');
    t.at(26).enter(0, 'nvme_irq');
    t.at(28).exit(0);
    t.at(30).endInterrupt(0);
    t.at(35).exit(0);
    t.at(40).endInterrupt(0);
    t.at(50).exit(0);
    const log = t.at(60).stop();
    const spans = spansOf(log);
    expect(lane(log, spans, 0, Band.Task, 1)).toEqual(['io_write 10-50']);
    expect(lane(log, spans, 0, Band.Softirq, 0)).toEqual(['BLOCK 20-40']);
    expect(lane(log, spans, 0, Band.Softirq, 1)).toEqual(['blk_done_softirq 22-35']);
    expect(lane(log, spans, 0, Band.Hardirq, 0)).toEqual(['nvme0q1 25-30']);
    expect(lane(log, spans, 0, Band.Hardirq, 1)).toEqual(['nvme_irq 26-28']);
  });

  test('a softirq that a task runs itself is cut when the task loses its CPU, and goes on with it (PREEMPT_RT)', () => {
    const t = new TestLog();
    const [ksoftirqd, thread] = [t.task('ksoftirqd/0'), t.task('irq/33-nvme0q1')];
    const context = Level.Softirq;
    const begin = (name: string): number => t.write({ kind: Ev.Softirq, cpu: 0, name, context });
    const end = (prev: number): number => t.write({ kind: Ev.SoftirqEnd, cpu: 0, prev, context });
    t.switchTo(0, ksoftirqd);
    t.at(10);
    const outer = begin('TIMER');
    const call = t.at(11).write({ kind: Ev.Enter, cpu: 0, name: 'run_timer_softirq', context });
    t.at(20).switchTo(0, thread);
    t.at(22);
    const inner = begin('BLOCK');
    t.at(28);
    end(inner);
    t.at(30).switchTo(0, ksoftirqd);
    t.at(35).write({ kind: Ev.Exit, cpu: 0, name: 'run_timer_softirq', prev: call, context });
    t.at(40);
    end(outer);
    const log = t.at(50).stop();
    const spans = spansOf(log);
    expect(lane(log, spans, 0, Band.Softirq, 0)).toEqual(['TIMER 10-20', 'BLOCK 22-28', 'TIMER 30-40']);
    expect(lane(log, spans, 0, Band.Softirq, 1)).toEqual([
      'run_timer_softirq 11-20',
      'run_timer_softirq 30-35',
    ]);
    expect(cpuTimeOf(log)).toMatchObject({ softirq_ns: 26, hardirq_ns: 0 });
  });

  test('what is open at the end of the run ends with it', () => {
    const t = new TestLog();
    t.switchTo(0, t.task('fio'));
    t.at(10).enter(0, 'fio', 0, 'user');
    t.at(20).irq(0, 'nvme0q1');
    const log = t.at(30).stop('limit: events');
    const spans = spansOf(log);
    expect(lane(log, spans, 0, Band.Task, 1)).toEqual(['fio 10-30']);
    expect(spans.ofRow(2).map((s) => s.piece)).toEqual([Piece.User]);
    expect(lane(log, spans, 0, Band.Hardirq, 0)).toEqual(['nvme0q1 20-30']);
  });

  test('an Exit without its Enter is passed over, and a lost Exit ends with the caller', () => {
    const t = new TestLog();
    t.switchTo(0, t.task('fio'));
    t.write({ kind: Ev.Exit, cpu: 0, prev: 1 });
    const outer = t.at(10).enter(0, 'outer');
    t.at(20).enter(0, 'inner');
    t.at(30).write({ kind: Ev.Exit, cpu: 0, prev: outer });
    const log = t.at(40).stop();
    const spans = spansOf(log);
    expect(lane(log, spans, 0, Band.Task, 1)).toEqual(['outer 10-30']);
    expect(lane(log, spans, 0, Band.Task, 2)).toEqual(['inner 20-30']);
  });

  test('the spans of a lane come in the order of their beginnings, also where they have no length', () => {
    const log = busyLog(20_000);
    const ends = new Map<string, number>();
    const spans = spansOf(log);
    for (let i = 0; i < spans.count; i++) {
      const s = spans.span(i);
      const key = `${s.cpu} ${s.band} ${s.depth}`;
      expect(s.t0_ns).toBeGreaterThanOrEqual(ends.get(key) ?? 0);
      ends.set(key, s.t1_ns);
    }
    expect(ends.size).toBe(4 * 8);
  });

  test('chunk by chunk gives the same spans as all at once', () => {
    const log = busyLog(30_000);
    const whole = new SpanBuilder();
    const cut = new SpanBuilder();
    const all = [];
    for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
      const expected = whole.add(chunk);
      const pieces = halves(chunk).map((half) => cut.add(half));
      expect(pieces.flatMap((p) => [...p.enter])).toEqual([...expected.enter]);
      expect(pieces.flatMap((p) => [...p.t1_ns])).toEqual([...expected.t1_ns]);
      all.push(...pieces);
    }
    expect(all.length).toBeGreaterThan(2);
  });

  test('a million rows take well below half a second', () => {
    const log = busyLog(1_000_000);
    const before = process.cpuUsage(); // not the clock: other tests share the machine
    const spans = spansOf(log);
    const { user, system } = process.cpuUsage(before);
    expect(spans.count).toBeGreaterThan(400_000);
    expect((user + system) / 1000).toBeLessThan(500);
  });
});

/** The same rows in two steps, the way a stream may cut them. */
function halves(chunk: LogChunk): LogChunk[] {
  const { columns, first, count } = chunk;
  const half = count >>> 1;
  const rest = {
    ...columns,
    time_ns: columns.time_ns.subarray(half),
    name: columns.name.subarray(half),
    object: columns.object.subarray(half),
    prev: columns.prev.subarray(half),
    cpu: columns.cpu.subarray(half),
    context: columns.context.subarray(half),
    kind: columns.kind.subarray(half),
  };
  return [
    { columns, first, count: half },
    { columns: rest, first: first + half, count: count - half },
  ];
}

/** Calls eight deep on four CPUs. */
function busyLog(rows: number): LogView {
  const view = new LogView();
  const writer = new LogWriter((chunk) => view.add(chunk));
  const name = writer.intern('f');
  writer.append(0, Ev.Start, NO_CPU, 0, 0, 0, 0, 0xffffffff, 0xffffffff);
  const open: number[][] = [[], [], [], []];
  for (let row = 1; row < rows; row++) {
    const cpu = row & 3;
    const calls = open[cpu] ?? [];
    const deeper = ((row >>> 2) & 15) < 8;
    if (deeper) calls.push(writer.append(row, Ev.Enter, cpu, 0, name, 0, calls.length, 0, 0xffffffff));
    else writer.append(row, Ev.Exit, cpu, 0, name, 0, 0, 0, calls.pop() ?? 0);
  }
  writer.close();
  return view;
}

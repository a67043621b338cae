import { describe, expect, test } from 'vitest';
import { SpanBuilder, SpanView } from '../analysis/spans.ts';
import { NO_ROW } from '../base/units.ts';
import type { Chunk } from '../log/columns.ts';
import { Ev, TaskState } from '../log/events.ts';
import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';
import { Model } from './model.ts';
import { AXIS_KINDS } from './types.ts';

/** A log of several chunks: one task runs, waits in a list, and sleeps, `rounds` times. */
function chunks(rounds: number): Chunk[] {
  const out: Chunk[] = [];
  const w = new LogWriter((chunk) => out.push(chunk));
  const task = w.object(w.intern('task_struct'), 0, w.intern('fio'));
  const idle = w.object(w.intern('task_struct'), 0, w.intern('swapper/0'));
  const list = w.object(w.intern('task_works'), task, w.intern('task_work fio'));
  const io = w.object(w.intern('io_kiocb'), task, 0);
  const write = (time: number, kind: number, object: number, value = 0, prev: number = NO_ROW): number =>
    w.append(time, kind, 0, 0, kind === Ev.Enter ? w.intern('tctx_task_work') : 0, object, value, 0, prev);
  for (let i = 0; i < rounds; i++) {
    const t = i * 20_000;
    write(t, Ev.Switch, task, TaskState.Idle);
    const put = write(t + 100, Ev.Put, io, list);
    const enter = write(t + 200, Ev.Enter, task);
    write(t + 300 + (i % 7) * 100, Ev.Take, io, list, put);
    write(t + 1000, Ev.Exit, task, 0, enter);
    write(t + 1100, Ev.Switch, idle, TaskState.Interruptible);
  }
  write(rounds * 20_000, Ev.Stop, 0);
  w.close();
  return out;
}

const CHUNKS = chunks(2000);

/** How a run comes: all at once, chunk by chunk, or so that the model reads parts of chunks before it lays them out. */
type Growth = 'whole' | 'chunks' | 'parts';

/** The model after all of it was shown. */
function modelOf(axis: (typeof AXIS_KINDS)[number], growth: Growth): Model {
  const [log, spans, builder] = [new LogView(), new SpanView(), new SpanBuilder()];
  const model = new Model(log, spans, axis);
  for (const chunk of CHUNKS) {
    log.add({ ...chunk, buffer: chunk.buffer.slice(0) });
    const part = log.chunk(chunk.index);
    if (part !== null) spans.add(builder.add(part));
    if (log.complete) spans.add(builder.finish(log.end_ns));
    for (let i = 0; i < 3 && growth === 'parts'; i++) {
      model.read(1500);
      for (const { lane } of model.flames.lanes()) lane.mips().level(5000);
    }
    if (growth !== 'whole') model.update(axis);
    if (growth !== 'whole') for (const { lane } of model.flames.lanes()) lane.mips().level(5000);
  }
  model.update(axis);
  return model;
}

describe.each(AXIS_KINDS)('a run that grows chunk by chunk, on the axis %s', (axis) => {
  const whole = modelOf(axis, 'whole');

  test.each(['chunks', 'parts'] as const)('in %s ends as one that was there at once', (growth) => {
    const grown = modelOf(axis, growth);
    expect(CHUNKS.length).toBeGreaterThan(1);
    const lanes = (model: Model): unknown[] =>
      [
        ...model.flames.lanes(),
        ...model.places.tracks.flatMap(({ lanes: all }) => all.map((lane) => ({ lane }))),
      ].map(({ lane }) => [
        lane.count,
        lane.p0.slice(0, lane.count),
        lane.p1.slice(0, lane.count),
        lane.mips().level(5000),
      ]);
    expect(lanes(grown)).toEqual(lanes(whole));
    const depths = ({ places }: Model): unknown[] =>
      places.tracks.map(({ depth }) => [depth.count, depth.places.slice(0, depth.count)]);
    expect(depths(grown)).toEqual(depths(whole));
    expect(grown.axis.end).toBe(whole.axis.end);
  });

  test('keeps each lane in order and without overlaps', () => {
    for (const { lane } of modelOf(axis, 'parts').flames.lanes())
      for (let i = 1; i < lane.count; i++) expect(lane.p0[i]!).toBeGreaterThanOrEqual(lane.p1[i - 1]!);
  });
});

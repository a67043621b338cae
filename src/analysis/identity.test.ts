import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { present } from '../base/assert.ts';
import { row } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { eventId, objectIdText, objectOfText, rowOfEvent } from './identity.ts';
import { TestLog } from './testing.ts';

describe('an id reads as what it means', () => {
  const t = new TestLog();
  const job = t.task('fio-job');
  const sameName = t.task('fio-job');
  const kworker = t.task('kworker/1:0');
  t.switchTo(1, job);
  const bios = [1, 2, 3].map(() => t.create(1, 'bio'));
  const bio = present(bios[2], 'three bios were made');
  t.calls(1, ['bio_endio'], bio);
  const second = t.enter(1, 'bio_endio', bio);
  const left = t.exit(1);
  t.irq(1, 'nvme0q2');
  t.endInterrupt(1);
  const irq = t.irq(1, 'nvme0q2');
  const wake = t.wake(1, kworker);
  const trace = t.trace(1, 'block_bio_queue', bio);
  const log = t.stop();

  test.each([
    [second, 'bio.3~bio_endio~2'],
    [left, 'bio.3~x-bio_endio~2'],
    [irq, 'cpu.1~i-nvme0q2~2'],
    [wake, 'task_struct-kworker.x2f1.x3a0~w'],
    [trace, 'bio.3~t-block_bio_queue'],
    [0, 'run~b'],
    [log.rows - 1, 'run~o-done'],
  ])('row %i is %s', (at, id) => {
    expect(eventId(log, row(at))).toBe(id);
    expect(rowOfEvent(log, id)).toBe(at);
  });

  test('a task is called by its label, the second of that label by its count', () => {
    expect(objectIdText(log, log.object(wake))).toBe('task_struct-kworker.x2f1.x3a0');
    expect(objectOfText(log, 'task_struct-fio-job')).toBe(job);
    expect(objectOfText(log, 'task_struct-fio-job.2')).toBe(sameName);
    expect(objectOfText(log, 'task_struct.3')).toBe(kworker);
  });

  test.each([
    '',
    'bio.3',
    '~',
    'bio.4~bio_endio',
    'bio.3~bio_endio~3',
    'bio.3~bio_endio~0',
    'bio.3~bio_endio~02',
    'bio.3~bio_endio~2~1',
    'bio.3~k-bio_endio',
    'bio.0~bio_endio',
    'bio~bio_endio',
    'cpu.9~i-nvme0q2',
    'run~e-no_such_function',
    'bio.3~bio.x_endio',
    'constructor.1~bio_endio',
    'task_struct-nobody~w',
    `bio.${'9'.repeat(400)}~bio_endio`,
  ])('%j names no event', (id) => {
    expect(rowOfEvent(log, id)).toBeNull();
  });

  test.each(['', 'bio', 'bio.', 'bio.x', '-', 'bio-', 'bio.3~bio_endio', 'bio.9', '.1', 'cpu.1', 'run'])(
    '%j names no object',
    (text) => {
      expect(objectOfText(log, text)).toBeNull();
    },
  );
});

/** One event of a synthetic log: everything that an id looks at. */
type Written = { kind: Ev; cpu: number; name: string; object: number };
type Thing = { type: string; label: string };

// Names that are easy to confuse: kinds' letters, prefixes, separators, escapes, counts, reserved words.
const NAMES = ['', 'e', 'x', 'x-a', 'e-x', 'bio_endio', 'a.2', 'a~2', 'a-', '.x2f', 'run', 'cpu', 'ünï', '2'];
const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 4 }));
const things = fc.array(
  fc.record({
    type: fc.oneof(fc.constantFrom('bio', 'cpu', 'run', 'a-b', 'a.1'), name),
    label: fc.oneof(fc.constant(''), fc.constantFrom('job', 'job.2', 'job-2'), name),
  }),
  { maxLength: 8 },
);
const written = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.values(Ev)),
    cpu: fc.constantFrom(0, 1, 255, NO_CPU),
    name,
    object: fc.nat(),
  }),
  { maxLength: 60 },
);

/** Rows 1 ... are `events`; `object` counts within `objects`, 0 for none. */
function logOf(objects: readonly Thing[], events: readonly Written[]): LogView {
  const t = new TestLog();
  for (const { type, label } of objects) t.object(type, 0, label);
  for (const event of events)
    t.write({ ...event, object: event.object % (objects.length + 1), cause: 0, context: 0 });
  return t.stop();
}

test('every row of any log has an id of its own that leads back to it', () => {
  fc.assert(
    fc.property(things, written, (objects, events) => {
      const log = logOf(objects, events);
      const ids = new Set<string>();
      for (let r = 0; r < log.rows; r++) {
        const id = eventId(log, row(r));
        ids.add(id);
        expect(id).toMatch(/^[A-Za-z0-9._~-]+[A-Za-z0-9]$/);
        expect(rowOfEvent(log, id)).toBe(r);
      }
      expect(ids.size).toBe(log.rows);
    }),
  );
});

test('every object of any log has an id of its own that leads back to it', () => {
  fc.assert(
    fc.property(things, (objects) => {
      const log = logOf(objects, []);
      for (let o = 1; o < log.objectCount; o++) {
        const text = objectIdText(log, o as never);
        expect(text).toMatch(/^[A-Za-z0-9._-]+[A-Za-z0-9]$/);
        expect(objectOfText(log, text)).toBe(o);
      }
    }),
  );
});

test('ids stay when events about other objects come in between', () => {
  const strangers = fc.array(fc.tuple(fc.nat(60), fc.constantFrom(...Object.values(Ev)), name), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(things, written, strangers, (objects, events, others) => {
      const before = logOf(objects, events);
      const size = objects.length + 1;
      const mixed = events.map((event) => ({ ...event, object: event.object % size, own: true }));
      for (const [at, kind, text] of others)
        mixed.splice(at % (mixed.length + 1), 0, { kind, cpu: 0, name: text, object: size, own: false });
      const after = logOf([...objects, { type: 'stranger', label: '' }], mixed);
      const own = mixed.flatMap((event, i) => (event.own ? [i + 1] : []));
      own.forEach((r, i) => expect(eventId(after, row(r))).toBe(eventId(before, row(i + 1))));
    }),
  );
});

test('any text at all is looked up without an error', () => {
  const log = logOf([{ type: 'bio', label: '' }], [{ kind: Ev.Enter, cpu: 0, name: 'bio_endio', object: 1 }]);
  const piece = fc.constantFrom(
    'bio',
    '.',
    '1',
    '~',
    '-',
    'bio_endio',
    'x',
    '.x2f',
    '.u',
    'cpu',
    '0',
    '%',
    '\0',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((p) => p.join('')),
      ),
      (text) => {
        expect(() => [rowOfEvent(log, text), objectOfText(log, text)]).not.toThrow();
      },
    ),
  );
});

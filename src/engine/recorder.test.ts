import { expect, test } from 'vitest';
import { Ev, NO_CPU } from '../log/events.ts';
import type { Proc } from './frame.ts';
import { rule } from './rule.ts';
import { Obj } from './struct.ts';
import { machine, rowsOf, type TestMachine } from './testing.ts';

class Thing extends Obj {
  static override readonly type = 'thing';
}

const enough = rule({
  id: 'enough',
  asks: 'Is there enough?',
  test: 'n >= wanted',
  inputs: ['n', 'wanted'],
  source: { kind: 'code', file: 'a.c' },
});

test('a decision is a row with its outcome, and a row for each input right behind it', () => {
  const m = machine();
  const thing = new Thing(m, null);
  function* decides(k: TestMachine, _thing: Thing): Proc {
    expect(k.decide(enough, false, 3, 5)).toBe(false);
  }
  m.job('a', 0, (k) => k.call(decides, thing));
  const log = m.finish();
  const decision = rowsOf(log, Ev.Decide)[0]!;
  expect([log.name(decision), log.object(decision), log.value(decision)]).toEqual(['enough', thing.id, 0]);
  expect(
    [1, 2].map((i) => [log.name(decision + i), log.value(decision + i), log.prev(decision + i)]),
  ).toEqual([
    ['n', 3, decision],
    ['wanted', 5, decision],
  ]);
});

test('an object comes into being, waits in a place, leaves it and is freed', () => {
  const m = machine();
  const place = new Thing(m, null, 'place');
  m.job('a', 0, function* (k) {
    const thing = new Thing(k, place);
    k.put(thing, place);
    yield k.spend(10);
    k.take(thing, place);
    k.free(thing);
  });
  const log = m.finish();
  const thing = place.id + 2; // the task came in between
  expect(Array.from(log.rowsOfObject(thing), (row) => log.kind(row))).toEqual([
    Ev.New,
    Ev.Put,
    Ev.Take,
    Ev.Free,
  ]);
  const [put, take] = [rowsOf(log, Ev.Put)[0]!, rowsOf(log, Ev.Take)[0]!];
  expect([log.value(put), log.value(take), log.prev(take)]).toEqual([place.id, place.id, put]);
});

test('an object that waits in two places leaves each from where it was put there', () => {
  const m = machine();
  const [ring, list] = [new Thing(m, null, 'ring'), new Thing(m, null, 'list')];
  m.job('a', 0, function* (k) {
    const thing = new Thing(k, ring);
    k.put(thing, ring);
    k.put(thing, list);
    yield k.spend(10);
    k.take(thing, ring);
    k.take(thing, list);
    k.put(thing, ring);
    k.take(thing, ring);
  });
  const log = m.finish();
  const puts = rowsOf(log, Ev.Put);
  expect(rowsOf(log, Ev.Take).map((row) => log.prev(row))).toEqual([puts[0], puts[1], puts[2]]);
});

test('what happens outside any CPU says so', () => {
  const m = machine();
  m.at(10, () => {
    m.outsideCause = 0;
    m.trace('device', null);
  });
  const log = m.finish();
  const row = rowsOf(log, Ev.Trace)[0]!;
  expect([log.cpu(row), log.context(row), log.cause(row)]).toEqual([NO_CPU, 0, 0]);
});

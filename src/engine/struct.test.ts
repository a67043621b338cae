import { expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { bool, flags, fn, int, type Obj, ref, struct, word } from './struct.ts';
import { machine, rowsOf } from './testing.ts';

class Widget extends struct('widget', {
  size: int('bytes'),
  busy: bool(),
  flags: flags({ FIRST: 1, SECOND: 2 }),
  state: word<'NEW' | 'OLD'>('NEW'),
  next: ref<Obj>(),
  done: fn<() => void>(),
}) {}

test('every write of a declared field is an event that refers to the write before', () => {
  const m = machine();
  const widget = new Widget(m, null, 'w');
  expect([widget.size, widget.busy, widget.flags, widget.state, widget.next, widget.done]).toEqual([
    0,
    false,
    0,
    'NEW',
    null,
    null,
  ]);
  function callback() {
    // only its name matters
  }
  widget.size = 5;
  widget.busy = true;
  widget.flags |= 2;
  widget.state = 'OLD';
  widget.next = widget;
  widget.done = callback;
  widget.size = 7;
  expect(widget.size).toBe(7);
  const log = m.finish();
  const sets = rowsOf(log, Ev.Set);
  expect(
    sets.map((row) => {
      const [name, value] = [log.name(row), log.value(row)];
      return [name, name === 'state' || name === 'done' ? log.string(value) : value];
    }),
  ).toEqual([
    ['size', 5],
    ['busy', 1],
    ['flags', 2],
    ['state', 'OLD'],
    ['next', widget.id],
    ['done', 'callback'],
    ['size', 7],
  ]);
  expect(sets.map((row) => log.prev(row))).toEqual([...Array.from({ length: 6 }, () => NO_ROW), sets[0]]);
});

test('two objects of a type share nothing but the type', () => {
  const m = machine();
  const one = new Widget(m, null);
  const two = new Widget(m, one);
  one.size = 1;
  expect(two.size).toBe(0);
  const log = m.finish();
  expect(log.objectName(two.id)).toBe('widget 2');
  expect(log.objectParent(two.id)).toBe(one.id);
});

import { describe, expect, test } from 'vitest';
import { NO_ROW, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';
import { nextStep } from './stepping.ts';

/** Rows: start, new bio, its first value, decision with an input, a write, stop. */
function smallLog(): LogView {
  const log = new LogView();
  const w = new LogWriter((chunk) => log.add(chunk));
  const bio = w.object(w.intern('bio'), 0, 0);
  const add = (kind: number, object: number, prev: number = NO_ROW): number =>
    w.append(w.rows * 10, kind, 0, 0, w.intern('x'), object, 0, 0, prev);
  add(Ev.Start, 0);
  add(Ev.New, bio);
  const first = add(Ev.Set, bio);
  const decision = add(Ev.Decide, 0);
  add(Ev.Input, 0, decision);
  add(Ev.Set, bio, first);
  add(Ev.Stop, 0);
  w.close();
  return log;
}

describe('a step of the run', () => {
  const log = smallLog();
  const all = (mode: 'event' | 'decision' | 'io', by: 1 | -1): number[] => {
    const rows: number[] = [];
    let at: Row | null = by === 1 ? NO_ROW : (log.rows as Row);
    while ((at = nextStep(log, at, by, mode, { has: (o) => o === 1 })) !== null) rows.push(at);
    return rows;
  };

  test('skips the inputs of a decision and the first values of an object', () => {
    expect(all('event', 1)).toEqual([0, 1, 3, 5, 6]);
  });

  test('backwards visits the same rows as forwards', () => {
    for (const mode of ['event', 'decision', 'io'] as const)
      expect(all(mode, -1)).toEqual(all(mode, 1).reverse());
  });

  test('stops at decisions only, or at one I/O only', () => {
    expect(all('decision', 1)).toEqual([3]);
    expect(all('io', 1)).toEqual([1, 5]);
  });
});

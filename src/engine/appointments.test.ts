import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Appointed, Appointments } from './appointments.ts';

type Item = Appointed & { readonly id: number };
const newItem = (id: number): Item => ({ id, due_ns: Infinity, dueSequence: 0, heapIndex: -1 });

/** What to do with an item: appoint it for a time, or (null) cancel what it has. */
const steps = fc.array(
  fc.record({ id: fc.nat(9), due_ns: fc.option(fc.integer({ min: 0, max: 15 }), { freq: 3 }) }),
  { maxLength: 200 },
);

describe('appointments', () => {
  test('the next is the earliest, and of equal times the first that was made; each item has at most one', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const appointments = new Appointments<Item>();
        const items = Array.from({ length: 10 }, (_, id) => newItem(id));
        const reference = new Map<number, { due_ns: number; sequence: number }>();
        plan.forEach(({ id, due_ns }, sequence) => {
          const item = items[id]!;
          if (due_ns === null) {
            appointments.cancel(item);
            reference.delete(id);
          } else {
            appointments.set(item, due_ns, sequence);
            reference.set(id, { due_ns, sequence });
          }
          const [next] = [...reference].sort(
            ([, a], [, b]) => a.due_ns - b.due_ns || a.sequence - b.sequence,
          );
          expect(appointments.first?.id).toBe(next?.[0]);
          for (const one of items) expect(one.due_ns).toBe(reference.get(one.id)?.due_ns ?? Infinity);
        });
      }),
    );
  });

  test('to cancel where there is none does nothing', () => {
    const appointments = new Appointments<Item>();
    appointments.cancel(newItem(0));
    expect(appointments.first).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Call, type Place, PLACES } from './calls.ts';
import { compareCalls } from './compare.ts';

const call = (text: string): Call => {
  const [name = '', place = ''] = text.split(' in ');
  return { name, place: place as Place };
};
const calls = (...texts: readonly string[]): Call[] => texts.map(call);

describe('two lists of calls', () => {
  test('agree when they are equal, and differ when a call is missing, moved or in another context', () => {
    const list = fc.array(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), place: fc.constantFrom(...PLACES) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(list, fc.nat(), (some, at) => {
        const n = at % some.length;
        expect(compareCalls(some, some)).toBeNull();
        expect(compareCalls(some, some.toSpliced(n, 1))).not.toBeNull();
        const changed: Call[] = [...some];
        changed[n] = { name: 'elsewhere', place: some[n]?.place ?? 'task' };
        expect(compareCalls(some, changed)).not.toBeNull();
      }),
      { endOnFailure: true },
    );
  });

  test('what runs on two CPUs side by side may be told in either order', () => {
    const [a, b] = [call('kiocb_done in task'), call('iomap_dio_bio_iter in io-wq')];
    expect(compareCalls([a, b], [b, a])).toBeNull();
  });

  test('an effect does not come before its cause', () => {
    const recorded = calls('iomap_dio_bio_end_io in hardirq', 'iomap_dio_complete_work in kworker');
    const divergence = compareCalls(recorded, recorded.toReversed());
    expect(divergence?.what).toBe('hand-over: end of the bio to completion');
    expect(divergence?.at).toBe(0);
  });

  test('the context that parts first is told', () => {
    const recorded = calls('a in task', 'b in hardirq', 'c in kworker');
    const divergence = compareCalls(recorded, calls('a in task', 'b in softirq', 'd in kworker'));
    expect(divergence).toEqual({ what: 'calls in hardirq', expected: ['b in hardirq'], got: [], at: 0 });
  });

  test('a call too many is a difference at its end', () => {
    expect(compareCalls(calls('a in task'), calls('a in task', 'b in task'))?.at).toBe(1);
  });
});

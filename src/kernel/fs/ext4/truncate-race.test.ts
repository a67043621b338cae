import { expect, test } from 'vitest';
import { endings, type Fix } from './testing-truncate-race.ts';

// The check values of ext4-iomap.md section 4 for the interleavings of its model.

test.each<[Fix, number, number]>([
  ['none', 65, 0],
  ['look-up repeated', 0, 0],
  ['sequence check', 0, 65],
])(
  'of 609 interleavings with the recheck “%s”, %i leak two blocks and %i begin anew',
  (fix, leaks, retries) => {
    const all = endings(fix);
    expect(all.length).toBe(609);
    const allocated = all.map((end) => end.allocated.join());
    expect(allocated.filter((blocks) => blocks === '0,1,2').length).toBe(leaks);
    expect(allocated.filter((blocks) => blocks === '0').length).toBe(609 - leaks);
    expect(new Set(all.map(({ reserved }) => reserved))).toEqual(new Set([0]));
    expect(all.filter((end) => end.retries === 1).length).toBe(retries);
    expect(all.filter((end) => end.retries > 1)).toEqual([]);
  },
);

import { describe, expect, test } from 'vitest';
import { everyPath } from '../../engine/testing-paths.ts';
import { type BatchEnding, batchRace, type Variant } from './testing-batch-race.ts';

// The check values of bio-complete-in-task.md section 5.1: all interleavings, and those that strand a bio.

const SEPARATE = { BATCH_LIST: 'bio_list, irqs off after the test' } as const;
const SINGLE_PASS = { BATCH_EXIT: 'after one pass' } as const;

const all = (n: number, variant: Variant): BatchEnding[] => everyPath((path) => batchRace(path, n, variant));

const stranded = ({ ends }: BatchEnding): boolean => ends.includes(0);

/** The order in which the tasks take their steps: that is what an interleaving is. */
const order = ({ steps }: BatchEnding): string => steps.map(({ task }) => task).join();

/** "all/stranded", of interleavings that differ and end no bio twice. */
function figures(n: number, variant: Variant): string {
  const endings = all(n, variant);
  expect(new Set(endings.map(order)).size).toBe(endings.length);
  expect(endings.filter(({ ends }) => ends.some((times) => times > 1))).toEqual([]);
  return `${endings.length}/${endings.filter(stranded).length}`;
}

const VARIANTS: readonly [string, Variant, string, string][] = [
  ['7.3 (atomic test, loop)', {}, '21/0', '354/0'],
  ['atomic test, single pass', { switches: SINGLE_PASS }, '12/0', '101/0'],
  ['separate test, loop', { switches: SEPARATE }, '52/2', '1575/26'],
  ['separate test, single pass', { switches: { ...SEPARATE, ...SINGLE_PASS } }, '23/6', '268/69'],
  ['7.3 + hotplug D, X', { downPrep: 'waits', dead: true }, '42/0', '819/0'],
  ['7.3 + hotplug D, no X (no dead callback)', { downPrep: 'waits' }, '42/8', '819/106'],
];

describe('interleavings of the batch of BIO_COMPLETE_IN_TASK, two bios and three', () => {
  test.each(VARIANTS)('%s', (_variant, variant, two, three) => {
    expect([figures(2, variant), figures(3, variant)]).toEqual([two, three]);
  });

  test.each(VARIANTS)(
    '%s: none is missed by taking for no choice what makes no step',
    (_variant, variant, two) => {
      const byOrder = new Map<string, boolean>();
      for (const ending of everyPath((path) => batchRace(path, 2, variant), false))
        byOrder.set(order(ending), stranded(ending));
      expect(`${byOrder.size}/${[...byOrder.values()].filter(Boolean).length}`).toBe(two);
    },
  );

  // Not in the sheet, whose D waits for the worker first: disable_work_sync() disables the item, then waits.
  test.each<[string, Variant, string]>([
    ['with the dead callback', { downPrep: 'any time', dead: true }, '175/0'],
    ['without', { downPrep: 'any time' }, '175/11'],
  ])('7.3, the item disabled also while its worker runs, %s', (_variant, variant, two) => {
    expect(figures(2, variant)).toBe(two);
  });
});

test('a bio is stranded that saw another one in the list, which the worker took before it was appended', () => {
  const lost = all(2, { switches: SEPARATE }).filter(stranded);
  expect(lost.map(({ ends }) => ends)).toEqual([
    [1, 0],
    [1, 0],
  ]);
  expect(lost[0]?.steps.map(({ task, end }) => `${task} ${end}`)).toEqual([
    'bios goes on in __bio_complete_in_task', // the first bio: test
    'bios goes on in __bio_complete_in_task', // append
    'bios returns from __bio_complete_in_task', // queue
    'bios goes on in __bio_complete_in_task', // the second: test
    'kworker/0:1 enters bio_complete_work_fn',
    'kworker/0:1 enters end_io',
    'kworker/0:1 returns from end_io',
    'kworker/0:1 returns from bio_complete_work_fn',
    'bios goes on in __bio_complete_in_task', // append
    'bios returns from __bio_complete_in_task', // nothing to queue
  ]);
});

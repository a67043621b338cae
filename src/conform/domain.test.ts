import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runToEnd } from '../run/run.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { DioChoice, DioOutcome } from './dio-columns.ts';
import { dioScenario } from './dio-scenario.ts';
import { TABLE_KINDS } from './kind.ts';

// The whole domain of the decision table (direct-io.md section 2.3), not only the rows that we were given: what holds for
// every direct I/O of every revision.

const REVISIONS = ['v6.5', 'v4-series', 'v6.6-rc', 'v6.6-to-v6.18', 'v6.19+'];
/** Issuers with what follows from them. */
const ISSUERS = [
  { issuer: 'sync', kiocb: 'sync', hipri: 'no' },
  { issuer: 'sync', kiocb: 'sync', hipri: 'yes' },
  { issuer: 'libaio', kiocb: 'async', hipri: 'no' },
  { issuer: 'io_uring', kiocb: 'async', hipri: 'no' },
  { issuer: 'io_uring-iopoll', kiocb: 'async', hipri: 'yes' },
];
/** States of an extent with the ends of file that they go with. */
const WRITABLE = [
  ['mapped', 'no'],
  ...['mapped-dirty', 'unwritten', 'new'].flatMap((state) =>
    ['no', 'straddle', 'append'].map((eof) => [state, eof]),
  ),
  ['shared', 'no'],
  ['shared', 'straddle'],
];

const noYes = fc.constantFrom('no', 'yes');
const who = fc.tuple(fc.constantFrom(...REVISIONS), fc.constantFrom(...ISSUERS));

const write = fc
  .record({
    who,
    place: fc.constantFrom(...WRITABLE),
    sync_mode: fc.constantFrom('none', 'O_DSYNC', 'O_SYNC'),
    device_vwc: noYes,
    device_fua: noYes,
    page_cache: fc.constantFrom('none', 'present'),
    bios: fc.constantFrom('single', 'multi'),
    poll_survives: noYes,
    force_wait: noYes,
    io_error: noYes,
    hidden: fc.boolean(),
  })
  .map(({ who: [revision, by], place: [extent = '', extends_eof = ''], hidden, ...rest }): DioChoice => {
    const asks =
      by.issuer === 'io_uring' && (revision === 'v4-series' || (revision === 'v6.6-rc' && !hidden));
    const caller_comp_requested = asks ? 'yes' : 'no';
    return { ...rest, ...by, op: 'write', revision, extent, extends_eof, caller_comp_requested };
  });

const NO_WRITE = { sync_mode: '-', device_vwc: '-', device_fua: '-', page_cache: '-', extends_eof: '-' };

const read = fc
  .record({
    who,
    extent: fc.constantFrom('mapped', 'unwritten', 'hole'),
    bios: fc.constantFrom('single', 'multi'),
    poll_survives: noYes,
    io_error: noYes,
  })
  .map(({ who: [revision, by], ...rest }): DioChoice => {
    return {
      ...rest,
      ...by,
      ...NO_WRITE,
      op: 'read',
      revision,
      caller_comp_requested: 'no',
      force_wait: 'no',
    };
  });

/** Runs a choice and reads its log. */
function seen(choice: DioChoice): Record<DioOutcome, string> {
  const scenario = parseScenario(dioScenario({ id: 'row', isRecorded: false }, choice));
  if (!scenario.ok) throw new Error(JSON.stringify(scenario.error));
  const reading = TABLE_KINDS[0].read(runToEnd(scenario.value).log, scenario.value, choice);
  if (typeof reading === 'string') throw new Error(reading);
  for (const [column, got] of Object.entries(reading.inputs))
    expect([column, got]).toEqual([column, choice[column as keyof DioChoice]]);
  return reading.outcomes as Record<DioOutcome, string>;
}

const CONTEXT_OF: Readonly<Record<string, string>> = {
  'wait-wake': 'submitting-task',
  'submitter-direct': 'submitting-task',
  'inline-irq': 'irq',
  'inline-poll': 'iopoll-loop',
  'caller-comp-task-work': 'task_work',
  s_dio_done_wq: 'kworker',
};

/** Runs enough to meet each pair of values many times, in a few seconds. */
const RUNS = { numRuns: 700, endOnFailure: true };

describe('every direct I/O of the domain', () => {
  test('a write completes once, where its path says, and does what a task alone may do only in a task', () => {
    fc.assert(
      fc.property(write, (choice) => {
        const got = seen(choice);
        const flags = got.flags_at_completion.split('+');
        const has = (...names: string[]) => names.some((name) => flags.includes(name));
        expect(got.context).toBe(CONTEXT_OF[got.path]);
        // Invalidation and sync sleep (H1, H2).
        if (got.post_invalidate === 'called' || got.sync_after === 'yes') expect(got.context).not.toBe('irq');
        // A promise of write-through that holds leaves nothing to sync (H15).
        expect(has('WRITE_FUA', 'STABLE_WRITE', 'WRITE_THROUGH') && has('NEED_SYNC')).toBe(false);
        expect(got.sync_after === 'yes').toBe(has('NEED_SYNC') && choice.io_error === 'no');
        if (choice.sync_mode === 'none') expect([got.sync_after, got.fua]).toEqual(['no', 'no']);
        else if (choice.io_error === 'no') expect(got.sync_after === 'yes' || got.fua !== 'no').toBe(true); // H16
        if (got.fua === 'sent') expect([choice.device_vwc, choice.device_fua]).toEqual(['yes', 'yes']);
        if (got.fua === 'stripped') expect(choice.device_vwc).toBe('no');
        expect(has('UNWRITTEN')).toBe(choice.extent === 'unwritten');
        expect(has('COW')).toBe(choice.extent === 'shared');
        expect(has('WRITE')).toBe(true);
        holdsForBoth(choice, got);
      }),
      RUNS,
    );
  });

  test('a read completes once, and neither syncs nor invalidates; without a bio the submitter is done at once', () => {
    fc.assert(
      fc.property(read, (choice) => {
        const got = seen(choice);
        expect([got.post_invalidate, got.sync_after, got.fua]).toEqual(['n/a', 'no', 'no']);
        expect(got.path === 'submitter-direct').toBe(choice.extent !== 'mapped');
        holdsForBoth(choice, got);
      }),
      RUNS,
    );
  });

  test('the same scenario is the same bytes', () => {
    fc.assert(
      fc.property(fc.oneof(read, write), (choice) => {
        const scenario = parseScenario(dioScenario({ id: 'row', isRecorded: false }, choice));
        if (!scenario.ok) throw new Error(JSON.stringify(scenario.error));
        expect(runToEnd(scenario.value).summary).toEqual(runToEnd(scenario.value).summary);
      }),
      { numRuns: 50, endOnFailure: true },
    );
  });
});

function holdsForBoth(choice: DioChoice, got: Record<DioOutcome, string>): void {
  if (choice.kiocb === 'sync') {
    expect(['wait-wake', 'submitter-direct']).toContain(got.path);
    expect([got.notify, got.hipri_at_submit, got.req_polled]).toEqual(['return-value', 'n/a', 'never']);
  }
  if (choice.force_wait === 'yes') expect(got.path).toBe('wait-wake');
  expect(got.req_polled !== 'never').toBe(got.hipri_at_submit === 'yes');
  if (got.req_polled !== 'never')
    expect([choice.bios, got.req_polled === 'kept']).toEqual(['single', choice.poll_survives === 'yes']);
  if (got.path === 'inline-poll') expect(got.req_polled).toBe('kept');
  if (got.path === 'caller-comp-task-work') expect(choice.caller_comp_requested).toBe('yes');
}

import { describe, expect, test } from 'vitest';
import { compare, comparisonSentence } from '../analysis/compare.ts';
import { bitOf, hasBit } from '../analysis/fields.ts';
import { FolioBit, foliosOf, FolioStates } from '../analysis/folios.ts';
import { iosOf } from '../analysis/io.ts';
import { flowsOf } from '../analysis/journey.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { fieldsAt } from '../analysis/state.ts';
import { biosAtPercentiles, waitsOf, writebackStatistics } from '../analysis/writeback-latency.ts';
import { WAITS } from '../analysis/writeback-moments.ts';
import { type WritebackTable, writebacksOf } from '../analysis/writeback.ts';
import { NO_ROW } from '../base/units.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

const KIB = 1024;

/** Two jobs that write 8 blocks each, uncached, and sync their files at the end. */
function written(
  kernel: ScenarioInput['kernel'],
  file: Partial<ScenarioInput['files'][number]> = {},
  hz: ScenarioInput['machine']['hz'] = 1000,
): WritebackTable {
  const parsed = parseScenario({
    version: 1,
    machine: { cpus: 2, hz, nvme: { queues: 2, read: { mean_ns: 5000 }, write: { mean_ns: 4900 } } },
    kernel,
    files: [0, 1].map((i) => ({ id: `file${i}`, size_bytes: 64 * KIB, ...file })),
    actors: [0, 1].map((i) => ({
      kind: 'fio',
      name: `job${i}`,
      file: `file${i}`,
      cpus_allowed: [i],
      rw: 'randwrite',
      ioengine: 'psync',
      direct: false,
      dontcache: true,
      end_fsync: true,
      ios: 8,
    })),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return writebacksOf(iosOf(runToEnd(parsed.value).log));
}

const paths = (table: WritebackTable): [string, number][] =>
  writebackStatistics(table).paths.map(({ path, count }) => [path, count]);

describe('the time of writeback after the device', () => {
  test('has a wait on the list of one to two jiffies where the series delays its worker', () => {
    const table = written({ name: 'in-task-v6' });
    expect(paths(table)).toEqual([['bio_complete batch', table.count]]);
    const { waits_ns } = waitsOf(table);
    const list = waits_ns[WAITS.findIndex(({ id }) => id === 'list')] ?? [];
    expect(Math.max(...list)).toBeGreaterThan(1e6);
    expect(Math.max(...list)).toBeLessThan(2.1e6);
  });

  test('has next to none where it does not', () => {
    const table = written({ name: 'for-7.3-block' });
    const { waits_ns } = waitsOf(table);
    const list = waits_ns[WAITS.findIndex(({ id }) => id === 'list')] ?? [];
    expect(Math.max(...list)).toBeLessThan(1000);
  });

  test('goes through the list of the inode where blocks are unwritten, and through no batch in 7.3', () => {
    const extents = [{ offset_bytes: 0, length_bytes: 64 * KIB, state: 'unwritten' }] as const;
    expect(paths(written({ name: '7.3.4' }, { extents: [...extents] })).map(([path]) => path)).toEqual([
      'i_ioend_list',
    ]);
    const twice = written({ name: 'in-task-v6' }, { extents: [...extents] });
    expect(paths(twice).map(([path]) => path)).toEqual(['bio_complete batch -> i_ioend_list']);
  });

  test('is that of one bio at each percentile', () => {
    const waits = waitsOf(written({ name: 'in-task-v6' }));
    const at = biosAtPercentiles(waits).map((bio) => waits.total_ns[bio]);
    expect(at).toEqual([...at].sort((a = 0, b = 0) => a - b));
    expect(at.at(-1)).toBe(Math.max(...waits.total_ns));
  });
});

test('no monitor takes a bio of writeback for an I/O that somebody waits for', () => {
  const { ios, log } = written({ name: '7.3.4' });
  expect(findingsOf(log, ios)).toEqual([]);
});

test('arrows lead a bio out of the interrupt, through its list, to the worker that ends it', () => {
  const arrows = (table: WritebackTable): string[] =>
    flowsOf(table.log, table.ios, table.ioOf(0)).map(({ kind }) => kind);
  expect(arrows(written({ name: '7.3.4' }))).toEqual(['device', 'work']);
  expect(arrows(written({ name: '7.3.4', switches: { IN_TASK: 'none' } }))).toEqual(['device']);
});

describe('two runs', () => {
  test('differ in the lists that their bios go through', () => {
    const before = written({ name: '7.3.4', switches: { IN_TASK: 'none' } });
    const after = written({ name: '7.3.4' });
    const c = compare(before.ios, after.ios);
    expect(c.writeback?.matched).toBeGreaterThan(8);
    expect(comparisonSentence(c)).toContain(
      `of ${c.writeback?.matched} bios handed over another way (no hand-over to bio_complete batch)`,
    );
    for (const { parting } of c.writeback?.differences ?? []) expect(parting?.b.row).not.toBe(NO_ROW);
    expect(compare(after.ios, before.ios).writeback?.faster).toBe(c.writeback?.slower);
  });

  test('do not differ where they are the same', () => {
    const { ios, count } = written({ name: '7.3.4' });
    expect(comparisonSentence(compare(ios, ios))).toBe(
      `16 I/Os, no difference; writeback: ${count} bios, no difference`,
    );
  });
});

test('the states of folios at any row are those of their fields', () => {
  const { log } = written({ name: '7.3.4' });
  const table = foliosOf(log);
  const states = new FolioStates(table);
  const rows = Array.from({ length: 60 }, (_, i) => (i * 7919) % log.rows); // to and fro
  for (const row of rows) {
    states.moveTo(row);
    for (let folio = 0; folio < table.count; folio++) {
      const state = states.stateOf(folio);
      expect(state !== 0).toBe(table.madeIn(folio) <= row);
      if ((state & FolioBit.Present) === 0) continue;
      const flags = fieldsAt(log, table.objectOf(folio), row).find(({ name }) => name === 'flags');
      const has = (flag: string): boolean => hasBit(flags?.value ?? 0, bitOf('folio.flags', flag));
      expect(
        [FolioBit.Dirty, FolioBit.Writeback, FolioBit.Locked, FolioBit.Dropbehind].map(
          (bit) => (state & bit) !== 0,
        ),
      ).toEqual([has('PG_dirty'), has('PG_writeback'), has('PG_locked'), has('PG_dropbehind')]);
    }
  }
});

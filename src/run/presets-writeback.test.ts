import { describe, expect, test } from 'vitest';
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { contextLevel, Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import type { Switches } from '../kernel/switches.ts';
import { parseScenario } from '../scenario/parse.ts';
import { presetById } from '../scenario/presets.ts';
import { WRITEBACK_PRESETS } from '../scenario/presets-writeback.ts';
import { runToEnd } from './run.ts';

// What each preset of buffered writeback tells, read off its log.

function ran(id: string, switches: Partial<Switches> = {}): LogView {
  const preset = presetById(id)?.scenario;
  if (preset === undefined) throw new Error(`${id} is no preset`);
  const kernel = { ...preset.kernel, switches: { ...preset.kernel.switches, ...switches } };
  const scenario = parseScenario({ ...preset, kernel });
  if (!scenario.ok) throw new Error(JSON.stringify(scenario.error));
  return runToEnd(scenario.value).log;
}

const rows = (log: LogView): number[] => Array.from({ length: log.rows }, (_, row) => row);
/** Where a function ran, once for each call. */
const places = (log: LogView, name: string): string[] =>
  rows(log)
    .filter((row) => log.kind(row) === Ev.Enter && log.name(row) === name)
    .map((row) => (contextLevel(log.context(row)) === Level.Task ? 'task' : 'interrupt'));
/** How much was put into places of a type. */
const put = (log: LogView, type: string): number =>
  rows(log).filter((row) => log.kind(row) === Ev.Put && log.objectType(log.value(row)) === type).length;
/** Results of the syncs, in their order. */
const synced = (log: LogView): number[] =>
  rows(log)
    .filter((row) => log.kind(row) === Ev.Trace && log.name(row) === 'sys_exit')
    .map((row) => log.value(row));
/** Folios that have left the cache. */
const dropped = (log: LogView): number =>
  rows(log).filter((row) => log.name(row) === 'mm_filemap_delete_from_page_cache').length;

test.each(WRITEBACK_PRESETS)('$id runs to its end, and what it finds are no errors', ({ id }) => {
  const log = ran(id);
  expect(log.name(log.rows - 1)).toBe('done');
  expect(findingsOf(log, iosOf(log)).filter(({ severity }) => severity === 'error')).toEqual([]);
});

describe('who drops the folios of an uncached overwrite', () => {
  test('before the series: XFS’s worker, of four bios', () => {
    const log = ran('dontcache-before');
    expect([put(log, 'i_ioend_list'), put(log, 'bio_complete_batch')]).toEqual([4, 0]);
    expect(new Set(places(log, 'xfs_end_bio'))).toEqual(new Set(['interrupt']));
    expect([dropped(log), places(log, 'folio_unmap_invalidate')[0]]).toEqual([4, 'task']);
  });

  test('RFC v3: 31 of 64 folios, for which there was room', () => {
    const log = ran('dontcache-rfc-v3');
    expect([put(log, 'dropbehind_batch'), dropped(log)]).toEqual([31, 31]);
  });

  test.each(['dontcache-rfc-v4', 'dontcache-rfc-v5', 'dontcache-v6'])('%s: the worker of the batch', (id) => {
    const log = ran(id);
    expect([put(log, 'bio_complete_batch'), put(log, 'i_ioend_list'), dropped(log)]).toEqual([4, 0, 4]);
    expect(new Set(places(log, 'ioend_writeback_end_bio'))).toEqual(new Set(['task']));
  });

  test('7.3: the same, without a delay', () => {
    const log = ran('dontcache-7.3');
    expect([put(log, 'bio_complete_batch') > 0, put(log, 'i_ioend_list'), dropped(log)]).toEqual([
      true,
      0,
      4,
    ]);
  });

  test('v5 gathers what arrives within the jiffy: one run of the worker', () => {
    expect(places(ran('dontcache-rfc-v5'), 'bio_complete_work_fn')).toHaveLength(1);
    expect(places(ran('dontcache-rfc-v4'), 'bio_complete_work_fn').length).toBeGreaterThan(1);
  });

  test('v6 under a spinlock: with in_task() the handler would run right there', () => {
    const log = ran('dontcache-v6', { IN_TASK_TEST: '!in_task()' });
    expect(put(log, 'bio_complete_batch')).toBe(0);
  });

  test('two hops as merged, one as released', () => {
    const hops = (log: LogView): number[] => [put(log, 'bio_complete_batch'), put(log, 'i_ioend_list')];
    const [batch = 0, list = 0] = hops(ran('dontcache-two-hops'));
    expect([batch > 0, list]).toEqual([true, batch]);
    const [none, own = 0] = hops(ran('dontcache-two-hops', { XFS_CLEARS_IN_TASK: true }));
    expect([none, own > 0]).toEqual([0, true]);
  });

  test('ext4 keeps them: its overwrites end in the interrupt', () => {
    const log = ran('ext4-kept');
    expect([dropped(log), new Set(places(log, 'folio_end_writeback'))]).toEqual([0, new Set(['interrupt'])]);
  });
});

describe('errors', () => {
  test('one bio of a batch fails: the list of failed ioends, one fsync that is told, one that is not', () => {
    const log = ran('batch-error');
    expect(put(log, 'failed_ioend_list')).toBe(1);
    expect(new Set(places(log, 'iomap_fail_ioends'))).toEqual(new Set(['task']));
    expect(synced(log)).toEqual([-5, 0]);
  });

  test('ext4 with data_err=abort: the journal is aborted in the worker, and every sync fails', () => {
    const log = ran('ext4-abort');
    expect(new Set(places(log, 'jbd2_journal_abort'))).toEqual(new Set(['task']));
    expect(synced(log).every((result) => result < 0)).toBe(true);
  });
});

test('neighbours on the inode’s list are merged: fewer conversions than ioends', () => {
  const log = ran('ioends-merged');
  expect([put(log, 'i_ioend_list'), places(log, 'xfs_iomap_write_unwritten').length]).toEqual([8, 2]);
});

test('shared blocks: converted at submission, remapped in the worker', () => {
  const log = ran('writeback-shared');
  expect(places(log, 'xfs_reflink_convert_cow')).toEqual(['task']);
  expect(places(log, 'xfs_reflink_end_cow')).toEqual(['task']);
});

test('a CPU goes offline: bios are parked in its batch until it is dead, and another CPU ends them', () => {
  const log = ran('batch-cpu-offline');
  const said = findingsOf(log, iosOf(log)).filter(({ monitor }) => monitor === 'parked-during-hotplug');
  expect(said.length).toBeGreaterThan(3);
  const dead = rows(log).filter((row) => log.name(row) === 'bio_complete_batch_cpu_dead');
  expect(dead.map((row) => log.cpu(row))).toEqual(dead.map(() => 0));
  expect(dropped(log)).toBe(16);
  const parked = ran('batch-cpu-offline', { BATCH_HOTPLUG: 'dead' });
  expect(findingsOf(parked, iosOf(parked)).map(({ monitor }) => monitor)).not.toContain(
    'parked-during-hotplug',
  );
});

test('a block device: its bios go through the batch, and the folios leave the cache in the worker', () => {
  const log = ran('bdev-dontcache');
  expect([put(log, 'bio_complete_batch') > 0, dropped(log)]).toEqual([true, 4]);
  expect(new Set(places(log, 'bh_end_async_write'))).toEqual(new Set(['task']));
});

test('FUSE: no bio anywhere, and the daemon ends every folio in its own task', () => {
  const log = ran('fuse-no-bio');
  const objects = Array.from({ length: log.objectCount }, (_, id) => log.objectType(id));
  expect(objects.filter((type) => ['bio', 'request', 'iomap_ioend'].includes(type))).toEqual([]);
  expect(put(log, 'fuse_iqueue')).toBeGreaterThan(2);
  expect(places(log, 'folio_end_writeback')).toEqual(Array.from({ length: 6 }, () => 'task'));
  expect(synced(log)).toEqual([0]);
});

test('an uncached read drops its folios in the call of the reader', () => {
  const log = ran('read-dontcache');
  expect([put(log, 'bio_complete_batch'), dropped(log)]).toEqual([0, 4]);
  expect(new Set(places(log, 'filemap_end_dropbehind'))).toEqual(new Set(['task']));
});

/**
 * Every story of buffered writeback, in the page: through which lists its bios went, how deep these got, what became of the
 * folios, in which context the handler ran, and what was found. One load of the page for each.
 */
import type { Page } from '@playwright/test';
import { WRITEBACK_PRESETS } from '../src/scenario/presets-writeback.ts';
import { expect, test } from './fixtures.ts';

type Seen = {
  /** What is searched for among the events, and the first that is found: its context, its value. */
  readonly search: string;
  readonly where?: 'task' | 'hard interrupt';
  readonly value?: RegExp;
  /** A function further up the stack. */
  readonly under?: string;
};
type Story = {
  /** What the panel of writeback says. */
  readonly handed: RegExp;
  /** Tracks and what they say in the timeline's table. */
  readonly tracks: readonly (readonly [track: RegExp, says: RegExp])[];
  /** The grid of folios at the end: a cross has left the cache, B is still marked for dropping. */
  readonly folios: readonly string[];
  readonly seen: readonly Seen[];
  /** The badge of the header and a finding; null for none. */
  readonly found: readonly [badge: string, finding: RegExp] | null;
};

const gone = (n: number): string[] => new Array<string>(n).fill('×');
const marked = (n: number): string[] => new Array<string>(n).fill('B');
const clean = (n: number): string[] => new Array<string>(n).fill('');

const BATCH = /bio_complete batch CPU \d/;
const OWN_LIST = /i_ioend_list data/;

const STORIES: Readonly<Record<string, Story>> = {
  'dontcache-before': {
    handed: /4 of 4 bios .* through i_ioend_list: 4/,
    tracks: [[OWN_LIST, /at most 1 at once/]],
    folios: gone(4),
    seen: [
      { search: 'xfs_end_bio', where: 'hard interrupt', under: 'bio_endio' },
      { search: 'folio_unmap_invalidate', where: 'task', under: 'xfs_end_io' },
    ],
    found: null,
  },
  'dontcache-rfc-v3': {
    handed: /1 of 1 bios .*1 not handed over/,
    tracks: [[/dropbehind batch CPU 1/, /at most 31 at once/]],
    folios: [...gone(31), ...marked(33)],
    seen: [{ search: 'folio_end_dropbehind', where: 'hard interrupt', under: 'ioend_writeback_end_bio' }],
    found: ['1 warning', /33 folios of data.*stay in the cache: all slots of the batch were taken/],
  },
  'dontcache-rfc-v4': {
    handed: /through bio_complete batch: 4/,
    tracks: [[BATCH, /at most 1 at once/]],
    folios: gone(4),
    seen: [{ search: 'ioend_writeback_end_bio', where: 'task', under: 'bio_complete_work_fn' }],
    found: null,
  },
  'dontcache-rfc-v5': {
    handed: /through bio_complete batch: 4/,
    tracks: [
      [BATCH, /at most 4 at once/],
      [/softirq CPU 1/, /TIMER/],
    ],
    folios: gone(4),
    seen: [
      { search: '__bio_complete_in_task', where: 'hard interrupt', under: 'bio_endio' },
      { search: 'ioend_writeback_end_bio', where: 'task', under: 'bio_complete_work_fn' },
    ],
    found: null,
  },
  'dontcache-v6': {
    handed: /through bio_complete batch: 4/,
    tracks: [[BATCH, /at most 4 at once/]],
    folios: gone(4),
    seen: [
      { search: '__bio_complete_in_task', where: 'task', under: 'null_queue_rq' },
      { search: 'ioend_writeback_end_bio', where: 'task', under: 'bio_complete_work_fn' },
    ],
    found: null,
  },
  'dontcache-7.3': {
    handed: /1 of 1 bios .* through bio_complete batch: 1/,
    tracks: [[BATCH, /at most 1 at once/]],
    folios: gone(4),
    seen: [
      { search: '__bio_complete_in_task', where: 'hard interrupt', under: 'bio_endio' },
      { search: 'ioend_writeback_end_bio', where: 'task', under: 'bio_complete_work_fn' },
    ],
    found: null,
  },
  'dontcache-two-hops': {
    handed: /through bio_complete batch -> i_ioend_list: 1/,
    tracks: [
      [BATCH, /1 item/],
      [OWN_LIST, /1 item/],
    ],
    folios: gone(4),
    seen: [{ search: 'xfs_end_bio', where: 'task', under: 'bio_complete_work_fn' }],
    found: ['1 note', /goes to the next one through i_ioend_list data: two hops/],
  },
  'batch-error': {
    handed:
      /4 of 4 bios .* 1 with an error.* bio_complete batch: 3, bio_complete batch -> failed_ioend_list: 1/,
    tracks: [
      [BATCH, /at most 4 at once/],
      [/failed_ioend_list/, /1 item/],
    ],
    folios: gone(4),
    seen: [
      { search: 'iomap_fail_ioends', where: 'task', under: 'process_one_work' },
      { search: 'sys_exit', value: /-5/ },
    ],
    found: ['1 note', /bio 2 .* goes to the next one through failed_ioend_list/],
  },
  'ioends-merged': {
    handed: /8 of 8 bios .* through i_ioend_list: 8/,
    tracks: [[OWN_LIST, /8 items.* at most 6 at once/]],
    folios: gone(8),
    seen: [{ search: 'xfs_iomap_write_unwritten', where: 'task', under: 'xfs_end_io' }],
    found: ['1 note', /finished in a transaction apart/],
  },
  'writeback-shared': {
    handed: /through i_ioend_list: 1/,
    tracks: [[OWN_LIST, /1 item/]],
    folios: clean(4),
    seen: [
      { search: 'xfs_reflink_convert_cow', where: 'task', under: 'iomap_writepages' },
      { search: 'xfs_reflink_end_cow', where: 'task', under: 'xfs_end_io' },
    ],
    found: null,
  },
  'ext4-kept': {
    handed: /1 of 1 bios .*1 not handed over/,
    tracks: [[/i_pages data/, /with interrupts off/]],
    folios: marked(4),
    seen: [{ search: 'folio_end_writeback', where: 'hard interrupt', under: 'ext4_end_bio' }],
    found: ['1 warning', /4 folios of data.*ended in an interrupt/],
  },
  'ext4-abort': {
    handed: /1 with an error.* i_rsv_conversion_list: 1/,
    tracks: [[/i_rsv_conversion_list data/, /1 item/]],
    folios: clean(2),
    seen: [
      { search: 'jbd2_journal_abort', where: 'task', under: 'process_one_work' },
      { search: 'sys_exit', value: /-5/ },
    ],
    found: null,
  },
  'buffered-two-jobs': {
    handed: /5 of 5 bios .*5 not handed over/,
    tracks: [[/i_pages data/, /taken 36 times, 36 with interrupts off/]],
    folios: clean(6),
    seen: [
      { search: 'folio_end_writeback', where: 'hard interrupt', under: 'bio_endio' },
      { search: 'folio_wait_writeback', where: 'task' },
    ],
    found: null,
  },
  'batch-cpu-offline': {
    handed: /16 of 16 bios .* bio_complete batch: 16/,
    tracks: [[/bio_complete batch CPU 1/, /at most 16 at once/]],
    folios: gone(16),
    seen: [
      { search: 'bio_complete_batch_cpu_down_prep', where: 'task' },
      { search: 'ioend_writeback_end_bio', where: 'task', under: 'bio_complete_batch_cpu_dead' },
    ],
    found: ['5 notes', /comes to bio_complete batch CPU 1 when its worker is disabled/],
  },
  'bdev-dontcache': {
    handed: /4 of 4 bios .* bio_complete batch: 4/,
    tracks: [[BATCH, /at most 4 at once/]],
    folios: gone(4),
    seen: [{ search: 'bh_end_async_write', where: 'task', under: 'bio_complete_work_fn' }],
    found: null,
  },
  'fuse-no-bio': {
    handed: /No writeback in this run/,
    tracks: [[/\/dev\/fuse/, /at once/]],
    folios: clean(6),
    seen: [{ search: 'folio_end_writeback', where: 'task', under: 'fuse_writepage_end' }],
    found: null,
  },
  'read-dontcache': {
    handed: /No writeback in this run/,
    tracks: [[/i_pages data/, /with interrupts off/]],
    folios: [...gone(4), 'B', 'B'],
    seen: [
      { search: 'folio_end_read', where: 'hard interrupt' },
      { search: 'filemap_end_dropbehind', where: 'task', under: 'pread64' },
    ],
    found: null,
  },
};

test('every preset of writeback has its story here', () => {
  expect(Object.keys(STORIES).sort()).toEqual(WRITEBACK_PRESETS.map(({ id }) => id).sort());
});

/** A few tests share the stories, as a new context for each would take most of the time. */
const SHARES = 6;
for (let share = 0; share < SHARES; share++)
  test(`each preset of writeback shows its story (${share + 1} of ${SHARES})`, async ({ page }) => {
    for (const [id, story] of Object.entries(STORIES).filter((_, i) => i % SHARES === share))
      await test.step(id, () => showsItsStory(page, id, story));
  });

async function showsItsStory(page: Page, id: string, story: Story): Promise<void> {
  await page.goto('about:blank'); // an address that differs in its fragment only would load nothing
  await page.goto(`./#v=1&s=${id}&t=0&tab=writeback&p=controls~inspector~drawer`);
  await expect(page.locator('.fingerprint')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Lists' })).toContainText(story.handed);

  const asTable = page.getByRole('button', { name: 'Timeline as a table' });
  await asTable.click();
  const table = page.getByRole('region', { name: 'Timeline as a table' });
  for (const [track, says] of story.tracks)
    await expect(table.getByRole('row', { name: track }).first()).toContainText(says);
  await asTable.click();

  await page.getByRole('tab', { name: 'Page cache' }).click();
  await page.locator('.timeline-host').focus();
  await page.keyboard.press('End');
  await expect(page.locator('.folio-grid').getByRole('option')).toHaveText([...story.folios]);
  await expect(page.locator('.folio-head')).toContainText('0 dirty, 0 under writeback');

  await page.getByRole('tab', { name: /^Events/ }).click();
  for (const seen of story.seen) await showsEvent(page, seen);

  const badge = page.locator('.header').getByTitle('Show the findings');
  if (story.found === null) return expect(badge).toBeHidden();
  await expect(badge).toHaveText(story.found[0]);
  await badge.click();
  await expect(page.locator('.finding').first()).toContainText(story.found[1]);
}

async function showsEvent(page: Page, { search, where, value, under }: Seen): Promise<void> {
  await page.getByLabel('Search events').fill(search);
  await page.locator('.timeline-host').focus();
  await page.keyboard.press('End');
  await page.getByLabel('Search events').press('Enter'); // from the end on: the first
  const summary = page.locator('.event-summary');
  await expect(summary.locator('h2')).toContainText(search);
  const fact = (name: string) => summary.locator('.facts > div').filter({ hasText: name });
  if (where !== undefined) await expect(fact('where')).toContainText(new RegExp(` ${where}`));
  if (value !== undefined) await expect(fact('value')).toContainText(value);
  if (under !== undefined) await expect(page.locator('.panel-inspector')).toContainText(under);
}

/** Buffered writeback on the page: folios, lists and locks as the cursor moves, and where the time of the bios goes. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { encodeLink } from '../src/link/link.ts';
import { DEFAULT_VIEW, type LinkView } from '../src/link/state.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import type { ScenarioInput } from '../src/scenario/schema.ts';
import { expect, test } from './fixtures.ts';

const MIB = 1024 * 1024;

/** Uncached writes of one job, synced at the end, on a kernel that defers their bios. */
function uncached(kernel: ScenarioInput['kernel']['name'], ios: number): ScenarioInput {
  return {
    version: 1,
    title: 'Uncached writes',
    machine: { cpus: 2, nvme: { queues: 2, read: { mean_ns: 5000 }, write: { mean_ns: 4900 } } },
    kernel: { name: kernel },
    files: [{ id: 'data', size_bytes: MIB, large_folios: false }],
    actors: [
      {
        kind: 'fio',
        name: 'job',
        file: 'data',
        rw: 'write',
        ioengine: 'psync',
        direct: false,
        dontcache: true,
        end_fsync: true,
        ios,
        cpus_allowed: [1],
      },
    ],
  };
}

async function open(page: Page, input: ScenarioInput, view: Partial<LinkView> = {}): Promise<void> {
  const parsed = parseScenario(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const scenario = { preset: null, scenario: parsed.value };
  const link = await encodeLink(
    { scenario, view: { ...DEFAULT_VIEW, panels: ['controls', 'inspector', 'drawer'], ...view } },
    [],
  );
  if (!link.ok) throw new Error(link.error.message);
  await page.goto(`./#${link.value}`);
  await expect(page.locator('.fingerprint')).toBeAttached();
}

const folios = (page: Page) => page.locator('.folio-grid').getByRole('option');

test('folios are dirtied, written and dropped as the cursor moves, and know what changed them', async ({
  page,
}) => {
  await open(page, uncached('7.3.4', 3));
  await page.getByRole('tab', { name: 'Page cache' }).click();
  await expect(folios(page)).toHaveCount(3);
  await expect(folios(page).first()).toHaveText('WB');
  await expect(page.locator('.folio-head')).toContainText('data 3 folios in the cache');

  await test.step('in the end they are gone', async () => {
    await page.locator('.timeline-host').focus();
    await page.keyboard.press('End');
    await expect(folios(page)).toHaveText(['×', '×', '×']);
    await expect(page.locator('.folio-head')).toContainText('data 0 folios in the cache');
  });

  await test.step('the keyboard goes to one, and to what changed it last', async () => {
    await page.getByRole('listbox', { name: 'Folios of data' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.locator('.folio-detail')).toContainText('folio data 1, page 1, 4 KiB to 8 KiB: gone');
    await page.keyboard.press('Enter');
    await expect(page.locator('.narration-what')).toContainText('folio data 1');
    await expect(folios(page)).toHaveText(['×', '×', /^W/]);
  });

  await test.step('going back to the start brings them back to nothing', async () => {
    await page.locator('.timeline-host').focus();
    await page.keyboard.press('Home');
    await expect(folios(page)).toHaveCount(0);
    await expect(page.locator('.folio-never')).toHaveCount(3);
  });
});

test('a click on a folio moves the run to what changed it', async ({ page }) => {
  await open(page, uncached('7.3.4', 2), { tab: 'cache' });
  await page.keyboard.press('End');
  const gone = folios(page).last();
  await gone.hover();
  await expect(page.locator('.folio-detail')).toContainText('Last change at');
  await gone.click();
  await expect(page.locator('.narration-what')).toContainText('folio data 1');
  await expect(page.locator('.event-summary h2')).toContainText('mm_filemap_delete_from_page_cache');
});

test('places of writeback have names, and locks have tracks', async ({ page }) => {
  await open(page, uncached('7.3.4', 2));
  await page.getByRole('button', { name: 'Timeline as a table' }).click();
  const table = page.getByRole('region', { name: 'Timeline as a table' });
  await expect(table.getByRole('rowheader', { name: /bio_complete batch CPU \d/ })).toBeVisible();
  const lock = table.getByRole('row', { name: /i_pages data/ });
  await expect(lock).toContainText(/taken \d+ times, \d+ with interrupts off; nobody spun/);
  await page.keyboard.press('k');
  await page.getByRole('button', { name: 'Timeline as a table' }).click();
  await page.getByRole('button', { name: 'Timeline as a table' }).click();
  await expect(lock).toBeHidden();
});

test('the time of writeback after the device is split into parts, and a bar or a bin leads to its bio', async ({
  page,
}) => {
  await open(page, uncached('in-task-v6', 12));
  await page.getByRole('tab', { name: 'Writeback' }).click();
  const panel = page.getByRole('region', { name: 'Writeback' });
  await expect(panel).toContainText(/\d+ of \d+ bios of writeback ended/);
  await expect(panel).toContainText('bio_complete batch');

  await test.step('most of it is the wait for the next jiffies', async () => {
    await expect(panel.getByRole('button', { name: /^p99:.*on the list \d/ })).toBeVisible();
    await expect(panel.getByRole('row', { name: /^on the list/ })).toContainText('ms');
  });

  await test.step('a bar shows its bio', async () => {
    await panel.getByRole('button', { name: /^p99.9:/ }).click();
    await expect(page.locator('.narration-what')).toContainText('bio_endio');
    const details = page
      .getByRole('complementary', { name: 'Inspector' })
      .or(page.locator('.panel-inspector'));
    await expect(details.first()).toContainText('Handed over through bio_complete batch');
  });

  await test.step('a part shows its distribution, and a bin its slowest bio', async () => {
    await panel.getByRole('button', { name: /^in its handler/ }).click();
    const bins = panel.getByRole('listbox', { name: /Distribution: in its handler/ });
    await bins.focus();
    await page.keyboard.press('End');
    await expect(panel.getByText(/^\d+ bios? of .* shows the slowest, \S+ writeback \d+/)).toBeVisible();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await expect(page.locator('.narration-what')).toContainText('bio_endio');
  });
});

for (const colorScheme of ['light', 'dark'] as const)
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test('axe finds nothing in the page cache', async ({ page }) => {
      await open(page, uncached('in-task-v6', 6), { tab: 'cache' });
      await expect(folios(page).first()).toBeVisible();
      await page.getByRole('listbox').focus();
      expect(await complaints(page)).toEqual([]);
    });
    test('axe finds nothing in the numbers of writeback', async ({ page }) => {
      await open(page, uncached('in-task-v6', 6), { tab: 'writeback' });
      await expect(page.locator('.writeback-bar').first()).toBeVisible();
      expect(await complaints(page)).toEqual([]);
    });
  });

test.describe('narrow', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test('the page cache fits', async ({ page }) => {
    await open(page, uncached('7.3.4', 40), { tab: 'cache', view: 'events' });
    await expect(folios(page).first()).toBeVisible();
    expect(await complaints(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
  test('so do the numbers of writeback', async ({ page }) => {
    await open(page, uncached('7.3.4', 40), { tab: 'writeback', view: 'events' });
    await expect(page.locator('.writeback-bar').first()).toBeVisible();
    expect(await complaints(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});

async function complaints(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap((v) =>
    v.nodes.map((node) => `${v.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  );
}

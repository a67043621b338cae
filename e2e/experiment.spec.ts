import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Published figures' });

/** A small one: a coefficient of variation, a seed, few I/Os. */
async function simulateSmall(page: Page): Promise<void> {
  const dialog = dialogOf(page);
  await dialog.getByLabel('Variation of the device').selectOption('0.5 only');
  await dialog.getByLabel('I/Os a row').selectOption('1,000');
  await dialog.getByRole('button', { name: 'Simulate' }).click();
  await expect(dialog.getByRole('region', { name: 'Throughput' })).toBeVisible({ timeout: 50_000 });
}

test('the published figures are simulated in the page, from the palette', async ({ page }) => {
  await page.goto('./');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search commands' }).fill('published figures');
  await page.keyboard.press('Enter');
  await simulateSmall(page);
  const dialog = dialogOf(page);

  const rows = dialog.getByRole('region', { name: 'Throughput' }).locator('tbody tr');
  await expect(rows).toHaveCount(10);
  const cellsOf = async (row: number): Promise<string[]> => rows.nth(row).locator('td').allTextContents();
  const [role, simulated, published, error] = await cellsOf(9);
  expect([role, published]).toEqual(['fitted', '845']);
  expect(Math.abs(Number(simulated) / 845 - 1)).toBeLessThan(0.01);
  expect(error).toMatch(/^\([+−]?0[.]\d %\)$/);
  for (const row of [1, 2, 3, 6, 7, 8]) {
    const [own, kiops, printed] = await cellsOf(row);
    expect(own).toBe('predicted');
    expect(Math.abs(Number(kiops) / Number(printed) - 1)).toBeLessThan(0.06);
  }

  await expect(dialog.getByText('cv 0.50: the predicted rows are within 6 %')).toBeVisible();
  await expect(
    dialog.getByRole('img', { name: 'Simulated and published IOPS by queue depth' }),
  ).toBeVisible();
  await expect(
    dialog.getByRole('region', { name: 'CPU time' }).getByText('15.', { exact: false }).first(),
  ).toBeVisible();
  for (const kind of ['Fitted', 'Predicted', 'Assumed'])
    await expect(dialog.getByRole('term').filter({ hasText: kind }).first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).include('dialog[open]').analyze();
  expect(violations).toEqual([]);
});

test('it has an address; it tells how far it is, and can be cancelled', async ({ page }) => {
  await page.goto('./#v=1&s=overwrite-workqueue&t=0&view=experiment');
  const dialog = dialogOf(page);
  await dialog.getByLabel('I/Os a row').selectOption('5,000');
  await dialog.getByRole('button', { name: 'Simulate' }).click();
  await expect(dialog.getByRole('progressbar')).toBeVisible();
  await expect(dialog.getByText(/[1-9]\d* of 150 simulations/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog.getByRole('button', { name: 'Simulate' })).toBeVisible();
  await expect(dialog.getByRole('progressbar')).toHaveCount(0);
  expect(page.url()).toContain('view=experiment');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page).not.toHaveURL(/view=experiment/);
  await page.goBack();
  await expect(dialog).toBeVisible();
});

test('the delay of one jiffy is simulated beside its published figures, by keyboard', async ({ page }) => {
  await page.goto('./#v=1&s=overwrite-workqueue&t=0&view=experiment');
  const dialog = dialogOf(page);
  await dialog.getByRole('tab', { name: 'Caller completion' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(dialog.getByRole('tab', { name: 'The delay of one jiffy' })).toBeFocused();
  await expect(page).toHaveURL(/view=delay/);
  await expect(dialog.getByRole('region', { name: 'Published' })).toContainText('3,680,000');

  await test.step('it can be cancelled', async () => {
    await dialog.getByLabel('Writes').selectOption('5,000');
    await dialog.getByRole('button', { name: 'Simulate' }).focus();
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('progressbar')).toBeVisible();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog.getByRole('progressbar')).toHaveCount(0);
  });

  await test.step('the claims hold, and fitted and predicted are told apart', async () => {
    await dialog.getByLabel('HZ').selectOption('1000 only');
    await dialog.getByLabel('Writes').selectOption('1,000');
    await dialog.getByRole('button', { name: 'Simulate' }).click();
    await expect(dialog.getByText('All three claims hold at HZ 1000.')).toBeVisible({ timeout: 50_000 });
    const rows = dialog.getByRole('region', { name: 'Delay', exact: true }).locator('tbody tr');
    await expect(rows).toHaveCount(2);
    const cells = async (row: number): Promise<string[]> => rows.nth(row).locator('td').allTextContents();
    const [none, jiffy] = [await cells(0), await cells(1)];
    expect([none[1], none[3], none[6]]).toEqual(['p99 fitted', '1.1', '35.8']);
    expect(none[5]).toMatch(/^\(3[56][.]\d\)$/);
    expect([jiffy[1], jiffy[3], jiffy[6]]).toEqual(['predicted', '80.4', '36.2']);
    expect(Number(jiffy[2])).toBeGreaterThan(10 * Number(none[2]));
    const claims = dialog.getByRole('region', { name: 'Claims' }).locator('tbody tr');
    await expect(claims.getByText(/^holds, /)).toHaveCount(3);
    for (const kind of ['Fitted', 'Predicted', 'Assumed', 'Not modelled'])
      await expect(dialog.getByRole('term').filter({ hasText: kind }).first()).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).include('dialog[open]').analyze();
    expect(violations).toEqual([]);
  });

  await test.step('the MB/s are shown as published, with what the model has to say', async () => {
    await dialog.getByRole('tab', { name: 'MB/s of uncached I/O' }).click();
    await expect(dialog.getByRole('region', { name: 'RFC v2, writes' })).toContainText('61.5');
    await expect(dialog.getByRole('region', { name: 'RFC v2, reads' })).toContainText(/\+59\s%/);
    await expect(dialog.getByRole('region', { name: 'RFC v4, writes' })).toContainText('about 8997');
    await expect(dialog.getByRole('region', { name: 'RFC v4, writes' })).toContainText('could not be read');
    const { violations } = await new AxeBuilder({ page }).include('dialog[open]').analyze();
    expect(violations).toEqual([]);
    await dialog.getByRole('button', { name: /^Show it: An uncached read/ }).click();
    await expect(dialog).toBeHidden();
    await expect(page.locator('.story h2')).toContainText('An uncached read drops its folios itself');
  });
});

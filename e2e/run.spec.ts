import { expect, test } from './fixtures.ts';

test('a long run shows its progress and can be cancelled; what it has stays', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  await page.getByLabel('events', { exact: true }).fill('10000000');
  await page.getByLabel('I/Os', { exact: true }).fill('1000000');
  await page.keyboard.press('Enter');
  const cancel = page.locator('.strip').getByRole('button', { name: 'Cancel' });
  await expect(cancel).toBeVisible();
  await cancel.click();
  await expect(page.locator('.strip-warning')).toContainText('You cancelled the run');
  await expect(page.locator('.narration-what')).not.toBeEmpty();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByLabel('I/Os', { exact: true })).toHaveValue('4');
  await expect(page.locator('.fingerprint')).toBeVisible();
});

test('a run past its budget stops cleanly and shows what it has', async ({ page }) => {
  await page.goto('./');
  await page.getByLabel('events', { exact: true }).fill('1000');
  await page.getByLabel('I/Os', { exact: true }).fill('500');
  await page.keyboard.press('Enter');
  await expect(page.locator('.strip-warning')).toContainText('limit');
  await expect(page.locator('.fingerprint')).toBeVisible();
});

test('a value out of range is refused by name, value and range, and the run stays', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  const before = await page.locator('.fingerprint code').textContent();
  await page.getByLabel('CPUs', { exact: true }).fill('300');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: 'CPUs 300 is not in 1 to 256' })).toBeVisible();
  await expect(page.locator('.fingerprint code')).toHaveText(before ?? '');
});

test('a Worker that cannot start is a failure that keeps the scenario and can be tried again', async ({
  page,
  offences,
}) => {
  await page.route(/worker-[^/]*\.js$/, (route) => route.abort());
  await page.goto('./');
  const failed = page.getByRole('alert').filter({ hasText: 'The run failed' });
  await expect(failed).toBeVisible();
  await page.unroute(/worker-[^/]*\.js$/);
  await failed.getByRole('button', { name: 'Run again' }).click();
  await expect(page.locator('.fingerprint')).toBeVisible();
  offences.splice(0, offences.length, ...offences.filter((text) => !text.includes('ERR_FAILED')));
});

test('the same scenario gives the same fingerprint again', async ({ page }) => {
  await page.goto('./#v=1&s=queue-depth-16');
  const first = await page.locator('.fingerprint code').textContent();
  await page.reload();
  await expect(page.locator('.fingerprint code')).toHaveText(first ?? '');
});

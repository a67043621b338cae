import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

const change = (page: Page) => page.locator('.strip-change');
const controls = (page: Page) => page.getByRole('region', { name: 'Controls' });

async function open(page: Page, preset: string): Promise<void> {
  await page.goto(`./#v=1&s=${preset}`);
  await expect(page.locator('.fingerprint')).toBeVisible();
}

test('toggles of each owner are told by the decision that turned, and lead to it', async ({ page }) => {
  await open(page, 'overwrite-inline-irq');
  const turns = async (question: RegExp, ways: string): Promise<void> => {
    await expect(change(page)).toContainText(ways);
    await expect(change(page)).toContainText(question);
    await change(page).getByRole('button', { name: 'Show the decision' }).click();
    await expect(page.locator('.decision-asks')).toHaveText(question);
    await page.keyboard.press('Control+z');
  };
  await test.step('filesystem: unwritten extents', async () => {
    await controls(page).getByLabel('blocks of the file').selectOption('unwritten');
    await turns(/What does the filesystem have at this place/, 'inline-irq to s_dio_done_wq');
  });
  await test.step('filesystem: cached pages', async () => {
    await controls(page).getByRole('checkbox', { name: 'cached pages', exact: true }).check();
    await turns(/cache/i, 'inline-irq to s_dio_done_wq');
  });
  await test.step('device: an I/O error', async () => {
    await controls(page).getByLabel('an I/O fails').check();
    await turns(/fail|error/i, '1 of 4 I/Os on another path');
  });
  await test.step('application: O_DSYNC, on a device without FUA', async () => {
    await controls(page).getByLabel('FUA', { exact: true }).uncheck();
    await controls(page).getByLabel('sync', { exact: true }).selectOption('dsync');
    await turns(/Must the data be stable/, 'inline-irq to s_dio_done_wq');
  });
  await test.step('block layer: no poll queue for a polled read', async () => {
    await open(page, 'poll-read');
    await controls(page).getByLabel('poll queue', { exact: true }).uncheck();
    await turns(/poll/i, 'inline-poll to submitter-direct');
  });
  await test.step('kernel revision: also where every I/O stays on its path', async () => {
    await open(page, 'overwrite-workqueue');
    await controls(page)
      .getByLabel('A write that ends past the end of the file is finished in a task')
      .check();
    await expect(change(page)).toContainText('4 on the same path with other steps');
    await expect(change(page).getByRole('button', { name: 'Show the decision' })).toBeVisible();
    await expect(controls(page)).toContainText('1 switch flipped');
  });
});

test('a list of the scenario is added to, edited, refused with its reason, undone and removed from', async ({
  page,
}) => {
  await open(page, 'overwrite-workqueue');
  await controls(page)
    .locator('summary')
    .filter({ hasText: /^extents/ })
    .click();
  await controls(page).getByRole('button', { name: 'Add an extent' }).click();
  const extent = page.getByRole('group', { name: 'extent 1' });
  await expect(extent.getByLabel('from')).toBeFocused();
  await expect(controls(page).getByLabel('blocks of the file')).toHaveValue('unwritten');
  await extent.getByLabel('state').selectOption('shared');
  await extent.getByLabel('length').fill('-1');
  await page.keyboard.press('Enter');
  await expect(extent.getByRole('alert')).toContainText('length -1 is not in 1 to');
  await extent.getByLabel('length').fill('4096');
  await page.keyboard.press('Enter');
  await expect(controls(page).getByLabel('blocks of the file')).toHaveValue('as listed');

  await controls(page).getByLabel('filesystem', { exact: true }).selectOption('ext4');
  await expect(controls(page)).toContainText('extents of data dropped that ext4 does not have');
  await expect(extent).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(extent.getByLabel('state')).toHaveValue('shared');
  await page.getByRole('button', { name: 'Remove extent 1' }).click();
  await expect(extent).toBeHidden();
  await expect(controls(page).getByRole('button', { name: 'Add an extent' })).toBeFocused();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(extent.getByLabel('length')).toHaveValue('4096');
});

test('entries are added one after the other, and the focus goes to the new one', async ({ page }) => {
  await open(page, 'read-inline-irq');
  const faults = controls(page)
    .locator('details')
    .filter({ hasText: 'Commands that the device fails' })
    .last();
  await faults.locator('summary').click();
  const add = faults.getByRole('button', { name: 'Add a fault' });
  await add.click();
  await add.click();
  await expect(page.getByRole('group', { name: 'fault 2' }).getByLabel('command')).toBeFocused();
  await page.getByRole('group', { name: 'fault 2' }).getByLabel('from number').fill('3');
  await page.keyboard.press('Enter');
  await expect(controls(page).getByLabel('an I/O fails')).toBeChecked();
  await page.getByRole('button', { name: 'Remove fault 1' }).click();
  await expect(page.getByRole('group', { name: 'fault 1' }).getByLabel('from number')).toHaveValue('3');
  await expect(page.getByRole('button', { name: 'Remove fault 1' })).toBeFocused();
});

test('a release says in what it differs from its revision, and why', async ({ page }) => {
  await open(page, 'overwrite-workqueue');
  const kernel = page.getByLabel('kernel', { exact: true });
  await expect(kernel.locator('optgroup')).toHaveCount(2);
  await kernel.selectOption('6.12.107');
  await controls(page).getByText('Differs from its revision').click();
  await expect(controls(page)).toContainText('ddb4873286e0');
});

/** Flipping what writeback depends on: the change strip says what came of it, and leads to the place. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

const change = (page: Page) => page.locator('.strip-change');
const controls = (page: Page) => page.getByRole('region', { name: 'Controls' });
const TEST = 'How bio_endio() finds out that a bio must wait for a worker';
const DELAY = 'How long the worker of the batch waits for more bios';

async function open(page: Page, preset: string): Promise<void> {
  await page.goto('about:blank'); // an address that differs in its fragment only would load nothing
  await page.goto(`./#v=1&s=${preset}`);
  await expect(page.locator('.fingerprint')).toBeVisible();
}

/** Chooses in a list of the controls, looks at what the strip says, and takes it back. */
async function turns(page: Page, label: string, value: string, ...says: (string | RegExp)[]): Promise<void> {
  await controls(page).getByLabel(label, { exact: true }).selectOption(value);
  for (const text of says) await expect(change(page)).toContainText(text);
  await page.getByRole('button', { name: 'Undo' }).click();
}

test('switches of BIO_COMPLETE_IN_TASK change where bios end, and the page says how', async ({ page }) => {
  await open(page, 'dontcache-v6');
  await test.step('context test: a sleeping lock under a spinlock', async () => {
    await controls(page).getByLabel(TEST, { exact: true }).selectOption('!in_task()');
    await expect(change(page)).toContainText(
      '4 of 4 bios handed over another way (bio_complete batch to no hand-over)',
    );
    await expect(change(page)).toContainText('runs of the batch’s worker: 1, now 0');
    await expect(change(page)).toContainText('found: nothing, now 8 hazards');
    await expect(controls(page)).toContainText('Flipped: in-task-v6 has bio_in_atomic().');
    await change(page).getByRole('button', { name: 'Show the decision' }).click();
    await expect(page.locator('.decision-asks')).toContainText('?');
    await page.getByRole('button', { name: 'Undo' }).click();
  });
  await test.step('delay: one run of the worker for each bio', () =>
    turns(page, DELAY, 'none', 'runs of the batch’s worker: 1, now 4', '4 faster'));
  await test.step('nothing deferred: switches of the batch say that they are idle', async () => {
    await controls(page)
      .getByLabel('What an interrupt leaves to a per-CPU worker', { exact: true })
      .selectOption('none');
    await expect(change(page)).toContainText('no hand-over');
    await expect(controls(page)).toContainText('in-task-v6 leaves nothing to a worker here');
    await page.getByRole('button', { name: 'Undo' }).click();
  });
  await test.step('another revision', () =>
    turns(page, 'kernel', '6.17.13', 'bio_complete batch to ', 'runs of the batch’s worker: 1, now 0'));
});

test('hotplug callbacks, XFS’s own worker and the kernel revision change what is found', async ({ page }) => {
  await open(page, 'batch-cpu-offline');
  await test.step('without down_prep nothing is parked', () =>
    turns(page, 'Hotplug callbacks of the batch', 'dead', 'found: 5 notes, now nothing', '16 faster'));

  await open(page, 'dontcache-two-hops');
  await test.step('one hop as released', async () => {
    await controls(page)
      .getByLabel(/^XFS (clears|takes)/)
      .check();
    await expect(change(page)).toContainText('(bio_complete batch -> i_ioend_list to i_ioend_list)');
    await expect(change(page)).toContainText('found: 1 note, now nothing');
  });

  await open(page, 'dontcache-rfc-v3');
  await test.step('RFC v4 defers the bio, and no folio is forgotten', () =>
    turns(
      page,
      'kernel',
      'in-task-rfc-v4',
      'no hand-over to bio_complete batch',
      'folios dropped from the cache: 31, now 64',
      'found: 1 warning, now nothing',
    ));
});

test('what a buffered job and its file are set to can be changed', async ({ page }) => {
  await open(page, 'dontcache-7.3');
  await test.step('not uncached: no batch, and the folios stay', async () => {
    await controls(page).getByLabel('uncached', { exact: true }).uncheck();
    await expect(change(page)).toContainText('folios dropped from the cache: 4, now 0');
    await page.getByRole('button', { name: 'Undo' }).click();
  });
  await test.step('the first lookup of a mapping fails', async () => {
    await controls(page).getByText('More of the file').click();
    await controls(page).getByLabel('fail mapping').fill('1');
    await page.keyboard.press('Enter');
    await expect(change(page)).toContainText(/gone|with another result/);
    await page.getByRole('button', { name: 'Undo' }).click();
  });
  await test.step('a driver that ends bios in the submitter’s task: nothing is deferred', async () => {
    await controls(page).getByLabel('driver', { exact: true }).selectOption('null_blk');
    await expect(controls(page).getByLabel('null_blk.irqmode')).toBeVisible();
    await expect(change(page)).toContainText('bio_complete batch to no hand-over');
  });
  await test.step('data_err=abort aborts the journal', async () => {
    await open(page, 'ext4-abort');
    await controls(page).getByLabel('data_err').selectOption('ignore');
    await expect(change(page)).toContainText(/i_rsv_conversion_list to no hand-over/);
  });
});

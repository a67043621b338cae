import type { Browser, BrowserContext, Page } from '@playwright/test';
import { PRESETS } from '../src/scenario/presets.ts';
import { expect, test, watch } from './fixtures.ts';

const COMMAND =
  'fio --name=dio-write --filename=/data1/file --size=64M --time_based=1 --runtime=10 --bs=4096 --rw=randwrite ' +
  '--norandommap --buffered=0 --cpus_allowed=1 --ioengine=io_uring --iodepth=2 --group_reporting --colour=blue';

/** What a person compares when two people look at the same thing. */
async function whatIsSeen(page: Page): Promise<Record<string, string>> {
  const text = async (name: string): Promise<string> => (await page.locator(name).allTextContents()).join();
  return {
    row: await text('.where'),
    narration: await text('.narration-text'),
    selection: await text('.event-summary h2'),
    range: await text('.range-text'),
    fingerprint: await text('.fingerprint code'),
    title: await page.title(),
  };
}

async function openFresh(browser: Browser, url: string, offences: string[]): Promise<[BrowserContext, Page]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await watch(context, new URL(url).origin, offences);
  const page = await context.newPage();
  await page.goto(url);
  return [context, page];
}

test('from a fio command to a shared link', async ({ page, context, browser, offences }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./');

  await test.step('paste a fio command', async () => {
    await page.getByRole('button', { name: 'fio job' }).click();
    const dialog = page.getByRole('dialog', { name: 'Simulate a fio job' });
    await dialog.getByRole('textbox', { name: /Paste a command line/ }).fill(COMMAND);
    await expect(dialog.getByText('Not understood (1)')).toBeVisible();
    await expect(dialog.getByRole('cell', { name: 'colour=blue' })).toBeVisible();
    await expect(dialog.getByText(/Without effect here \(/)).toBeVisible();
    await dialog.getByLabel('I/Os of each job').fill('8');
    await dialog.getByRole('button', { name: 'Simulate' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByLabel('I/Os', { exact: true })).toHaveValue('8');
  });

  await test.step('see how its bios complete', async () => {
    await page.getByRole('tab', { name: 'Statistics' }).click();
    await expect(page.getByRole('rowheader', { name: 's_dio_done_wq' })).toBeVisible();
    await expect(page.locator('.narration-what')).toContainText('kworker');
  });

  await test.step('step there and back', async () => {
    const before = await whatIsSeen(page);
    await page.getByRole('button', { name: 'Step forward' }).click();
    await page.keyboard.press('ArrowRight');
    await expect(page.locator('.where')).not.toHaveText(before['row'] ?? '');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await whatIsSeen(page)).toEqual(before);
  });

  await test.step('flip the flag and see the path change, at which decision', async () => {
    await page.getByLabel('IOCB_DIO_CALLER_COMP', { exact: true }).check();
    const change = page.locator('.strip-change');
    await expect(change).toContainText(
      '8 of 8 I/Os on another path (s_dio_done_wq to caller-comp-task-work)',
    );
    await expect(page.getByRole('rowheader', { name: 'caller-comp-task-work' })).toBeVisible();
    await expect(page.getByRole('rowheader', { name: 's_dio_done_wq' })).toBeHidden();
    await change.getByRole('button', { name: 'Show the decision' }).click();
    await expect(page.locator('.decision-asks')).toContainText('?');
    await expect(page.locator('.decision-source')).toContainText('io_uring/rw.c');
  });

  await test.step('measure a range and zoom', async () => {
    await page.keyboard.press('m');
    await page.keyboard.press('Shift+ArrowRight');
    for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('m');
    await expect(page.locator('.range-text')).toContainText('s');
    await page.keyboard.press('w');
    await page.waitForTimeout(700); // the gesture closes
  });

  await test.step('copy the link, open it in a fresh browser and find the same', async () => {
    const sent = await whatIsSeen(page);
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('button', { name: 'Copy the link' }).click();
    await expect(page.getByText('Copied.')).toBeVisible();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toContain('#v=1&');
    expect(link.length).toBeLessThan(2000);

    const [fresh, received] = await openFresh(browser, link, offences);
    await expect(received.locator('.fingerprint code').first()).toHaveText(sent['fingerprint'] ?? '');
    await expect.poll(() => whatIsSeen(received)).toEqual(sent);
    await expect(received.getByLabel('IOCB_DIO_CALLER_COMP', { exact: true })).toBeChecked();
    await fresh.close();
  });

  await test.step('undo takes the flag back', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    await expect(page.getByLabel('IOCB_DIO_CALLER_COMP', { exact: true })).not.toBeChecked();
    await expect(page.locator('.strip-change')).toContainText('caller-comp-task-work to s_dio_done_wq');
  });
});

test('a job file with a mistake is answered with line and column, and nothing is lost', async ({ page }) => {
  await page.goto('./');
  await page.keyboard.press('p');
  const dialog = page.getByRole('dialog', { name: 'Simulate a fio job' });
  await dialog.getByRole('textbox', { name: /Paste/ }).fill('[global]\nrw=randread\n[job]\nbs=4q\n');
  await expect(dialog.getByText(/Line 4, column \d+/)).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Simulate' })).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(page.locator('.narration-what')).not.toBeEmpty();
  await page.keyboard.press('p');
  await expect(dialog.getByRole('textbox', { name: /Paste/ })).toHaveValue(/bs=4q/);
});

test('a preset that is picked tells its story and runs', async ({ page }) => {
  await page.goto('./');
  const picker = page.getByLabel('Scenario', { exact: true });
  const titles = await picker.locator('option').allTextContents();
  expect([...titles].sort()).toEqual(PRESETS.map((preset) => preset.title).sort());
  // that each is what it should be, paths.spec.ts has
  for (const title of [titles.at(-1), titles[1], titles[0]]) {
    if (title === undefined) throw new Error('there are presets');
    await picker.selectOption({ label: title });
    await expect(page.locator('.story h2')).toHaveText(title);
    await expect(page.locator('.fingerprint')).toBeVisible();
    await expect(page.locator('.narration-what')).not.toBeEmpty();
  }
});

test('a file dropped on the page opens, and a saved scenario comes back', async ({ page }) => {
  await page.goto('./');
  await page.getByLabel('seed').fill('42');
  await page.keyboard.press('Tab');
  const waiting = page.waitForEvent('download');
  await page.keyboard.press('Control+s');
  const download = await waiting;
  expect(download.suggestedFilename()).toMatch(/\.bioscope\.json$/);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const saved = Buffer.concat(chunks).toString('utf8');

  await page.getByLabel('Scenario', { exact: true }).selectOption({ index: 2 });
  await expect(page.getByLabel('seed')).toHaveValue('1');
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'saved.json', { type: 'application/json' }));
    return transfer;
  }, saved);
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await expect(page.getByLabel('seed')).toHaveValue('42');
});

test('a fio command pasted anywhere on the page is simulated, and its options are told', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  await page.evaluate(() =>
    navigator.clipboard.writeText(
      'fio --name=pasted --rw=read --ioengine=libaio --direct=1 --size=1M --number_ios=4',
    ),
  );
  await page.keyboard.press('Control+v');
  await expect(
    page.getByRole('dialog', { name: 'Simulate a fio job' }).getByText('What becomes of it'),
  ).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByLabel('ioengine')).toHaveValue('libaio');
  await expect(page.getByLabel('Scenario', { exact: true })).toContainText('fio job');
});

test('the lists can be made higher by keyboard, and stay so', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  const open = page.getByRole('button', { name: 'Open the lists' });
  if (await open.isVisible()) await open.click(); // low windows begin with the lists closed
  const splitter = page.getByRole('separator', { name: 'Height of the lists' });
  await splitter.focus();
  const before = (await page.getByRole('region', { name: 'Lists' }).boundingBox())?.height ?? 0;
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowUp');
  await expect
    .poll(async () => (await page.getByRole('region', { name: 'Lists' }).boundingBox())?.height)
    .toBeGreaterThan(before + 50);
  await page.reload();
  await expect
    .poll(async () => (await page.getByRole('region', { name: 'Lists' }).boundingBox())?.height)
    .toBeGreaterThan(before + 50);
});

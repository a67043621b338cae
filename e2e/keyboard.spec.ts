import { expect, test } from './fixtures.ts';

test('by keyboard only: find a decision, read why, flip the flag, share', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();

  await page.keyboard.press('Home');
  await expect(page.locator('.where')).toContainText('row 0 of');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.locator('.decision-asks')).toBeVisible();
  await page.keyboard.press('End');
  await expect(page.locator('.narration-what')).toContainText('The run ends');

  await page.keyboard.press('/');
  await page.keyboard.type('queue_work');
  await page.keyboard.press('Enter');
  await expect(page.locator('.narration-what')).toContainText('queue_work');

  await page.keyboard.press('Control+k');
  await page.keyboard.type('theme dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveCSS('color-scheme', 'dark');

  await page.getByLabel('IOCB_DIO_CALLER_COMP', { exact: true }).focus();
  await page.keyboard.press('Space');
  await expect(page.locator('.strip-change')).toContainText('caller-comp-task-work');

  await page.keyboard.press('F1');
  await page.keyboard.type('share');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter'); // the copy button has the focus
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('#v=1');
});

test('the timeline is walked with the arrow keys, track by track and event by event', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  await page.keyboard.press('1');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('.panel-timeline [role=status]')).not.toBeEmpty();
  await page.keyboard.press('.');
  await expect(page.locator('.selection-note, .event-summary')).not.toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Details' })).toBeFocused();
});

test('a command of the palette that moves the focus leaves it there', async ({ page }) => {
  await page.goto('./');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('search events');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('searchbox', { name: 'Search events' })).toBeFocused();
});

test('Escape closes the menu of the timeline before it clears the selection', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  await page.locator('.timeline-host').click({ button: 'right', position: { x: 320, y: 60 } });
  await expect(page.getByRole('menu', { name: 'Timeline' })).toBeVisible();
  await page.getByRole('menuitem', { name: /Mark this moment/ }).click();
  await expect(page.locator('.range-text')).toContainText('Marked');
  await page.locator('.timeline-host').click({ button: 'right', position: { x: 320, y: 60 } });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(page.locator('.range-text')).toContainText('Marked');
  await page.keyboard.press('Escape');
  await expect(page.locator('.range-text')).toHaveCount(0);
});

test('single-character keys can be switched off; the others stay', async ({ page }) => {
  await page.goto('./');
  await page.keyboard.press('?');
  await page.getByLabel(/Single-character keys work/).uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'All commands' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.reload();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('letters typed into a field are text, not commands', async ({ page }) => {
  await page.goto('./');
  await page.keyboard.press('/'); // opens the lists where they begin closed
  await page.getByRole('searchbox', { name: 'Search events' }).pressSequentially('wasd p?');
  await expect(page.getByRole('searchbox', { name: 'Search events' })).toHaveValue('wasd p?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

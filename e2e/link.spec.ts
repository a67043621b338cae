import { expect, test } from './fixtures.ts';

test('back undoes a zoom, forward brings it back', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  await page.waitForTimeout(700);
  const before = page.url();
  await page.keyboard.press('w');
  await page.keyboard.press('w');
  await expect.poll(() => page.url()).toContain('&w=');
  await page.waitForTimeout(700); // one gesture, closed after half a second of rest
  const zoomed = page.url();
  await page.goBack();
  await expect.poll(() => page.url()).toBe(before);
  await page.goForward();
  await expect.poll(() => page.url()).toBe(zoomed);
});

test('stepping does not flood the history', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  const length = await page.evaluate(() => history.length);
  for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(700);
  expect(await page.evaluate(() => history.length)).toBe(length);
});

for (const [what, fragment, told] of [
  ['a field that cannot be read', 'v=1&s=poll-read&t=soon', 'soon'],
  ['a preset that does not exist', 'v=1&s=no-such-preset', 'no-such-preset'],
  ['a newer format', 'v=7&s=poll-read', 'newer'],
  ['a damaged blob', 'v=1&z=AAAA', 'link'],
  ['nonsense', '%%%%%', 'link'],
] as const) {
  test(`a link with ${what} says so and shows a working page`, async ({ page }) => {
    await page.goto(`./#${fragment}`);
    const message = page.locator('.message-warning');
    await expect(message).toContainText(told);
    await expect(page.locator('.fingerprint')).toBeVisible();
    await message.getByRole('button', { name: 'Close the message' }).click();
    await expect(message).toBeHidden();
  });
}

test('a link into the page that is open is followed without a reload', async ({ page }) => {
  await page.goto('./');
  await expect(page.locator('.fingerprint')).toBeVisible();
  await page.evaluate(() => (location.hash = '#v=1&s=psync-write'));
  await expect(page.locator('.story h2')).toContainText('synchronous');
});

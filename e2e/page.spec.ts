import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './fixtures.ts';

test('the page opens, has a heading, and axe finds nothing to complain about', async ({ page }) => {
  await page.goto('./');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page).toHaveTitle(/bioscope/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
});

test('the policy is in the page and in the header, and neither lets anything inline through', async ({
  page,
}) => {
  const response = await page.goto('./');
  const header = response?.headers()['content-security-policy'];
  const meta = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  expect(header).toContain("default-src 'none'");
  expect(header).toContain("frame-ancestors 'none'");
  expect(meta).toContain("default-src 'none'");
  expect(`${header ?? ''} ${meta ?? ''}`).not.toContain('unsafe-');
});

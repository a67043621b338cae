import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

/** Each view, and how a person gets there. */
const WIDE: Record<string, (page: Page) => Promise<void>> = {
  start: () => Promise.resolve(),
  findings: (page) => page.getByRole('tab', { name: /Findings/ }).click(),
  statistics: (page) => page.getByRole('tab', { name: 'Statistics' }).click(),
  help: (page) => page.keyboard.press('?'),
  palette: (page) => page.keyboard.press('Control+k'),
  'fio dialog': (page) => page.keyboard.press('p'),
  share: (page) => page.getByRole('button', { name: 'Share' }).click(),
  settings: (page) => page.getByRole('button', { name: 'Settings' }).click(),
  about: (page) => page.getByRole('button', { name: 'About this model' }).click(),
  'timeline as a table': (page) => page.getByRole('button', { name: 'Timeline as a table' }).click(),
  'a change': async (page) => {
    await page.getByLabel('IOCB_DIO_CALLER_COMP', { exact: true }).check();
    await expect(page.locator('.strip-change')).toBeVisible();
  },
  'a refused value': async (page) => {
    await page.getByLabel('CPUs', { exact: true }).fill('9999');
    await expect(page.locator('.field-problem').filter({ hasText: '256' })).toBeVisible();
  },
  'a list with an entry': async (page) => {
    await page.locator('.list summary').first().click();
    await page.locator('.list .list-add').first().click();
    await expect(page.locator('.list-item')).toHaveCount(1);
  },
  'a hazard': async (page) => {
    await page.getByLabel('A write that needs no task finishes where its last bio ends').check();
    await page.getByTitle('Show the findings').click();
    await page.keyboard.press('h');
    await expect(page.locator('.hazards')).toBeVisible();
  },
  'a decision': async (page) => {
    await page.keyboard.press('Shift+ArrowRight');
    await expect(page.locator('.decision-asks')).toBeVisible();
  },
};

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    for (const [name, go] of Object.entries(WIDE)) {
      test(`axe finds nothing: ${name}`, async ({ page }) => {
        await page.goto('./');
        await expect(page.locator('.fingerprint')).toBeVisible();
        await go(page);
        expect(await complaints(page)).toEqual([]);
      });
    }
  });
}

const NARROW_VIEWS = ['Timeline', 'Lists', 'Details', 'Scenario'] as const;

test.describe('narrow', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  for (const view of NARROW_VIEWS) {
    test(`${view}: axe finds nothing, nothing overflows, and targets are large enough`, async ({ page }) => {
      await page.goto('./');
      await page.getByRole('tab', { name: view, exact: true }).click();
      await expect(page.locator('.narrow-view')).toBeVisible();
      expect(await complaints(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      expect(await smallTargets(page)).toEqual([]);
    });
  }
});

test.describe('at 200 % zoom', () => {
  test.use({ viewport: { width: 640, height: 400 } });
  for (const view of NARROW_VIEWS) {
    test(`${view}: the page scrolls, and nothing is squeezed or covered`, async ({ page }) => {
      await page.goto('./');
      await page.getByRole('tab', { name: view, exact: true }).click();
      await expect(page.locator('.narrow-view')).toBeVisible();
      if (view === 'Timeline')
        expect((await page.locator('.timeline-host').boundingBox())?.height).toBeGreaterThanOrEqual(120);
      expect(await overlaps(page)).toEqual([]);
    });
  }
});

/** Regions, from top to bottom, that begin before the one above has ended. */
function overlaps(page: Page): Promise<string[]> {
  return page
    .locator('.header, .narrow-view > *, .transport, .narration, .view-tabs')
    .evaluateAll((elements) => {
      const shown = elements
        .filter((element) => element.getClientRects().length > 0)
        .map((element) => ({
          name: element.getAttribute('class') ?? '',
          box: element.getBoundingClientRect(),
        }));
      return shown
        .slice(1)
        .flatMap(({ name, box }, i) => (box.top < (shown[i]?.box.bottom ?? 0) - 1 ? [name] : []));
    });
}

async function complaints(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap((v) =>
    v.nodes.map((node) => `${v.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  );
}

/** Buttons, fields and tabs below 24 pixels (WCAG 2.5.8). Links within a sentence are exempt there, and so here. */
function smallTargets(page: Page): Promise<string[]> {
  return page
    .locator('button:not(.button-link), select, input, [role=tab], summary')
    .evaluateAll((elements) =>
      elements
        .filter((element) => element.getClientRects().length > 0)
        .map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
        .filter(({ box }) => box.width < 24 || box.height < 24)
        .map(({ element, box }) => `${element.outerHTML.slice(0, 120)} is ${box.width} × ${box.height}`),
    );
}

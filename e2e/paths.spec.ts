import type { Page } from '@playwright/test';
import { iosOf } from '../src/analysis/io.ts';
import { MONITORS, findingsOf } from '../src/analysis/monitors.ts';
import { narrate } from '../src/analysis/narrate.ts';
import type { LogView } from '../src/log/view.ts';
import { runToEnd } from '../src/run/run.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import { type Preset, PRESETS } from '../src/scenario/presets.ts';
import { firstSight } from '../src/state/event-times.ts';
import { findingsCount } from '../src/ui/findings-text.ts';
import { expect, test } from './fixtures.ts';

/**
 * Every path and every story in the page. What a preset shows is asserted in src/run/presets.test.ts on the same engine;
 * here the page is to show that. A few tests share the presets, as a new context for each would take most of the time.
 */
const SHARES = 8;

for (let share = 0; share < SHARES; share++)
  test(`each preset shows its path, its story and its hazards in the page (${share + 1} of ${SHARES})`, async ({
    page,
  }) => {
    for (const preset of PRESETS.filter((_, i) => i % SHARES === share))
      await test.step(preset.id, () => showsItsStory(page, preset));
  });

async function showsItsStory(page: Page, preset: Preset): Promise<void> {
  const log = logOf(preset);
  const ios = iosOf(log);
  await page.goto('about:blank'); // an address that differs in its fragment only would load nothing
  await page.goto(`./#v=1&s=${preset.id}`);
  await expect(page.locator('.fingerprint')).toBeVisible();
  await expect(page.locator('.story h2')).toHaveText(preset.title);
  await expect(page.locator('.narration-what')).toHaveText(narrate(log, firstSight(log)).text);

  const io = Math.max(0, ios.ofObject(log.object(firstSight(log))));
  const summary = page
    .locator('.inspector details')
    .filter({ hasText: ios.name(io) })
    .last();
  if (ios.path(io) !== null) await expect(summary).toContainText(`Path ${ios.path(io) ?? ''}`);
  await showsItsHazards(page, log);
}

async function showsItsHazards(page: Page, log: LogView): Promise<void> {
  const findings = findingsOf(log, iosOf(log));
  const badge = page.locator('.header').getByTitle('Show the findings');
  if (findings.length === 0) {
    await expect(badge).toBeHidden();
    return;
  }
  await expect(badge).toHaveText(findingsCount(findings));
  await badge.click();
  await expect(page.locator('.finding')).toHaveCount(findings.length);
  await page.keyboard.press('Home');
  await page.keyboard.press('h');
  const first = Math.min(...findings.map(({ row }) => row));
  for (const { monitor, message } of findings.filter(({ row }) => row === first)) {
    const told = page.locator('.hazards li').filter({ hasText: message }).first();
    await expect(told).toContainText(MONITORS.find(({ id }) => id === monitor)?.source ?? '');
  }
}

function logOf({ scenario }: Preset): LogView {
  const parsed = parseScenario(scenario);
  if (!parsed.ok) throw new Error('a preset is a valid scenario');
  return runToEnd(parsed.value).log;
}

test('hazards are stepped through in the timeline, both ways, and each is explained', async ({ page }) => {
  await page.goto('./#v=1&s=overwrite-workqueue');
  await expect(page.locator('.fingerprint')).toBeVisible();
  await page.getByLabel('A write that needs no task finishes where its last bio ends').check();
  await expect(page.getByTitle('Show the findings')).toHaveText('8 hazards');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Home');
  const part = page.locator('.inspector details').filter({ has: page.locator('.hazards') });
  const where = page.locator('.where');
  const seen: (string | null)[] = [];
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press('h');
    await expect(part).toContainText('hazard:');
    await expect(part).toContainText('The rule:');
    seen.push(await where.textContent());
  }
  expect(new Set(seen).size).toBe(3);
  await page.keyboard.press('Shift+H');
  await expect(where).toHaveText(seen[1] ?? '');
  await page.getByTitle('Show the findings').click();
  await expect(page.locator('.finding[aria-current]').first()).toBeVisible();
  await page.getByRole('button', { name: 'Next hazard' }).click();
  await expect(where).toHaveText(seen[2] ?? '');
});

import { fingerprintText, runToEnd } from '../src/run/run.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import { PRESETS } from '../src/scenario/presets.ts';
import { expect, test } from './fixtures.ts';

for (const preset of PRESETS) {
  test(`${preset.id} gives the same bytes in the Worker and in Node`, async ({ page }) => {
    const parsed = parseScenario(preset.scenario);
    if (!parsed.ok) throw new Error('a preset is a valid scenario');
    const inNode = fingerprintText(runToEnd(parsed.value).summary.fingerprint);
    await page.goto(`./#v=1&s=${preset.id}`);
    await expect(page.locator('.fingerprint')).toHaveText(inNode);
  });
}

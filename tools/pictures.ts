/**
 * `npm run pictures [-- FOLDER]`: builds the site and takes pictures of its main states, light and dark, wide and narrow,
 * to be looked at after a change of the page. Without a folder it renews the README's picture only.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';
import { build, preview } from 'vite';
import { BROWSER_FLAGS, findBrowser } from './browser.ts';

type Picture = {
  readonly name: string;
  readonly fragment?: string;
  readonly size?: { readonly width: number; readonly height: number };
  readonly scheme?: 'light' | 'dark';
  /** What to do before the picture is taken. */
  readonly steps?: (page: Page) => Promise<void>;
};

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };

const STATES: readonly Picture[] = [
  { name: 'first-visit' },
  { name: 'preset-ipi', fragment: '#v=1&s=remote-completion' },
  { name: 'preset-depth-16', fragment: '#v=1&s=queue-depth-16' },
  { name: 'steps-axis', fragment: '#v=1&s=poll-read&x=steps' },
  { name: 'deadlock', fragment: '#v=1&s=deadlock-fallocate' },
  { name: 'help', steps: async (page) => page.keyboard.press('?') },
  { name: 'palette', steps: async (page) => page.keyboard.press('Control+k') },
  { name: 'share', steps: async (page) => page.getByRole('button', { name: 'Share' }).first().click() },
  { name: 'fio', steps: async (page) => page.getByRole('button', { name: 'fio job' }).first().click() },
  {
    name: 'experiment',
    fragment: '#v=1&view=experiment',
    steps: async (page) => {
      await page.getByLabel('I/Os a row').selectOption('1,000');
      await page.getByRole('button', { name: 'Simulate', exact: true }).click();
      await page.getByRole('region', { name: 'Throughput' }).waitFor({ timeout: 120_000 });
    },
  },
  {
    name: 'hazard',
    fragment: '#v=1&s=deadlock-fallocate',
    steps: async (page) => {
      await page.getByTitle('Show the findings').first().click();
      await page.keyboard.press('h');
    },
  },
  {
    name: 'a-change',
    fragment: '#v=1&s=overwrite-inline-irq',
    steps: async (page) => {
      const scenario = page.getByRole('tab', { name: 'Scenario' });
      if (await scenario.isVisible()) await scenario.click();
      await page.getByLabel('blocks of the file').selectOption('unwritten');
    },
  },
  { name: 'broken-link', fragment: '#v=1&s=no-such-preset&t=soon' },
];

const folder = process.argv[2];
await build({ logLevel: 'warn' });
const server = await preview({ preview: { port: 4190, host: 'localhost' }, logLevel: 'warn' });
const browser = await chromium.launch({ executablePath: findBrowser(), args: [...BROWSER_FLAGS] });
try {
  const address = server.resolvedUrls?.local[0] ?? '';
  if (folder === undefined) {
    mkdirSync('docs', { recursive: true });
    await take(browser, address, { name: 'page', size: { width: 1440, height: 960 } }, 'docs/page.png');
  } else {
    mkdirSync(folder, { recursive: true });
    for (const state of STATES)
      for (const scheme of ['light', 'dark'] as const)
        for (const [where, size] of [
          ['wide', WIDE],
          ['narrow', NARROW],
        ] as const)
          await take(
            browser,
            address,
            { ...state, scheme, size },
            path.join(folder, `${state.name}-${where}-${scheme}.png`),
          );
  }
} finally {
  await browser.close();
  await server.close();
}

async function take(browser: Browser, address: string, picture: Picture, file: string): Promise<void> {
  const context = await browser.newContext({
    viewport: picture.size ?? WIDE,
    colorScheme: picture.scheme ?? 'light',
  });
  const page = await context.newPage();
  await page.goto(address + (picture.fragment ?? ''));
  await page.locator('canvas').first().waitFor();
  await page.waitForTimeout(600); // the first run
  await picture.steps?.(page);
  await page.waitForTimeout(600); // the timeline draws in the next frames, and fonts settle
  await page.screenshot({ path: file });
  await context.close();
  process.stdout.write(`${file}\n`);
}

/** Buffered writeback at a size at which careless code would stand still: 10,000 ioends on 64 CPUs. */
import { encodeLink } from '../src/link/link.ts';
import { DEFAULT_VIEW } from '../src/link/state.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import type { Scenario } from '../src/scenario/schema.ts';
import { expect, test } from './fixtures.ts';

const CPUS = 64;
const IOS = 157; // of each writer: 10,048 in all
const PAGE = 4096;

/** On each CPU a writer with a file of its own; v6 submits each uncached write as an ioend. */
function manyIoends(): Scenario {
  const parsed = parseScenario({
    version: 1,
    title: 'Ten thousand ioends',
    machine: { cpus: CPUS, nvme: { queues: CPUS, read: { mean_ns: 5000 }, write: { mean_ns: 20_000 } } },
    kernel: { name: 'in-task-v6' },
    files: Array.from({ length: CPUS }, (_, i) => ({
      id: `file${i}`,
      size_bytes: IOS * PAGE,
      large_folios: false,
    })),
    actors: Array.from({ length: CPUS }, (_, i) => ({
      kind: 'fio' as const,
      name: `writer${i}`,
      file: `file${i}`,
      rw: 'write' as const,
      ioengine: 'psync' as const,
      direct: false,
      dontcache: true,
      end_fsync: true,
      bs_write: [{ bytes: PAGE, weight: 1 }],
      ios: IOS,
      cpus_allowed: [i],
    })),
    limits: { events: 10_000_000 },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

test('10,000 ioends on 64 CPUs run, draw, and answer the keyboard', async ({ page }) => {
  test.slow(); // three million events, on machines that are shared
  const view = { ...DEFAULT_VIEW, tab: 'writeback', panels: ['controls', 'inspector', 'drawer'] };
  const link = await encodeLink({ scenario: { preset: null, scenario: manyIoends() }, view }, []);
  if (!link.ok) throw new Error(link.error.message);
  await page.goto(`./#${link.value}`);
  await test.step('the page answers while the run is under way', async () => {
    await page.getByRole('button', { name: 'Share' }).click();
    await expect(page.getByRole('dialog', { name: /Share/ })).toBeVisible();
    await page.keyboard.press('Escape');
  });
  await expect(page.locator('.fingerprint')).toBeVisible({ timeout: 90_000 });
  const ended = /10,048 of 10,048 bios of writeback ended.*through bio_complete batch: 10,048/;
  await expect(page.getByRole('region', { name: 'Writeback' })).toContainText(ended, { timeout: 30_000 });

  await test.step('the timeline is drawn and zoomed: its middle is not empty', async () => {
    await page.locator('.timeline-host').focus();
    await page.keyboard.press('End');
    await expect(page.locator('.narration-what')).toContainText('The run ends');
    for (let i = 0; i < 4; i++) await page.keyboard.press('w');
    const colours = await page.locator('.timeline-host canvas').first().evaluate(coloursOf);
    expect(colours).toBeGreaterThan(5);
  });
  await test.step('every folio has left the cache', async () => {
    await page.getByRole('tab', { name: 'Page cache' }).click();
    await expect(page.locator('.folio-head').first()).toContainText('file0 0 folios in the cache');
  });
  await test.step('back at the start there is none yet', async () => {
    await page.locator('.timeline-host').focus();
    await page.keyboard.press('Home');
    await expect(page.locator('.folio-head').first()).toContainText('file0 0 folios in the cache, 0 dirty');
    await expect(page.locator('.folio-never').first()).toBeVisible();
  });
});

/** Different colours on a canvas, looked at every few pixels. */
function coloursOf(canvas: HTMLCanvasElement | SVGElement): number {
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  const colours = new Set<number>();
  for (let i = 0; i < data.length; i += 4 * 37)
    colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
  return colours.size;
}

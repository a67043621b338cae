import { expect, test } from 'vitest';
import { meanSize, sharesOfRange, sharesOfSplit } from './block-sizes.ts';
import { imported, job, notesOn } from './testing.ts';

const sizes = (...lines: string[]) => {
  const [actor] = imported(job('rw=randrw', ...lines)).scenario.actors;
  const list = (shares = [] as readonly { bytes: number; weight: number }[]) =>
    shares.map(({ bytes, weight }) => `${bytes}x${weight}`).join(' ');
  return [list(actor?.bs_read), list(actor?.bs_write)];
};

test.each([
  [['bs=8k'], '8192x1', '8192x1'],
  [[], '4096x1', '4096x1'],
  [['bs=8k,16k'], '8192x1', '16384x1'],
  [['bs=,16k'], '4096x1', '16384x1'],
  [['bsrange=4k-16k'], '4096x1 8192x1 12288x1 16384x1', '4096x1 8192x1 12288x1 16384x1'],
  [['bsrange=4k-8k,16k-32k'], '4096x1 8192x1', '16384x1 32768x1'],
  [['bsrange=4k:8k/16k:32k'], '4096x1 8192x1', '16384x1 32768x1'],
  [['bssplit=4k/10:64k/50:32k/40'], '4096x10 32768x40 65536x50', '4096x10 32768x40 65536x50'],
  [['bssplit=512/25:1k/:2k/:4k/'], '512x25 1024x25 2048x25 4096x25', '512x25 1024x25 2048x25 4096x25'],
  [['bssplit=64k/40:1024k/60,1024k/100'], '65536x40 1048576x60', '1048576x100'],
  [['bssplit=4k:8k'], '4096x50 8192x50', '4096x50 8192x50'],
  [['bssplit=4k'], '4096x100', '4096x100'],
  [['bs=4k', 'bssplit=8k/100', 'bsrange=1k-2k', 'bs=16k'], '8192x100', '8192x100'],
  [['bs=4k', 'bsrange=1k-2k', 'bs=16k'], '1024x1 2048x1', '1024x1 2048x1'],
  [['bs=1000'], '1024x1', '1024x1'],
])('%j', (lines, read, write) => expect(sizes(...lines)).toEqual([read, write]));

test('a size that direct I/O refuses is rounded up, and that is said', () => {
  const result = imported(job('bs=1000'));
  expect(notesOn(result, 'bs')).toMatchObject([
    { kind: 'substituted', message: expect.stringContaining('EINVAL') as string },
  ]);
});

test('a size above the limit becomes the limit, and that is said', () => {
  const result = imported(job('bs=1g'));
  expect(result.scenario.actors[0]?.bs_read).toEqual([{ bytes: 64 * 1024 * 1024, weight: 1 }]);
  expect(notesOn(result, 'bs')).toMatchObject([{ kind: 'substituted' }]);
});

test('shares above 100 % cut what comes last, shares below leave the rest to the largest', () => {
  expect(
    sharesOfSplit([
      { bytes: 1, percent: 80 },
      { bytes: 2, percent: 60 },
    ]),
  ).toEqual([
    { bytes: 2, weight: 60 },
    { bytes: 1, weight: 40 },
  ]);
  expect(
    sharesOfSplit([
      { bytes: 1, percent: 10 },
      { bytes: 2, percent: 20 },
    ]),
  ).toEqual([
    { bytes: 1, weight: 10 },
    { bytes: 2, weight: 90 },
  ]);
});

test('a wide range is thinned to at most 64 sizes that still reach both ends', () => {
  const shares = sharesOfRange({ low: 512, high: 1_048_576 });
  expect(shares.length).toBeLessThanOrEqual(64);
  expect(shares[0]?.bytes).toBe(512);
  expect(shares.at(-1)?.bytes).toBe(1_048_576);
});

test('the mean size counts weights', () => {
  expect(
    meanSize([
      { bytes: 4096, weight: 3 },
      { bytes: 8192, weight: 1 },
    ]),
  ).toBe(5120);
});

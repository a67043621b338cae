import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pixelLook } from './draw/strips.ts';
import { type Level, levelKind, levelStarts, Mips } from './mips.ts';
import { Kind } from './theme.ts';

type Span = { readonly from: number; readonly to: number; readonly kind: Kind };

/** Spans in order, without overlap, also empty ones. */
const spans = fc
  .array(fc.tuple(fc.nat(3000), fc.nat(2000), fc.constantFrom(Kind.Task, Kind.Worker, Kind.User)), {
    minLength: 1,
    maxLength: 300,
  })
  .map((parts) => {
    let at = 0;
    return parts.map(([gap, length, kind]): Span => {
      const from = at + gap;
      at = from + length;
      return { from, to: at, kind };
    });
  });

function mipsOf(list: readonly Span[]): Mips {
  const mips = new Mips();
  for (const { from, to, kind } of list) mips.add(from, to, kind);
  return mips;
}

function levelOf(list: readonly Span[], pixel: number): Level {
  const level = mipsOf(list).level(pixel);
  if (level === null) throw new Error('no level is fine enough');
  return level;
}

describe('levels of detail', () => {
  test('lose no span: whatever touches a bucket covers it', () => {
    fc.assert(
      fc.property(spans, fc.constantFrom(1000, 5000, 60_000), (list, pixel) => {
        const level = levelOf(list, pixel);
        for (const { from, to } of list)
          for (const place of [from, (from + to) / 2])
            expect(level.cover[Math.floor(place / level.width)]).toBeGreaterThan(0);
      }),
    );
  });

  test('add up to the time that is covered', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const level = levelOf(list, 4000);
        const covered = list.reduce((sum, { from, to }) => sum + to - from, 0);
        let total = 0;
        for (let b = 0; b < level.count; b++) total += (level.cover[b]! / 255) * level.width;
        // Rounding is at most half a 255th a bucket and level; what is rounded up to 1 adds at most one.
        const slack = level.count * level.width * (8 / 255) + 1;
        expect(Math.abs(total - covered)).toBeLessThanOrEqual(slack);
      }),
    );
  });

  test('grow chunk by chunk to the same as at once', () => {
    fc.assert(
      fc.property(spans, fc.nat(300), (list, cut) => {
        const mips = mipsOf(list.slice(0, cut));
        mips.level(5000); // looking in between changes nothing
        for (const { from, to, kind } of list.slice(cut)) mips.add(from, to, kind);
        expect(mips.level(5000)).toEqual(mipsOf(list).level(5000));
      }),
    );
  });

  test('keep the kind that covers most of a bucket', () => {
    const list: Span[] = [
      { from: 0, to: 100, kind: Kind.Worker },
      { from: 100, to: 110, kind: Kind.Task },
      { from: 5000, to: 5001, kind: Kind.User },
    ];
    const level = levelOf(list, 256);
    expect(levelKind(level.info[0]!)).toBe(Kind.Worker);
    expect(levelKind(level.info[Math.floor(5000 / level.width)]!)).toBe(Kind.User);
  });

  test('are four times as wide from one to the next', () => {
    const mips = mipsOf([{ from: 0, to: 1_000_000, kind: Kind.Task }]);
    const widths = [1000, 4000, 16_000, 64_000].map((pixel) => mips.level(pixel)?.width ?? 0);
    for (let i = 1; i < widths.length; i++) expect(widths[i]! / widths[i - 1]!).toBe(4);
  });

  test('give way to real spans where even the finest is wider than a pixel', () => {
    expect(mipsOf([{ from: 0, to: 1e9, kind: Kind.Task }]).level(0.5)).toBeNull();
  });
});

describe('a pixel of a dense lane', () => {
  test('says that it hides spans when several begin in it, and only then', () => {
    const many: Span[] = [0, 10, 20].map((from) => ({ from, to: from + 5, kind: Kind.Task }));
    const one: Span[] = [{ from: 6400, to: 6500, kind: Kind.Task }];
    const level = levelOf([...many, ...one], 64);
    const hides = (place: number): boolean => (pixelLook(level, place, 64) & 64) !== 0;
    expect(hides(0)).toBe(true);
    expect(hides(6400)).toBe(false);
    expect(pixelLook(level, 3200, 64)).toBe(0);
    expect(levelStarts(level.info[0]!)).toBeGreaterThan(1);
  });

  test('is fainter where less is covered', () => {
    const level = levelOf(
      [
        { from: 0, to: 64, kind: Kind.Task },
        { from: 640, to: 650, kind: Kind.Task },
      ],
      64,
    );
    const step = (place: number): number => (pixelLook(level, place, 64) >> 4) & 3;
    expect(step(0)).toBe(3);
    expect(step(640)).toBe(0);
  });
});

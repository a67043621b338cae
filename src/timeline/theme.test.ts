import { describe, expect, test } from 'vitest';
import { blend, contrast, type Hex, luminance, parseHex, toHex, toLinear } from './contrast.ts';
import { cssTokens, DARK, FOLIO_TONES, Kind, KINDS, LIGHT, THEMES } from './theme.ts';

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

/** Complete colour blindness of each kind, in linear light (Machado, Oliveira and Fernandes, 2009, severity 1). */
const VISIONS: Readonly<Record<string, Matrix>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const times = (m: Matrix, v: Vector): Vector => [dot(m[0], v), dot(m[1], v), dot(m[2], v)];
const linear = (hex: Hex): Vector => {
  const [r, g, b] = parseHex(hex);
  return [toLinear(r), toLinear(g), toLinear(b)];
};

/** Oklab: in it, equal distances look about equally large. Source: Björn Ottosson, 2020. */
function oklab(v: Vector): Vector {
  const root = (x: number): number => Math.cbrt(Math.max(0, x));
  const lms: Vector = [
    root(dot([0.4122214708, 0.5363325363, 0.0514459929], v)),
    root(dot([0.2119034982, 0.6806995451, 0.1073969566], v)),
    root(dot([0.0883024619, 0.2817188376, 0.6299787005], v)),
  ];
  return [
    dot([0.2104542553, 0.793617785, -0.0040720468], lms),
    dot([1.9779984951, -2.428592205, 0.4505937099], lms),
    dot([0.0259040371, 0.7827717662, -0.808675766], lms),
  ];
}

function distance(a: Hex, b: Hex, vision: Matrix): number {
  const [x, y] = [oklab(times(vision, linear(a))), oklab(times(vision, linear(b)))];
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

/** Idle is mostly a thin line of its own, so it may be close to others. */
const filled = Object.values(Kind).filter((kind) => kind !== Kind.Idle);
const pairs = filled.flatMap((a) => filled.filter((b) => b > a).map((b) => [a, b] as const));

describe.each(Object.values(THEMES))('the $name theme', (theme) => {
  test('lets every shape stand out from the ground by 3:1', () => {
    for (const kind of Object.values(Kind))
      expect(contrast(theme.fill[kind], theme.ground)).toBeGreaterThanOrEqual(3);
    for (const mark of [theme.accent, theme.cursor, theme.flow]) {
      expect(contrast(mark, theme.ground)).toBeGreaterThanOrEqual(3);
      expect(contrast(mark, theme.panel)).toBeGreaterThanOrEqual(3);
    }
  });

  test('writes on every fill with 4.5:1', () => {
    for (const kind of Object.values(Kind))
      expect(contrast(theme.fill[kind], theme.text[kind])).toBeGreaterThanOrEqual(4.5);
  });

  test('writes on ground and panel with 4.5:1', () => {
    for (const text of [theme.ink, theme.muted])
      for (const ground of [theme.ground, theme.panel])
        expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test('writes on every folio with 4.5:1', () => {
    for (const tone of FOLIO_TONES)
      expect(contrast(theme.folio[tone], theme.ink)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(Object.keys(VISIONS))(
    'keeps folios apart, from each other and from contexts, with %s',
    (name) => {
      const vision = (VISIONS[name] ?? VISIONS['full']) as Matrix;
      const far = (a: Hex, b: Hex, what: string): void =>
        expect(distance(a, b, vision), what).toBeGreaterThan(0.065);
      FOLIO_TONES.forEach((a, i) => {
        for (const b of FOLIO_TONES.slice(i + 1)) far(theme.folio[a], theme.folio[b], `${a} and ${b}`);
        for (const kind of filled) far(theme.folio[a], theme.fill[kind], `${a} and ${KINDS[kind].key}`);
      });
    },
  );

  test.each(Object.keys(VISIONS))('keeps contexts apart with %s', (name) => {
    const vision = VISIONS[name] ?? VISIONS['full'];
    for (const [a, b] of pairs)
      expect(
        distance(theme.fill[a], theme.fill[b], vision as Matrix),
        `${KINDS[a].key} and ${KINDS[b].key}`,
      ).toBeGreaterThan(0.065);
  });

  test.each(Object.keys(VISIONS))('keeps the cursor and the arrows apart with %s', (name) => {
    const vision = VISIONS[name] ?? VISIONS['full'];
    expect(distance(theme.cursor, theme.flow, vision as Matrix)).toBeGreaterThan(0.1);
  });

  test('keeps contexts apart in grey by lightness, pattern, or a band of their own', () => {
    const ownPlace: readonly number[] = [Kind.HardIrq, Kind.Hazard]; // a band, and a triangle
    for (const [a, b] of pairs) {
      const grey = contrast(theme.fill[a], theme.fill[b]) > 1.3;
      const pattern = KINDS[a].pattern !== KINDS[b].pattern;
      expect(grey || pattern || ownPlace.includes(a) || ownPlace.includes(b)).toBe(true);
    }
  });
});

test('every context has a tag of its own', () => {
  expect(new Set(KINDS.map((kind) => kind.tag)).size).toBe(KINDS.length);
  expect(KINDS).toHaveLength(LIGHT.fill.length);
  expect(KINDS).toHaveLength(DARK.text.length);
});

test('the style sheet gets each colour by name', () => {
  const tokens = new Map(cssTokens(LIGHT));
  expect(tokens.get('--kind-hazard')).toBe(LIGHT.fill[Kind.Hazard]);
  expect(tokens.get('--ground')).toBe('#ffffff');
});

test('contrast runs from 1 to 21 and blending meets its ends', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#777777')).toBe(1);
  expect(luminance('#ffffff')).toBeCloseTo(1);
  expect(blend('#000000', '#ffffff', 0.5)).toBe('#808080');
  expect(toHex(parseHex('#12ab9f'))).toBe('#12ab9f');
});

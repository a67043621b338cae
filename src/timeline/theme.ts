/**
 * Colours as plain tables, so that the canvas and the style sheet take them from one place. Colour means the execution
 * context and nothing else, everywhere; it never speaks alone: two letters and a pattern say the same. The tests hold
 * every pair to WCAG contrast and to a distance that survives the common kinds of colour blindness.
 */
import type { Hex } from './contrast.ts';

/** Execution contexts, as small integers so that they fit the byte columns. */
export const Kind = {
  HardIrq: 0,
  SoftIrq: 1,
  /** A kernel thread, most often a kworker. */
  Worker: 2,
  /** A user's task in the kernel: the submitter. */
  Task: 3,
  /** The same task in user mode. */
  User: 4,
  Idle: 5,
  /** In the device's hands. */
  Device: 6,
  /** In a list, until somebody takes it. */
  Waiting: 7,
  /** A broken rule. No other use of this colour. */
  Hazard: 8,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** One value for each kind. */
export type ByKind<T> = readonly [T, T, T, T, T, T, T, T, T];

/** Makes one for each kind. */
export function everyKind<T>(make: (kind: Kind) => T): ByKind<T> {
  return [make(0), make(1), make(2), make(3), make(4), make(5), make(6), make(7), make(8)];
}

export type Pattern = 'solid' | 'dots' | 'verticals' | 'horizontals' | 'diagonals' | 'hollow';

export type KindInfo = {
  readonly key: string;
  readonly tag: string;
  readonly label: string;
  readonly pattern: Pattern;
};

/** Indexed by `Kind`. */
export const KINDS: ByKind<KindInfo> = [
  { key: 'hardirq', tag: 'HI', label: 'hard interrupt', pattern: 'solid' },
  { key: 'softirq', tag: 'SI', label: 'softirq', pattern: 'dots' },
  { key: 'worker', tag: 'WQ', label: 'kernel worker', pattern: 'verticals' },
  { key: 'task', tag: 'TK', label: 'submitting task', pattern: 'solid' },
  { key: 'user', tag: 'US', label: 'user mode', pattern: 'horizontals' },
  { key: 'idle', tag: 'ID', label: 'idle', pattern: 'hollow' },
  { key: 'device', tag: 'DV', label: 'in the device', pattern: 'dots' },
  { key: 'waiting', tag: 'WT', label: 'waiting', pattern: 'diagonals' },
  { key: 'hazard', tag: '!!', label: 'hazard', pattern: 'solid' },
];

export type Theme = {
  readonly name: ThemeName;
  /** Behind everything. */
  readonly ground: Hex;
  /** Behind headers, gutter and ruler. */
  readonly panel: Hex;
  /** Hairlines between tracks. They carry no meaning, so they need no contrast. */
  readonly line: Hex;
  /** Text and the strongest marks. */
  readonly ink: Hex;
  /** Secondary text; still 4.5:1. */
  readonly muted: Hex;
  /** Selection, range, focus. */
  readonly accent: Hex;
  /** The cursor, which splits what has happened from what has not. */
  readonly cursor: Hex;
  /** Arrows of a flow. */
  readonly flow: Hex;
  /** Fills by `Kind`. */
  readonly fill: ByKind<Hex>;
  /** Text on these fills, by `Kind`. */
  readonly text: ByKind<Hex>;
  /** Fills of folios by what their data are: pale, so that no context looks like them. Text on them is `ink`. */
  readonly folio: Readonly<Record<FolioTone, Hex>>;
};

/** What the data of a folio are; letters say the same. */
export const FOLIO_TONES = ['clean', 'dirty', 'writeback'] as const;
export type FolioTone = (typeof FOLIO_TONES)[number];

const DARK_INK: Hex = '#0b101a';
const LIGHT_INK: Hex = '#ffffff';

export const LIGHT: Theme = {
  name: 'light',
  ground: '#ffffff',
  panel: '#f3f5f9',
  line: '#d9dee8',
  ink: '#14213d',
  muted: '#4b566b',
  accent: '#0b57d0',
  cursor: '#14213d',
  flow: '#8a5200',
  fill: ['#e8641b', '#a866d6', '#189a72', '#2350b4', '#6f8fb0', '#8b8f96', '#3d350c', '#86306f', '#cf1020'],
  text: [DARK_INK, DARK_INK, DARK_INK, LIGHT_INK, DARK_INK, DARK_INK, LIGHT_INK, LIGHT_INK, LIGHT_INK],
  folio: { clean: '#f0f3f8', dirty: '#ffe08c', writeback: '#a8dcf5' },
};

export const DARK: Theme = {
  name: 'dark',
  ground: '#12161f',
  panel: '#1a202c',
  line: '#2d3646',
  ink: '#e8ecf4',
  muted: '#a3aec2',
  accent: '#8ab4ff',
  cursor: '#ffffff',
  flow: '#ffd479',
  fill: ['#f59a23', '#b78af5', '#2fb08f', '#3a6fd8', '#a9c4dd', '#7c828c', '#ecd79c', '#a94d95', '#dc2f26'],
  text: [DARK_INK, DARK_INK, DARK_INK, LIGHT_INK, DARK_INK, DARK_INK, DARK_INK, LIGHT_INK, LIGHT_INK],
  folio: { clean: '#1f2635', dirty: '#594500', writeback: '#0d4a66' },
};

export type ThemeName = 'light' | 'dark';
export const THEMES: Readonly<Record<ThemeName, Theme>> = { light: LIGHT, dark: DARK };

/** The theme as CSS custom properties, for `style.setProperty`: `--ground`, `--folio-dirty`, `--kind-hardirq`, `--kind-hardirq-text` ... */
export function cssTokens(theme: Theme): readonly (readonly [name: string, value: Hex])[] {
  const { ground, panel, line, ink, muted, accent, cursor, flow } = theme;
  const plain = Object.entries({ ground, panel, line, ink, muted, accent, cursor, flow });
  return [
    ...plain.map(([name, value]) => [`--${name}`, value] as const),
    ...FOLIO_TONES.map((tone) => [`--folio-${tone}`, theme.folio[tone]] as const),
    ...KINDS.flatMap(({ key }, i) => [
      [`--kind-${key}`, theme.fill[i] ?? theme.ink] as const,
      [`--kind-${key}-text`, theme.text[i] ?? theme.ink] as const,
    ]),
  ];
}

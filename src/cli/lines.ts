import { durationText } from '../analysis/narrate.ts';

/** A line of text for a terminal, and what it is, for terminals that can show it. */
export type Line = { readonly text: string; readonly tone?: Tone };
export type Tone = 'heading' | 'error' | 'warning' | 'dim';

const CODES: Readonly<Record<Tone, string>> = { heading: '1', error: '31', warning: '33', dim: '2' };

/** A line as it is written, with its end. What users name (titles, jobs, files) may hold anything, and a terminal obeys
 *  control characters: they become question marks. */
export function lineText({ text, tone }: Line, colours: boolean): string {
  const line = clean(text);
  return tone !== undefined && colours ? `\u001b[${CODES[tone]}m${line}\u001b[0m\n` : `${line}\n`;
}

/** Control and format characters (which turn the direction of text, too), line ends other than ours, lone surrogates. */
export const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text without what a terminal would obey. */
export const clean = (text: string): string => text.replace(CONTROLS, '?');

/** Rows as columns: the first `left` columns to the left, the others to the right. Nothing ends in blanks. */
export function columns(rows: readonly (readonly string[])[], left: number): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** 1234567 -> "1,234,567", whatever the locale. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** "1 I/O", "4 I/Os". */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** "4.9 us"; means below a microsecond are rounded to nanoseconds. */
export const duration = (ns: number): string => durationText(ns < 1000 ? Math.round(ns) : ns);

export const heading = (text: string): Line => ({ text, tone: 'heading' });

export const indented = (texts: readonly string[], tone?: Tone): Line[] =>
  texts.map((text) => (tone === undefined ? { text: `  ${text}` } : { text: `  ${text}`, tone }));

/** Rows as lines, in columns of which the first `left` are to the left. */
export const table = (rows: readonly (readonly string[])[], left: number): Line[] =>
  indented(columns(rows, left));

/** The same with a last column of prose, which is as long as it is. */
export function proseLast(rows: readonly (readonly string[])[], left: number): Line[] {
  const numbers = rows.map((row) => row.slice(0, -1));
  const cells = columns(numbers, left);
  const width = Math.max(...cells.map(({ length }) => length));
  return indented(cells.map((text, i) => `${text.padEnd(width)}  ${rows[i]?.at(-1) ?? ''}`.trimEnd()));
}

/** At most `most` rows, and one that counts those left out. */
export function fewer(
  rows: readonly (readonly string[])[],
  most: number,
  what: string,
): (readonly string[])[] {
  if (rows.length <= most) return [...rows];
  return [...rows.slice(0, most), ['', `and ${counted(rows.length - most, `more ${what}`)}`]];
}

import { CONTROLS } from './lines.ts';

/** A value as JSON for people and programs: two blanks a level, keys sorted, so that equal values give equal bytes. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => sorted(part), 2);
  // Between strings there are no control characters but our line ends, so the others may all be written as escapes.
  return `${text.split('\n').map(escaped).join('\n')}\n`;
}

const escaped = (line: string): string => line.replace(CONTROLS, unitEscapes);

function unitEscapes(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) out += `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return out;
}

function sorted(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
}

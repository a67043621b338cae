/**
 * Key combinations. Letters of the W A S D block are places on the keyboard (`KeyboardEvent.code`), so that they stay
 * one block on every layout; all other keys are characters, so that `?` is where the layout has it.
 */
export type Chord = {
  readonly code?: string;
  readonly key?: string;
  /** Ctrl, or Cmd on a Mac. */
  readonly mod: boolean;
  readonly shift: boolean;
};

/** What of a keyboard event matters; tests hand in plain objects. */
export type KeyPress = Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** Reads `mod+shift+z`, `KeyW` (a place), `ArrowLeft` or `?`. */
export function chord(text: string): Chord {
  const parts = text === '+' ? ['+'] : text.split('+');
  const last = parts.at(-1) ?? '';
  const modifiers = { mod: parts.includes('mod'), shift: parts.includes('shift') };
  return /^Key[A-Z]$/.test(last) ? { code: last, ...modifiers } : { key: last, ...modifiers };
}

/** Does this press mean this chord? Alt is never ours: it is the browser's history and the layout's third level. */
export function matches(c: Chord, press: KeyPress): boolean {
  if (press.altKey || (press.ctrlKey || press.metaKey) !== c.mod) return false;
  if (c.code !== undefined) return press.code === c.code && press.shiftKey === c.shift;
  if (isSymbol(c)) return press.key === c.key; // `?` needs Shift on some layouts and not on others
  return press.key.toLowerCase() === c.key?.toLowerCase() && press.shiftKey === c.shift;
}

/** One printable character without Ctrl or Cmd: what the setting "single-letter keys" switches off. */
export function isSingleCharacter(c: Chord): boolean {
  return !c.mod && (c.code !== undefined || c.key?.length === 1);
}

/** Two chords that one press could mean. */
export function collide(a: Chord, b: Chord): boolean {
  return signature(a) === signature(b);
}

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};

/** How the chord is printed: `Ctrl+Shift+Z`, on a Mac `⌘⇧Z`. */
export function chordLabel(c: Chord, mac = false): string {
  const name = c.code?.slice(3) ?? NAMES[c.key ?? ''] ?? upper(c.key ?? '');
  return (c.mod ? (mac ? '⌘' : 'Ctrl+') : '') + (c.shift ? (mac ? '⇧' : 'Shift+') : '') + name;
}

/** The same for `aria-keyshortcuts`. */
export function chordAria(c: Chord): string {
  const name = c.code?.slice(3) ?? (c.key === ' ' ? 'Space' : upper(c.key ?? ''));
  return (c.mod ? 'Control+' : '') + (c.shift ? 'Shift+' : '') + name;
}

const upper = (key: string): string => (key.length === 1 ? key.toUpperCase() : key);
const isSymbol = (c: Chord): boolean => c.key?.length === 1 && !/[a-z0-9 ]/i.test(c.key);

function signature(c: Chord): string {
  const key = c.code?.slice(3).toLowerCase() ?? c.key?.toLowerCase() ?? '';
  return `${c.mod}-${isSymbol(c) ? 'any' : c.shift}-${key}`;
}

/**
 * Any text in URL-unreserved characters (`A-Z a-z 0-9 - . _ ~`) only, because mail programs and chats cut or re-encode
 * links at anything else. Letters and digits stand for themselves, so do the characters of `keep`; the rest is written
 * as `.x2f` or `.u4e2d`, a UTF-16 code unit in hex. A text never ends in punctuation, which a mail program would leave
 * out of the link, and `~` is never produced, so that callers may join texts with it.
 */
export function escapeText(text: string, keep: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    out += isPlain(c) || (keep.includes(c) && mayStand(text, i)) ? c : escapeUnit(text.charCodeAt(i));
  }
  return out;
}

/** The text behind `escapeText`, or null where an escape is broken. */
export function unescapeText(escaped: string): string | null {
  const rest = escaped.replace(ESCAPE, ' ');
  if (/\.[xu]/.test(rest)) return null;
  return escaped.replace(ESCAPE, (unit) => String.fromCharCode(parseInt(unit.slice(2), 16)));
}

const ESCAPE = /\.x[0-9a-f]{2}|\.u[0-9a-f]{4}/g;

const isPlain = (c: string): boolean => /[A-Za-z0-9]/.test(c);

/** Kept punctuation stands for itself, but not at the end, and not where a dot would look like an escape. */
function mayStand(text: string, i: number): boolean {
  const next = text.charAt(i + 1);
  return next !== '' && !(text.charAt(i) === '.' && (next === 'x' || next === 'u'));
}

function escapeUnit(unit: number): string {
  return unit < 0x100 ? `.x${unit.toString(16).padStart(2, '0')}` : `.u${unit.toString(16).padStart(4, '0')}`;
}

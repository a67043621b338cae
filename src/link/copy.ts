/** The widest line that a mail to a kernel list should have. */
const MAIL_COLUMNS = 72;

export type CopyKind = 'link' | 'markdown' | 'footnote';

/** A link as text for the clipboard. `title` may be empty and may hold anything. */
export function copyAs(url: string, title: string, kind: CopyKind): string {
  const name = title.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim() || 'bioscope';
  switch (kind) {
    case 'link':
      return url;
    case 'markdown':
      // Angle brackets let an address hold parentheses; ours cannot hold angle brackets.
      return `[${name.replace(/[\\[\]`*_<>]/g, '\\$&')}](${/[()]/.test(url) ? `<${url}>` : url})`;
    case 'footnote':
      return `${fitted(`[1] ${name}`, MAIL_COLUMNS)}\n    ${url}`;
  }
}

/** The text, shortened to a number of columns of a fixed-width font. */
function fitted(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let out = '';
  for (const c of text) {
    if (columnsOf(out + c) > columns - 3) break;
    out += c;
  }
  return `${out.trimEnd()}...`;
}

/** East Asian characters and pictures take two columns; a combining mark is counted as one, which is on the safe side. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const c of text)
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[^\0-\uffff]/u.test(
        c,
      )
        ? 2
        : 1;
  return columns;
}

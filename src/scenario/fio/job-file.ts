import {
  type Entry,
  type FioProblem,
  type FioText,
  LINE_END,
  type Section,
  sectionKind,
} from './fio-text.ts';

/**
 * Reads a job file: `[section]` lines, `key=value` or bare `key` lines, comments from `;` or `#` to the end of the line,
 * also behind an option. Nothing can be quoted.
 */
export function readJobFile(text: string): FioText {
  const sections: Section[] = [];
  const problems: FioProblem[] = [];
  text.split(LINE_END).forEach((whole, index) => {
    const line = index + 1;
    const content = withoutComment(whole);
    if (content.trim() === '') return;
    const column = content.search(/\S/) + 1;
    const trimmed = content.trim();
    const problem = (message: string): unknown => problems.push({ line, column, message, text: trimmed });
    if (trimmed.startsWith('[')) {
      const name = /^\[(.*)\]$/.exec(trimmed)?.[1];
      if (name === undefined) problem('starts a section but does not end with "]"');
      else if (name.trim() === '') problem('is a section without a name');
      sections.push({ kind: sectionKind(name ?? ''), name: name ?? '', at: { line, column }, entries: [] });
      return;
    }
    const section = sections.at(-1);
    if (section === undefined) problem('is an option outside of any [section]');
    else if (trimmed.startsWith('=')) problem('has no option name before "="');
    else section.entries.push(entryOf(content, line, column));
  });
  return { form: 'job file', sections, problems, variables: new Map() };
}

/** fio cuts at the first `;`, then at the first `#`, wherever they stand. */
function withoutComment(line: string): string {
  return line.replace(/[;#].*$/, '');
}

function entryOf(content: string, line: number, column: number): Entry {
  const equals = content.indexOf('=');
  const at = { line, column };
  if (equals < 0) {
    // `include FILE` has no "=", and fio takes any line that starts with that word for one.
    const words = /^\s*(include)\s+(.*?)\s*$/.exec(content);
    if (words === null) return { key: content.trim(), value: null, at, valueAt: at };
    const value = words[2] ?? '';
    return { key: 'include', value, at, valueAt: { line, column: content.lastIndexOf(value) + 1 } };
  }
  const value = content.slice(equals + 1);
  const blanks = value.length - value.trimStart().length;
  return {
    key: content.slice(0, equals).trim(),
    value: value.trim(),
    at,
    valueAt: { line, column: equals + 2 + blanks },
  };
}

import type { FioNote } from '../scenario/fio/notes.ts';
import { fewer, grouped, heading, type Line, table } from './lines.ts';

const MOST_NOTES = 40;

/** The kinds of notes that a reader must know of, in the order of their weight. */
const NOTE_KINDS: readonly { readonly kind: FioNote['kind']; readonly title: string }[] = [
  { kind: 'unknown', title: 'Options that fio does not know either' },
  { kind: 'refused', title: 'Options and jobs that were left out' },
  { kind: 'substituted', title: 'Options for which something else is simulated' },
  { kind: 'no-effect', title: 'Options that change nothing here' },
];

/** What became of the options of a fio text, apart from those that were used: kind by kind, by name and line. */
export function fioNoteLines(notes: readonly FioNote[]): Line[] {
  return NOTE_KINDS.flatMap(({ kind, title }) => {
    const rows = notes.filter((note) => note.kind === kind).map(noteRow);
    if (rows.length === 0) return [];
    return [heading(`${title}: ${grouped(rows.length)}`), ...table(fewer(rows, MOST_NOTES, 'option'), 3)];
  });
}

function noteRow({ line, column, option, value, message }: FioNote): string[] {
  return [`line ${line}:${column}`, value === '' ? option : `${option}=${clipped(value)}`, message];
}

const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);

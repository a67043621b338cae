/**
 * What both forms of fio input, a job file and a command line, are read into: sections of options, each knowing where it
 * stands. Lines and columns count from 1.
 */
export type Place = { readonly line: number; readonly column: number };

/** Compares two places for sorting. */
export function inTextOrder(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}

/** Something that stops the import, or a part of it: where, what, and the text it is about. */
export type FioProblem = Place & { readonly message: string; readonly text: string };

/** One option as written. `value` is null for a bare key. */
export type Entry = {
  readonly key: string;
  readonly value: string | null;
  readonly at: Place;
  /** Where the value starts; the key where there is none. */
  readonly valueAt: Place;
};

/** `global` sections set defaults for the jobs below them. */
export type Section = {
  readonly kind: 'global' | 'job';
  readonly name: string;
  readonly at: Place;
  readonly entries: Entry[];
};

export type FioText = {
  readonly form: 'job file' | 'command line';
  readonly sections: readonly Section[];
  readonly problems: readonly FioProblem[];
  /** Environment variables that the text itself sets. */
  readonly variables: ReadonlyMap<string, string>;
};

/** fio compares only the first six letters, so that [global2] is one too. */
export function sectionKind(name: string): Section['kind'] {
  return name.startsWith('global') ? 'global' : 'job';
}

export const LINE_END = /\r\n|\r|\n/;

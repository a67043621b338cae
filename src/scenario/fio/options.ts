import {
  COMMAND_OPTIONS,
  ENGINE_OPTIONS,
  FLAGS,
  JOB_OPTIONS,
  type OptionGroup,
  type OptionKind,
} from './option-table.ts';

export type Option = {
  /** fio's first name for it. */
  readonly name: string;
  readonly kind: OptionKind;
  readonly message: string;
  /** Values that ask for nothing. */
  readonly off: readonly string[];
  /** May stand without a value. */
  readonly flag: boolean;
  /** Only on a command line. */
  readonly command: boolean;
};

/** By name and by alias. */
export const OPTIONS: ReadonlyMap<string, Option> = new Map([
  ...entries(COMMAND_OPTIONS, true),
  ...entries(ENGINE_OPTIONS, false),
  ...entries(JOB_OPTIONS, false),
]);

function entries(groups: readonly OptionGroup[], command: boolean): [string, Option][] {
  return groups.flatMap(({ kind, message, names, off = [] }) =>
    names.split(' ').flatMap((words) => {
      const [name = '', ...aliases] = words.split('/');
      const option = { name, kind, message, off, flag: FLAGS.has(name), command };
      return [name, ...aliases].map((key): [string, Option] => [key, option]);
    }),
  );
}

/** A command line may shorten an option as long as only one begins so. */
export function optionByPrefix(key: string): Option | undefined {
  const exact = OPTIONS.get(key);
  if (exact !== undefined) return exact;
  const found = new Set([...OPTIONS].filter(([name]) => name.startsWith(key)).map(([, option]) => option));
  return found.size === 1 ? [...found][0] : undefined;
}

/** No option is longer by far. */
const LONGEST_NAME = 60;

/** The known name nearest to a misspelt one, or null where none is near. */
export function nearestOption(key: string): string | null {
  if (key.length > LONGEST_NAME) return null;
  const wanted = key.toLowerCase().replaceAll('-', '_');
  let best: string | null = null;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of OPTIONS.keys()) {
    const distance = editDistance(wanted, name.replaceAll('-', '_'), least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Insertions, deletions and changes between two words, or `limit` once it cannot be less. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = row;
  }
  return Math.min(limit, before[b.length] ?? limit);
}

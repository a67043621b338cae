import { editDistance } from './fio/options.ts';

/** The known name nearest to a misspelt one, or null where none is near. A path is also found by its last step. */
export function nearest(written: string, names: readonly string[]): string | null {
  if (written.length > 100) return null;
  const wanted = written.toLowerCase();
  const same =
    names.find((name) => name.toLowerCase() === wanted) ??
    names.find((name) => name.toLowerCase().endsWith(`.${wanted}`));
  if (same !== undefined) return same;
  let best: string | null = null;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase(), least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** "; did you mean iodepth?", or nothing. */
export function didYouMean(written: string, names: readonly string[]): string {
  const name = nearest(written, names);
  return name === null || name === written ? '' : `; did you mean ${name}?`;
}

import { assert } from '../../base/assert.ts';
import { type FioImport, type FioOptions, importFio } from './import-fio.ts';
import type { FioProblem } from './fio-text.ts';
import type { FioNote } from './notes.ts';

/** For tests: the import of a text that must succeed. */
export function imported(text: string, options?: FioOptions): FioImport {
  const result = importFio(text, options);
  assert(
    result.ok,
    `the import fails: ${result.ok ? '' : result.error.map(({ message }) => message).join('; ')}`,
  );
  return result.value;
}

/** For tests: the problems of a text that must fail. */
export function problemsIn(text: string, options?: FioOptions): readonly FioProblem[] {
  const result = importFio(text, options);
  return result.ok ? [] : result.error;
}

/** For tests: a job file of one direct job with these lines. */
export function job(...lines: string[]): string {
  return ['[job]', 'direct=1', 'size=1g', ...lines].join('\n');
}

/** For tests: the notes on one option. */
export function notesOn(result: FioImport, option: string): readonly Pick<FioNote, 'kind' | 'message'>[] {
  return result.notes
    .filter((note) => note.option === option)
    .map(({ kind, message }) => ({ kind, message }));
}

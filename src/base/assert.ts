/**
 * What only we can get wrong is an assertion with a sentence, on in production too. What the world can get wrong
 * (a link, a job file, a flag) is a `Result`, see `result.ts`.
 */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`bioscope is wrong here: ${sentence}`);
}

/** Closes an exhaustive switch over a union: the compiler rejects a call with anything left. */
export function unreachable(value: never): never {
  throw new Error(`bioscope is wrong here: unexpected ${String(value)}`);
}

/** `value` where it must exist; `sentence` says why it does. */
export function present<T>(value: T | null | undefined, sentence: string): T {
  if (value === null || value === undefined) throw new Error(`bioscope is wrong here: ${sentence}`);
  return value;
}

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { err, ok, type Result } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';

/** UTF-8 takes at most so many bytes for a character that JavaScript counts as one. */
const BYTES_A_CHAR = 3;

export type ReadError = {
  readonly kind: 'absent' | 'unreadable' | 'too-long' | 'not-text';
  /** What is wrong, to follow the name of the file. */
  readonly message: string;
};

/** The text of a file or of anything that opens like one: a pipe, `/dev/stdin`, `<(command)`. */
export async function readFileText(
  path: string,
  maxChars: number = LIMITS.text_chars,
): Promise<Result<string, ReadError>> {
  if (path.includes('\0')) return err(ABSENT); // no name of a file; Node would throw
  return readText(createReadStream(path), maxChars);
}

/** The text of a stream, read up to the limit and no further. */
export async function readText(
  stream: Readable,
  maxChars: number = LIMITS.text_chars,
): Promise<Result<string, ReadError>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > BYTES_A_CHAR * maxChars) {
        stream.destroy();
        return tooLong(maxChars);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    return err(fault(error));
  }
  return decoded(Buffer.concat(chunks), maxChars);
}

const ABSENT: ReadError = { kind: 'absent', message: 'is not there' };
const tooLong = (maxChars: number): Result<never, ReadError> =>
  err({ kind: 'too-long', message: `is longer than ${maxChars} characters` });

function decoded(bytes: Buffer, maxChars: number): Result<string, ReadError> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // also takes off a byte order mark
  } catch {
    return err({ kind: 'not-text', message: 'is not a text in UTF-8' }); // the decoder throws for nothing else
  }
  return text.length > maxChars ? tooLong(maxChars) : ok(text);
}

function fault(error: unknown): ReadError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return ABSENT;
    case 'EISDIR':
      return { kind: 'unreadable', message: 'is a directory' };
    case 'EACCES':
    case 'EPERM':
      return { kind: 'unreadable', message: 'may not be read by you' };
    default:
      return { kind: 'unreadable', message: `cannot be read (${code || String(error)})` };
  }
}

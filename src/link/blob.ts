import { err, ok, type Result } from '../base/result.ts';

/** JSON beyond this is not put into a link, and no more is ever inflated out of one. */
export const MAX_INFLATED_BYTES = 64 * 1024;

/** Text as deflate-raw in base64url. The same text gives the same characters in one browser; two browsers may differ,
 *  because the format leaves the compressor free. Null when the text is above `MAX_INFLATED_BYTES`. */
export async function pack(text: string): Promise<string | null> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_INFLATED_BYTES) return null;
  const deflated = await collect(
    through(bytes, new CompressionStream('deflate-raw')),
    2 * MAX_INFLATED_BYTES,
  );
  return deflated === null ? null : toBase64url(deflated);
}

/** The text in a blob. The caller has limited the blob's length. */
export async function unpack(blob: string): Promise<Result<string, string>> {
  const bytes = fromBase64url(blob);
  if (bytes === null) return err('is not base64url');
  try {
    const inflated = await collect(
      through(bytes, new DecompressionStream('deflate-raw')),
      MAX_INFLATED_BYTES,
    );
    if (inflated === null) return err(`unpacks to more than ${MAX_INFLATED_BYTES} bytes`);
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(inflated));
  } catch {
    return err('is damaged: it does not unpack'); // the streams and the decoder throw on bad input and say no more
  }
}

function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream().pipeThrough(transform);
}

/** All bytes of a stream, or null as soon as there are more than `limit`. */
async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array | null> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts, total);
    total += value.length;
    if (total > limit) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
}

function joined(parts: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function toBase64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

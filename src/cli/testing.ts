import { Readable, Writable } from 'node:stream';
import { bioscope, type Host } from './bioscope.ts';

/** How a command ended. */
export type Ended = { readonly status: number | null; readonly out: string; readonly err: string };

/** For tests: a command in this process, with streams of its own. */
export async function ran(args: readonly string[], input = '', host: Partial<Host> = {}): Promise<Ended> {
  const [out, err] = [sink(), sink()];
  const status = await bioscope({
    argv: args,
    env: {},
    stdin: Readable.from([Buffer.from(input)]),
    stdout: out.stream,
    stderr: err.stream,
    now: () => 0,
    threads: 1,
    ...host,
  });
  return { status, out: out.text(), err: err.text() };
}

/** For tests: a stream that keeps what it gets. */
export function sink(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** For tests: what the text says of a run. */
export const fingerprintIn = ({ out }: Ended): string => /^fingerprint +(\S+)$/m.exec(out)?.[1] ?? 'none';
export const linkIn = ({ out }: Ended): string => /^link +(\S+)$/m.exec(out)?.[1] ?? 'none';
